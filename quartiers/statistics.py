"""The figures of the pilot, once: reports by quartier, month and family, delays, reopening, satisfaction."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Aggregate, Count, DurationField, F, Min, OuterRef, Q, Subquery
from django.db.models.functions import TruncMonth

from vitre_civique.lib.months import PARIS, midnight

from .deadlines import ANSWERS
from .models import Family, NeedReport, NeedReportStateChange, NeedState, Story

FAMILIES = [family.value for family in Family]
UNSENT = [NeedState.DRAFT]


class Median(Aggregate):
    """The middle value; PostgreSQL leaves nulls out."""

    function = "percentile_cont"
    name = "Median"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"


@dataclass
class Line:
    """One quartier in one month (`month` None: the whole year). Delays in days, shares from 0 to 1."""

    quartier: str
    quartier_id: int
    month: date | None
    by_family: dict = field(default_factory=dict)
    reports: int = 0
    answer_days: float | None = None
    resolution_days: float | None = None
    ended: int = 0
    reopened: int = 0
    said: int = 0  # authors who answered « Est-ce réglé ? »
    satisfied: int = 0
    missions: int = 0
    stories: int | None = None  # None: this town keeps no stories yet

    @property
    def reopened_share(self):
        return self.reopened / self.ended if self.ended else None

    @property
    def satisfaction(self):
        return self.satisfied / self.said if self.said else None


def first_move(*states):
    """When an outer report first came into one of `states`."""
    moves = NeedReportStateChange.objects.filter(row=OuterRef("pk"), to_state__in=states)
    return Subquery(moves.order_by().values("row").annotate(at=Min("at")).values("at"))


def year_reports(year):
    start, end = midnight(date(year, 1, 1)), midnight(date(year + 1, 1, 1))
    return NeedReport.objects.exclude(state__in=UNSENT).filter(filed_at__gte=start, filed_at__lt=end)


def lines(year, *, by_month):
    """The Lines of a year, by quartier name (and month): only where something was reported, born or told.

    Three queries, four once stories exist.
    """
    groups = ["quartier_id", "quartier__name", *(["month"] if by_month else [])]
    rows = (
        year_reports(year)
        .annotate(
            month=TruncMonth("filed_at", tzinfo=PARIS),
            answer_delay=_delay(ANSWERS),
            resolution_delay=_delay([NeedState.RESOLVED]),
        )
        .order_by()
        .values(*groups)
        .annotate(
            reports=Count("pk"),
            answer=Median("answer_delay", output_field=DurationField()),
            resolution=Median("resolution_delay", output_field=DurationField()),
            ended=Count("pk", filter=Q(ended_at__isnull=False) | Q(reopened_count__gt=0)),
            reopened=Count("pk", filter=Q(reopened_count__gt=0)),
            said=Count("pk", filter=Q(is_settled_for_author__isnull=False)),
            satisfied=Count("pk", filter=Q(is_settled_for_author=True)),
            **{f"in_{family}": Count("pk", filter=Q(category__family=family)) for family in FAMILIES},
        )
    )
    found = {}
    for row in rows:
        line = _line(found, row, by_month=by_month)
        line.by_family = {family: row[f"in_{family}"] for family in FAMILIES}
        line.answer_days, line.resolution_days = _days(row["answer"]), _days(row["resolution"])
        for name in ("reports", "ended", "reopened", "said", "satisfied"):
            setattr(line, name, row[name])
    _add_missions(found, year, by_month=by_month)
    _add_stories(found, year, by_month=by_month)
    return sorted(found.values(), key=lambda line: (line.quartier, line.month or date.min))


def _delay(states):
    return first_move(*states) - F("filed_at")


def _days(delay):
    return None if delay is None else round(delay / timedelta(days=1), 1)


def _line(found, row, *, by_month):
    month = row["month"].date() if by_month else None
    key = (row["quartier_id"], month)
    if key not in found:
        found[key] = Line(row["quartier__name"], row["quartier_id"], month, dict.fromkeys(FAMILIES, 0))
    return found[key]


def _add_missions(found, year, *, by_month):
    """Missions born from a report, in the month they were proposed; the link belongs to the app above."""
    links = NeedReport.mission_links.rel.related_model.objects
    _add(found, links.all(), "missions", "at", "report__quartier", year, by_month=by_month)


def _add_stories(found, year, *, by_month):
    for line in found.values():
        line.stories = 0
    rows = Story.objects.filter(published_at__isnull=False)
    _add(found, rows, "stories", "published_at", "quartier", year, by_month=by_month)


def _add(found, rows, name, at, quartier, year, *, by_month):
    start, end = midnight(date(year, 1, 1)), midnight(date(year + 1, 1, 1))
    counted = (
        rows.filter(**{f"{at}__gte": start, f"{at}__lt": end, f"{quartier}__isnull": False})
        .order_by()
        .annotate(month=TruncMonth(at, tzinfo=PARIS))
        .values(
            place=F(f"{quartier}_id"),
            place_name=F(f"{quartier}__name"),
            **({"month": F("month")} if by_month else {}),
        )
        .annotate(n=Count("pk"))
    )
    for row in counted:
        row |= {"quartier_id": row["place"], "quartier__name": row["place_name"]}
        line = _line(found, row, by_month=by_month)
        setattr(line, name, (getattr(line, name) or 0) + row["n"])


def first_year():
    """The year of the first report, or None."""
    first = NeedReport.objects.exclude(filed_at__isnull=True).aggregate(at=Min("filed_at"))["at"]
    return first.astimezone(PARIS).year if first else None
