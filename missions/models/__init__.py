"""Missions by idea: what is proposed (catalogue, mission), when (slot), who is asked
(invitation), who comes (signup).

Between neighbours: the request, the introduction, messages.
"""

from .catalogue import Association, Gesture, MissionKind
from .introduction import (
    Detail,
    DisclosureLog,
    Introduction,
    IntroductionState,
    IntroductionStateChange,
    Side,
)
from .invitation import Distribution, Invitation, InvitationState, InvitationStateChange
from .messages import Block, Message, Suspension, Thread
from .mission import Mission, MissionPrerequisite, MissionState, MissionStateChange, PrivatePlace
from .report import MissionReport
from .request import PartOfDay, RequestDraft, RequestWish
from .signup import CalendarFeed, Outcome, Signup, SignupState, SignupStateChange
from .slot import Slot
from .thanks import Thanks, ThanksState, ThanksStateChange

__all__ = [
    "Association",
    "Block",
    "CalendarFeed",
    "Detail",
    "DisclosureLog",
    "Gesture",
    "Introduction",
    "IntroductionState",
    "IntroductionStateChange",
    "Message",
    "Distribution",
    "Invitation",
    "InvitationState",
    "InvitationStateChange",
    "Mission",
    "MissionKind",
    "MissionPrerequisite",
    "MissionReport",
    "MissionState",
    "MissionStateChange",
    "Outcome",
    "PartOfDay",
    "PrivatePlace",
    "RequestDraft",
    "RequestWish",
    "Side",
    "Signup",
    "SignupState",
    "SignupStateChange",
    "Slot",
    "Suspension",
    "Thanks",
    "ThanksState",
    "ThanksStateChange",
    "Thread",
]
