"""What someone typed while their session was ending: kept, and offered again after sign-in (A11Y-35).

Not kept: files, secrets, more than 20 kB. Kept fifteen minutes, then dropped; never shown, only sent again by
whoever signs in, to the address it was meant for.
"""

import json
import time

SESSION_KEY = "kept_answers"
MAX_BYTES = 20_000
MAX_AGE = 15 * 60  # seconds
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
    }
    return True


def is_secret(name):
    return any(secret in name.lower() for secret in SECRETS)


def kept_answers(request):
    """The dict put aside, or None; what is too old is dropped."""
    kept = request.session.get(SESSION_KEY)
    if kept and time.time() - kept["at"] > MAX_AGE:
        return forget_answers(request)
    return kept


def forget_answers(request):
    request.session.pop(SESSION_KEY, None)
