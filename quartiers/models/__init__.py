"""Quartiers by idea: the quartier and its referents, then the needs reported there."""

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
    "Category",
    "CloseReason",
    "Family",
    "Mandate",
    "NeedReport",
    "NeedReportStateChange",
    "NeedState",
    "PublicStep",
    "Quartier",
    "ReportPhoto",
    "ResolvedBy",
    "ServiceInCharge",
    "Supporter",
    "Visibility",
]
