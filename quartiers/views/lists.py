"""The public list of reports, whole town or one quartier; one's own; the door « Je signale un besoin »."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from quartiers import browse
from quartiers.filing import own_drafts
from quartiers.forms import FilterForm
from quartiers.models import Quartier
from quartiers.permissions import can_file_need
from vitre_civique.lib.months import local_day


@login_not_required
@require_GET
def door(request):
    """« Je signale un besoin » : the button for referents, who to reach for everyone else."""
    user = request.user
    may_file = user.is_authenticated and can_file_need(user)
    quartiers = [] if may_file else browse.quartiers_with_referents(local_day(timezone.now()))
    context = {
        "may_file": may_file,
        "drafts": own_drafts(user) if may_file else [],
        "with_referents": [quartier for quartier in quartiers if quartier.referent_count],
        "without_referents": [quartier for quartier in quartiers if not quartier.referent_count],
    }
    return render(request, "pages/report.html", context)


@login_not_required
@require_GET
def public_list(request):
    return list_page(request, FilterForm(request.GET), reset_url=reverse("quartiers:reports"))


@login_not_required
@require_GET
def quartier_list(request, slug):
    quartier = get_object_or_404(Quartier.objects.active(), slug=slug)
    form = FilterForm(request.GET, is_one_quartier=True)
    reset_url = reverse("quartiers:quartier_reports", args=[slug])
    return list_page(request, form, quartier=quartier, reset_url=reset_url)


def list_page(request, form, *, reset_url, quartier=None):
    reports = browse.for_list(form.chosen(), quartier=quartier)
    older, newer = request.GET.get("apres", ""), request.GET.get("avant", "")
    page = browse.page_of(reports, older_than=older, newer_than=newer)
    context = {
        "form": form,
        "quartier": quartier,
        "reports": page.reports,
        "count_sentence": browse.count_sentence(reports),
        "is_filtered": any(form.chosen().values()),
        "reset_url": reset_url,
        "previous_url": page.newer and query(request, avant=page.newer, apres=""),
        "next_url": page.older and query(request, apres=page.older, avant=""),
        "may_file": request.user.is_authenticated and can_file_need(request.user),
    }
    return render(request, "quartiers/reports.html", context)


@require_GET
def my_reports(request):
    """What I wrote, drafts first to hand, and what I follow."""
    user = request.user
    context = {
        "drafts": own_drafts(user).order_by("-updated_at", "-id"),
        "reports": browse.for_my_reports(user)[: browse.OWN_AT_MOST],
        "followed": browse.for_followed(user)[: browse.OWN_AT_MOST],
        "may_file": can_file_need(user),
    }
    return render(request, "quartiers/my_reports.html", context)


def query(request, **changes):
    """The query string of this page with some values changed; empty ones leave it."""
    values = request.GET.copy()
    for name, value in changes.items():
        values.pop(name, None)
        if value:
            values[name] = value
    return f"?{values.urlencode()}"
