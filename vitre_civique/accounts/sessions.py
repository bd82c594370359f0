"""How long a session lasts without a click, and what a sign-out tells the browser (requirement ID-13)."""

import time
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import SESSION_KEY

from .roles import is_staff_role, needs_second_factor

IDLE = timedelta(seconds=settings.SESSION_COOKIE_AGE)
IDLE_STAFF = timedelta(minutes=30)
IDLE_SHARED = timedelta(minutes=15)
# A session is written at most this often: a page that only reads stays without an UPDATE.
TOUCH_SECONDS = 60

SHARED = "shared_computer"
IDLE_SECONDS = "idle_seconds"
SEEN_AT = "seen_at"
NEEDS_SECOND_FACTOR = "needs_second_factor"

CLEAR_SITE_DATA = '"cache", "storage"'  # cookies are ours to expire one by one: the theme is kept


def idle_limit(user, *, is_shared):
    """A timedelta: the shortest that applies."""
    limits = [IDLE, IDLE_SHARED if is_shared else IDLE, IDLE_STAFF if is_staff_role(user) else IDLE]
    return min(limits)


def begin_session(sender, request, user, **_):
    """Receiver of Django's user_logged_in: notes once what each later page needs, so that it asks nothing."""
    session = request.session
    limit = idle_limit(user, is_shared=session.get(SHARED, False))
    session[IDLE_SECONDS] = int(limit.total_seconds())
    session[NEEDS_SECOND_FACTOR] = needs_second_factor(user)
    session[SEEN_AT] = int(time.time())
    session.set_expiry(session[IDLE_SECONDS])


def is_signed_in(request):
    """Whether the session belongs to someone, without loading them."""
    return SESSION_KEY in request.session


def touch(session):
    """Start the idle limit anew; called on every page of a signed-in person."""
    now = int(time.time())
    if now - session.get(SEEN_AT, 0) >= TOUCH_SECONDS:
        session[SEEN_AT] = now
        session.set_expiry(session.get(IDLE_SECONDS, int(IDLE_SHARED.total_seconds())))
