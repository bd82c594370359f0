"""A resident's proposals: write, correct, send, take back."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from missions import introductions, planning, proposals
from missions.forms import ProposalForm
from missions.models import MissionState
from missions.permissions import can_edit_proposal
from vitre_civique.accounts.permissions import requires
from vitre_civique.lib.months import PARIS, local_day
from vitre_civique.notifications.outbox import wake_delivery

SENT = "C’est envoyé. La mairie vous répond sous quelques jours."
KEPT = "Votre brouillon est gardé. Envoyez-le quand vous voulez."


@requires("mission.propose")
@require_http_methods(["GET", "HEAD", "POST"])
def propose(request):
    now = timezone.now()
    form = ProposalForm(request.POST or None, today=local_day(now), now=now)
    if request.method == "POST" and form.is_valid() and may_pass(request, form):
        return written(request, form, lambda **how: proposals.propose(request.user, form, **how))
    is_full = proposals.open_count(request.user) >= planning.MAX_OPEN_PROPOSALS
    return show_form(request, form, {"is_full": is_full})


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, pk):
    now, mission = timezone.now(), own_proposal(request, pk)
    if not can_edit_proposal(request.user, mission):
        return redirect("missions:proposal", pk=pk)
    form = ProposalForm(request.POST or None, initial=initial_of(mission), today=local_day(now), now=now)
    if request.method == "POST" and form.is_valid() and may_pass(request, form):
        return written(request, form, lambda **how: proposals.change(mission, form, by=request.user, **how))
    return show_form(request, form, {"mission": mission})


def may_pass(request, form):
    """What was found in the text passes only to an agent, and only when the person says so."""
    return not form.findings or request.POST.get("act") == "agent"


def written(request, form, write):
    act = request.POST.get("act")
    try:
        mission = write(for_agent_only=bool(form.findings), send=act != "draft", now=timezone.now())
    except planning.PlanningError as refusal:
        form.add_error(None, refusal.message)
        return show_form(request, form, {})
    wake_delivery()
    messages.success(request, KEPT if act == "draft" else SENT)
    return redirect("missions:proposal", pk=mission.pk)


def show_form(request, form, context):
    context |= {"form": form, "findings": form.findings if form.is_bound else []}
    return render(request, "missions/propose.html", context)


def initial_of(mission):
    initial, slots = proposals.answers_of(mission)
    for rank, slot in enumerate(slots, 1):
        local = slot.starts_at.astimezone(PARIS)
        initial |= {f"day_{rank}": local.date().isoformat(), f"hour_{rank}": f"{local:%H:%M}"}
    return initial


def own_proposal(request, pk):
    return get_object_or_404(proposals.for_my_proposals(request.user), pk=pk)


@require_GET
def my_proposals(request):
    return render(
        request, "missions/my_proposals.html", {"missions": proposals.for_my_proposals(request.user)}
    )


@require_GET
def proposal(request, pk):
    mission = own_proposal(request, pk)
    context = {
        "mission": mission,
        "wishes": mission.wishes.order_by("day", "id"),
        "introductions": introductions.for_page(request.user).filter(signup__slot__mission=mission),
        "may_edit": can_edit_proposal(request.user, mission),
        "may_drop": mission.state in planning.OPEN_PROPOSALS,
        "is_draft": mission.state == MissionState.DRAFT,
        "is_kept_for_agent": mission.public_text == proposals.KEPT_FOR_AGENT,
    }
    return render(request, "missions/proposal.html", context)


@require_POST
def submit(request, pk):
    mission = own_proposal(request, pk)
    return act(request, mission, lambda now: planning.submit(mission, by=request.user, now=now), SENT)


@require_POST
def drop(request, pk):
    mission = own_proposal(request, pk)

    def take_back(now):
        if mission.state not in planning.OPEN_PROPOSALS:
            raise planning.PlanningError("Cette demande ne se retire plus ici : appelez la mairie.")
        planning.cancel(mission, by=request.user, message="Retirée par la personne.", now=now)

    return act(request, mission, take_back, "Votre demande est retirée.")


def act(request, mission, verb, done):
    try:
        verb(timezone.now())
    except planning.PlanningError as refusal:
        messages.error(request, refusal.message)
    else:
        wake_delivery()
        messages.success(request, done)
    return redirect("missions:proposal", pk=mission.pk)
