"""Second factors: French names, the town as issuer, secrets encrypted at rest."""

import base64
import hashlib
import io

import segno
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

from .roles import needs_second_factor
from .second_factor import TYPES


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "Ce n’est pas le bon code. Attendez le suivant dans votre application, "
        "puis recopiez-le.",
        "cannot_delete_authenticator": "Votre rôle demande une seconde protection : "
        "ajoutez-en une autre avant de retirer celle-ci.",
        "unverified_email": "Confirmez d’abord votre adresse e-mail.",
    }

    def encrypt(self, text):
        return fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        return fernet().decrypt(encrypted_text.encode()).decode()

    def build_totp_svg(self, url):
        """Dark on white whatever the theme: phones do not read a dark picture on a dark page."""
        picture = io.BytesIO()
        segno.make(url, error="m").save(picture, kind="svg", scale=4, dark="#000", light="#fff")
        return picture.getvalue().decode()

    def can_delete_authenticator(self, authenticator):
        """Not the last one of somebody whose role requires one."""
        user = authenticator.user
        others = Authenticator.objects.filter(user=user, type__in=TYPES).exclude(pk=authenticator.pk)
        return not needs_second_factor(user) or others.exists()

    def generate_authenticator_name(self, user, type):
        count = Authenticator.objects.filter(user=user, type=type).count()
        return "Ma clé d’accès" if count == 0 else f"Ma clé d’accès n° {count + 1}"

    def get_public_key_credential_rp_entity(self):
        return {"id": context.request.get_host().partition(":")[0], "name": settings.MFA_TOTP_ISSUER}

    def send_notification_mail(self, *args, **kwargs):
        get_account_adapter().send_notification_mail(*args, **kwargs)


def fernet():
    """Encrypts with SECRET_KEY; also decrypts with SECRET_KEY_FALLBACKS, so that a key can be changed."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys]
    )
