"""Missions by idea: what is proposed (catalogue, mission), when (slot), who is asked
(invitation), who comes (signup). A collection: what missions together bring in.

Between neighbours: the request, the offer of help, the introduction, messages.
"""

from .catalogue import Association, Gesture, MissionKind
from .collection import (
    Collection,
    CollectionState,
    CollectionStateChange,
    DropOffPoint,
    OpeningHours,
    Tally,
    TallyKind,
)
from .group import Group
from .help_offer import HelpOffer, HelpOfferAnswer, HelpOfferState, HelpOfferStateChange
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
from .series import Every, Series
from .signup import CalendarFeed, Outcome, Signup, SignupState, SignupStateChange
from .slot import Slot
from .thanks import Thanks, ThanksState, ThanksStateChange

__all__ = [
    "Association",
    "Block",
    "Collection",
    "CollectionState",
    "CollectionStateChange",
    "DropOffPoint",
    "OpeningHours",
    "Tally",
    "TallyKind",
    "CalendarFeed",
    "Detail",
    "DisclosureLog",
    "Every",
    "Gesture",
    "Group",
    "HelpOffer",
    "HelpOfferAnswer",
    "HelpOfferState",
    "HelpOfferStateChange",
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
    "Series",
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
