"""Who may see or do what with one mission or signup; what a role may do: the permission matrix."""

from datetime import timedelta

from django.db.models import Exists

from vitre_civique.accounts.permissions import can
from vitre_civique.lib.months import day_bounds, local_day

from .models import (
    CollectionState,
    IntroductionState,
    MissionKind,
    MissionState,
    Side,
    Signup,
    SignupState,
    Suspension,
)

DETAILS_SHOWN_AFTER_END = timedelta(days=30)
WITH_DETAILS = [SignupState.CONFIRMED, SignupState.ATTENDED]
PUBLIC = [MissionState.PUBLISHED, MissionState.DONE, MissionState.CANCELLED]


def can_view_mission(user, mission):
    """Everyone once published (done and cancelled ones say so); agents preview the others."""
    return mission.state in PUBLIC or can(user, "mission.edit")


def neighbour_of(mission):
    """The person helped; before an agent names one, the resident who asked."""
    return mission.beneficiary or mission.proposed_by


def side_of(user, introduction):
    """On which side of the introduction `user` stands; None for everybody else.

    Whoever asked for someone close answers for them, with their agreement.
    """
    signup, mission = introduction.signup, introduction.signup.slot.mission
    if signup.volunteer is not None and signup.volunteer.user_id == user.pk:
        return Side.VOLUNTEER
    return Side.NEIGHBOUR if user.pk in (mission.beneficiary_id, mission.proposed_by_id) else None


def can_see_details(side, introduction, *, now):
    """domain.md, DP-09: both agreed, the volunteer really comes, and it ended less than 30 days ago."""
    signup = introduction.signup
    return (
        side is not None
        and introduction.state == IntroductionState.SHARED
        and signup.volunteer is not None
        and signup.state in WITH_DETAILS
        and signup.slot.cancelled_at is None
        and signup.slot.mission.kind == MissionKind.INTERPERSONAL
        and signup.slot.mission.state not in (MissionState.CANCELLED, MissionState.SUSPENDED)
        and now < signup.ends_at + DETAILS_SHOWN_AFTER_END
    )


def can_record_attendance(user, mission):
    """Agents and the service civique; who proposed the mission, and the person helped, for their own."""
    is_own = user.is_authenticated and user.pk in (mission.proposed_by_id, mission.beneficiary_id)
    return is_own or can(user, "signup.record_attendance")


def can_edit_proposal(user, mission):
    """The proposer, while it is a draft or came back with a question."""
    is_open = mission.state in (MissionState.DRAFT, MissionState.RETURNED)
    return mission.proposed_by_id == user.pk and is_open


def can_view_collection(user, collection):
    """Everyone once published (ended and cancelled ones say so); those who edit preview a draft."""
    return collection.state != CollectionState.DRAFT or can(user, "collection.edit")


def helps_today(user, collection, *, now):
    """Whether `user`, not suspended, holds a confirmed place today on a mission of it. One query."""
    start, end = day_bounds(local_day(now))
    suspended = Suspension.objects.filter(person=user.pk, lifted_at__isnull=True)
    return Signup.objects.filter(
        ~Exists(suspended),
        volunteer__user=user.pk,
        state__in=WITH_DETAILS,
        starts_at__lt=end,
        ends_at__gt=start,
        slot__cancelled_at__isnull=True,
        slot__mission__collection=collection,
    ).exists()


def can_count(user, collection, *, now):
    """Agents, and the volunteers of the day."""
    if not user.is_authenticated:
        return False
    return can(user, "collection.count") or helps_today(user, collection, now=now)


def can_correct_tally(user, tally, *, now):
    """Agents; and whoever wrote it, the same day, while they may still count there."""
    if can(user, "collection.correct"):
        return True
    collection = tally.point.collection
    is_own = user.is_authenticated and tally.by_id == user.pk and local_day(tally.at) == local_day(now)
    return is_own and collection.is_open and can_count(user, collection, now=now)
