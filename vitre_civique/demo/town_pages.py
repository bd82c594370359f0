"""The demonstration's front page, /demo/: who one may be, with the code of the moment. A 404 elsewhere."""

import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.shortcuts import render
from django.utils import timezone

from .accounts import DEMO_ACCOUNTS
from .seed_stories import DEMO_KEY
from .views import demo_only

CODE_LASTS = 30  # seconds


def code_at(secret, seconds):
    """The six digits that an authenticator app would show at that second since the epoch."""
    return format_hotp_value(hotp_value(secret, int(seconds) // CODE_LASTS))


@demo_only
def index(request):
    now = time.time()
    accounts = [
        (account, code_at(account.totp_secret, now) if account.has_totp else "") for account in DEMO_ACCOUNTS
    ]
    context = {
        "accounts": accounts,
        "seconds_left": CODE_LASTS - int(now) % CODE_LASTS,
        "now": timezone.now(),
        "open311_key": DEMO_KEY,
    }
    return render(request, "demo/index.html", context)
