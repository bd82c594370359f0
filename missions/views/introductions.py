"""Two neighbours are introduced: read, choose what to show, check, agree, see, take back."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from missions import introductions
from missions.models import IntroductionState, Side
from missions.models.introduction import ENDED
from missions.neighbour_forms import ShareForm
from missions.permissions import can_see_details, neighbour_of, side_of
from vitre_civique.lib import french
from vitre_civique.notifications.outbox import wake_delivery


def own_introduction(request, pk):
    """(introduction, side) of one of the two; 404 for everybody else."""
    found = get_object_or_404(introductions.for_page(request.user), pk=pk)
    return found, side_of(request.user, found)


def other_person(introduction, side):
    """Public words about the other one: first name and quartier, nothing else before both agreed."""
    signup, mission = introduction.signup, introduction.signup.slot.mission
    is_volunteer = side == Side.NEIGHBOUR
    person = signup.volunteer.user if is_volunteer and signup.volunteer else None
    person = person if is_volunteer else neighbour_of(mission)
    quartier = signup.volunteer.quartier if is_volunteer and signup.volunteer else mission.quartier
    return {
        "first_name": (person and person.first_name) or ("Un volontaire" if is_volunteer else "Votre voisin"),
        "quartier": quartier.name if quartier else "",
    }


def facts(introduction, side, now):
    slot = introduction.signup.slot
    may_answer = introduction.state in (IntroductionState.PROPOSED, IntroductionState.ONE_AGREED)
    return {
        "introduction": introduction,
        "side": side,
        "mission": slot.mission,
        "signup": introduction.signup,
        "when": french.span(slot.starts_at, slot.ends_at),
        "other": other_person(introduction, side),
        "has_agreed": introduction.agreed_at(side) is not None,
        "may_answer": may_answer and introduction.signup.ends_at > now,
        "may_see": can_see_details(side, introduction, now=now),
        "may_say": side == Side.NEIGHBOUR and introduction.signup.starts_at <= now,
        "may_revoke": introduction.state not in ENDED,
    }


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def introduction(request, pk):
    """The page, then « Vérifiez », then the act: sharing contact details is never one slip of a thumb."""
    found, side = own_introduction(request, pk)
    now = timezone.now()
    initial = {"shares": found.shares_of(side)}
    form = ShareForm(request.POST if request.method == "POST" else None, side=side, initial=initial)
    context = {**facts(found, side, now), "form": form}
    if request.method == "POST" and form.is_valid():
        if request.POST.get("act") == "agree":
            return agree(request, found, side, form, now)
        return render(request, "missions/introduction_check.html", {**context, "rows": rows_of(form)})
    return render(request, "missions/introduction.html", context)


def rows_of(form):
    shown = form.labels() or ["Rien : seulement votre prénom et votre quartier"]
    return [
        {"label": "Vous montrez", "lines": shown},
        {
            "label": "À qui",
            "value": "À cette personne seulement, jamais dans un message ni sur une autre page.",
        },
        {"label": "Jusqu’à quand", "value": "30 jours après le rendez-vous, ou dès que vous le retirez."},
    ]


def agree(request, found, side, form, now):
    try:
        introductions.agree(found, side=side, shares=form.cleaned_data["shares"], by=request.user, now=now)
    except introductions.IntroductionError as refusal:
        messages.error(request, refusal.message)
    else:
        wake_delivery()
        messages.success(request, "C’est noté. Vous pouvez le retirer à tout moment sur cette page.")
    return redirect("missions:introduction", pk=found.pk)


@never_cache
@require_POST
def reveal(request, pk):
    """Shown in answer to a POST, never kept in an address or a history: each showing leaves a trace."""
    found, side = own_introduction(request, pk)
    try:
        details = introductions.disclose(found, side=side, viewer=request.user, now=timezone.now())
    except introductions.IntroductionError as refusal:
        messages.error(request, refusal.message)
        return redirect("missions:introduction", pk=pk)
    context = {**facts(found, side, timezone.now()), "details": details}
    return render(request, "missions/introduction_details.html", context)


@never_cache
@require_GET
def card(request, pk):
    """The card to print: a code, a first name, an hour. Nothing else."""
    found, side = own_introduction(request, pk)
    if found.state != IntroductionState.SHARED:
        raise Http404
    return render(request, "missions/introduction_card.html", facts(found, side, timezone.now()))


@require_POST
def revoke(request, pk):
    found, side = own_introduction(request, pk)
    try:
        introductions.revoke(found, by=request.user, side=side, now=timezone.now())
    except introductions.IntroductionError as refusal:
        messages.error(request, refusal.message)
    else:
        wake_delivery()
        messages.success(request, "C’est retiré : plus rien n’est montré, ni d’un côté ni de l’autre.")
    return redirect("missions:introduction", pk=pk)
