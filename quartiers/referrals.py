"""Referrals, verb by verb: sent by a resident, taken and handed over by the CCAS, emptied 30 days later."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction

from vitre_civique.lib.months import local_day
from vitre_civique.lib.states import move

from .models import Referral, ReferralState, ReferralStateChange

REFERRALS_A_DAY = 5
KEPT = timedelta(days=30)  # after hand-over (DP-13)


class ReferralError(Exception):
    """A verb that cannot be done; `message` is the French sentence to show."""

    def __init__(self, message):
        self.message = message
        super().__init__(message)


def are_open():
    """Only once the impact assessment is dated (DP-01)."""
    return settings.AIPD_VALIDEE_LE is not None


@transaction.atomic
def send(referral, *, by, now):
    """Write a checked referral to the CCAS. Raises ReferralError when closed, or after five in a day."""
    if not are_open():
        raise ReferralError("Les orientations ne sont pas encore ouvertes : appelez le CCAS.")
    get_user_model().objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)
    today = local_day(now)
    if Referral.objects.filter(author=by, sent_on=today).count() >= REFERRALS_A_DAY:
        raise ReferralError("Vous avez envoyé cinq orientations aujourd’hui : appelez le CCAS pour la suite.")
    referral.author, referral.sent_on = by, today
    referral.save()
    referral.state_changes.create(to_state=ReferralState.SENT, at=now, by=by)
    return referral


def take(referral, *, by, now):
    """Somebody of the CCAS follows it."""
    return move(referral, ReferralState.TAKEN, now=now, by=by)


def hand_over(referral, *, by, now):
    """Passed on by word of mouth to whoever will help; the clock of the purge starts."""
    return move(referral, ReferralState.HANDED_OVER, now=now, by=by, handed_over_at=now)


def purge(*, now):
    """Sweep: 30 days after hand-over only date, quartier and kind of help stay. Returns how many."""
    due = Referral.objects.filter(state=ReferralState.HANDED_OVER, handed_over_at__lte=now - KEPT)
    number = 0
    for referral in due.order_by("id"):
        with transaction.atomic():
            move(
                referral,
                ReferralState.PURGED,
                now=now,
                text="",
                person_name="",
                person_agrees=False,
                tie="",
                pace="",
                author_id=None,
            )
            ReferralStateChange.objects.filter(row=referral).update(by=None, reason="")
        number += 1
    return number
