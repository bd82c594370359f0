"""Filing a need in five short pages: what, where, already known?, what was seen, check. Each page is kept."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quartiers import filing, needs
from quartiers.forms import SeenForm, WhatForm, WhereForm
from quartiers.models import NeedReport, NeedState, Quartier
from quartiers.pages import check_rows, private_rows
from quartiers.permissions import can_file_need
from quartiers.photos import AT_MOST
from quartiers.town_plan import plan_of
from vitre_civique.accounts.permissions import requires
from vitre_civique.accounts.second_factor import require_second_factor
from vitre_civique.lib.states import TransitionError
from vitre_civique.notifications.outbox import wake_delivery

GET_OR_POST = ["GET", "HEAD", "POST"]
FILES = "need_report.file"
REMOVALS = {f"remove-{position}": position for position in range(1, AT_MOST + 1)}
FOLLOWED = "Merci : vous soutenez ce besoin et vous en aurez des nouvelles. Votre brouillon est effacé."


def own_draft(request, pk):
    """The person's own report; drafts of others do not exist for them (404)."""
    rows = NeedReport.objects.select_related("category__service", "quartier", "author")
    return get_object_or_404(rows, pk=pk, author=request.user)


def sent_already(request, draft):
    """What was sent meanwhile leads to its page, with a word about it; None for a draft."""
    if draft.state == NeedState.DRAFT:
        return None
    messages.info(request, filing.SENT_MEANWHILE)
    return redirect(draft)


@login_not_required
@require_GET
def a_person(request):
    """Worried about somebody: who to call, and the way to the CCAS. Nothing is written here."""
    return render(request, "quartiers/a_person.html")


@require_http_methods(GET_OR_POST)
def begin(request):
    if not can_file_need(request.user):
        return redirect("pages:report")
    require_second_factor(request.user)
    form = WhatForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            draft = filing.begin(request.user, form.cleaned_data["category"], now=timezone.now())
        except needs.NeedError as refusal:
            form.add_error(None, refusal.message)
        else:
            return redirect("quartiers:file_where", pk=draft.pk)
    context = {"form": form, "families": form.families(), "drafts": filing.own_drafts(request.user)}
    return render(request, "quartiers/file_what.html", context)


@requires(FILES)
@require_http_methods(GET_OR_POST)
def what(request, pk):
    draft = own_draft(request, pk)
    form = WhatForm(request.POST or None, initial={"category": draft.category_id})
    if request.method == "POST" and form.is_valid():
        return kept(request, draft, "quartiers:file_where", category=form.cleaned_data["category"])
    context = {"form": form, "families": form.families(), "draft": draft}
    return sent_already(request, draft) or render(request, "quartiers/file_what.html", context)


@requires(FILES)
@require_http_methods(GET_OR_POST)
def where(request, pk):
    draft = own_draft(request, pk)
    columns = ("quartier", "street", "longitude", "latitude")
    form = WhereForm(request.POST or None, initial={name: getattr(draft, name) for name in columns})
    if request.method == "POST" and form.is_valid():
        told = {name: form.cleaned_data[name] for name in columns}
        return kept(request, draft, "quartiers:file_same", **told)
    plan = plan_of(Quartier.objects.active().order_by("name", "id"))
    return sent_already(request, draft) or render(
        request, "quartiers/file_where.html", {"form": form, "draft": draft, **plan}
    )


def kept(request, draft, next_page, **columns):
    """Write what this page asked, then go on; a word when the draft was sent from another window."""
    try:
        filing.complete(draft, **columns)
    except needs.NeedError as refusal:
        return refused(request, draft, refusal)
    return redirect(next_page, pk=draft.pk)


@requires(FILES)
@require_http_methods(GET_OR_POST)
def same(request, pk):
    """« C’est peut-être déjà signalé ». Without anything alike, straight on."""
    draft = own_draft(request, pk)
    if moved := sent_already(request, draft):
        return moved
    if not (draft.category_id and draft.quartier_id):
        return redirect(filing.missing_page(draft), pk=pk)
    likely = filing.likely_same(draft)
    if request.method == "POST":
        return followed(request, draft, get_object_or_404(likely, pk=request.POST.get("report") or 0))
    likely = likely[: filing.LIKELY_AT_MOST]
    if not likely:
        return redirect("quartiers:file_seen", pk=pk)
    return render(request, "quartiers/file_same.html", {"draft": draft, "likely": likely})


def followed(request, draft, other):
    try:
        filing.follow_instead(draft, other, by=request.user)
    except needs.NeedError as refusal:
        return refused(request, draft, refusal)
    messages.success(request, FOLLOWED)
    return redirect(other)


@requires(FILES)
@require_http_methods(GET_OR_POST)
def seen(request, pk):
    """The words and the photos; whatever is wrong with one of them, the others are kept."""
    draft = own_draft(request, pk)
    if moved := sent_already(request, draft):
        return moved
    written = {"text": draft.text, "summary": draft.public_summary}
    form = SeenForm(initial=written, kept=draft.photos.all())
    may_stay = []
    if request.method == "POST":
        form = SeenForm(request.POST, request.FILES, kept=draft.photos.all())
        is_whole, act = form.is_valid(), request.POST.get("act", "")
        try:
            filing.keep_seen(draft, form)
        except needs.NeedError as refusal:
            return refused(request, draft, refusal)
        if act in REMOVALS:
            filing.remove_photo(draft, REMOVALS[act])
            return redirect("quartiers:file_seen", pk=pk)
        if is_whole and (act == "keep" or not form.may_stay):
            return redirect("quartiers:file_check", pk=pk)
        form.show_kept(draft.photos.all())
        may_stay = form.may_stay
    return render(request, "quartiers/file_seen.html", {"form": form, "draft": draft, "may_stay": may_stay})


def refused(request, draft, refusal):
    messages.error(request, refusal.message)
    return redirect(draft)


@requires(FILES)
@require_http_methods(GET_OR_POST)
def check(request, pk):
    """What will be public, what stays with the town; then it is sent."""
    draft = own_draft(request, pk)
    if moved := sent_already(request, draft):
        return moved
    if page := filing.missing_page(draft):
        messages.info(request, "Il manque quelque chose sur cette page : complétez-la, puis continuez.")
        return redirect(page, pk=pk)
    if request.method == "POST":
        return sent(request, draft)
    context = {"draft": draft, "public_rows": check_rows(draft), "private_rows": private_rows(draft)}
    return render(request, "quartiers/file_check.html", context)


def sent(request, draft):
    try:
        needs.file(draft, now=timezone.now())
    except needs.NeedError as refusal:
        messages.error(request, refusal.message)
        return redirect("quartiers:file_check", pk=draft.pk)
    except TransitionError:
        messages.info(request, filing.SENT_MEANWHILE)
        return redirect("quartiers:report", pk=draft.pk)
    wake_delivery()
    return redirect("quartiers:receipt", pk=draft.pk)


@requires(FILES)
@require_POST
def discard(request, pk):
    draft = own_draft(request, pk)
    try:
        filing.discard(draft)
    except needs.NeedError as refusal:
        return refused(request, draft, refusal)
    messages.success(request, "Votre brouillon est effacé.")
    return redirect("quartiers:my_reports")


@require_GET
def receipt(request, pk):
    rows = NeedReport.objects.select_related("category", "quartier", "service").exclude(state=NeedState.DRAFT)
    report = get_object_or_404(rows, pk=pk, author=request.user, filed_at__isnull=False)
    return render(request, "quartiers/receipt.html", {"report": report})
