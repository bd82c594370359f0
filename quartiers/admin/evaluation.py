"""The evaluation of the pilot: charts with their tables, a file; for élus, without small cells."""

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from quartiers import evaluation_tables as tables
from quartiers import statistics
from quartiers.models import Family
from vitre_civique.accounts.desk import page
from vitre_civique.accounts.exports import ExportForm, download
from vitre_civique.accounts.permissions import can
from vitre_civique.lib.months import local_day


def years(today):
    first = statistics.first_year() or today.year
    return list(range(today.year, min(first, today.year) - 1, -1))


def chosen_year(request, known):
    """A whole year, always: two periods that overlap would give a hidden month by difference."""
    wanted = request.GET.get("annee", "")
    return int(wanted) if wanted.isdecimal() and int(wanted) in known else known[0]


def page_of(modeladmin, request):
    sees_all = can(request.user, "need_report.evaluate")
    if not (sees_all or can(request.user, "figures.view")):
        raise PermissionDenied
    known = years(local_day(timezone.now()))
    year = chosen_year(request, known)
    lines = statistics.lines(year, by_month=False)
    families = tables.family_rows(lines, hides_small=not sees_all)
    found = tables.bars(families)
    months = statistics.lines(year, by_month=True) if sees_all else []
    return page(
        modeladmin,
        request,
        "admin/quartiers/needreport/evaluation.html",
        title="Évaluation des quartiers",
        subtitle=str(year),
        years=known,
        year=year,
        families=[family.label for family in Family],
        family_rows=families,
        quality_rows=tables.quality_rows(lines, hides_small=not sees_all),
        bars=found,
        bar_height=tables.BAR_HEIGHT,
        chart_height=tables.chart_height(found),
        months=[
            (line, [line.by_family[family.value] for family in Family], quality)
            for line, (_, quality) in zip(months, tables.quality_rows(months, hides_small=False), strict=True)
        ],
        sees_all=sees_all,
    )


def export(modeladmin, request):
    if not can(request.user, "need_report.evaluate"):
        raise PermissionDenied
    year = chosen_year(request, years(local_day(timezone.now())))
    lines, form = statistics.lines(year, by_month=True), ExportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        file_format = form.cleaned_data["file_format"]
        return download(tables.dataset(lines), name=f"evaluation-{year}", file_format=file_format)
    return page(
        modeladmin,
        request,
        "admin/export.html",
        title=f"Exporter l’évaluation {year}",
        form=form,
        errors=form.errors,
        row_count=len(lines),
        words=("ligne", "lignes"),
        back=reverse("admin:quartiers_needreport_evaluation"),
    )
