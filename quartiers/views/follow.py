"""After filing: « moi aussi », details, « Est-ce réglé ? », taking it back. GET shows, POST acts."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from quartiers import following, needs, permissions
from quartiers.forms import WordsForm
from quartiers.links import report_of, supporter_by
from quartiers.models import NeedReport
from vitre_civique.accounts.permissions import requires
from vitre_civique.lib.states import TransitionError
from vitre_civique.notifications.outbox import wake_delivery

GET_OR_POST = ["GET", "HEAD", "POST"]
MOVED_MEANWHILE = "Cette remontée a changé entre-temps : voici où elle en est."
NOT_SETTLED = "Qu’est-ce qui ne va pas encore ?"


def visible_report(request, pk):
    rows = NeedReport.objects.visible_to(request.user).select_related("category", "quartier", "author")
    return get_object_or_404(rows, pk=pk)


def own_report(request, pk):
    rows = NeedReport.objects.select_related("category", "quartier", "author")
    return get_object_or_404(rows, pk=pk, author=request.user)


@requires("need_report.support")
@require_POST
def support(request, pk):
    report = visible_report(request, pk)
    if not permissions.can_support_need(request.user, report):
        messages.info(request, "Ce besoin ne se soutient plus : voici où il en est.")
    elif needs.support(report, request.user):
        messages.success(request, "Merci ! Vous serez prévenu de chaque étape.")
    return redirect(report)


@require_POST
def unfollow(request, pk):
    report = visible_report(request, pk)
    needs.unfollow(report, request.user)
    messages.success(request, "C’est fait : vous ne recevrez plus de nouvelles de ce besoin.")
    return redirect(report)


@require_http_methods(GET_OR_POST)
def details(request, pk):
    """The town asked one question; the author answers it."""
    report = own_report(request, pk)
    if not permissions.can_give_details(request.user, report):
        return moved_meanwhile(request, report)
    form = WordsForm(request.POST or None, label="Votre réponse")
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        return acted(
            request,
            report,
            lambda now: needs.give_details(report, by=request.user, text=text, now=now),
            "Merci, votre réponse est arrivée. Le service reprend.",
        )
    question = report.steps.filter(state="waiting").last()
    return render(request, "quartiers/details.html", {"form": form, "report": report, "question": question})


@require_http_methods(GET_OR_POST)
def withdraw(request, pk):
    report = own_report(request, pk)
    if not permissions.can_withdraw_need(request.user, report):
        return moved_meanwhile(request, report)
    if request.method == "POST":
        verb = lambda now: needs.withdraw(report, by=request.user, now=now)  # noqa: E731 (read once, here)
        return acted(request, report, verb, "Votre remontée est retirée. Merci d’avoir veillé.")
    return render(request, "quartiers/withdraw.html", {"report": report})


@require_http_methods(GET_OR_POST)
def settled(request, pk):
    supporter = following.supporter_of(request.user, pk)
    if supporter is not None:
        return settled_for_supporter(request, supporter, back=redirect(supporter.report))
    report = own_report(request, pk)
    return settled_page(request, report, back=redirect(report))


@login_not_required
@require_http_methods(GET_OR_POST)
def settled_link(request, token):
    """From a mail, without signing in: the link names a person and one ending of one report."""
    if (supporter := supporter_by(token)) is not None:
        return settled_for_supporter(request, supporter, back=redirect(request.path))
    report = report_of(token)
    if report is None:
        raise Http404("Unknown or former link")
    return settled_page(request, report, back=redirect(request.path))


def settled_page(request, report, *, back):
    """« Est-ce réglé ? » : yes in one click; no asks why, and reopens."""
    says_no = request.POST.get("answer") == "no"
    form = WordsForm(request.POST if says_no else None, label=NOT_SETTLED)
    may_answer = permissions.can_ask_reopening(report.author, report)
    if request.method == "POST" and may_answer:
        if request.POST.get("answer") == "yes":
            needs.say_settled(report, by=report.author, now=timezone.now())
            messages.success(request, "Merci de l’avoir dit : nous classons ce besoin avec vous.")
            return back
        if form.is_valid() and reopened(request, report, form):
            # The link is spent by now: without a session, the first page says that it is noted.
            return redirect(report) if request.user == report.author else redirect("home")
    context = {
        "form": form,
        "report": report,
        "last_step": report.steps.last(),
        "may_answer": may_answer,
        "is_too_late": needs.is_too_late_to_reopen(report, now=timezone.now()),
    }
    return render(request, "quartiers/settled.html", context)


def settled_for_supporter(request, supporter, *, back):
    """The same question of who says « moi aussi » : yes or no, once; the mairie reads how many said what."""
    answer = request.POST.get("answer")
    if request.method == "POST" and answer in ("yes", "no"):
        if following.say_settled(supporter, is_settled=answer == "yes"):
            messages.success(request, "Merci de l’avoir dit : la mairie le voit.")
        return back
    context = {
        "supporter": supporter,
        "report": supporter.report,
        "last_step": supporter.report.steps.last(),
        "may_answer": permissions.is_asked_if_settled(supporter),
    }
    return render(request, "quartiers/settled_for_supporter.html", context)


def reopened(request, report, form):
    """True when the answer is in, from this click or another window's; else the form says what is wrong."""
    reason = form.cleaned_data["text"]
    try:
        needs.ask_reopening(report, by=report.author, reason=reason, now=timezone.now())
    except needs.NeedError as refusal:
        form.add_error(None, refusal.message)
        return False
    except TransitionError:
        messages.info(request, MOVED_MEANWHILE)
        return True
    wake_delivery()
    messages.success(request, "C’est noté : un agent regarde de nouveau et vous répond.")
    return True


def acted(request, report, verb, done):
    try:
        verb(timezone.now())
    except needs.NeedError as refusal:
        messages.error(request, refusal.message)
    except TransitionError:
        messages.info(request, MOVED_MEANWHILE)
    else:
        wake_delivery()
        messages.success(request, done)
    return redirect(report)


def moved_meanwhile(request, report):
    messages.info(request, MOVED_MEANWHILE)
    return redirect(report)
