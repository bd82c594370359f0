"""What residents propose: kept as a draft, sent to the mairie, changed after a question. See planning.py."""

from datetime import UTC, timedelta

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Prefetch

from volunteers.models import HelpKind

from .models import Mission, MissionKind, MissionState, PrivatePlace, Slot
from .models.mission import Organiser
from .planning import MAX_OPEN_PROPOSALS, OPEN_PROPOSALS, PlanningError, submit

KEPT_FOR_AGENT = "La mairie complète ce texte avec la personne."


def for_my_proposals(user):
    """The proposals of one resident, the latest first, with what their page shows."""
    slots = Slot.objects.filter(cancelled_at__isnull=True).order_by("starts_at", "id")
    return (
        Mission.objects.filter(proposed_by=user)
        .select_related("quartier", "gesture")
        .prefetch_related(Prefetch("slots", slots))
        .order_by("-id")
    )


def open_count(user):
    return Mission.objects.filter(proposed_by=user, state__in=OPEN_PROPOSALS).count()


def propose(user, form, *, for_agent_only=False, send, now):
    """Make the proposal that a valid form describes, and send it or keep it as a draft.

    Raises PlanningError beyond three open ones (SEC-07). With `for_agent_only` the text goes to the internal
    note and the public one stays neutral until an agent writes it.
    """
    with transaction.atomic():
        get_user_model().objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
        if open_count(user) >= MAX_OPEN_PROPOSALS:
            raise PlanningError(
                "Vous avez déjà trois demandes en cours. Attendez la réponse de la mairie, ou retirez-en une."
            )
        mission = Mission(
            state=MissionState.DRAFT, organiser=Organiser.RESIDENT, proposed_by=user, created_by=user
        )
        _fill(mission, form, for_agent_only=for_agent_only)
        mission.state_changes.create(to_state=MissionState.DRAFT, at=now, by=user)
        return submit(mission, by=user, now=now) if send else mission


def change(mission, form, *, by, for_agent_only=False, send, now):
    """Rewrite a draft or returned proposal; its slots become those of the form."""
    with transaction.atomic():
        mission = Mission.objects.select_for_update(of=("self",)).get(pk=mission.pk)
        if mission.state not in (MissionState.DRAFT, MissionState.RETURNED):
            raise PlanningError("Cette demande est chez la mairie : elle ne se modifie plus ici.")
        mission.slots.all().delete()
        _fill(mission, form, for_agent_only=for_agent_only)
        return submit(mission, by=by, now=now) if send else mission


def answers_of(mission):
    """What ProposalForm shows of a mission already written."""
    slots = list(mission.slots.order_by("starts_at", "id")[:3])
    place = PrivatePlace.objects.filter(mission=mission).first()
    note = mission.internal_note if mission.public_text == KEPT_FOR_AGENT else mission.public_text
    answers = {
        "gesture": mission.gesture_id,
        "title": mission.title,
        "text": note,
        "quartier": mission.quartier_id,
        "public_place": mission.public_place,
        "address": place.address if place else "",
        "minutes": slots[0].minutes if slots else 60,
        "places": slots[0].places if slots else 1,
    }
    return answers, slots


def _fill(mission, form, *, for_agent_only):
    data, gesture = form.cleaned_data, form.cleaned_data["gesture"]
    mission.gesture = gesture
    mission.kind = gesture.kind if gesture else MissionKind.INTERPERSONAL
    mission.help_kind = gesture.help_kind if gesture else HelpKind.COMPANY
    mission.title, mission.quartier = data["title"], data["quartier"]
    mission.public_place = data["public_place"]
    mission.public_text = KEPT_FOR_AGENT if for_agent_only else data["text"]
    mission.internal_note = data["text"] if for_agent_only else ""
    is_at_home = mission.kind == MissionKind.INTERPERSONAL
    # Somebody asked for by a relative stays the person helped.
    mission.beneficiary = (mission.beneficiary or mission.proposed_by) if is_at_home else None
    mission.save()
    PrivatePlace.objects.update_or_create(mission=mission, defaults={"address": data["address"]})
    length = timedelta(minutes=data["minutes"])
    Slot.objects.bulk_create(
        Slot(mission=mission, starts_at=at, ends_at=at.astimezone(UTC) + length, places=data["places"])
        for at in form.starts
    )
