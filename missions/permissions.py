"""Who may see or do what with one mission or signup; what a role may do: the permission matrix."""

from datetime import timedelta

from vitre_civique.accounts.permissions import can

from .models import IntroductionState, MissionKind, MissionState, Side, SignupState

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
