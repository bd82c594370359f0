"""Who could take over a place freed on the last day: an explainable ranking, and asking the first few."""

from datetime import timedelta
from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.db.models import Exists, IntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from vitre_civique.lib.months import add_months, local_day, month_of
from vitre_civique.notifications.models import Notification
from vitre_civique.notifications.outbox import notify
from volunteers.availability import codes_covering
from volunteers.models import HourEntry, Reach, Volunteer

from .models import Signup
from .models.signup import LIVE

ASKED_AT_MOST = 5
LOOKED_AT_MOST = 300
NOT_ASKED_AGAIN_FOR = timedelta(days=15)  # at most two requests of this kind a month each
LATELY_MONTHS = 3


class Candidate(NamedTuple):
    volunteer: Volunteer
    is_neighbour: bool
    likes_it: bool
    minutes_lately: int


def rank(candidates):
    """Neighbours first, then those who like it, then those who gave least lately, then by seniority."""
    return sorted(
        candidates, key=lambda c: (not c.is_neighbour, not c.likes_it, c.minutes_lately, c.volunteer.pk)
    )


def ask_substitutes(slot, mission, *, places, now):
    """Ask the best few at once, each once for this slot, not twice in a fortnight; those asked."""
    if places <= 0:
        return []
    asked = [candidate.volunteer for candidate in rank(candidates(slot, mission, now=now))[:ASKED_AT_MOST]]
    for volunteer in asked:
        key = f"substitute_wanted:{slot.pk}:{volunteer.user_id}"
        data = {"slot": slot.pk, "mission": mission.pk}
        notify(volunteer.user, "substitute_wanted", key, now=now, data=data, expires_at=slot.starts_at)
    return asked


def candidates(slot, mission, *, now):
    """Adults who may be asked today, are free then, live within reach and meet the prerequisites."""
    first_month = add_months(month_of(now), 1 - LATELY_MONTHS)
    lately = HourEntry.objects.filter(volunteer=OuterRef("pk"), month__gte=first_month).order_by()
    minutes = lately.values("volunteer").annotate(total=Sum("minutes")).values("total")
    volunteers = (
        _who_may_be_asked(slot, mission, now)
        .annotate(minutes_lately=Coalesce(Subquery(minutes, output_field=IntegerField()), 0))
        .select_related("user")
        .order_by("minutes_lately", "id")[:LOOKED_AT_MOST]
    )
    return [
        Candidate(
            volunteer,
            mission.quartier_id is not None and volunteer.quartier_id == mission.quartier_id,
            mission.help_kind in volunteer.kinds,
            volunteer.minutes_lately,
        )
        for volunteer in volunteers
    ]


def _who_may_be_asked(slot, mission, now):
    on_it = Signup.objects.filter(volunteer=OuterRef("pk"), slot=slot)
    busy = Signup.objects.filter(
        volunteer=OuterRef("pk"), state__in=LIVE, starts_at__lt=slot.ends_at, ends_at__gt=slot.starts_at
    )
    asked_lately = Notification.objects.filter(
        recipient=OuterRef("user"), kind="substitute_wanted", due_at__gt=now - NOT_ASKED_AGAIN_FOR
    )
    volunteers = (
        Volunteer.objects.active(local_day(now))
        .filter(
            _within_reach(mission),
            ~Exists(on_it),
            ~Exists(busy),
            ~Exists(asked_lately),
            Q(availability=[])
            | Q(availability__contains=sorted(codes_covering(slot.starts_at, slot.ends_at))),
            Q(kinds=[]) | Q(kinds__contains=[mission.help_kind]),
            user__birth_date__isnull=True,
            user__erased_at__isnull=True,
        )
        .exclude(user__in=_who_may_not_come(mission))
    )
    for prerequisite in mission.prerequisites.all():
        volunteers = volunteers.filter(prerequisites=prerequisite)
    return volunteers


def _who_may_not_come(mission):
    """The two who asked, those suspended, and whoever blocked them or was blocked by them."""
    asked = [pk for pk in (mission.beneficiary_id, mission.proposed_by_id) if pk]
    people = get_user_model().objects.filter(
        Q(pk__in=asked)
        | Q(suspensions__lifted_at__isnull=True, suspensions__isnull=False)
        | Q(people_blocked__blocked__in=asked)
        | Q(blocked_by__blocker__in=asked)
    )
    return people.order_by().values("pk")


def _within_reach(mission):
    if mission.quartier_id is None:
        return Q()
    near = Q(quartier=mission.quartier_id) | Q(quartier__isnull=True)
    next_door = Q(reach=Reach.ADJACENT, quartier__in=mission.quartier.adjacent.values("pk"))
    return near | next_door | Q(reach=Reach.TOWN)
