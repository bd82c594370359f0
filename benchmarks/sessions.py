"""A signed-in person for an instrument: the session that signing in would have written, and its cookie."""

import time
from importlib import import_module

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from vitre_civique.accounts.roles import needs_second_factor
from vitre_civique.accounts.sessions import IDLE_SECONDS, NEEDS_SECOND_FACTOR, SEEN_AT


def cookie_of(user) -> str:
    """« name=key » of a new session of `user`; whoever must have a second factor gets one."""
    if needs_second_factor(user):
        Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {}})
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[IDLE_SECONDS] = settings.SESSION_COOKIE_AGE
    session[NEEDS_SECOND_FACTOR] = needs_second_factor(user)
    session[SEEN_AT] = int(time.time())
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
