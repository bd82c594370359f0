"""Pages of collections: the list, one collection, its dates for a calendar, and counting from a phone."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from missions import tallies
from missions.calendars import collection_calendar
from missions.collection_forms import CorrectionForm, TallyForm
from missions.collection_pages import for_points, helper_cards, line, own_tallies, point_lines, progress
from missions.models import Collection, CollectionState, Tally
from missions.permissions import can_correct_tally, can_count, can_view_collection
from missions.views.browse import reader_of
from missions.views.feeds import calendar_file
from vitre_civique.lib import french
from vitre_civique.lib.months import local_day

SENT_TWICE = "C’était déjà noté : une seule fois compte."


@login_not_required
@require_GET
def collection_list(request):
    today = local_day(timezone.now())
    lines = [line(collection, today) for collection in Collection.objects.for_list()[:60]]
    context = {
        "open_lines": [each for each in lines if each["collection"].is_open],
        "ended_lines": [each for each in lines if not each["collection"].is_open],
    }
    return render(request, "missions/collections.html", context)


def seen_collection(request, slug):
    """The collection as this person may see it; 404 for a draft of others."""
    rows = Collection.objects.with_totals().select_related("association")
    collection = get_object_or_404(rows, slug=slug)
    if not can_view_collection(request.user, collection):
        raise Http404
    return collection


@login_not_required
@require_GET
def collection(request, slug):
    now, found = timezone.now(), seen_collection(request, slug)
    today, reader = local_day(now), reader_of(request)
    context = {
        "collection": found,
        "progress": progress(found),
        "when": french.days(found.starts_on, found.ends_on),
        "has_begun": found.starts_on <= today,
        "is_past": found.ends_on < today,
        "points": point_lines(for_points(found), found, today),
        "cards": helper_cards(found, reader, now) if found.is_open else [],
        "can_count": found.is_open and can_count(request.user, found, now=now),
        "share_url": request.build_absolute_uri(found.get_absolute_url()),
    }
    return render(request, "missions/collection.html", context)


@login_not_required
@require_GET
def collection_ics(request, slug):
    found = seen_collection(request, slug)
    if found.state == CollectionState.DRAFT:
        raise Http404
    return calendar_file(collection_calendar(found, now=timezone.now()), f"collecte-{found.slug}")


@require_http_methods(["GET", "HEAD", "POST"])
def count(request, slug):
    """One small form on a phone. A refused one comes back as it was typed."""
    now, found = timezone.now(), seen_collection(request, slug)
    if not can_count(request.user, found, now=now):
        raise PermissionDenied
    form = TallyForm(request.POST or None, collection=found, initial={"point": request.GET.get("point")})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            tally, is_new = tallies.record(**said, by=request.user, now=now)
        except tallies.TallyError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, noted(found, tally) if is_new else SENT_TWICE)
            return redirect(f"{reverse('missions:count', args=[slug])}?point={tally.point_id}")
    context = {"collection": found, "form": form, "progress": progress(found)}
    context["mine"] = own_tallies(request.user, found, now)
    return render(request, "missions/count.html", context)


def noted(collection, tally):
    what = tally.get_kind_display().lower()
    return f"C’est noté : {collection.amount(tally.count)} ({what}), {tally.point.public_place}."


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request, pk):
    now = timezone.now()
    rows = Tally.objects.select_related("point__collection").filter(corrects__isnull=True)
    tally = get_object_or_404(rows, pk=pk)
    if not can_correct_tally(request.user, tally, now=now):
        raise Http404
    collection, counted = tally.point.collection, tallies.counted(tally)
    form = CorrectionForm(request.POST or None, initial={"right_count": counted})
    if request.method == "POST" and form.is_valid():
        try:
            tallies.correct(tally, **form.cleaned_data, by=request.user, now=now)
        except tallies.TallyError as refusal:
            form.add_error(None, refusal.message)
        else:
            right = collection.amount(form.cleaned_data["right_count"])
            messages.success(request, f"C’est corrigé : {right}. Le premier nombre reste, avec votre motif.")
            return redirect("missions:count", slug=collection.slug)
    words = collection.amount(counted)
    context = {"tally": tally, "collection": collection, "form": form, "counted": words}
    return render(request, "missions/correct_tally.html", context)
