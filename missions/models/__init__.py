"""Missions by idea: what is proposed (catalogue, mission), when (slot), who is asked
(invitation), and who comes (signup)."""

from .catalogue import Association, Gesture, MissionKind
from .invitation import Distribution, Invitation, InvitationState, InvitationStateChange
from .mission import Mission, MissionPrerequisite, MissionState, MissionStateChange, PrivatePlace
from .signup import CalendarFeed, Outcome, Signup, SignupState, SignupStateChange
from .slot import Slot

__all__ = [
    "Association",
    "CalendarFeed",
    "Distribution",
    "Gesture",
    "Invitation",
    "InvitationState",
    "InvitationStateChange",
    "Mission",
    "MissionKind",
    "MissionPrerequisite",
    "MissionState",
    "MissionStateChange",
    "Outcome",
    "PrivatePlace",
    "Signup",
    "SignupState",
    "SignupStateChange",
    "Slot",
]
