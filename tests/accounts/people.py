"""What the tests of accounts share: reading codes from mails, walking through sign-in, a second factor."""

import re
import time

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.urls import reverse

from tests.conftest import text_of
from tests.factories import create_user

SECRET = "JBSWY3DPEHPK3PXP"


def code_in(message):
    """The six digits a mail carries."""
    return re.search(r"(?<!\d)\d{6}(?!\d)", text_of(message)).group()


def has_code(message):
    return bool(re.search(r"(?<!\d)\d{6}(?!\d)", text_of(message)))


def ask_code(client, email, **extra):
    return client.post(reverse("account_login"), {"login": email, **extra})


def sign_in(client, mailbox, email, **extra):
    """The whole way by code; returns the last answer."""
    ask_code(client, email, **extra)
    code = code_in(mailbox.to(email)[-1])
    return client.post(reverse("account_confirm_login_code"), {"code": code})


def create_known(**fields):
    """Someone whose address is verified, as after a first sign-in."""
    user = create_user(**fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def add_totp(user):
    return TOTP.activate(user, SECRET).instance


def totp_code(secret=SECRET):
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def confirm_identity(client, user):
    """As if the person signed in by force had just used their second factor."""
    session = client.session
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time()}]
    session.save()
