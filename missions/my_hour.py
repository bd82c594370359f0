"""« Mon heure »: one person's months, in minutes and words, computed on read from ledger and signups.

A mission counts in the month of its local start. Never a negative number, never a blame.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Sum
from django.db.models.functions import TruncMonth

from vitre_civique.lib import french
from vitre_civique.lib.months import PARIS, add_months, local_day, month_bounds, months_between
from volunteers.hours import minutes_by_month
from volunteers.models import MINUTES_PER_MONTH

from .models import Signup, SignupState
from .models.signup import LIVE

PAST_MONTHS = 12


@dataclass(frozen=True)
class HourMonth:
    """One month of one person. `when` is the moment of the next planned mission in words, or empty."""

    month: date
    given_minutes: int
    planned_minutes: int
    is_skipped: bool
    is_past: bool
    when: str = ""

    @property
    def surplus_minutes(self):
        return max(self.given_minutes - MINUTES_PER_MONTH, 0)

    @property
    def surplus(self):
        """« merci, 3 h de plus », or empty."""
        return f"merci, {short(self.surplus_minutes)} de plus" if self.surplus_minutes else ""

    @property
    def status(self):
        """given, planned, begun, skipped or open: what the badge and the sentence say."""
        if self.given_minutes >= MINUTES_PER_MONTH:
            return "given"
        if self.planned_minutes:
            return "planned"
        if self.given_minutes:
            return "begun"
        return "skipped" if self.is_skipped else "open"

    @property
    def badge(self):
        """Word, icon, tone."""
        if self.status == "open" and self.is_past:
            return "Pas d’heure ce mois-là", "minus", "neutral"
        return {
            "given": ("Donnée", "circle-check", "done"),
            "planned": ("Prévue", "calendar-check", "planned"),
            "begun": (f"{french.duration(self.given_minutes).capitalize()}", "clock", "done"),
            "skipped": ("Passé", "leaf", "neutral"),
            "open": ("Pas encore choisie", "circle-dashed", "waiting"),
        }[self.status]

    @property
    def sentence(self):
        """The words beside the ring."""
        of_month = french.of_month(self.month)
        if self.status == "given":
            return f"Votre heure {of_month} est donnée" + (
                f"{french.NNBSP}: {self.surplus}." if self.surplus else ". Merci !"
            )
        if self.status == "planned":
            return f"Votre heure {of_month} est prévue" + (
                f"{french.NBSP}: {self.when}." if self.when else "."
            )
        if self.status == "begun":
            return f"Vous avez donné {french.duration(self.given_minutes)} de votre heure {of_month}. Merci !"
        if self.status == "skipped":
            return f"Vous passez votre heure {of_month}. Rien à rattraper."
        if self.is_past:
            return f"Pas d’heure {of_month}{french.NBSP}: rien à rattraper."
        return f"Votre heure {of_month} n’est pas encore choisie."


def short(minutes):
    """« 3 h », « 1 h 30 », « 45 min »: never « une heure », which would read « une heure de plus »."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest}{french.NBSP}min"
    return f"{hours}{french.NBSP}h" + (f"{french.NBSP}{rest:02d}" if rest else "")


def month_view(volunteer, month, *, today):
    """One month, with when and where its next mission is."""
    row = months_view(volunteer, month, month, today=today)[0]
    start, end = month_bounds(month)
    signups = Signup.objects.filter(volunteer=volunteer, state=SignupState.CONFIRMED)
    following = (
        signups.filter(starts_at__gte=start, starts_at__lt=end)
        .select_related("slot__mission__quartier")
        .order_by("starts_at", "id")
    )
    ahead = next((signup for signup in following if local_day(signup.ends_at) >= today), None)
    return row if ahead is None else HourMonth(**{**vars(row), "when": in_words(ahead)})


def in_words(signup):
    """« jeudi 26 novembre à 14 h, quartier du Rachapt »: the quartier only, never the address."""
    quartier = signup.slot.mission.quartier
    moment = french.moment(signup.starts_at).replace(f" {signup.starts_at.astimezone(PARIS).year}", "")
    return f"{moment}, {quartier.name}" if quartier else moment


def months_view(volunteer, first, last, *, today):
    """Every month from `first` to `last`, both included, in order: three queries whatever their number."""
    given = minutes_by_month(volunteer, first, last)
    planned = planned_by_month(volunteer, first, last)
    skipped = set(
        volunteer.skipped_months.filter(month__gte=first, month__lte=last).values_list("month", flat=True)
    )
    this_month = today.replace(day=1)
    return [
        HourMonth(
            month=month,
            given_minutes=max(given[month], 0),
            planned_minutes=planned.get(month, 0),
            is_skipped=month in skipped,
            is_past=month < this_month,
        )
        for month in months_between(first, last)
    ]


def past_year(volunteer, *, today):
    """The twelve months before this one, the latest first."""
    this_month = today.replace(day=1)
    return months_view(
        volunteer, add_months(this_month, -PAST_MONTHS), add_months(this_month, -1), today=today
    )[::-1]


def planned_by_month(volunteer, first, last):
    """{month: minutes of confirmed signups}; those that took place leave here when the ledger has them."""
    rows = (
        Signup.objects.filter(
            volunteer=volunteer,
            state=SignupState.CONFIRMED,
            starts_at__gte=month_bounds(first)[0],
            starts_at__lt=month_bounds(last)[1],
        )
        .order_by()
        .annotate(local_month=TruncMonth("starts_at", tzinfo=PARIS))
        .values_list("local_month")
        .annotate(length=Sum(F("ends_at") - F("starts_at")))
    )
    return {moment.date(): length // timedelta(minutes=1) for moment, length in rows}


def upcoming(volunteer, *, now):
    """Live signups not yet over, the next first, with all that the page shows."""
    return (
        Signup.objects.filter(volunteer=volunteer, state__in=LIVE, ends_at__gt=now)
        .select_related("slot__mission__quartier")
        .order_by("starts_at", "id")
    )
