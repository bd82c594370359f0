"""Who may see or do what with one mission or signup; what a role may do: the permission matrix."""

from datetime import timedelta

from vitre_civique.accounts.permissions import can
from vitre_civique.lib.months import local_day

from .models import MissionKind, MissionState, SignupState

ADDRESS_SHOWN_AFTER_END = timedelta(days=30)
WITH_ADDRESS = [SignupState.CONFIRMED, SignupState.ATTENDED]
PUBLIC = [MissionState.PUBLISHED, MissionState.DONE, MissionState.CANCELLED]


def can_view_mission(user, mission):
    """Everyone once published (done and cancelled ones say so); agents preview the others."""
    return mission.state in PUBLIC or can(user, "mission.edit")


def can_see_address(user, signup, *, now):
    """domain.md: the accepted adult volunteer of an interpersonal mission, until 30 days after its end."""
    return (
        signup.volunteer is not None
        and signup.volunteer.user_id == user.pk
        and signup.state in WITH_ADDRESS
        and signup.slot.cancelled_at is None
        and signup.slot.mission.kind == MissionKind.INTERPERSONAL
        and signup.slot.mission.state not in (MissionState.CANCELLED, MissionState.SUSPENDED)
        and not user.is_minor_on(local_day(now))
        and now < signup.ends_at + ADDRESS_SHOWN_AFTER_END
    )


def can_record_attendance(user, mission):
    """Agents and the service civique; the resident who proposed the mission, for their own."""
    is_own = user.is_authenticated and mission.proposed_by_id == user.pk
    return is_own or can(user, "signup.record_attendance")


def can_edit_proposal(user, mission):
    """The proposer, while it is a draft or came back with a question."""
    return mission.proposed_by_id == user.pk and mission.state in (MissionState.DRAFT, MissionState.RETURNED)
