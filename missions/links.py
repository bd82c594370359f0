"""Signed links in mails: « je viens », « ça a eu lieu ? », an answer to an invitation. Only the POST acts."""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import Http404
from django.urls import reverse

from .models import Invitation, Signup

SALT = "missions.links"
# A forgotten mail must not rewrite hours of years ago, nor tell for ever where somebody went.
LASTS = {"coming": timedelta(days=400), "said": timedelta(days=60)}


def coming_url(signup):
    """Where one person says « je viens », gives the place back, or answers an offer, without signing in."""
    return settings.SITE_URL + reverse("missions:coming", args=[_token(signup, "coming")])


def said_url(signup):
    """Where one person says whether the mission took place, without signing in."""
    return settings.SITE_URL + reverse("missions:said", args=[_token(signup, "said")])


def signup_of(token, purpose):
    """The signup that a signed link speaks about; Http404 when changed, too old, or made for another use."""
    try:
        signup_id = signing.loads(token, salt=f"{SALT}.{purpose}", max_age=LASTS[purpose])
    except signing.BadSignature:
        raise Http404("Unknown link") from None
    rows = Signup.objects.select_related("slot__mission__quartier", "volunteer__user")
    signup = rows.filter(pk=signup_id, volunteer__isnull=False).first()
    if signup is None:
        raise Http404("Unknown link")
    return signup


def invitation_url(invitation):
    """Where one person answers an invitation, without signing in."""
    token = signing.dumps(invitation.pk, salt=f"{SALT}.invitation")
    return settings.SITE_URL + reverse("missions:invitation", args=[token])


def invitation_of(token):
    """The invitation that a signed link speaks about; Http404 when it was changed or is of someone erased."""
    try:
        pk = signing.loads(token, salt=f"{SALT}.invitation")
    except signing.BadSignature:
        raise Http404("Unknown link") from None
    rows = Invitation.objects.select_related("slot__mission__quartier", "volunteer__user")
    invitation = rows.filter(pk=pk, volunteer__isnull=False, sent_at__isnull=False).first()
    if invitation is None:
        raise Http404("Unknown link")
    return invitation


def _token(signup, purpose):
    return signing.dumps(signup.pk, salt=f"{SALT}.{purpose}")
