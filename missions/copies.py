"""Copying a mission, the same or a month later on the same weekday of the month."""

from datetime import datetime, timedelta

from django.db import transaction

from vitre_civique.lib.months import PARIS, add_months, month_of, next_month

from .models import Mission, MissionPrerequisite, MissionState, PrivatePlace, Slot

NOT_COPIED = {"id", "state", "search_text", "created_at", "published_at", "created_by", "public_reason"}


@transaction.atomic
def duplicate(mission, *, by, now, month_shift=0):
    """A draft with the same words, place and prerequisites; its slots, `month_shift` months later.

    Without a shift only slots still to come are copied.
    """
    fields = [f.attname for f in Mission._meta.concrete_fields if f.name not in NOT_COPIED]
    values = {name: getattr(mission, name) for name in fields}
    if mission.collection is not None and not mission.collection.is_open:
        values["collection_id"] = None  # it is over: the next one will be another
    copy = Mission.objects.create(state=MissionState.DRAFT, created_by=by, **values)
    copy.state_changes.create(
        to_state=MissionState.DRAFT, at=now, by=by, reason=f"Copie de la mission {mission.pk}"
    )
    MissionPrerequisite.objects.bulk_create(
        MissionPrerequisite(mission=copy, prerequisite_id=asked.prerequisite_id, position=asked.position)
        for asked in mission.mission_prerequisites.order_by("position")
    )
    for place in PrivatePlace.objects.filter(mission=mission):
        PrivatePlace.objects.create(
            mission=copy, address=place.address, phone=place.phone, instructions=place.instructions
        )
    slots = mission.slots.filter(cancelled_at__isnull=True).order_by("starts_at", "id")
    shifted = [_shifted(slot, copy, month_shift) for slot in slots]
    Slot.objects.bulk_create(slot for slot in _once_each(shifted) if slot.starts_at > now)
    return copy


def _once_each(slots):
    """A month of four Saturdays makes one slot of the fourth and of the fifth of another month."""
    return {(slot.starts_at, slot.ends_at): slot for slot in reversed(slots)}.values()


def same_weekday(day, month):
    """Second Thursday → second Thursday of `month`; a fifth one becomes the last."""
    rank = (day.day - 1) // 7
    first = month + timedelta(days=(day.weekday() - month.weekday()) % 7)
    found = first + timedelta(weeks=rank)
    return found if found < next_month(month) else found - timedelta(weeks=1)


def _shifted(slot, mission, month_shift):
    """The slot at the same hours on the wall, whatever the clocks did meanwhile."""
    starts_at, ends_at = slot.starts_at.astimezone(PARIS), slot.ends_at.astimezone(PARIS)
    day = starts_at.date()
    if month_shift:
        day = same_weekday(day, add_months(month_of(day), month_shift))
    days = day - starts_at.date()
    return Slot(
        mission=mission,
        starts_at=_wall(starts_at, days),
        ends_at=_wall(ends_at, days),
        places=slot.places,
        newcomer_places=slot.newcomer_places,
    )


def _wall(moment, days):
    return datetime.combine(moment.date() + days, moment.time(), tzinfo=PARIS)
