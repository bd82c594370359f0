"""Signing up for a slot, the waiting list, withdrawing. What happens afterwards is attendance.py.

Locks are always taken in this order, which is why no deadlock is possible and nothing is retried:
mission → slots by id → volunteers by id → signups. Whoever changes a live signup holds its slot or its
volunteer. The database has the last word: its constraints refuse what a mistake here would let through.
"""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q

from vitre_civique.lib.french import NBSP, count
from vitre_civique.lib.months import local_day
from vitre_civique.lib.states import TransitionError, move
from volunteers.models import Volunteer

from . import introductions
from .announcements import (
    tell_of_late_withdrawal,
    tell_organiser,
    tell_volunteer,
    tell_waiting_neighbour,
)
from .eligibility import ALREADY, GONE, OVERLAP, PAST, TOO_MANY, reasons_against, too_many_lately
from .models import MissionState, Signup, SignupState, Slot
from .models.signup import HELD, LIVE
from .places import allot, free_places, is_newcomer, lock_slot, offer_ends_at, pending_ends_at
from .substitutes import ask_substitutes

__all__ = ["reasons_against"]

LATE_WITHDRAWAL = timedelta(hours=24)
CHANGED = "Cette inscription vient de changer : rechargez la page pour voir où elle en est."
NOT_THEIRS = f"Ce groupe n’est plus à vous, ou la mairie l’a mis en pause{NBSP}: appelez-la."
# Alone, or with a group that may come and that this adult still answers for.
LEADS = Q(group__isnull=True) | Q(group__is_active=True, group__leader=F("volunteer"))


class SignupError(Exception):
    """The signup cannot be made or changed; `message` says why in French."""

    def __init__(self, message=CHANGED):
        self.message = message
        super().__init__(message)


class SlotFull(SignupError):
    """No place is left for this person."""


class SlotPast(SignupError):
    """The slot has begun."""


class AlreadySignedUp(SignupError):
    """The person has a live signup on this slot."""


class OverlappingSignup(SignupError):
    """The person holds a place elsewhere at that time."""


class NotAllowed(SignupError):
    """Somebody may not sign up, for `reasons` (French sentences)."""

    def __init__(self, reasons):
        self.reasons = reasons
        super().__init__(" ".join(reasons))


def sign_up(volunteer, slot, *, by=None, now, group=None, young_count=0, check=None, waits=True):
    """Take a place: confirmed; pending when an agent approves or the person is a minor; waiting when full.

    Raises SlotPast, AlreadySignedUp, OverlappingSignup or NotAllowed. `by` is who signs the person up.
    For a group (groups.py): its adult, how many come along, what is checked under the lock, and whether it
    waits when its seats are not all free, else SlotFull.
    """
    with transaction.atomic():
        slot, mission = lock_slot(slot.pk, volunteer.pk)
        volunteer = Volunteer.objects.select_related("user").filter(pk=volunteer.pk).first()
        if volunteer is None:  # erased while this waited for its lock
            raise NotAllowed([GONE])
        if check is not None:
            check(volunteer, mission)
        _free_own_expired_holds(volunteer, now)
        if too_many_lately(volunteer, by or volunteer.user, now=now):
            raise NotAllowed([TOO_MANY])
        _require_allowed(volunteer, mission, slot, now)
        if not waits:
            _require_room_for_group(volunteer, slot, young_count + 1, now)
        signup = _create(volunteer, mission, slot, by or volunteer.user, now, group, young_count)
        tell_volunteer(signup, f"signup_{signup.state}", now=now)
        introductions.propose(signup, now=now)
    return signup


def withdraw(signup, *, by, reason="", now):
    """Give the place back at once; the next in line is offered it, or substitutes are asked when it is late.

    Raises SlotPast once the slot has begun, SignupError when nothing is left to withdraw.
    """
    with transaction.atomic():
        slot, mission = _lock(signup)
        if slot.starts_at <= now:
            raise SlotPast("La mission a commencé : appelez la mairie, elle préviendra.")
        if signup.state not in LIVE:
            raise SignupError("Cette inscription n’est plus en cours : il n’y a rien à annuler.")
        was_confirmed = signup.state == SignupState.CONFIRMED
        _move(
            signup, SignupState.WITHDRAWN, now=now, by=by, reason=reason[:300], withdraw_reason=reason[:300]
        )
        tell_volunteer(signup, "signup_withdrawn", now=now)
        _fill_freed_place(slot, mission, now)
        if was_confirmed and slot.starts_at - now < LATE_WITHDRAWAL:
            tell_of_late_withdrawal(signup, mission, now=now)
            ask_substitutes(slot, mission, places=free_places(slot, now)[0], now=now)
        elif was_confirmed:
            tell_waiting_neighbour(signup, mission, now=now)
            tell_organiser(signup, mission, but=by, now=now)
    return signup


def say_coming(signup, *, now):
    """« Je viens », from a reminder: written for the organiser. Saying it again keeps the first moment."""
    with transaction.atomic():
        slot, _ = _lock(signup)
        if slot.starts_at <= now:
            raise SlotPast("La mission a commencé : à tout de suite !")
        if signup.state not in LIVE:
            raise SignupError("Cette inscription n’est plus en cours.")
        if signup.state == SignupState.CONFIRMED and signup.coming_said_at is None:
            signup.coming_said_at = now
            signup.save(update_fields=["coming_said_at"])
    return signup


def approve(signup, *, by, now):
    """An agent confirms a pending signup. Raises SlotFull when its hold lapsed and others took the places."""
    with transaction.atomic():
        slot, _ = _lock(signup)
        if slot.starts_at <= now:
            raise SlotPast(PAST)
        if signup.state != SignupState.PENDING:
            raise SignupError("Cette inscription a déjà été traitée.")
        if signup.expires_at <= now and not _fits(signup, slot, now):
            raise SlotFull("Le délai est passé et les places ont été prises entre-temps.")
        _move(signup, SignupState.CONFIRMED, now=now, by=by, expires_at=None)
        tell_volunteer(signup, "signup_confirmed", now=now)
    return signup


def refuse(signup, *, by, reason, now):
    """An agent refuses, with a reason the person is told; the place goes to the next in line."""
    if not reason.strip():
        raise SignupError("Dites pourquoi : la personne recevra cette phrase.")
    with transaction.atomic():
        slot, mission = _lock(signup)
        if signup.state not in LIVE:
            raise SignupError("Cette inscription a déjà été traitée.")
        _move(signup, SignupState.REFUSED, now=now, by=by, reason=reason.strip())
        tell_volunteer(signup, "signup_refused", now=now)
        _fill_freed_place(slot, mission, now)
    return signup


def accept_offer(signup, *, by, now):
    """Take the offered place. A second tab learns that it is done; after the delay the place has gone on."""
    with transaction.atomic():
        slot, mission = _lock(signup)
        if signup.state != SignupState.OFFERED:
            raise SignupError(
                "Cette place ne vous est plus proposée."
                if signup.state != SignupState.CONFIRMED
                else "C’est déjà fait : votre place est confirmée."
            )
        if signup.expires_at <= now:
            raise SignupError(
                "Le délai pour accepter est passé : la place a été proposée à la personne suivante."
            )
        if signup.group_id is not None and not Signup.objects.filter(LEADS, pk=signup.pk).exists():
            raise SignupError(NOT_THEIRS)
        target = _held_state(signup.volunteer, mission, slot)
        expires_at = pending_ends_at(slot, now) if target == SignupState.PENDING else None
        _move(signup, target, now=now, by=by, expires_at=expires_at)
        tell_volunteer(signup, f"signup_{target}", now=now)
    return signup


def decline_offer(signup, *, by, now):
    """Say no to an offered place: it goes to the next in line."""
    with transaction.atomic():
        slot, mission = _lock(signup)
        if signup.state != SignupState.OFFERED:
            raise SignupError("Cette place ne vous est plus proposée.")
        _move(signup, SignupState.WITHDRAWN, now=now, by=by)
        _fill_freed_place(slot, mission, now)
    return signup


def promote_waiting(slot, *, now):
    """Offer the free places to those first in line; the signups offered. Nothing on a second call."""
    with transaction.atomic():
        slot, mission = lock_slot(slot.pk)
        return _fill_freed_place(slot, mission, now)


def lapse_expired(*, now):
    """Sweep: end holds whose delay has passed and waiting lists of begun slots, then offer what became free.

    Gives the number of signups lapsed; a second sweep finds nothing.
    """
    return sum(_lapse_slot(slot_id, now) for slot_id in _slots_to_sweep(now))


def _lock(signup):
    slot, mission = lock_slot(signup.slot_id, signup.volunteer_id)
    signup.refresh_from_db(from_queryset=Signup.objects.select_related("volunteer__user"))
    signup.slot = slot
    return slot, mission


def _move(signup, target, *, now, **changes):
    """Change the state; between neighbours, the introduction follows."""
    try:
        with transaction.atomic():
            was_confirmed = signup.state == SignupState.CONFIRMED
            move(signup, target, now=now, **changes)
            if target == SignupState.CONFIRMED:
                introductions.propose(signup, now=now)
            elif was_confirmed:
                introductions.end(signup, now=now)
    except TransitionError:
        raise SignupError from None
    except IntegrityError as error:
        raise _translated(error) from error


def _translated(error):
    """The exception of ours that says what the named constraint refused; an unknown one stays as it is."""
    constraint = error.__cause__.diag.constraint_name
    if constraint == "signup_no_two_places_at_once":
        return OverlappingSignup(OVERLAP)
    if constraint == "signup_group_fits":
        return SlotFull("Les dernières places viennent d’être prises : choisissez un autre créneau.")
    if constraint == "signup_group_expected":
        return NotAllowed(
            ["Cette mission n’accueille pas de groupe : cochez la case sur sa fiche, ou refusez."]
        )
    return AlreadySignedUp(ALREADY) if constraint == "signup_one_live_per_slot" else error


def _require_allowed(volunteer, mission, slot, now):
    if slot.starts_at <= now:
        raise SlotPast(PAST)
    reasons = reasons_against(volunteer, mission, slot, now=now)
    if ALREADY in reasons:
        raise AlreadySignedUp(ALREADY)
    if reasons == [OVERLAP]:
        raise OverlappingSignup(OVERLAP)
    if reasons:
        raise NotAllowed(reasons)


def _create(volunteer, mission, slot, by, now, group=None, young_count=0):
    newcomer, seats = is_newcomer(volunteer), young_count + 1
    has_place = _has_place(slot, newcomer, seats, now)
    state = _held_state(volunteer, mission, slot) if has_place else SignupState.WAITING
    signup = Signup(
        slot=slot,
        volunteer=volunteer,
        state=state,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        created_at=now,
        expires_at=pending_ends_at(slot, now) if state == SignupState.PENDING else None,
        is_newcomer=newcomer,
        seats=seats,
        group=group,
        made_by=by,
    )
    try:
        with transaction.atomic():
            signup.save()
            signup.state_changes.create(to_state=state, at=now, by=by)
    except IntegrityError as error:
        raise _translated(error) from error
    return signup


def _has_place(slot, newcomer, seats, now):
    """Whether there is room behind those who wait already."""
    queue = [*_queue(slot, now).values_list("is_newcomer", "seats"), (newcomer, seats)]
    return len(queue) - 1 in allot(*free_places(slot, now), queue)


def _require_room_for_group(volunteer, slot, seats, now):
    """All together or not at all; places kept for first missions stay kept."""
    if not _has_place(slot, is_newcomer(volunteer), seats, now):
        free, kept = free_places(slot, now)
        left = count(max(free - kept, 0), "place reste", "places restent")
        raise SlotFull(
            f"{left}, et il en faut {seats} pour votre groupe et vous. Choisissez un autre créneau."
        )


def _held_state(volunteer, mission, slot):
    """Contact with minors goes through the coordinator, so an agent approves each of their signups."""
    is_minor = volunteer.user.is_minor_on(local_day(slot.starts_at))
    return SignupState.PENDING if mission.needs_approval or is_minor else SignupState.CONFIRMED


def _queue(slot, now):
    """Who waits for this slot and could come, first in line first."""
    busy = Signup.objects.filter(
        Q(state=SignupState.CONFIRMED) | Q(expires_at__gt=now),
        state__in=HELD,
        volunteer=OuterRef("volunteer"),
        starts_at__lt=OuterRef("ends_at"),
        ends_at__gt=OuterRef("starts_at"),
    )
    waiting = Signup.objects.filter(LEADS, ~Exists(busy), slot=slot, state=SignupState.WAITING)
    return waiting.order_by("created_at", "id")


def _fill_freed_place(slot, mission, now):
    """With the slot locked: offer free places down the line."""
    if slot.starts_at <= now or slot.cancelled_at or mission.state != MissionState.PUBLISHED:
        return []
    queue = list(_queue(slot, now).select_related("volunteer__user"))
    ranks = allot(*free_places(slot, now), [(signup.is_newcomer, signup.seats) for signup in queue])
    for signup in (queue[rank] for rank in ranks):
        _free_own_expired_holds(signup.volunteer, now)
        expires_at = offer_ends_at(slot, now)
        _move(signup, SignupState.OFFERED, now=now, expires_at=expires_at)
        tell_volunteer(signup, "place_offered", now=now, expires_at=expires_at)
    return [queue[rank] for rank in ranks]


def _free_own_expired_holds(volunteer, now):
    """What this person no longer holds must not stand in the way until the next sweep."""
    for signup in _expired(now).filter(volunteer=volunteer).select_related("volunteer__user").order_by("id"):
        _lapse(signup, now)


def _fits(signup, slot, now):
    return bool(allot(*free_places(slot, now), [(signup.is_newcomer, signup.seats)]))


def _expired(now):
    return Signup.objects.filter(state__in=[SignupState.PENDING, SignupState.OFFERED], expires_at__lte=now)


def _slots_to_sweep(now):
    """Slots with an expired hold, a pointless waiting list, or people waiting who may now have a place."""
    waiting = Signup.objects.filter(slot=OuterRef("pk"), state=SignupState.WAITING)
    expired = _expired(now).order_by().values("slot")
    begun = Signup.objects.filter(state=SignupState.WAITING, starts_at__lte=now).order_by().values("slot")
    awaited = Slot.objects.upcoming(now).filter(Exists(waiting)).order_by().values("pk")
    return (
        Slot.objects.filter(Q(pk__in=expired) | Q(pk__in=begun) | Q(pk__in=awaited))
        .order_by("id")
        .values_list("pk", flat=True)
    )


def _lapse_slot(slot_id, now):
    with transaction.atomic():
        slot, mission = lock_slot(slot_id)
        over = _expired(now) | Signup.objects.filter(state=SignupState.WAITING, starts_at__lte=now)
        signups = list(over.filter(slot=slot).select_related("volunteer__user").order_by("id"))
        for signup in signups:
            _lapse(signup, now)
        _fill_freed_place(slot, mission, now)
    return len(signups)


def _lapse(signup, now):
    """A person still waiting when the mission begins is not written to: there is nothing left to do."""
    was = signup.state
    _move(signup, SignupState.LAPSED, now=now)
    if was != SignupState.WAITING:
        tell_volunteer(signup, "offer_lapsed", now=now, was=was)
