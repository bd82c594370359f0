"""Pledging an hour a month, pausing, stopping, coming back, skipping a month. No blame anywhere."""

from django.contrib.auth import get_user_model
from django.db import transaction

from vitre_civique.accounts.minors import may_join
from vitre_civique.lib.months import add_months, local_day, month_of
from vitre_civique.notifications.outbox import notify

from .models import Pledge, SkippedMonth, Volunteer

PAUSE_MONTHS = 12  # one may pause, or skip a month, up to a year ahead


class PledgeError(Exception):
    """The pledge cannot be made or changed; `message` says why in French."""

    def __init__(self, message):
        self.message = message
        super().__init__(message)


class TooYoung(PledgeError):
    """Under 16 nobody pledges alone: the page leads to the conseil municipal de la jeunesse."""


@transaction.atomic
def pledge(user, *, quartier, reach, kinds, wont_do, availability, charter_version, now):
    """Record what the person offers and open a pledge of an hour a month. Two tabs give one."""
    # The person's row is the lock: it exists before the volunteer does.
    user = get_user_model().objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    _require_age(user, local_day(now))
    if not charter_version:
        raise PledgeError("Acceptez la charte pour vous engager.")
    volunteer, _ = Volunteer.objects.update_or_create(
        user=user,
        defaults={
            "quartier": quartier,
            "reach": reach,
            "kinds": list(kinds),
            "wont_do": wont_do,
            "availability": sorted(availability),
            "charter_version": charter_version,
            "charter_accepted_at": now,
            "paused_until": None,
            "stopped_at": None,
        },
    )
    made = _open_pledge(volunteer, now)
    notify(user, "pledge_confirmed", f"pledge_confirmed:{made.pk}", now=now, data={"pledge": made.pk})
    return volunteer


def pause(volunteer, *, until, now):
    """No message and no mission is offered before the month `until`; what is already planned stays."""
    if until not in months_to_pause_until(month_of(now)):
        raise PledgeError("Choisissez le mois de votre retour dans la liste.")
    _change(volunteer, paused_until=until)


def accept_charter(volunteer, *, version, now):
    """The charter changed and the person agrees to it again: nothing else of the promise moves."""
    if volunteer.charter_version != version:
        _change(volunteer, charter_version=version, charter_accepted_at=now)


@transaction.atomic
def resume(volunteer, *, now):
    """Come back from a pause or after having stopped, from this month on."""
    get_user_model().objects.select_for_update(of=("self",), no_key=True).get(pk=volunteer.user_id)
    _change(volunteer, paused_until=None, stopped_at=None)
    _open_pledge(volunteer, now)


@transaction.atomic
def stop(volunteer, *, now):
    """End the open pledge; hours given stay. Meetings already agreed stay too, until withdrawn one by one."""
    get_user_model().objects.select_for_update(of=("self",), no_key=True).get(pk=volunteer.user_id)
    month = month_of(now)
    for open_pledge in volunteer.pledges.filter(until_month__isnull=True):
        open_pledge.until_month = max(month, open_pledge.from_month)
        open_pledge.save(update_fields=["until_month"])
    _change(volunteer, stopped_at=now, paused_until=None)


def skip_month(volunteer, month, *, now):
    """« Passer ce mois-ci »: one row however often it is asked."""
    _require_skippable(month, now)
    SkippedMonth.objects.bulk_create([SkippedMonth(volunteer=volunteer, month=month)], ignore_conflicts=True)


def unskip_month(volunteer, month, *, now):
    """Take the skip back; nothing happens when there was none."""
    _require_skippable(month, now)
    volunteer.skipped_months.filter(month=month).delete()


def months_to_pause_until(this_month):
    """The months one may come back on: from the next one to a year ahead."""
    return [add_months(this_month, count) for count in range(1, PAUSE_MONTHS + 1)]


def _open_pledge(volunteer, now):
    found, _ = Pledge.objects.get_or_create(
        volunteer=volunteer, until_month=None, defaults={"from_month": month_of(now)}
    )
    return found


def _change(volunteer, **fields):
    for name, value in fields.items():
        setattr(volunteer, name, value)
    volunteer.save(update_fields=list(fields))


def _require_age(user, today):
    if not may_join(user.birth_date, today):
        raise TooYoung(
            "Avant 16 ans, on ne s’engage pas seul : le conseil municipal de la jeunesse agit en groupe, "
            "avec un adulte."
        )


def _require_skippable(month, now):
    this_month = month_of(now)
    if not this_month <= month <= add_months(this_month, PAUSE_MONTHS):
        raise PledgeError("On peut passer ce mois-ci ou un mois à venir.")
