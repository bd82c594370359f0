"""People of the desk for these tests: a role, a second factor, a signed-in client."""

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from tests.accounts.people import confirm_identity
from tests.factories import NOW, create_user
from vitre_civique.accounts.roles import grant_role


def create_staff(role="agent", **fields):
    """Somebody with `role` and an authenticator app."""
    user = create_user(**fields)
    grant_role(user, role, by=None, now=NOW)
    TOTP.activate(user, generate_totp_secret())
    return user


def client_of(user):
    client = Client()
    client.force_login(user)
    confirm_identity(client, user)
    return client
