"""The « bordereau d’élimination »: what is due, on paper or as a file, never whose (DP-14)."""

import tablib
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from missions.retention import dry_run, slip
from vitre_civique.accounts.exports import download
from vitre_civique.accounts.permissions import can
from vitre_civique.lib.months import local_day

from .pages import page

COLUMNS = ["Service versant", "Nature des documents", "Nombre", "Dates extrêmes", "Durée", "Visa"]


def archives(modeladmin, request):
    """GET shows the page; `?format=csv` gives the same lines for the Archives' own tools."""
    if not can(request.user, "archives.view"):
        raise PermissionDenied
    now = timezone.now()
    if request.GET.get("format") == "csv":
        return download(dataset(now), name=f"bordereau-{local_day(now)}", file_format="csv")
    rows = [(line, dates(line)) for line in dry_run(now=now)]
    return page(
        modeladmin,
        request,
        "admin/missions/archives.html",
        title="Durées de conservation",
        subtitle="Bordereau d’élimination",
        to_destroy=[row for row in rows if row[0].rule.destroys],
        others=[row for row in rows if not row[0].rule.destroys],
        visa=settings.ARCHIVES_VISA,
        today=local_day(now),
    )


def dataset(now):
    lines = tablib.Dataset(headers=COLUMNS)
    for line in slip(now=now):
        lines.append(
            [
                "Mairie, vie des quartiers",
                line.rule.label,
                line.number,
                dates(line),
                line.rule.kept,
                settings.ARCHIVES_VISA,
            ]
        )
    return lines


def dates(line):
    """« 12/01/2024 – 03/05/2026 », or nothing when nothing is due."""
    if not line.number:
        return ""
    return f"{local_day(line.first_at):%d/%m/%Y} – {local_day(line.last_at):%d/%m/%Y}"
