"""« Mon heure »: one person's months, in minutes and words, computed on read from ledger and signups.

A mission counts in the month of its local start. Never a negative number, never a blame.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import F, Sum
from django.db.models.functions import TruncMonth

from vitre_civique.lib import french
from vitre_civique.lib.months import (
    PARIS,
    add_months,
    local_day,
    midnight,
    month_bounds,
    month_of,
    months_between,
    next_month,
)
from volunteers.hours import minutes_by_month
from volunteers.models import MINUTES_PER_MONTH

from .models import Outcome, Signup, SignupState
from .models.signup import LIVE

PAST_MONTHS = 12
TO_SAY_AT_MOST = 3


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
        """Word, icon, tone; a past month without an hour shows none."""
        return {
            "given": ("Donnée", "circle-check", "done"),
            "planned": ("Prévue", "calendar-check", "planned"),
            "begun": ("Merci", "heart", "done"),
            "skipped": ("Passé", "leaf", "neutral"),
            "open": ("Pas encore choisie", "circle-dashed", "waiting"),
        }[self.status]

    @property
    def sentence(self):
        """The words beside the ring."""
        of_month = french.of_month(self.month)
        thanks = f"Merci{french.NNBSP}!"
        if self.status == "given":
            said = f"{french.NBSP}: {self.surplus}." if self.surplus else f". {thanks}"
            return f"Votre heure {of_month} est donnée{said}"
        if self.status == "planned":
            said = f"{french.NBSP}: {self.when}." if self.when else "."
            return f"Votre heure {of_month} est prévue{said}"
        if self.status == "begun":
            return (
                f"Vous avez donné {french.duration(self.given_minutes)} de votre heure {of_month}. {thanks}"
            )
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
    return with_next(row, upcoming(volunteer, now=midnight(today)))


def page_of(volunteer, *, now):
    """All that the page shows: what waits for a word, this month and the next, what is coming, the year.

    Five queries.
    """
    today = local_day(now)
    month = month_of(today)
    signups = list(upcoming(volunteer, now=now))
    rows = months_view(volunteer, add_months(month, -PAST_MONTHS), next_month(month), today=today)
    return {
        "month": with_next(rows[-2], signups),
        "following": with_next(rows[-1], signups),
        "to_say": list(to_say(volunteer, now=now)[:TO_SAY_AT_MOST]),
        "offers": [signup for signup in signups if is_offer(signup, now)],
        "signups": [signup for signup in signups if not is_offer(signup, now)],
        "past": rows[-3::-1],
    }


def with_next(row, signups):
    """The same month, saying when its first confirmed mission among `signups` is."""
    for signup in signups:
        if signup.state == SignupState.CONFIRMED and month_of(signup.starts_at) == row.month:
            return replace(row, when=in_words(signup))
    return row


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


def to_say(volunteer, *, now):
    """Missions that are over and of which the person has said nothing yet, the latest first."""
    return (
        Signup.objects.filter(
            volunteer=volunteer, state=SignupState.CONFIRMED, volunteer_said=Outcome.SILENT, ends_at__lte=now
        )
        .select_related("slot__mission")
        .order_by("-ends_at", "-id")
    )


def is_offer(signup, now):
    """A place that waits for the person's yes, and still may have it."""
    return signup.state == SignupState.OFFERED and signup.expires_at > now


def upcoming(volunteer, *, now):
    """Live signups not yet over, the next first, with all that the page shows."""
    return (
        Signup.objects.filter(volunteer=volunteer, state__in=LIVE, ends_at__gt=now)
        .select_related("slot__mission__quartier")
        .order_by("starts_at", "id")
    )
