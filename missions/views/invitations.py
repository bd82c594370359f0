"""What one was asked, and the answer: yes, no, not this month. From the site or from a mail's signed link."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from missions import invitations
from missions.links import invitation_of
from missions.models import Invitation, InvitationState
from missions.signups import SignupError
from vitre_civique.lib.french import NBSP
from vitre_civique.notifications.outbox import wake_delivery

SHOWN = 50
THANKS = {
    "yes": f"C’est noté, merci{NBSP}! La place est à vous.",
    "no": "C’est noté. Merci d’avoir répondu, personne ne vous en voudra.",
    "later": "C’est noté : nous ne vous demanderons plus rien ce mois-ci.",
}
VERBS = {
    "yes": invitations.accept,
    "no": invitations.decline,
    "later": invitations.not_this_month,
}


@require_GET
def my_invitations(request):
    rows = list(Invitation.objects.for_my_invitations(request.user)[:SHOWN])
    now = timezone.now()
    waiting = [row for row in rows if row.state == InvitationState.SENT and row.expires_at > now]
    behind = [row for row in rows if row not in waiting]
    return render(request, "missions/my_invitations.html", {"waiting": waiting, "behind": behind})


@require_POST
def answer(request, pk):
    rows = Invitation.objects.filter(volunteer__user=request.user, sent_at__isnull=False)
    found = get_object_or_404(rows, pk=pk)
    done, error = answered(found, request.POST.get("answer"), by=request.user, now=timezone.now())
    messages.add_message(request, messages.ERROR if error else messages.SUCCESS, error or done)
    if found.signup_id:
        return redirect("missions:signup", pk=found.signup_id)
    return redirect("missions:my_invitations")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request, token):
    """From a mail, without signing in: opening it changes nothing, the button answers."""
    found, done, error = invitation_of(token), "", ""
    now = timezone.now()
    if request.method == "POST":
        user = found.volunteer.user
        done, error = answered(found, request.POST.get("answer"), by=user, now=now)
        found = invitation_of(token)
    context = {"invitation": found, "mission": found.slot.mission, "done": done, "error": error}
    context["may_answer"] = found.state == InvitationState.SENT and found.expires_at > now
    return render(request, "missions/invitation.html", context)


def answered(found, word, *, by, now):
    """Do what the button says: (sentence of thanks, "") or ("", why it could not be)."""
    if word not in VERBS:
        return "", "Choisissez l’une des trois réponses."
    try:
        VERBS[word](found, by=by, now=now)
    except (invitations.InvitationError, SignupError) as refusal:
        return "", refusal.message
    wake_delivery()
    return THANKS[word], ""
