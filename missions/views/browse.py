"""Public pages: the list, the calendar, the map, a quartier, a mission."""

from datetime import date, timedelta

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from missions import browse, help_offers
from missions.browse import Reader
from missions.cards import icon_of, kind_label
from missions.eligibility import prerequisites_asked
from missions.forms import FilterForm
from missions.listing import Listing
from missions.models import Mission, MissionState
from missions.pages import query, slot_rows, week_rows
from missions.permissions import can_view_mission
from missions.recurrence import in_words
from missions.town_map import shapes_of
from quartiers.mandates import has_network
from quartiers.models import Quartier
from vitre_civique.lib import french
from vitre_civique.lib.months import local_day, week_bounds
from volunteers.profiles import own_volunteer

OFFERS_SHOWN = 3


def reader_of(request):
    """The volunteer who looks, if any, with the person already in hand."""
    volunteer = own_volunteer(request.user)
    if volunteer is not None:
        volunteer.user = request.user
    return browse.Reader.of(volunteer)


@login_not_required
@require_GET
def mission_list(request):
    now, reader, form = timezone.now(), Reader.of_user(request.user), FilterForm.of(request.GET)
    is_all = request.GET.get("voir") == "tout"
    only_mine, only_open = reader is not None and not is_all, reader is None and not is_all
    suits = reader if only_mine else None
    listing = Listing(form.chosen(), reader=suits, only_open=only_open, now=now)
    after, before = request.GET.get("apres", ""), request.GET.get("avant", "")
    page = browse.page_of(listing, after=after, before=before)
    context = {
        "form": form,
        "cards": browse.public_cards(page.slots, now=now, reader=reader),
        "count_sentence": browse.count_sentence(page.number),
        "full_count": browse.full_count(form.chosen(), page.number, now=now) if only_open else 0,
        "full_at_most": browse.COUNTED_AT_MOST,
        "reader": reader,
        "only_mine": only_mine,
        "only_open": only_open,
        "other_view_url": query(request, voir="" if is_all else "tout", apres="", avant=""),
        "previous_url": page.before and query(request, avant=page.before, apres=""),
        "next_url": page.after and query(request, apres=page.after, avant=""),
        "is_filtered": any(value for name, value in form.chosen().items() if name != "voir"),
        "reset_url": reverse("missions:list") + ("?voir=tout" if is_all else ""),
    }
    return render(request, "missions/list.html", context)


@login_not_required
@require_GET
def calendar(request):
    now = timezone.now()
    monday = week_bounds(day_of(request.GET.get("semaine", ""), local_day(now)))[0].date()
    context = {
        "days": week_rows(browse.for_calendar(monday, now=now), monday, now),
        "monday": monday,
        "week_words": french.week(monday, monday + timedelta(days=6)),
        "previous_url": f"?semaine={monday - timedelta(days=7)}" if monday > local_day(now) else "",
        "next_url": f"?semaine={monday + timedelta(days=7)}",
    }
    return render(request, "missions/calendar.html", context)


def day_of(text, today):
    """The day written in an address; today for anything that is no day, or no day of this century."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if 2020 <= day.year < 2100 else today


@login_not_required
@require_GET
def town_map(request):
    counts = browse.counts_by_quartier(now=timezone.now())
    context = shapes_of(Quartier.objects.active().order_by("name", "id"), counts)
    return render(request, "missions/map.html", {**context, "whole_town": counts.get(None, 0)})


@login_not_required
@require_GET
def quartier(request, slug):
    now, reader = timezone.now(), Reader.of_user(request.user)
    quartiers = list(Quartier.objects.active().order_by("name", "id"))
    chosen = next((quartier for quartier in quartiers if quartier.slug == slug), None)
    if chosen is None:
        raise Http404
    counts = browse.counts_by_quartier(now=now)
    context = {
        "quartier": chosen,
        "cards": browse.first_cards(browse.PAGE_SIZE, {"quartier": chosen}, now=now, reader=reader),
        "count": counts.get(chosen.pk, 0),
        "offers": help_offers.visible_to(request.user, now=now).filter(quartier=chosen)[:OFFERS_SHOWN],
        "has_network": has_network(chosen, local_day(now)),
        **shapes_of(quartiers, counts, chosen=chosen),
    }
    return render(request, "missions/quartier.html", context)


@require_GET
def my_quartier(request):
    """The page of the person's own quartier; the map for whoever has not said."""
    volunteer = own_volunteer(request.user)
    if volunteer is None or volunteer.quartier is None:
        return redirect("missions:map")
    return redirect("missions:quartier", slug=volunteer.quartier.slug)


@login_not_required
@require_GET
def detail(request, pk):
    now = timezone.now()
    mission = get_object_or_404(for_detail_page(), pk=pk)
    if not can_view_mission(request.user, mission):
        raise Http404
    reader = reader_of(request)
    asked = prerequisites_asked(mission, reader and reader.volunteer)
    rows = slot_rows(mission, reader, now, asked=asked) if mission.state != MissionState.CANCELLED else []
    context = {
        "mission": mission,
        "rows": rows,
        "prerequisites": [row.prerequisite for row in asked],
        "kind_label": kind_label(mission),
        "kind_icon": icon_of(mission),
        "is_open": mission.is_published and any(row["is_open"] for row in rows),
        "comes_back": comes_back(mission) if any(row["slot"].series_id for row in rows) else [],
        "reader": reader,
        "share_url": request.build_absolute_uri(mission.get_absolute_url()),
    }
    return render(request, "missions/detail.html", context)


def for_detail_page():
    return Mission.objects.select_related("quartier", "gesture", "association", "collection")


def comes_back(mission):
    """The rhythms of a recurrent mission, in words."""
    return [in_words(series) for series in mission.series.order_by("id")]
