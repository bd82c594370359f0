"""What someone typed while their session was ending: kept, and offered again after sign-in (A11Y-35).

Not kept: files, secrets, more than 20 kB. Kept fifteen minutes, then dropped; only sent again, to the address
it was meant for, and only by the person who was signed in here: a shared computer has a next user.
"""

import json
import time

from django.core.cache import cache
from django.utils.crypto import salted_hmac

SESSION_KEY = "kept_answers"
MAX_BYTES = 20_000
MAX_AGE = 15 * 60  # seconds
BROWSER_KNOWN = 24 * 60 * 60  # seconds after a sign-in
SECRETS = ("csrfmiddlewaretoken", "password", "code", "credential")


def keep_answers(request):
    """Put the posted fields aside; returns whether it was possible."""
    fields = {name: values for name, values in request.POST.lists() if not is_secret(name)}
    if not fields or len(json.dumps(fields)) > MAX_BYTES:
        return False
    request.session[SESSION_KEY] = {
        "path": request.get_full_path(),
        "fields": fields,
        "at": int(time.time()),
        "had_files": bool(request.FILES),
        "of": cache.get(browser_of(request)),
    }
    return True


def is_secret(name):
    return any(secret in name.lower() for secret in SECRETS)


def kept_answers(request):
    """The dict put aside, or None; what is too old or somebody else's is dropped."""
    kept = request.session.get(SESSION_KEY)
    if kept and (time.time() - kept["at"] > MAX_AGE or kept.get("of") not in (None, request.user.pk)):
        return forget_answers(request)
    return kept


def forget_answers(request):
    request.session.pop(SESSION_KEY, None)


def remember_browser(sender, request, user, **_):
    """Receiver of Django's user_logged_in: whose words a form of this browser holds once the session is gone.

    Every sign-in changes the secret of the browser's forms, which outlives the session.
    """
    cache.set(browser_of(request), user.pk, BROWSER_KNOWN)


def browser_of(request):
    """A cache key from the secret of this browser's forms, which it does not reveal."""
    return f"browser:{salted_hmac('accounts.kept_answers', request.META.get('CSRF_COOKIE', '')).hexdigest()}"
