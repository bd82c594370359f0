"""Quartiers by idea: the quartier and its referents, needs reported there, how the mairie handles them."""

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
from .quartier import Mandate, Quartier

__all__ = [
    "AnswerFor",
    "AuthorLook",
    "Category",
    "CloseReason",
    "Family",
    "InternalNote",
    "Mandate",
    "NeedReport",
    "NeedReportStateChange",
    "NeedState",
    "PublicStep",
    "Quartier",
    "ReportPhoto",
    "ResolvedBy",
    "Routing",
    "ServiceInCharge",
    "ServiceLink",
    "StandardAnswer",
    "Supporter",
    "Visibility",
]
