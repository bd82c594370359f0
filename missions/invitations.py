"""Asking people, and what they answer. Who is asked: matching.py and monthly.py; in which waves: waves.py.

Locks, in this order as everywhere: mission → slots by id → volunteers by id → signups → invitations.
The two invitations a month of a person are counted with their row locked.
"""

from collections import Counter
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from vitre_civique.lib.french import NBSP
from vitre_civique.lib.months import local_day, month_of
from vitre_civique.lib.states import TransitionError, move
from vitre_civique.notifications.outbox import notify
from volunteers.models import Volunteer

from .matching import ASKED_A_MONTH_AT_MOST
from .models import Invitation, InvitationState, InvitationStateChange, MissionState, SignupState
from .models.invitation import OPEN
from .places import free_places, lock_slot, lock_volunteers
from .signups import SlotFull, sign_up

ANSWER_WITHIN = timedelta(days=3)
ANSWER_BEFORE_START = timedelta(hours=3)
OVER = f"Cette invitation n’attend plus de réponse{NBSP}: rechargez la page pour voir où elle en est."
TOO_LATE = "Le délai pour répondre est passé. Vous pouvez encore vous inscrire s’il reste une place."
TAKEN = "Quelqu’un a répondu juste avant vous, la mission est complète. Merci d’avoir dit oui !"
FULL, ANSWERED_ELSEWHERE = "La mission est complète.", "Inscription faite autrement."
PERSON_GONE = "La personne n’est plus disponible."


class InvitationError(Exception):
    """The invitation cannot be sent or answered; `message` says why in French."""

    def __init__(self, message=OVER):
        self.message = message
        super().__init__(message)


def propose(asked, *, by=None, wave=1, now):
    """Write proposals for `asked`, (volunteer, slot, rank, reasons) with slot.mission known; those written.

    A person already asked for the mission, or twice this month, is passed over: a second call writes nothing.
    """
    asked, month = list(asked), month_of(now)
    with transaction.atomic():
        locked = lock_volunteers(Q(pk__in={volunteer.pk for volunteer, *_ in asked}))
        present = {volunteer.pk for volunteer in locked}  # somebody erased meanwhile is not
        known = set(
            Invitation.objects.filter(slot__mission__in={slot.mission_id for _, slot, *_ in asked})
            .order_by()
            .values_list("mission", "volunteer")
        )
        count = _counts((volunteer.pk for volunteer, *_ in asked), month)
        rows = []
        for volunteer, slot, rank, reasons in asked:
            pair = (slot.mission_id, volunteer.pk)
            if volunteer.pk not in present or pair in known or count[volunteer.pk] >= ASKED_A_MONTH_AT_MOST:
                continue
            known.add(pair)
            count[volunteer.pk] += 1
            rows.append(
                Invitation(
                    mission_id=slot.mission_id,
                    slot=slot,
                    volunteer=volunteer,
                    month=month,
                    wave=wave,
                    rank=rank,
                    reasons=[reason[:120] for reason in reasons],
                    proposed_at=now,
                    proposed_by=by,
                )
            )
        Invitation.objects.bulk_create(rows)
        InvitationStateChange.objects.bulk_create(
            InvitationStateChange(row=row, to_state=row.state, at=now, by=by) for row in rows
        )
    return rows


def send(slot, *, by=None, now):
    """Send every proposal of `slot`; the invitations sent. The second of two agents sends nothing.

    What is no longer right (full, cancelled, person paused, asked twice already) is withdrawn instead.
    """
    with transaction.atomic():
        waiting = Invitation.objects.filter(slot=slot, state=InvitationState.PROPOSED)
        slot, mission = lock_slot(slot.pk, *waiting.order_by().values_list("volunteer", flat=True))
        proposals = list(waiting.select_related("volunteer__user").order_by("wave", "rank", "id"))
        if not takes_people(slot, mission, now):
            _cancel(proposals, reason=FULL, by=by, now=now)
            return []
        people = [proposal.volunteer_id for proposal in proposals]
        active = set(
            Volunteer.objects.active(local_day(now)).filter(pk__in=people).values_list("pk", flat=True)
        )
        count = _counts(people, month_of(now), sent_only=True)
        return [p for p in proposals if _send_one(p, slot, active, count, by=by, now=now)]


def _send_one(proposal, slot, active, count, *, by, now):
    person = proposal.volunteer_id
    if person not in active or count[person] >= ASKED_A_MONTH_AT_MOST:
        _cancel([proposal], reason=PERSON_GONE, by=by, now=now)
        return False
    count[person] += 1
    expires_at = max(now + timedelta(hours=1), min(now + ANSWER_WITHIN, slot.starts_at - ANSWER_BEFORE_START))
    _move(
        proposal,
        InvitationState.SENT,
        now=now,
        by=by,
        sent_at=now,
        expires_at=expires_at,
        month=month_of(now),
    )
    notify(
        proposal.volunteer.user,
        "invitation",
        f"invitation:{proposal.pk}",
        now=now,
        data={"invitation": proposal.pk},
        expires_at=expires_at,
    )
    return True


def accept(invitation, *, by=None, now):
    """Say yes: a place is taken through signups.sign_up; the signup.

    Raises InvitationError when it is answered or too late, SlotFull when the last place has just gone (the
    invitation is then withdrawn), and the other SignupErrors with their reasons.
    """
    try:
        with transaction.atomic():
            slot, _ = _lock(invitation)
            if invitation.state != InvitationState.SENT:
                raise InvitationError
            if invitation.expires_at <= now:
                raise InvitationError(TOO_LATE)
            signup = sign_up(invitation.volunteer, slot, by=by, now=now)
            if signup.state == SignupState.WAITING:
                raise SlotFull(TAKEN)
            _move(invitation, InvitationState.ACCEPTED, now=now, by=by, signup=signup)
            drop_when_full(slot, now=now)
    except SlotFull:
        with transaction.atomic():
            slot, _ = _lock(invitation)
            if invitation.state == InvitationState.SENT:
                _cancel([invitation], reason=FULL, now=now)
        raise
    return signup


def decline(invitation, *, by=None, now):
    """Say no, without a reason. A second tap raises InvitationError."""
    return _answer(invitation, InvitationState.DECLINED, by=by, now=now)


def not_this_month(invitation, *, by=None, now):
    """Say no, and be asked nothing more before the next month."""
    return _answer(invitation, InvitationState.NOT_THIS_MONTH, by=by, now=now)


def remove(invitation, *, by, now):
    """An agent decides otherwise: a proposal not yet sent is withdrawn and does not count for the person."""
    if invitation.state != InvitationState.PROPOSED:
        raise InvitationError("Cette invitation est déjà partie, ou déjà retirée.")
    _cancel([invitation], reason="Retirée par un agent.", by=by, now=now)
    return invitation


def expire_silent(*, now):
    """Sweep: those sent whose delay has passed without an answer; how many. A second sweep finds none."""
    expired = 0
    silent = Invitation.objects.filter(state=InvitationState.SENT, expires_at__lte=now)
    for invitation in silent.order_by("id"):
        try:
            move(invitation, InvitationState.EXPIRED, now=now)
        except TransitionError:  # answered, or swept by another, in between
            continue
        expired += 1
    return expired


def drop(invitations, *, reason, by=None, now):
    """Withdraw the open ones of a queryset: a mission cancelled, a slot filled, a person gone. How many."""
    return _cancel(list(invitations.filter(state__in=OPEN).order_by("id")), reason=reason, by=by, now=now)


def drop_when_full(slot, *, now):
    """With the slot locked: nobody is kept waiting for an answer to what no longer has a place."""
    if free_places(slot, now)[0] > 0:
        return 0
    return drop(Invitation.objects.filter(slot=slot), reason=FULL, now=now)


def takes_people(slot, mission, now):
    """Whether somebody more may still come to `slot`."""
    is_open = slot.starts_at > now and slot.cancelled_at is None and mission.state == MissionState.PUBLISHED
    return is_open and free_places(slot, now)[0] > 0


def _answer(invitation, target, *, by, now):
    with transaction.atomic():
        _lock(invitation)
        if invitation.state != InvitationState.SENT:
            raise InvitationError
        _move(invitation, target, now=now, by=by)
    return invitation


def _lock(invitation):
    slot, mission = lock_slot(invitation.slot_id, invitation.volunteer_id)
    invitation.refresh_from_db(from_queryset=Invitation.objects.select_related("volunteer__user"))
    return slot, mission


def _counts(people, month, *, sent_only=False):
    """{volunteer: invitations that count in `month`}, with those rows locked by the caller."""
    rows = Invitation.objects.counted(month).filter(volunteer__in=set(people))
    if sent_only:
        rows = rows.filter(sent_at__isnull=False)
    return Counter(rows.order_by().values_list("volunteer", flat=True))


def _cancel(invitations, *, reason, by=None, now):
    cancelled = 0
    for invitation in invitations:
        try:
            move(invitation, InvitationState.CANCELLED, now=now, by=by, reason=reason)
        except TransitionError:  # answered in between: the answer stands
            continue
        cancelled += 1
    return cancelled


def _move(invitation, target, **changes):
    try:
        move(invitation, target, **changes)
    except TransitionError:
        raise InvitationError from None
