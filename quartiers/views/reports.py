"""One report as each person may read it, and its photos."""

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from quartiers import permissions
from quartiers.browse import with_supporters
from quartiers.models import NeedReport, NeedState
from vitre_civique.lib.navigation import resolve_quietly

PHOTO_HEADERS = {
    "Content-Security-Policy": "sandbox",  # the middleware adds it to the policy of every answer
    "X-Robots-Tag": "noindex",
    "Cache-Control": "private, no-store",
}


@login_not_required
@require_GET
def report(request, pk):
    user = request.user
    rows = with_supporters(NeedReport.objects.visible_to(user))
    found = (
        rows.select_related("category", "quartier", "service", "canonical", "origin").filter(pk=pk).first()
    )
    if found is None:
        if other := permissions.report_to_follow(user, pk):
            return redirect(other)
        raise Http404
    if found.state == NeedState.DRAFT:
        return redirect("quartiers:file_check", pk=pk)
    return render(request, "quartiers/report.html", page_of(user, found))


def page_of(user, report):
    reads_words = permissions.can_read_words(user, report)
    photos = report.photos.all() if reads_words else report.photos.filter(is_public=True)
    is_known = user.is_authenticated
    supporter = report.supporters.filter(user=user).select_related("report").first() if is_known else None
    desk = resolve_quietly("admin:quartiers_needreport_changelist") if is_known and user.is_staff else ""
    return {
        "report": report,
        "steps": report.steps.order_by("-at", "-id"),
        "photos": photos,
        "reads_words": reads_words,
        "is_author": permissions.is_author(user, report),
        "is_public": permissions.is_public(report),
        "hidden_because": hidden_because(report) if reads_words else "",
        "is_supporter": supporter is not None,
        "may_support": permissions.can_support_need(user, report),
        "may_withdraw": permissions.can_withdraw_need(user, report),
        "may_give_details": permissions.can_give_details(user, report),
        "may_say_settled": permissions.can_say_settled(user, report)
        or (supporter is not None and permissions.is_asked_if_settled(supporter)),
        "may_reopen": permissions.can_ask_reopening(user, report),
        "desk_url": desk and f"{desk}{report.pk}/change/",
        "login_url": f"{reverse('account_login')}?next={report.get_absolute_url()}",
    }


def hidden_because(report):
    if report.state != NeedState.HIDDEN:
        return ""
    change = report.state_changes.filter(to_state=NeedState.HIDDEN).last()
    return change.reason if change else ""


@login_not_required
@require_GET
def photo(request, pk, photo):
    """A photo for whoever may see it: all of them for author and town, the published ones for the others."""
    found = get_object_or_404(NeedReport.objects.visible_to(request.user), pk=pk)
    photos = found.photos.all()
    if not permissions.can_read_words(request.user, found):
        photos = photos.filter(is_public=True)
    shown = get_object_or_404(photos, pk=photo)
    try:
        opened = shown.image.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    return FileResponse(
        opened,
        content_type="image/jpeg",
        filename=f"photo-{shown.position}.jpg",
        headers=PHOTO_HEADERS,
    )
