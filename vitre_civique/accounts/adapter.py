"""How allauth speaks and decides here: French, digits, our ways to confirm one's identity.

Every mail of allauth leaves by `send_mail`: the notifications' adapter overrides that one method.
"""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from django.conf import settings
from django.db import transaction
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils import timezone

from vitre_civique.lib.context import town_facts

from .kept_answers import kept_answers
from .minors import send_code_once_verified
from .models import User
from .reauthentication import did_recently_authenticate
from .second_factor import has_second_factor, must_enrol

TOO_MANY = "Trop d’essais. Attendez cinq minutes, puis demandez un nouveau code."


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "Ce compte est fermé. Appelez la mairie si c’est une erreur.",
        "duplicate_email": "C’est déjà l’adresse de votre compte.",
        "email_password_mismatch": "L’adresse ou le mot de passe n’est pas le bon. Vérifiez-les, "
        "ou demandez un code par e-mail.",
        "email_taken": "Cette adresse ne peut pas être utilisée pour ce compte.",
        "enter_current_password": "Ce n’est pas votre mot de passe actuel.",
        "incorrect_code": "Ce n’est pas le bon code. Recopiez les six chiffres de l’e-mail, "
        "par exemple : 123 456.",
        "incorrect_password": "Ce n’est pas votre mot de passe.",
        "invalid_login": "Écrivez votre adresse e-mail, par exemple : prenom.nom@exemple.fr.",
        "too_many_login_attempts": TOO_MANY,
        "same_as_current": "C’est déjà l’adresse de votre compte.",
        "rate_limited": "Attendez quelques secondes avant de demander un autre code.",
    }

    def format_email_subject(self, subject):
        return str(subject)

    def render_mail(self, template_prefix, email, context, headers=None):
        known = {"town": town_facts(), "login_url": settings.SITE_URL + reverse("account_login")}
        headers = {"Reply-To": settings.REPLY_TO_EMAIL, "Auto-Submitted": "auto-generated", **(headers or {})}
        return super().render_mail(template_prefix, email, {**known, **context}, headers)

    def new_user(self, request):
        return User()

    def get_login_redirect_url(self, request):
        """Answers typed before the session ended come first, then the missing second factor, then home."""
        if kept_answers(request):
            return reverse("accounts:resume")
        if must_enrol(request):
            return reverse("accounts:second_factor")
        return resolve_url(settings.LOGIN_REDIRECT_URL)

    def get_signup_redirect_url(self, request):
        return reverse("accounts:welcome")

    def get_email_verification_redirect_url(self, email_address):
        return reverse("accounts:home")

    def get_password_change_redirect_url(self, request):
        return reverse("accounts:home")

    def confirm_email(self, request, email_address):
        """A guardian is written to only once the minor's own address is proved."""
        with transaction.atomic():
            confirmed = super().confirm_email(request, email_address)
            if confirmed:
                send_code_once_verified(email_address.user, now=timezone.now())
        if confirmed and not request.user.is_authenticated:
            record_authentication(request, email_address.user, method="code")  # the code of a sign-up is one
        return confirmed

    def is_reauthentication_required(self, *, app, **kwargs):
        return not did_recently_authenticate(context.request)

    def get_reauthentication_methods(self, user):
        """A second factor when there is one; else the password or a mailed code."""
        methods = super().get_reauthentication_methods(user)
        if not user.is_authenticated:
            return methods
        if has_second_factor(user):
            methods = [method for method in methods if method["id"] != "reauthenticate"]
        elif user.email:
            url = reverse("accounts:reauthenticate_by_code")
            description = "Recevoir un code par e-mail"
            methods.append({"id": "reauthenticate_by_code", "description": description, "url": url})
        return [
            {**method, "description": WORDS.get(method["id"], method["description"])} for method in methods
        ]


WORDS = {
    "reauthenticate": "Utiliser mon mot de passe",
    "mfa_reauthenticate": "Utiliser mon application de codes",
    "mfa_reauthenticate:webauthn": "Utiliser ma clé d’accès",
}
