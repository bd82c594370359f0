"""Keys of other tools: made once, shown once, kept as a hash. And how often anybody may ask."""

import hashlib
import secrets

from allauth.account.adapter import get_adapter
from django.core.cache import cache

from quartiers.models import Open311Key

from .encoding import Refusal

PREFIX = "vc_"
READS_A_MINUTE = 120  # per address
POSTS_AN_HOUR = 60  # per key
WRONG_KEYS_AN_HOUR = 20  # per address
MINUTE, HOUR = 60, 3600  # seconds


def new_key():
    """A fresh secret; 256 bits, so that a plain SHA-256 of it is safe to keep."""
    return PREFIX + secrets.token_urlsafe(32)


def set_key(row, text):
    row.key_hash, row.key_start = hash_of(text), text[:8]


def hash_of(text):
    return hashlib.sha256(text.encode()).hexdigest()


def key_of(request, text):
    """The active key behind `text`; Refusal 403 otherwise, 429 after too many wrong ones."""
    address = address_of(request)
    if text and (key := Open311Key.objects.filter(key_hash=hash_of(text), is_active=True).first()):
        spend(f"post:{key.pk}", POSTS_AN_HOUR, HOUR)
        return key
    spend(f"wrong:{address}", WRONG_KEYS_AN_HOUR, HOUR)
    sentence = "Cette clé n’est pas valable." if text else "Il manque api_key : demandez une clé à la mairie."
    raise Refusal(403, sentence)


def may_read(request):
    spend(f"read:{address_of(request)}", READS_A_MINUTE, MINUTE)


def spend(name, limit, seconds):
    """Count one more in the present window; Refusal 429 beyond `limit`."""
    name = f"open311:{name}"
    cache.add(name, 0, seconds)
    try:
        spent = cache.incr(name)
    except ValueError:  # the window ended between the two
        cache.set(name, 1, seconds)
        spent = 1
    if spent > limit:
        raise Refusal(429, "Trop de demandes : réessayez dans quelques minutes.")


def address_of(request):
    return get_adapter().get_client_ip(request)
