"""Needs of places reported by referents: what was seen (private), what the town says (public), its states.

Nothing here is about a person.
"""

from .category import Category, Family, ServiceInCharge
from .following import PublicStep, ReportPhoto, Supporter
from .report import NeedReport, NeedReportStateChange
from .states import (
    ANSWER_RUNS,
    OPEN_STATES,
    PUBLISHABLE_STATES,
    CloseReason,
    NeedState,
    ResolvedBy,
    Visibility,
)

__all__ = [
    "ANSWER_RUNS",
    "OPEN_STATES",
    "PUBLISHABLE_STATES",
    "Category",
    "CloseReason",
    "Family",
    "NeedReport",
    "NeedReportStateChange",
    "NeedState",
    "PublicStep",
    "ReportPhoto",
    "ResolvedBy",
    "ServiceInCharge",
    "Supporter",
    "Visibility",
]
