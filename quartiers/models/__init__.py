"""Quartiers by idea: the quartier, its referents, needs reported there, stories, referrals, other tools."""

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
    "Category",
    "CloseReason",
    "Family",
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
    "ServiceInCharge",
    "Source",
    "Story",
    "StoryState",
    "StoryStateChange",
    "Supporter",
    "Tie",
    "Visibility",
]
