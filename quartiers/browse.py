"""Reports as people read them: the public list, one's own, the feeds. Each list names all it needs."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from vitre_civique.lib import french
from vitre_civique.lib.search import plain

from .models import Mandate, NeedReport, NeedState, PublicStep, Quartier, Supporter
from .models.needs import OPEN_STATES

PAGE_SIZE = 12
OWN_AT_MOST = 60
COUNTED_AT_MOST = 500
FEED_AT_MOST = 50
GEOJSON_AT_MOST = 100
WORKS_KEPT_DAYS = 31
# The words of the filter « Où cela en est », in its order.
PROGRESS = {
    "en-cours": [state for state in OPEN_STATES if state not in (NeedState.FILED, NeedState.PLANNED)],
    "prevues": [NeedState.PLANNED],
    "terminees": [NeedState.RESOLVED, NeedState.CLOSED],
}


def with_supporters(reports):
    """`supporter_count` on each report."""
    rows = Supporter.objects.filter(report=OuterRef("pk")).order_by().values("report")
    number = Subquery(rows.annotate(number=Count("pk")).values("number"), output_field=IntegerField())
    return reports.annotate(supporter_count=Coalesce(number, 0))


def for_list(filters, *, quartier=None):
    """Public reports that fit the cleaned filters, newest first; all a card needs."""
    reports = NeedReport.objects.public()
    quartier = quartier or filters.get("quartier")
    if quartier:
        reports = reports.filter(quartier=quartier)
    if filters.get("famille"):
        reports = reports.filter(category__family=filters["famille"])
    if filters.get("etat"):
        reports = reports.filter(state__in=PROGRESS[filters["etat"]])
    for word in plain(filters.get("mots", "")).split()[:8]:
        reports = reports.filter(Q(search_text__contains=word))
    return newest_first(with_supporters(reports).select_related("category", "quartier"))


def for_my_reports(user):
    """What the person sent, newest first; drafts stand apart."""
    sent = user.need_reports.exclude(filed_at__isnull=True)
    return newest_first(with_supporters(sent).select_related("category", "quartier"))


def for_followed(user):
    """What the person supports and may still open, newest first."""
    followed = NeedReport.objects.visible_to(user).filter(supporters__user=user).exclude(author=user)
    return newest_first(with_supporters(followed).select_related("category", "quartier"))


def for_feed(quartier):
    """Public reports of one quartier, the latest step first; each with its `last_step_text`. Two queries."""
    told = NeedReport.objects.public().filter(quartier=quartier, last_step_at__isnull=False)
    reports = list(
        told.select_related("category", "quartier").order_by("-last_step_at", "-id")[:FEED_AT_MOST]
    )
    steps = PublicStep.objects.filter(report__in=reports).order_by("report_id", "-at", "-id")
    last = {step.report_id: step.text for step in steps.distinct("report_id")}
    for report in reports:
        report.last_step_text = last.get(report.pk, "")
    return reports


def for_works(quartier, *, today):
    """Public reports whose works have a date, from a month ago on, in order."""
    return (
        NeedReport.objects.public()
        .filter(
            quartier=quartier,
            state=NeedState.PLANNED,
            planned_on__gte=today - timedelta(days=WORKS_KEPT_DAYS),
        )
        .select_related("category", "quartier")
        .order_by("planned_on", "id")
    )


def for_geojson(quartier, *, older_than=""):
    """(public reports of one quartier, newest first, the cursor of the next ones or "")."""
    reports = NeedReport.objects.public().filter(quartier=quartier).select_related("category", "quartier")
    rows = list(_after(newest_first(reports), older_than)[: GEOJSON_AT_MOST + 1])
    shown = rows[:GEOJSON_AT_MOST]
    return shown, _cursor(shown[-1]) if len(rows) > GEOJSON_AT_MOST else ""


def quartiers_with_referents(today):
    """Active quartiers by name, each with `referent_count` in force today."""
    in_force = Q(mandates__in=Mandate.objects.in_force(today).values("pk"))
    return (
        Quartier.objects.active()
        .annotate(referent_count=Count("mandates", filter=in_force))
        .order_by("name", "id")
    )


def newest_first(reports):
    return reports.order_by("-filed_at", "-id")


@dataclass(frozen=True)
class Page:
    """One page of a list, newest first: rows, and the cursors of its neighbours (or "")."""

    reports: list
    newer: str
    older: str


def page_of(reports, *, older_than="", newer_than=""):
    """The page after or before a cursor made by this function; the first page for anything else."""
    if at := _read_cursor(newer_than):
        rows = list(reports.filter(_is_newer(*at)).order_by("filed_at", "id")[: PAGE_SIZE + 1])
        has_more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE][::-1]
        if rows:
            return Page(rows, _cursor(rows[0]) if has_more else "", _cursor(rows[-1]))
    rows = list(_after(reports, older_than)[: PAGE_SIZE + 1])
    has_more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    is_first = _read_cursor(older_than) is None
    return Page(rows, "" if is_first or not rows else _cursor(rows[0]), _cursor(rows[-1]) if has_more else "")


def _after(reports, cursor):
    """`reports` from a cursor on; all of them for one that nobody made."""
    at = _read_cursor(cursor)
    return reports.filter(_is_older(*at)) if at else reports


def count_sentence(reports):
    """« 12 besoins repérés », counted no further than what helps."""
    number = reports.order_by()[: COUNTED_AT_MOST + 1].count()
    if number > COUNTED_AT_MOST:
        return f"Plus de {COUNTED_AT_MOST} besoins repérés."
    if not number:
        return "Aucun besoin repéré."
    return french.count(number, "besoin repéré.", "besoins repérés.")


def _cursor(report):
    return f"{int(report.filed_at.timestamp() * 1_000_000)}-{report.pk}"


def _read_cursor(text):
    """(moment, id), or None when nobody but a curious person wrote it."""
    moment, _, pk = text.partition("-")
    if not (moment.isdecimal() and pk.isdecimal() and len(moment) < 18 and len(pk) < 19):
        return None
    return datetime.fromtimestamp(0, tz=UTC) + timedelta(microseconds=int(moment)), int(pk)


def _is_newer(moment, pk):
    return Q(filed_at__gt=moment) | Q(filed_at=moment, pk__gt=pk)


def _is_older(moment, pk):
    return Q(filed_at__lt=moment) | Q(filed_at=moment, pk__lt=pk)
