"""« Mes messages »: conversations with neighbours, reporting, blocking, answering the mairie."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from missions import conversations, introductions, suspensions
from missions.neighbour_forms import MessageForm, WordForm
from missions.permissions import side_of
from vitre_civique.notifications.outbox import wake_delivery

from .introductions import facts, other_person, own_introduction

SHOWN = 200  # messages of one conversation, the latest


@never_cache
@require_GET
def messages_page(request):
    rows = []
    for each in introductions.for_messages(request.user)[:100]:
        side = side_of(request.user, each)
        thread = getattr(each, "thread", None)
        latest = thread.latest_first[0] if thread and thread.latest_first else None
        is_mine = latest and latest.author_id == request.user.pk
        rows.append(
            {
                "introduction": each,
                "side": side,
                "other": other_person(each, side),
                "mission": each.signup.slot.mission,
                "latest": latest,
                "is_mine": is_mine,
            }
        )
    context = {"rows": rows, "suspension": suspensions.open_suspension(request.user)}
    return render(request, "missions/messages.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def conversation(request, pk):
    found, side = own_introduction(request, pk)
    now, form = timezone.now(), MessageForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            conversations.write(
                found, side=side, author=request.user, text=form.cleaned_data["text"], now=now
            )
        except conversations.ConversationError as refusal:
            form.add_error(None, refusal.message)
        else:
            wake_delivery()
            return redirect("missions:conversation", pk=pk)
    thread = getattr(found, "thread", None)
    latest = list(thread.messages.order_by("-sent_at", "-id")[:SHOWN])[::-1] if thread else []
    reason = conversations.reason_against_writing(found, side, request.user, now=now)
    context = {**facts(found, side, now), "form": form, "latest": latest, "reason": reason, "thread": thread}
    return render(request, "missions/conversation.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request, pk):
    found, side = own_introduction(request, pk)
    form = WordForm(
        request.POST if request.method == "POST" else None,
        label="Que se passe-t-il ?",
        help_text="Un agent lira ceci et la conversation. L’autre personne n’en est pas avertie.",
    )
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        conversations.report(found, by=request.user, reason=form.cleaned_data["text"], now=now)
        wake_delivery()
        messages.success(request, "C’est signalé : un agent lit et vous rappelle. En danger, appelez le 17.")
        return redirect("missions:conversation", pk=pk)
    context = {**facts(found, side, timezone.now()), "form": form}
    return render(request, "missions/report_conversation.html", context)


@require_POST
def block(request, pk):
    found, side = own_introduction(request, pk)
    conversations.block(found, side=side, by=request.user, now=timezone.now())
    messages.success(request, "C’est fait : vous ne vous écrirez plus et ne serez plus mis en relation.")
    return redirect("missions:conversation", pk=pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request):
    """The answer of somebody suspended; 404 for everybody else."""
    suspension = suspensions.open_suspension(request.user)
    if suspension is None:
        raise Http404
    label = "Votre réponse à la mairie"
    data = request.POST if request.method == "POST" else None
    form = WordForm(data, label=label, initial={"text": suspension.appeal})
    if request.method == "POST" and form.is_valid():
        suspensions.answer(suspension, text=form.cleaned_data["text"], now=timezone.now())
        messages.success(request, "Votre réponse est reçue. La mairie la lit et vous rappelle.")
        return redirect("missions:messages")
    return render(request, "missions/appeal.html", {"suspension": suspension, "form": form})
