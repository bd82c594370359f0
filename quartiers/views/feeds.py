"""The feeds of one quartier, for everyone: public reports only."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET

from quartiers import browse, feeds
from quartiers.models import Quartier
from vitre_civique.lib.months import local_day


def active_quartier(slug):
    return get_object_or_404(Quartier.objects.active(), slug=slug)


@login_not_required
@require_GET
def reports_atom(request, slug):
    quartier = active_quartier(slug)
    body = feeds.atom(quartier, browse.for_feed(quartier))
    return HttpResponse(body, content_type="application/atom+xml; charset=utf-8")


@login_not_required
@require_GET
def works_ics(request, slug):
    quartier, now = active_quartier(slug), timezone.now()
    body = feeds.works_calendar(quartier, browse.for_works(quartier, today=local_day(now)), now=now)
    return HttpResponse(
        body,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="travaux-{quartier.slug}.ics"'},
    )


@login_not_required
@require_GET
def reports_geojson(request, slug):
    quartier = active_quartier(slug)
    reports, older = browse.for_geojson(quartier, older_than=request.GET.get("apres", ""))
    return JsonResponse(
        feeds.geojson(quartier, reports, older=older),
        content_type="application/geo+json",
        json_dumps_params={"ensure_ascii": False},
    )
