"""Who could take over a place freed on the last day: the ranking of matching.py, and asking the first few."""

from datetime import timedelta

from django.db.models import Exists, F, Max, OuterRef

from vitre_civique.notifications.models import Notification
from vitre_civique.notifications.outbox import notify

from .matching import as_candidates, who_may_come
from .models import MissionState, Signup, SignupState, SignupStateChange, Slot
from .places import free_places

ASKED_AT_MOST = 5
LAST_DAY = timedelta(hours=24)
TIME_TO_COME = timedelta(minutes=30)
NEXT_ASKED_AFTER = timedelta(minutes=45)
NOT_ASKED_AGAIN_FOR = timedelta(days=15)  # at most two requests of this kind a month each


def ask_substitutes(slot, mission, *, places, now):
    """Ask the best few at once, each once for this slot, not twice in a fortnight; those asked.

    Nobody any more when there is no time left to read it and come.
    """
    last_moment = slot.starts_at - TIME_TO_COME
    if places <= 0 or last_moment <= now:
        return []
    asked = [candidate.volunteer for candidate in candidates(slot, mission, now=now)]
    for volunteer in asked:
        key = f"substitute_wanted:{slot.pk}:{volunteer.user_id}"
        data = {"slot": slot.pk, "mission": mission.pk}
        notify(volunteer.user, "substitute_wanted", key, now=now, data=data, expires_at=last_moment)
    return asked


def go_on(*, now):
    """Sweep: where a place given back on the last day is still free after a while, ask the next in rank.

    How many were asked; a second sweep asks nobody more.
    """
    return sum(
        len(ask_substitutes(slot, slot.mission, places=free_places(slot, now)[0], now=now))
        for slot in _still_wanting(now)
        if not _asked_lately(slot, now)
    )


def _still_wanting(now):
    late = SignupStateChange.objects.filter(
        row__slot=OuterRef("pk"),
        to_state=SignupState.WITHDRAWN,
        from_state=SignupState.CONFIRMED,
        at__gt=F("row__starts_at") - LAST_DAY,
    )
    slots = Slot.objects.upcoming(now).filter(
        Exists(late), starts_at__lte=now + LAST_DAY, mission__state=MissionState.PUBLISHED
    )
    return slots.select_related("mission__quartier").order_by("starts_at", "id")


def _asked_lately(slot, now):
    asked = Notification.objects.filter(dedupe_key__startswith=f"substitute_wanted:{slot.pk}:")
    last = asked.aggregate(at=Max("created_at"))["at"]
    return last is not None and last > now - NEXT_ASKED_AFTER


def candidates(slot, mission, *, now, limit=ASKED_AT_MOST):
    """Adults who may come, are not on the slot and were not asked lately, best first."""
    on_it = Signup.objects.filter(volunteer=OuterRef("pk"), slot=slot)
    asked_lately = Notification.objects.filter(
        recipient=OuterRef("user"), kind="substitute_wanted", due_at__gt=now - NOT_ASKED_AGAIN_FOR
    )
    volunteers = who_may_come(slot, mission, now=now).filter(
        ~Exists(on_it), ~Exists(asked_lately), user__birth_date__isnull=True
    )
    return as_candidates(volunteers, mission, now=now, limit=limit)
