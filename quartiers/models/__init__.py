"""Quartiers by idea: the quartier, its referents, needs reported and handled, stories, referrals, tools."""

from .handling import AnswerFor, AuthorLook, InternalNote, Routing, ServiceLink, StandardAnswer
from .needs import (
    Category,
    CloseReason,
    Family,
    NeedReport,
    NeedReportStateChange,
    NeedState,
    PublicStep,
    ReportPhoto,
    ResolvedBy,
    ServiceInCharge,
    Supporter,
    Visibility,
)
from .open311 import Open311Key, ReportImport, ReportOrigin, Source
from .quartier import Mandate, Quartier
from .referral import HelpNeeded, Pace, Referral, ReferralState, ReferralStateChange, Tie
from .story import Reaction, ReactionKind, Story, StoryState, StoryStateChange

__all__ = [
    "AnswerFor",
    "AuthorLook",
    "Category",
    "CloseReason",
    "Family",
    "InternalNote",
    "HelpNeeded",
    "Mandate",
    "NeedReport",
    "NeedReportStateChange",
    "NeedState",
    "Open311Key",
    "Pace",
    "PublicStep",
    "Quartier",
    "Reaction",
    "ReactionKind",
    "Referral",
    "ReferralState",
    "ReferralStateChange",
    "ReportImport",
    "ReportOrigin",
    "ReportPhoto",
    "ResolvedBy",
    "Routing",
    "ServiceInCharge",
    "ServiceLink",
    "StandardAnswer",
    "Source",
    "Story",
    "StoryState",
    "StoryStateChange",
    "Supporter",
    "Tie",
    "Visibility",
]
