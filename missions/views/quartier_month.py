"""The month of a quartier, and the town's table beside the map: public figures, small cells masked."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from missions.quartier_month import COLUMNS, LABELS, months_of_quartiers
from missions.town_map import shapes_of
from quartiers import stories
from vitre_civique.lib.months import local_day, month_of, next_month, parse_month, previous_month

STORIES_SHOWN = 3


def wanted_month(request, today):
    """The month of the address, this one by default; 404 for what is no month, or not come yet."""
    try:
        month = parse_month(request.GET["mois"]) if request.GET.get("mois") else month_of(today)
    except ValueError:
        raise Http404 from None
    if not (month.year >= 2020 and month <= month_of(today)):
        raise Http404
    return month


def around(month, today):
    later = next_month(month)
    return {
        "month": month,
        "previous_url": f"?mois={previous_month(month):%Y-%m}" if month.year > 2020 else "",
        "next_url": f"?mois={later:%Y-%m}" if later <= month_of(today) else "",
    }


@login_not_required
@require_GET
def quartier_month(request, slug):
    today = local_day(timezone.now())
    month = wanted_month(request, today)
    rows, _ = months_of_quartiers(month)
    chosen = next(((quartier, cells) for quartier, cells in rows if quartier.slug == slug), None)
    if chosen is None:
        raise Http404
    quartier, cells = chosen
    context = {
        "quartier": quartier,
        "cells": [cells[name] for name in COLUMNS],
        "stories": stories.for_list(quartier=quartier)[:STORIES_SHOWN],
        **around(month, today),
    }
    return render(request, "missions/quartier_month.html", context)


@login_not_required
@require_GET
def town_month(request):
    """The map with its figures (missions of the month) and the table that says all of them."""
    today = local_day(timezone.now())
    month = wanted_month(request, today)
    rows, town = months_of_quartiers(month)
    counts = {quartier.pk: cells["missions"].value for quartier, cells in rows}
    context = {
        "rows": [(quartier, [cells[name] for name in COLUMNS]) for quartier, cells in rows],
        "town_cells": [town[name] for name in COLUMNS],
        "labels": [LABELS[name] for name in COLUMNS],
        **shapes_of(
            [quartier for quartier, _ in rows], counts, page="missions:quartier_month", of_month=True
        ),
        **around(month, today),
    }
    return render(request, "missions/town_month.html", context)
