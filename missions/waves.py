"""Waves, not floods: the best few are asked first, then the next few after a delay, until places fill."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q

from .invitations import expire_silent, propose, send, takes_people
from .matching import candidates, reasons_for
from .models import Invitation, InvitationState, Mission, Slot
from .places import free_places

ASKED_FOR_A_PLACE = 2
NEXT_WAVE_AFTER = timedelta(days=2)
SWEPT_AT_ONCE = 200


def wave_size(free, unanswered):
    """How many more to ask: twice the free places, less those who still have to answer."""
    return max(0, ASKED_FOR_A_PLACE * free - unanswered)


def propose_wave(slot, *, by=None, now):
    """Propose the next few of the ranking of `slot`; the proposals. Nothing while others wait to be sent."""
    with transaction.atomic():
        # The mission is the lock: two agents at once make one wave.
        mission = Mission.objects.select_for_update(of=("self",), no_key=True).get(pk=slot.mission_id)
        slot.mission = mission
        asked = Invitation.objects.filter(slot=slot)
        if not takes_people(slot, mission, now) or asked.filter(state=InvitationState.PROPOSED).exists():
            return []
        unanswered = asked.filter(state=InvitationState.SENT).count()
        size = wave_size(free_places(slot, now)[0], unanswered)
        if not size:
            return []
        best = candidates(slot, mission, now=now, limit=size)
        already = asked.aggregate(wave=Max("wave"), rank=Max("rank"))
        first = (already["rank"] or 0) + 1
        return propose(
            [
                (candidate.volunteer, slot, rank, reasons_for(candidate, mission, now=now))
                for rank, candidate in enumerate(best, start=first)
            ],
            by=by,
            wave=(already["wave"] or 0) + 1,
            now=now,
        )


def send_wave(slot, *, by=None, now):
    """Propose the next few when nothing waits, and send: what one button of the desk does. Those sent."""
    propose_wave(slot, by=by, now=now)
    return send(slot, by=by, now=now)


def go_on(*, now):
    """Sweep: end what nobody answered, then send the next wave where an agent began and places are left.

    A slot is asked for again two days after its last wave, or once everyone asked has said no. Gives how many
    invitations left; a second sweep sends nothing more.
    """
    expire_silent(now=now)
    return sum(len(send_wave(slot, now=now)) for slot in _to_go_on(now))


def _to_go_on(now):
    waves = Invitation.objects.filter(slot=OuterRef("pk"), sent_at__isnull=False)
    unanswered = waves.filter(state=InvitationState.SENT)
    fresh = waves.filter(sent_at__gt=now - NEXT_WAVE_AFTER)
    waiting = Invitation.objects.filter(slot=OuterRef("pk"), state=InvitationState.PROPOSED)
    return (
        Slot.objects.upcoming(now)
        .filter(Exists(waves), ~Exists(waiting), Q(~Exists(unanswered)) | Q(~Exists(fresh)))
        .select_related("mission")[:SWEPT_AT_ONCE]
    )
