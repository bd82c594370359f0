"""The life of a mission and of its slots: proposing, publishing, cancelling, moving. Signups: signups.py.

Locks: mission → slots by id → volunteers by id → signups, as in signups.py.
"""

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from vitre_civique.lib.french import NBSP, count, together
from vitre_civique.lib.states import TransitionError, move

from . import introductions
from .announcements import (
    tell_of_cancelled_signups,
    tell_of_cancelled_slots,
    tell_of_moved_signups,
    tell_of_moved_slot,
    tell_of_pause,
    tell_of_resuming,
    tell_offerer,
    tell_proposer,
    tell_those_who_wait,
)
from .copies import duplicate
from .eligibility import who_may_not_come, who_may_not_go_home
from .invitations import drop
from .models import Invitation, Mission, MissionState, Signup, SignupState, Slot
from .models.signup import HELD, LIVE
from .places import lock_slot, lock_volunteers
from .signups import promote_waiting

__all__ = ["duplicate"]

MAX_OPEN_PROPOSALS = 3  # requirement SEC-07
OPEN_PROPOSALS = [MissionState.DRAFT, MissionState.SUBMITTED, MissionState.RETURNED]


class PlanningError(Exception):
    """The mission or slot cannot be changed so; `message` says why in French."""

    def __init__(self, message):
        self.message = message
        super().__init__(message)


def submit(mission, *, by, now):
    """A resident hands the proposal to the mairie (or answers its question)."""
    with transaction.atomic():
        _move(mission, MissionState.SUBMITTED, now=now, by=by)
        tell_proposer(mission, "mission_submitted", now=now, detail=_turn(mission))
    return mission


def publish(mission, *, by, now):
    """Show the mission to everyone. Raises PlanningError without a slot to come."""
    with transaction.atomic():
        slots = Slot.objects.filter(mission=mission, starts_at__gt=now, cancelled_at__isnull=True)
        if not slots.exists():
            raise PlanningError("Ajoutez au moins un créneau à venir avant de publier.")
        _move(mission, MissionState.PUBLISHED, now=now, by=by, published_at=now)
        tell_proposer(mission, "mission_published", now=now)
        tell_offerer(mission, now=now)
    return mission


def return_with_question(mission, *, by, question, now):
    """Ask the proposer something; they may answer by changing and submitting again."""
    with transaction.atomic():
        question = _said(question, "Écrivez votre question : la personne la recevra.")
        _move(mission, MissionState.RETURNED, now=now, by=by, reason=question, public_reason=question)
        tell_proposer(mission, "mission_returned", now=now, detail=_turn(mission))
    return mission


def refuse_mission(mission, *, by, reason, now):
    """Refuse a proposal, with the reason the proposer is told."""
    with transaction.atomic():
        reason = _said(reason, "Dites pourquoi : la personne recevra cette phrase.")
        _move(mission, MissionState.REFUSED, now=now, by=by, reason=reason, public_reason=reason)
        tell_proposer(mission, "mission_refused", now=now)
    return mission


def suspend(mission, *, by, now, reason=""):
    """Take the mission off the public pages for a while; those signed up keep their places."""
    with transaction.atomic():
        _move(mission, MissionState.SUSPENDED, now=now, by=by, reason=reason)
        tell_those_who_wait(mission, "visit_paused", _turn(mission), by=by, now=now)
        tell_of_pause(mission, _pauses(mission), now=now)
    return mission


def resume(mission, *, by, now):
    """Show a suspended mission again. `published_at` stays: nobody is alerted twice."""
    with transaction.atomic():
        _move(mission, MissionState.PUBLISHED, now=now, by=by)
        for slot in mission.slots.upcoming(now):
            promote_waiting(slot, now=now)
        tell_those_who_wait(mission, "visit_resumed", _turn(mission), by=by, now=now)
        tell_of_resuming(mission, _pauses(mission), now=now)
    return mission


def cancel(mission, *, by, message, now):
    """Cancel the mission and every slot that has not begun; who is on them, or waits, is told once."""
    with transaction.atomic():
        message = _said(message, "Écrivez un mot pour les personnes inscrites.")
        Mission.objects.select_for_update(of=("self",), no_key=True).get(pk=mission.pk)
        _move(mission, MissionState.CANCELLED, now=now, by=by, reason=message, public_reason=message)
        slots = Slot.objects.filter(mission=mission, starts_at__gt=now, cancelled_at__isnull=True)
        _cancel_slots(slots, by=by, message=message, now=now)
    return mission


def cancel_slot(slot, *, by, message, now):
    """Cancel one slot that has not begun; each person on it is told once."""
    cancel_slots(Slot.objects.filter(pk=slot.pk), by=by, message=message, now=now)
    slot.cancelled_at = now
    return slot


def cancel_slots(slots, *, by, message, now):
    """Cancel those of `slots` that have not begun; each signup is told once. How many slots."""
    with transaction.atomic():
        message = _said(message, "Écrivez un mot pour les personnes inscrites.")
        to_come = slots.filter(starts_at__gt=now, cancelled_at__isnull=True)
        cancelled = _cancel_slots(to_come, by=by, message=message, now=now)
        if not cancelled:
            raise PlanningError("Ce créneau a déjà commencé ou est déjà annulé.")
    return cancelled


def change_slot(slot, *, starts_at, ends_at, places, by, now):
    """Move a slot or change its places: who is on it, or waits, is told of a new time, the list of new ones.

    Raises PlanningError as replan() does.
    """
    with transaction.atomic():
        moves = replan(slot, starts_at=starts_at, ends_at=ends_at, places=places, by=by, now=now)
        tell_of_moved_signups(moves, now=now)
    slot.refresh_from_db()
    return slot


def replan(slot, *, starts_at, ends_at, places, by, now):
    """Change one slot inside a transaction; the (signup, old start, old end) moved, for whoever tells them.

    Raises PlanningError when people on it hold another place then, or hold more places than would be left.
    """
    with transaction.atomic():
        locked, mission = lock_slot(slot.pk)
        if locked.starts_at <= now or locked.cancelled_at is not None:
            raise PlanningError("Ce créneau a déjà commencé ou est annulé.")
        if not now < starts_at < ends_at:
            raise PlanningError("Choisissez un début à venir, et une fin après le début.")
        held = Signup.objects.filter(slot=locked).seats_held(now)
        if places < held:
            taken = count(held, "place est prise", "places sont prises")
            raise PlanningError(f"{taken}{NBSP}: gardez au moins autant de places.")
        before = (locked.starts_at, locked.ends_at)
        locked.starts_at, locked.ends_at, locked.places = starts_at, ends_at, places
        locked.newcomer_places = min(locked.newcomer_places, places)
        has_moved, moves = before != (starts_at, ends_at), []
        locked.sequence += has_moved
        locked.save(update_fields=["starts_at", "ends_at", "places", "newcomer_places", "sequence"])
        if has_moved:
            moves = _move_signups(locked, before)
            tell_of_moved_slot(locked, mission, before, by=by, now=now)
        promote_waiting(locked, now=now)
    return moves


def require_home_suits(mission, *, now):
    """Before the mission becomes one at a neighbour's: who is signed up must be somebody who may go there.

    `mission` has those who ask as they will be saved. Locks it, its slots and their people, so that nobody
    signs up meanwhile. Raises PlanningError, which says how many stand in the way, never who.
    """
    Mission.objects.select_for_update(of=("self",), no_key=True).get(pk=mission.pk)
    slots = list(mission.slots.order_by("id").select_for_update(of=("self",), no_key=True))
    to_come = Signup.objects.live().filter(slot__in=slots, ends_at__gt=now)
    lock_volunteers(Q(pk__in=to_come.order_by().values("volunteer")))
    apart = who_may_not_come(mission).filter(volunteer__signups__in=to_come.order_by().values("pk"))
    people = to_come.select_related("volunteer__user")
    if not_suited := who_may_not_go_home(people, apart={row["pk"] for row in apart}, now=now):
        advice = "Appelez, et notez les désistements, avant de choisir ce genre."
        raise PlanningError(
            f"On ne va pas ainsi chez quelqu’un. Sont inscrits{NBSP}: {together(not_suited)}. {advice}"
        )


def introduce_those_signed_up(mission, *, now):
    """The mission has become one at a neighbour's: its confirmed volunteers to come are introduced."""
    confirmed = Signup.objects.filter(slot__mission=mission, state=SignupState.CONFIRMED, ends_at__gt=now)
    for signup in confirmed.select_related("slot__mission", "volunteer__user").order_by("id"):
        introductions.propose(signup, now=now)


def finish_past(*, now):
    """Sweep: published missions whose slots have all ended are done; how many. A second sweep finds none."""
    ended = Slot.objects.filter(mission=OuterRef("pk"), cancelled_at__isnull=True, ends_at__lte=now)
    to_come = Slot.objects.filter(mission=OuterRef("pk"), cancelled_at__isnull=True, ends_at__gt=now)
    finished = 0
    for mission in Mission.objects.published().filter(Exists(ended), ~Exists(to_come)).order_by("id"):
        try:
            move(mission, MissionState.DONE, now=now)
        except TransitionError:  # another sweep or an agent was first
            continue
        finished += 1
    return finished


def _move(mission, target, **changes):
    try:
        return move(mission, target, **changes)
    except TransitionError:
        state = MissionState(Mission.objects.values_list("state", flat=True).get(pk=mission.pk))
        raise PlanningError(
            f"Ce n’est pas possible{NBSP}: la mission est maintenant « {state.label} »."
        ) from None


def _said(text, or_else):
    if not text.strip():
        raise PlanningError(or_else)
    return text.strip()[:500]


def _turn(mission):
    """A mission may come back to the same state several times: each is told."""
    return str(mission.state_changes.filter(to_state=mission.state).count())


def _pauses(mission):
    return mission.state_changes.filter(to_state=MissionState.SUSPENDED).count()


def _cancel_slots(slots, *, by, message, now):
    locked = list(slots.order_by("id").select_for_update(of=("self",), no_key=True))
    on_them = Q(slot__in=locked, state__in=LIVE)
    lock_volunteers(Q(pk__in=Signup.objects.filter(on_them).order_by().values("volunteer")))
    signups = list(Signup.objects.filter(on_them).select_related("volunteer__user").order_by("id"))
    for signup in signups:
        is_confirmed = signup.state == SignupState.CONFIRMED
        target = SignupState.WITHDRAWN if is_confirmed else SignupState.REFUSED
        move(signup, target, now=now, by=by, reason=message)
        introductions.end(signup, now=now, by=by)
    tell_of_cancelled_signups(signups, now=now)
    rows = Slot.objects.filter(pk__in=[slot.pk for slot in locked])
    people = ("mission__proposed_by", "mission__beneficiary")
    tell_of_cancelled_slots(rows.select_related(*people).order_by("id"), by=by, now=now)
    drop(Invitation.objects.filter(slot__in=locked), reason=message, by=by, now=now)
    return rows.update(cancelled_at=now)


def _move_signups(slot, before):
    """Bring the copied bounds of live signups along; each with the old ones."""
    signups = Signup.objects.live().filter(slot=slot)
    lock_volunteers(Q(pk__in=signups.order_by().values("volunteer")))
    _require_no_overlap(slot, signups)
    try:
        with transaction.atomic():
            signups.update(starts_at=slot.starts_at, ends_at=slot.ends_at, coming_said_at=None)
    except IntegrityError:
        raise PlanningError(_busy(1)) from None
    signups.filter(expires_at__gt=slot.starts_at).update(expires_at=slot.starts_at)
    return [(signup, *before) for signup in signups.select_related("volunteer__user").order_by("id")]


def _require_no_overlap(slot, signups):
    elsewhere = Signup.objects.filter(
        volunteer__in=signups.filter(state__in=HELD).order_by().values("volunteer"),
        state__in=HELD,
        starts_at__lt=slot.ends_at,
        ends_at__gt=slot.starts_at,
    ).exclude(slot=slot)
    if busy := elsewhere.order_by().values("volunteer").distinct().count():
        raise PlanningError(_busy(busy))


def _busy(number):
    people = count(number, "personne inscrite a", "personnes inscrites ont")
    advice = "Choisissez une autre heure, ou appelez d’abord."
    return f"{people} déjà une autre mission à cette heure-là. {advice}"
