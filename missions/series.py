"""A mission made recurrent: its slots made at once, then changed or cancelled, one or all that follow.

Two agents at once: each page carries the print of the slots it showed; when they changed, nothing is done.
Locks as in signups.py: mission → slots by id → volunteers by id. People are told by planning.py.
"""

import hashlib

from django.db import transaction
from django.db.models import Q

from vitre_civique.lib import french
from vitre_civique.lib.months import PARIS, local_day

from .announcements import tell_of_moved_signups
from .models import Every, Mission, MissionState, Series, Signup, Slot
from .models.signup import LIVE
from .places import lock_volunteers
from .planning import PlanningError, cancel_slots, change_slot, replan
from .recurrence import DAYS_AHEAD, SLOTS_AT_MOST, bounds, days, days_between, is_last_of_month

OVER = (MissionState.DONE, MissionState.CANCELLED, MissionState.REFUSED)
CHANGED = "Quelqu’un a modifié ces créneaux pendant que vous lisiez : les voici à jour, rien n’a été fait."


class SeriesError(PlanningError):
    """The slots cannot be repeated or changed so; `message` says why in French."""


def print_of(slots):
    """A short print of what a page showed of `slots`: when they are, how many places, cancelled or not."""
    rows = sorted(
        (slot.pk, slot.starts_at.timestamp(), slot.ends_at.timestamp(), slot.places, bool(slot.cancelled_at))
        for slot in slots
    )
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:20]


def following(slot, *, now):
    """The slot and those of its series that come after it, to come and not cancelled, in order."""
    rows = Slot.objects.filter(starts_at__gt=now, cancelled_at__isnull=True)
    mine = Q(pk=slot.pk)
    if slot.series_id:
        mine |= Q(series=slot.series_id, starts_at__gte=slot.starts_at)
    return rows.filter(mine).order_by("starts_at", "id")


def plan(slot, *, every, until_on=None, times=None, skips_holidays=False):
    """(kept, skipped) days of the series that would start with `slot`; SeriesError when it makes no sense."""
    first = local_day(slot.starts_at)
    if (until_on is None) == (times is None):
        raise SeriesError("Donnez une fin : un jour, ou un nombre de fois.")
    if every == Every.LAST and not is_last_of_month(first):
        raise SeriesError("Ce jour n’est pas le dernier de son mois : choisissez « le même rang ».")
    kept, skipped = days(first, every, until=until_on, times=times, skips_holidays=skips_holidays)
    is_short = times is not None and len(kept) < times
    if is_short or (until_on and (until_on - first).days > DAYS_AHEAD):
        raise SeriesError(f"Une série tient en {SLOTS_AT_MOST} créneaux et treize mois : arrêtez-la avant.")
    if len(kept) < 2:
        raise SeriesError("Cela ne fait qu’un créneau, celui-ci : choisissez une fin plus lointaine.")
    return kept, skipped


def repeat(slot, *, seen, by, now, **rule):
    """Make the series that starts with `slot`, and its slots. Raises SeriesError or PlanningError."""
    kept, _ = plan(slot, **rule)
    with transaction.atomic():
        mission = Mission.objects.select_for_update(of=("self",), no_key=True).get(pk=slot.mission_id)
        slot = Slot.objects.select_for_update(of=("self",), no_key=True).get(pk=slot.pk)
        if mission.state in OVER or slot.cancelled_at is not None:
            raise SeriesError("Cette mission ou ce créneau est annulé ou terminé.")
        if slot.series_id is not None:
            raise SeriesError("Ce créneau fait déjà partie d’une série : prolongez-la.")
        if print_of([slot]) != seen:
            raise SeriesError(CHANGED)
        series = Series.objects.create(
            mission=mission,
            first_on=kept[0],
            starts_at_hour=slot.starts_at.astimezone(PARIS).time(),
            minutes=slot.minutes,
            places=slot.places,
            made_by=by,
            made_at=now,
            **rule,
        )
        slot.series = series
        slot.save(update_fields=["series"])
        _add_slots(series, kept[1:], slot.newcomer_places, now)
    return series


def prolong(series, *, until_on, seen, now):
    """Go on by the same rule until `until_on`; how many slots were added. Raises SeriesError."""
    with transaction.atomic():
        mission = Mission.objects.select_for_update(of=("self",), no_key=True).get(pk=series.mission_id)
        series = Series.objects.select_for_update(of=("self",)).get(pk=series.pk)
        if mission.state in OVER:
            raise SeriesError("Cette mission est annulée ou terminée.")
        if print_of(series.slots.all()) != seen:
            raise SeriesError(CHANGED)
        last = series.slots.order_by("-starts_at", "-id").first()
        since = local_day(last.starts_at) if last else series.first_on
        if (until_on - max(since, local_day(now))).days > DAYS_AHEAD:
            raise SeriesError("Treize mois d’avance au plus : choisissez un jour plus proche.")
        rule = {"skips_holidays": series.skips_holidays}
        new = days_between(series.first_on, series.every, since=since, until=until_on, **rule)
        if not new or len(new) > SLOTS_AT_MOST:
            raise SeriesError(f"Cela ferait {french.count(len(new), 'créneau', 'créneaux')} de plus.")
        series.until_on, series.times = until_on, None
        series.save(update_fields=["until_on", "times"])
        return _add_slots(series, new, last.newcomer_places if last else 0, now)


def change_one(slot, *, starts_at, ends_at, places, seen, by, now):
    """Change this slot alone; its people are told of a new time. Raises PlanningError."""
    with transaction.atomic():
        _lock_seen(Slot.objects.filter(pk=slot.pk), slot.mission_id, seen)
        return change_slot(slot, starts_at=starts_at, ends_at=ends_at, places=places, by=by, now=now)


def change_following(slot, *, hour, minutes, places, seen, by, now):
    """This slot and those that follow, all or none: same day, new hour on the wall, length, places.

    Gives the slots changed. Raises PlanningError, which says of which day it speaks.
    """
    with transaction.atomic():
        rows = _lock_seen(following(slot, now=now), slot.mission_id, seen)
        changed, moves = [], []
        for row in sorted(rows, key=lambda row: (row.starts_at, row.pk)):
            start, end = bounds(local_day(row.starts_at), hour, minutes)
            try:
                moves += replan(row, starts_at=start, ends_at=end, places=places, by=by, now=now)
            except PlanningError as refusal:
                when = french.day(local_day(row.starts_at))
                raise SeriesError(
                    f"{when.capitalize()} : {refusal.message} Aucun créneau n’a changé."
                ) from None
            row.refresh_from_db()
            changed.append(row)
        tell_of_moved_signups(moves, now=now)
        Series.objects.filter(pk=slot.series_id).update(starts_at_hour=hour, minutes=minutes, places=places)
        return changed


def cancel_from(slot, *, only_this, message, seen, by, now):
    """Cancel this slot, or it and those that follow; each signup is told once. How many slots."""
    with transaction.atomic():
        slots = Slot.objects.filter(pk=slot.pk) if only_this else following(slot, now=now)
        rows = _lock_seen(slots, slot.mission_id, seen)
        chosen = Slot.objects.filter(pk__in=[row.pk for row in rows])
        return cancel_slots(chosen, by=by, message=message, now=now)


def told_count(slots):
    """How many different people stand on `slots`."""
    live = Signup.objects.filter(slot__in=slots, state__in=LIVE, volunteer__isnull=False)
    return live.order_by().values("volunteer").distinct().count()


def _lock_seen(slots, mission_id, seen):
    """Lock mission, slots by id, then all their people; SeriesError when they are not as they were read."""
    Mission.objects.select_for_update(of=("self",), no_key=True).get(pk=mission_id)
    rows = list(slots.order_by("id").select_for_update(of=("self",), no_key=True))
    if not rows or print_of(rows) != seen:
        raise SeriesError(CHANGED)
    lock_volunteers(Q(signups__slot__in=rows, signups__state__in=LIVE))
    return rows


def _add_slots(series, new_days, newcomer_places, now):
    taken = set(series.mission.slots.filter(cancelled_at__isnull=True).values_list("starts_at", flat=True))
    made = []
    for day in new_days:
        start, end = bounds(day, series.starts_at_hour, series.minutes)
        if start > now and start not in taken:
            made.append(
                Slot(
                    mission_id=series.mission_id,
                    series=series,
                    starts_at=start,
                    ends_at=end,
                    places=series.places,
                    newcomer_places=min(newcomer_places, series.places),
                )
            )
    Slot.objects.bulk_create(made)
    return len(made)
