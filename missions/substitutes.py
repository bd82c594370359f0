"""Who could take over a place freed on the last day: the ranking of matching.py, and asking the first few."""

from datetime import timedelta

from django.db.models import Exists, OuterRef

from vitre_civique.notifications.models import Notification
from vitre_civique.notifications.outbox import notify

from .matching import as_candidates, who_may_come
from .models import Signup

ASKED_AT_MOST = 5
NOT_ASKED_AGAIN_FOR = timedelta(days=15)  # at most two requests of this kind a month each


def ask_substitutes(slot, mission, *, places, now):
    """Ask the best few at once, each once for this slot, not twice in a fortnight; those asked."""
    if places <= 0:
        return []
    asked = [candidate.volunteer for candidate in candidates(slot, mission, now=now)]
    for volunteer in asked:
        key = f"substitute_wanted:{slot.pk}:{volunteer.user_id}"
        data = {"slot": slot.pk, "mission": mission.pk}
        notify(volunteer.user, "substitute_wanted", key, now=now, data=data, expires_at=slot.starts_at)
    return asked


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
