"""The year of reports in figures, for everybody."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from quartiers import published
from quartiers.models import Family
from vitre_civique.lib.months import local_day

FIRST_YEAR = 2020


@login_not_required
@require_GET
def figures(request):
    this_year = local_day(timezone.now()).year
    wanted = request.GET.get("annee") or str(this_year)
    if not wanted.isdecimal() or not FIRST_YEAR <= int(wanted) <= this_year:
        raise Http404
    year = int(wanted)
    tables = published.tables(year)
    context = {
        "year": year,
        "counts": tables.counts,
        "delays": tables.delays,
        "families": [family.label for family in Family],
        "previous_url": f"?annee={year - 1}" if year > FIRST_YEAR else "",
        "next_url": f"?annee={year + 1}" if year < this_year else "",
    }
    return render(request, "quartiers/figures.html", context)
