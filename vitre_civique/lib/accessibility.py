"""What the site may say of its accessibility: computed from the last audit, never claimed (A11Y-01)."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

VALID_YEARS = 3


@dataclass(frozen=True)
class Audit:
    done_on: date
    percent: int  # of the applicable RGAA criteria that are met
    auditor: str


# No audit has been made. Write the record here when one is.
AUDIT: Audit | None = None


def conformity(audit, *, today=None):
    """« non conforme », « partiellement conforme » or « totalement conforme », in the words of the decree."""
    today = today or timezone.localdate()
    if audit is None or (today.year - VALID_YEARS, today.month, today.day) >= audit.done_on.timetuple()[:3]:
        return "non conforme"
    if audit.percent == 100:
        return "totalement conforme"
    return "partiellement conforme" if audit.percent >= 50 else "non conforme"
