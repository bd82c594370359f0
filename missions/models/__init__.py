"""Missions by idea: what is proposed (catalogue, mission), when (slot), and who comes (signup)."""

from .catalogue import Association, Gesture, MissionKind
from .mission import Mission, MissionPrerequisite, MissionState, MissionStateChange, PrivatePlace
from .report import MissionReport
from .signup import CalendarFeed, Outcome, Signup, SignupState, SignupStateChange
from .slot import Slot

__all__ = [
    "Association",
    "CalendarFeed",
    "Gesture",
    "Mission",
    "MissionKind",
    "MissionPrerequisite",
    "MissionReport",
    "MissionState",
    "MissionStateChange",
    "Outcome",
    "PrivatePlace",
    "Signup",
    "SignupState",
    "SignupStateChange",
    "Slot",
]
