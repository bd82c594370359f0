"""How many places are left and for whom, and the one order in which rows are locked."""

from datetime import timedelta

from django.db.models import Q

from vitre_civique.notifications.calm import next_allowed
from volunteers.models import Volunteer

from .models import Mission, Signup, SignupState, Slot

KEPT_FOR_NEWCOMERS_UNTIL = timedelta(days=3)
OFFER_LASTS = timedelta(hours=24)
OFFER_ENDS_BEFORE_START = timedelta(hours=12)
OFFER_LASTS_AT_LEAST = timedelta(hours=1)
PENDING_LASTS = timedelta(hours=72)
ABOUT_MISSION = ("proposed_by", "created_by", "beneficiary", "quartier", "association")
# Signups that may move when a place of their slot is freed or lapses.
UNSETTLED = [SignupState.WAITING, SignupState.PENDING, SignupState.OFFERED]


def lock_slot(slot_id, *volunteer_ids):
    """(slot, mission) with the slot locked, then everyone on its list and `volunteer_ids`, by ascending id.

    The mission is read after the lock: one cancelled in between is seen cancelled.
    """
    slot = Slot.objects.select_for_update(of=("self",), no_key=True).get(pk=slot_id)
    mission = Mission.objects.select_related(*ABOUT_MISSION).get(pk=slot.mission_id)
    slot.mission = mission
    lock_volunteers(Q(signups__slot=slot, signups__state__in=UNSETTLED) | Q(pk__in=volunteer_ids))
    return slot, mission


def lock_volunteers(condition):
    """Lock the rows of those people, by ascending id."""
    ids = Volunteer.objects.filter(condition).values("pk")
    rows = Volunteer.objects.filter(pk__in=ids).order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True))


def free_places(slot, now):
    """(free, kept): places nobody holds, and how many of them are kept for first missions."""
    held = list(Signup.objects.holding(now).filter(slot=slot).values_list("seats", "is_newcomer"))
    newcomers = sum(is_new for _, is_new in held)
    return slot.places - sum(seats for seats, _ in held), kept_places(slot, newcomers, now)


def kept_places(slot, newcomer_count, now):
    if now >= slot.starts_at - KEPT_FOR_NEWCOMERS_UNTIL:
        return 0
    return max(0, slot.newcomer_places - newcomer_count)


def allot(free, kept, queue):
    """Ranks in `queue` (« a newcomer?, how many seats ») that get their places of `free`, `kept` being kept.

    A group has all its seats or none, and none of the kept ones; who comes after it does not wait for it.
    """
    ranks = []
    for rank, (is_newcomer, seats) in enumerate(queue):
        if is_newcomer and seats == 1 and free > 0:
            kept = max(0, kept - 1)
        elif free - kept < seats:
            continue
        free -= seats
        ranks.append(rank)
    return ranks


def offer_ends_at(slot, now):
    """24 hours to accept, never later than 12 hours before the start; then one hour, never past the start.

    The delay runs from the moment the person may be told: nobody loses a place while asleep.
    """
    told_at = next_allowed(now)
    ends_at = min(told_at + OFFER_LASTS, slot.starts_at - OFFER_ENDS_BEFORE_START)
    return max(ends_at, min(told_at + OFFER_LASTS_AT_LEAST, slot.starts_at))


def pending_ends_at(slot, now):
    """The mairie has three days to answer, never past the start."""
    return min(now + PENDING_LASTS, slot.starts_at)


def is_newcomer(volunteer):
    """Whether this would be the person's first mission."""
    known = [SignupState.CONFIRMED, SignupState.ATTENDED]
    return not Signup.objects.filter(volunteer=volunteer, state__in=known).exists()
