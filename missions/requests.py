"""A neighbour's request: its draft, sending it, a slot from a wish. The mission's life: planning.py."""

from datetime import UTC, datetime, time, timedelta

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q

from vitre_civique.accounts.models import Channel, Origin
from vitre_civique.lib.months import PARIS

from .help_offers import link_answer
from .models import (
    Gesture,
    Mission,
    MissionKind,
    MissionState,
    PartOfDay,
    PrivatePlace,
    RequestDraft,
    RequestWish,
    Slot,
)
from .models.mission import Organiser
from .models.request import KEPT_DRAFT
from .planning import MAX_OPEN_PROPOSALS, OPEN_PROPOSALS, PlanningError, submit
from .planning import publish as publish_mission
from .proposals import KEPT_FOR_AGENT

STEPS = ("who", "what", "when", "where")
CALLBACKS_AN_HOUR = 30  # for the whole town: beyond, a robot is at work, and the phone still answers
HOURS = {PartOfDay.MORNING: time(10), PartOfDay.AFTERNOON: time(14, 30), PartOfDay.EVENING: time(18)}
PLAIN_TEXT = "Un coup de main entre voisins. La mairie vous met en relation."


def open_draft(draft_id, user, *, now):
    """The draft of this browser, else the latest of this person; None when there is none alive."""
    alive = RequestDraft.objects.filter(expires_at__gt=now)
    owner = user if user.is_authenticated else None
    mine = Q(owner__isnull=True) | Q(owner=owner) if owner else Q(owner__isnull=True)
    draft = alive.filter(mine, pk=draft_id).first() if draft_id else None
    return draft or (alive.filter(owner=owner).first() if owner else None)


def resume_draft(code, user, *, now):
    """The draft that bears this code; None for an unknown or expired one, or somebody else's."""
    wanted = "".join(sign for sign in code.upper() if sign.isalnum())
    draft = RequestDraft.objects.filter(code=wanted, expires_at__gt=now).first()
    is_mine = draft and (draft.owner_id is None or draft.owner_id == user.pk)
    return draft if is_mine else None


def keep(draft, step, answers, *, user, now):
    """Write one page's answers; the draft is made at the first, and kept seven more days."""
    draft = draft or RequestDraft(created_at=now)
    if user.is_authenticated:
        draft.owner = user
    draft.answers = {**draft.answers, step: answers}
    draft.expires_at = now + KEPT_DRAFT
    draft.save()
    return draft


def first_missing(draft):
    """The first page not answered yet; None when all are."""
    return next((step for step in STEPS if draft is None or step not in draft.answers), None)


def forget_drafts(*, now):
    """Sweep: what was not sent within seven days is gone; how many."""
    return RequestDraft.objects.filter(expires_at__lte=now).delete()[0]


def open_count(person):
    """Requests and proposals of this person that are not settled yet."""
    theirs = Q(proposed_by=person) | Q(beneficiary=person)
    waiting = Q(state__in=OPEN_PROPOSALS) | Q(state=MissionState.PUBLISHED, wishes__isnull=False)
    return Mission.objects.filter(theirs, waiting).distinct().count()


def caller(first_name, phone, *, now):
    """Somebody without an account who wants to be called back: a person with a phone and no e-mail.

    The same number is the same person. Raises PlanningError when too many ask at once.
    """
    people = get_user_model().objects.filter(email__isnull=True, origin=Origin.ONLINE, is_active=True)
    known = people.filter(phone=phone, created_by__isnull=True).order_by("id").first()
    if known is not None:
        return known
    if people.filter(date_joined__gt=now - timedelta(hours=1)).count() >= CALLBACKS_AN_HOUR:
        raise PlanningError("Beaucoup de demandes arrivent en même temps : appelez-nous, c’est plus sûr.")
    return get_user_model().objects.create_user(
        email=None,
        first_name=first_name,
        phone=phone,
        preferred_channel=Channel.PHONE,
        origin=Origin.ONLINE,
        date_joined=now,
    )


def send_draft(draft, *, asker, now):
    """Make the request a draft describes and hand it to the mairie. PlanningError beyond three open ones."""
    answers = draft.answers
    who, what, where = answers["who"], answers["what"], answers["where"]
    with transaction.atomic():
        if RequestDraft.objects.select_for_update(of=("self",)).filter(pk=draft.pk).first() is None:
            raise PlanningError("Cette demande est déjà partie.")
        helped = asker if who["for_whom"] == "me" else _someone_close(asker, who["first_name"], now)
        mission = file_request(
            asker=asker,
            helped=helped,
            by=asker,
            gesture=Gesture.objects.get(pk=what["gesture"]),
            text=what["text"],
            for_agent_only=what["for_agent_only"],
            wishes=[(day, part) for day, part in answers["when"]["wishes"]],
            quartier_id=where["quartier"],
            place={"address": where["address"], "instructions": where["instructions"], "phone": asker.phone},
            origin=Origin.ONLINE,
            now=now,
        )
        link_answer(mission, answers.get("offer"), now=now)
        draft.delete()
    return mission


def file_request(
    *,
    asker,
    helped,
    by,
    gesture,
    text,
    wishes,
    quartier_id,
    place,
    origin,
    now,
    for_agent_only=False,
    note="",
):
    """Write a request and submit it: three open ones at most for one person (SEC-07, else PlanningError).

    Whoever calls has the person's agreement, and has shown or read them the notice: `origin` says how.
    """
    with transaction.atomic():
        get_user_model().objects.select_for_update(of=("self",), no_key=True).get(pk=asker.pk)
        if open_count(asker) >= MAX_OPEN_PROPOSALS:
            raise PlanningError(
                "Trois demandes sont déjà en cours : attendez la réponse de la mairie, ou appelez-la."
            )
        mission = Mission.objects.create(
            state=MissionState.DRAFT,
            kind=MissionKind.INTERPERSONAL,
            help_kind=gesture.help_kind,
            gesture=gesture,
            title=gesture.name,
            public_text=KEPT_FOR_AGENT if for_agent_only else " ".join(filter(None, [gesture.hint, text])),
            internal_note="\n".join(filter(None, [text if for_agent_only else "", note]))[:1000],
            quartier_id=quartier_id,
            organiser=Organiser.RESIDENT,
            proposed_by=asker,
            beneficiary=helped,
            created_by=by,
            origin=origin,
            agreed_at=now,
            notice_read_at=now,
        )
        if not mission.public_text:
            mission.public_text = PLAIN_TEXT
            mission.save(update_fields=["public_text"])
        PrivatePlace.objects.create(mission=mission, **place)
        RequestWish.objects.bulk_create(RequestWish(mission=mission, day=d, part=p) for d, p in wishes)
        mission.state_changes.create(to_state=MissionState.DRAFT, at=now, by=by)
        return submit(mission, by=by, now=now)


def slot_from_wish(wish, *, starts_at_hour=None, minutes=None, places=1):
    """A slot at the wished moment, unsaved: the usual hour and length unless the agent says otherwise."""
    hour = starts_at_hour or HOURS[PartOfDay(wish.part)]
    starts_at = datetime.combine(wish.day, hour, tzinfo=PARIS)
    length = minutes or (wish.mission.gesture.usual_minutes if wish.mission.gesture else 60)
    ends_at = (starts_at.astimezone(UTC) + timedelta(minutes=length)).astimezone(PARIS)
    return Slot(mission=wish.mission, starts_at=starts_at, ends_at=ends_at, places=places)


def plan_wish(wish, *, hour, minutes, is_in_pairs, adults_only, is_first_visit_accompanied, publish, by, now):
    """Make the slot of a wish, write how the visit is made, and publish when asked; whether it is published.

    Two agents at once: the wish is used up by the first, the second is told (PlanningError).
    """
    with transaction.atomic():
        mission = Mission.objects.select_for_update(of=("self",), no_key=True).get(pk=wish.mission_id)
        wish.mission.state = mission.state
        slot = slot_from_wish(wish, starts_at_hour=hour, minutes=minutes, places=2 if is_in_pairs else 1)
        if slot.starts_at <= now:
            raise PlanningError("Ce moment est déjà passé : choisissez un autre souhait.")
        if Slot.objects.filter(mission=mission, starts_at=slot.starts_at, cancelled_at__isnull=True).exists():
            raise PlanningError("Quelqu’un est passé avant vous : ce créneau existe déjà.")
        slot.mission = mission
        slot.save()
        mission.is_in_pairs, mission.is_open_to_minors = is_in_pairs, not adults_only
        mission.is_first_visit_accompanied = is_first_visit_accompanied
        fields = ["is_in_pairs", "is_open_to_minors", "is_first_visit_accompanied", "updated_at"]
        mission.save(update_fields=fields)
        if publish and mission.state in (MissionState.DRAFT, MissionState.SUBMITTED):
            publish_mission(mission, by=by, now=now)
        return mission.is_published


def _someone_close(asker, first_name, now):
    """The person helped, known by a first name: everything goes through whoever asks for them."""
    return get_user_model().objects.create_user(
        email=None,
        first_name=first_name,
        phone=asker.phone,
        preferred_channel=Channel.PHONE if asker.phone else Channel.POST,
        origin=Origin.ONLINE,
        created_by=asker,
        date_joined=now,
    )
