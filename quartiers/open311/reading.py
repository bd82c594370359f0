"""Which public reports a request for reports asks about. Only NeedReport.objects.public() is ever read."""

import re
from datetime import timedelta

from django.db.models import OuterRef, Q, Subquery
from django.utils.dateparse import parse_date, parse_datetime

from quartiers.models import Category, NeedReport, PublicStep, ReportPhoto
from vitre_civique.lib.months import PARIS, midnight

from .documents import CLOSED
from .encoding import Refusal

AT_MOST = 1000
LONGEST = timedelta(days=90)
IDS_AT_MOST = 200
REFERENCE = re.compile(r"(?:RB-)?0*(\d{1,18})", re.IGNORECASE)


def with_steps(reports):
    """All that documents.request() reads: one query."""
    last = PublicStep.objects.filter(report=OuterRef("pk")).order_by("-at", "-id")
    shown = ReportPhoto.objects.filter(report=OuterRef("pk"), is_public=True).order_by("position")
    return reports.select_related("category", "quartier", "service").annotate(
        last_step_text=Subquery(last.values("text")[:1]), shown_photo=Subquery(shown.values("pk")[:1])
    )


def for_requests(parameters, *, now):
    """At most 1,000 public reports of at most 90 days, newest first. Raises Refusal on a wrong parameter."""
    reports = with_steps(NeedReport.objects.public()).order_by("-filed_at", "-id")
    if ids := listed(parameters, "service_request_id"):
        if len(ids) > IDS_AT_MOST:
            raise Refusal(400, f"service_request_id : {IDS_AT_MOST} numéros au plus.")
        return reports.filter(pk__in=[pk for text in ids if (pk := primary_key(text))])
    start, end = period(parameters, now)
    reports = reports.filter(filed_at__gte=start, filed_at__lte=end)
    if codes := listed(parameters, "service_code"):
        known = set(Category.objects.filter(code__in=codes).values_list("code", flat=True))
        if unknown := sorted(set(codes) - known):
            raise Refusal(404, f"service_code inconnu : {', '.join(unknown)[:200]}.")
        reports = reports.filter(category__code__in=codes)
    return reports.filter(status_of(parameters))[:AT_MOST]


def one(text):
    """The public report of that number; Refusal 404 for every other."""
    report = with_steps(NeedReport.objects.public()).filter(pk=primary_key(text) or 0).first()
    if report is None:
        raise Refusal(404, "Aucun signalement public ne porte ce numéro.")
    return report


def primary_key(text):
    """« RB-000012 » or « 12 » → 12; None for anything else."""
    found = REFERENCE.fullmatch(text)
    return int(found[1]) if found else None


def listed(parameters, name):
    """« a,b » and repeated parameters alike."""
    return [part.strip() for text in parameters.getlist(name) for part in text.split(",") if part.strip()]


def status_of(parameters):
    asked = set(listed(parameters, "status"))
    if asked - {"open", "closed"}:
        raise Refusal(400, "status : « open », « closed », ou les deux séparés d’une virgule.")
    if len(asked) != 1:
        return Q()
    is_closed = Q(state__in=CLOSED)
    return is_closed if asked == {"closed"} else ~is_closed


def period(parameters, now):
    start, end = date_of(parameters, "start_date"), date_of(parameters, "end_date")
    if end is None:
        end = min(start + LONGEST, now) if start else now
    start = start or end - LONGEST
    if end < start:
        raise Refusal(400, "end_date vient avant start_date.")
    # One hour more: a change of clocks may lie in between.
    if end - start > LONGEST + timedelta(hours=1):
        raise Refusal(400, "La période demandée dépasse 90 jours : demandez-la en plusieurs fois.")
    return start, end


def date_of(parameters, name):
    """A W3C date or moment; without an offset it is Paris. None when it is not asked."""
    text = parameters.get(name, "").strip()
    if not text:
        return None
    try:
        # A « + » that nobody encoded arrives as a space.
        found = parse_datetime(re.sub(r" (?=\d\d:?\d\d$)", "+", text))
        if found is None and (day := parse_date(text)):
            found = midnight(day)
        found = found and (found if found.tzinfo else found.replace(tzinfo=PARIS))
        if found and 2000 <= found.year < 2100:
            return found
    except (ValueError, OverflowError):
        pass
    raise Refusal(400, f"{name} : écrivez une date W3C, par exemple 2026-11-23T10:00:00+01:00.")
