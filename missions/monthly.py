"""The month’s distribution in the database: what it reads, what it writes. The choice: distribution.py."""

from datetime import timedelta

import numpy as np
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, F, OuterRef, Q

from quartiers.models import Quartier
from vitre_civique.lib.months import local_day, month_bounds, month_of
from vitre_civique.notifications.outbox import adult_born_by
from volunteers.availability import codes_covering
from volunteers.models import HelpKind, Reach, Volunteer

from .browse import with_counts
from .distribution import ANYWHERE, Openings, People, Town, distribute
from .invitations import propose, send
from .matching import (
    ASKED_A_MONTH_AT_MOST,
    ELSEWHERE,
    NEIGHBOUR,
    NEVER,
    NEXT_DOOR,
    Candidate,
    consented_minors,
    not_asked_too_often,
    reasons_for,
    with_facts,
    with_hours_left,
)
from .models import (
    Block,
    Distribution,
    Invitation,
    InvitationState,
    MissionKind,
    MissionPrerequisite,
    Signup,
    Slot,
    Suspension,
)
from .models.invitation import OPEN
from .models.signup import LIVE

PLANNED_AHEAD = timedelta(days=7)  # the next month is proposed a week before it begins
LEAVES_TIME = timedelta(hours=12)  # to answer before a slot begins
KIND_BITS = {kind: 1 << number for number, kind in enumerate(HelpKind.values)}
REACHES = {Reach.QUARTIER: 0, Reach.ADJACENT: 1, Reach.TOWN: 2}
MOST_ANYTHING = 62  # prerequisites in use: bits of one integer


def month_to_plan(now):
    return month_of(now + PLANNED_AHEAD)


def propose_when_due(*, now):
    """Sweep: the month's distribution, once; sent at once when MATCHING_BY_ITSELF. The invitations written.

    A second call the same month writes nothing: the row of the month is the memory.
    """
    month = month_to_plan(now)
    if Distribution.objects.filter(month=month).exists():
        return []
    try:
        with transaction.atomic():
            made = Distribution.objects.create(
                month=month, made_at=now, sent_by_itself=settings.MATCHING_BY_ITSELF
            )
            return _propose(made, now=now)
    except IntegrityError:  # another machine was first
        return []


def propose_month(*, by, now):
    """An agent asks for proposals, as often as they like: only places nobody was asked for are looked at."""
    with transaction.atomic():
        made, _ = Distribution.objects.get_or_create(month=month_to_plan(now), defaults={"made_at": now})
        Distribution.objects.select_for_update(of=("self",), no_key=True).get(pk=made.pk)
        return _propose(made, by=by, now=now)


def send_all(*, by=None, now):
    """Send every proposal that waits, slot after slot; how many left."""
    waiting = Invitation.objects.filter(state=InvitationState.PROPOSED).order_by().values("slot")
    return sum(len(send(slot, by=by, now=now)) for slot in Slot.objects.filter(pk__in=waiting).order_by("id"))


def _propose(made, *, by=None, now):
    town, slots = read_town(made.month, now=now)
    asked = _explained(distribute(town), slots, now=now)
    rows = propose(asked, by=by, now=now)
    made.places_count += int(town.openings.places.sum())
    made.invitations_count += len(rows)
    made.save(update_fields=["places_count", "invitations_count"])
    if made.sent_by_itself:
        send_all(now=now)
    return rows


def read_town(month, *, now):
    """(Town, {slot id: slot}) of `month`: people with hours left, slots with places nobody was asked for."""
    quartiers = {
        pk: row for row, pk in enumerate(Quartier.objects.order_by("pk").values_list("pk", flat=True))
    }
    slots = open_slots(month, now=now)
    bits, needs = _prerequisites(slots)
    people, users = read_people(month, quartiers, bits, now=now)
    adjacent = np.zeros((len(quartiers) or 1, len(quartiers) or 1), dtype=bool)
    for first, second in Quartier.adjacent.through.objects.values_list("from_quartier", "to_quartier"):
        adjacent[quartiers[first], quartiers[second]] = True
    town = Town(people, _openings(slots, quartiers, needs, now), adjacent, _forbidden(slots, users))
    return town, {slot.pk: slot for slot in slots}


def open_slots(month, *, now):
    """Slots of the month with `to_ask` places: free, and for which nobody has still to answer."""
    start, end = month_bounds(month)
    asked = Invitation.objects.filter(slot=OuterRef("pk"), state__in=OPEN).order_by().values("slot")
    rows = Slot.objects.upcoming(max(now + LEAVES_TIME, start)).filter(starts_at__lt=end)
    slots = list(
        with_counts(rows, now)
        .annotate(asked_count=asked.annotate(number=Count("pk")).values("number"))
        .filter(held_count__lt=F("places"))
        .select_related("mission__quartier")
    )
    for slot in slots:
        slot.to_ask = slot.places - slot.held_count - (slot.asked_count or 0)
    return [slot for slot in slots if slot.to_ask > 0]


def read_people(month, quartiers, bits, *, now):
    """(People, {user id: volunteer id}): those with an hour left that month and not asked too often."""
    today = local_day(now)
    suspended = Suspension.objects.filter(person=OuterRef("user"), lifted_at__isnull=True)
    may = Volunteer.objects.filter(
        ~Exists(suspended),
        consented_minors(today),
        stopped_at__isnull=True,
        user__is_active=True,
        user__erased_at__isnull=True,
        charter_version=settings.CHARTER_VERSION,
    )
    volunteers = with_facts(not_asked_too_often(with_hours_left(may, month), now=now), now=now)
    columns = (
        "pk quartier reach kinds availability user user__birth_date first_meeting_on paused_until "
        "minutes_lately last_asked_at asked_count minutes_left"
    )
    rows = list(volunteers.order_by("pk").values_list(*columns.split(), named=True))
    held = _held_prerequisites(bits)
    born_by, never = adult_born_by(today), NEVER
    people = People(
        key=_column((row.pk for row in rows), np.int64),
        quartier=_column((quartiers.get(row.quartier, ANYWHERE) for row in rows), np.int32),
        reach=_column((REACHES[row.reach] for row in rows), np.int8),
        kinds=_column((sum(KIND_BITS[kind] for kind in row.kinds) for row in rows), np.int32),
        moments=_column((sum(1 << code for code in row.availability) for row in rows), np.int32),
        prerequisites=_column((held.get(row.pk, 0) for row in rows), np.int64),
        is_minor=_column(
            (bool(row.user__birth_date and row.user__birth_date > born_by) for row in rows), bool
        ),
        is_met=_column((bool(row.first_meeting_on and row.first_meeting_on <= today) for row in rows), bool),
        free_from=_column(
            (row.paused_until.toordinal() if row.paused_until else 0 for row in rows), np.int32
        ),
        minutes_lately=_column((row.minutes_lately for row in rows), np.int32),
        days_waited=_column(((now - (row.last_asked_at or never)).days for row in rows), np.int32),
        capacity=_column(
            (min(ASKED_A_MONTH_AT_MOST - row.asked_count, -(-row.minutes_left // 60)) for row in rows),
            np.int32,
        ),
    )
    return people, {row.user: row.pk for row in rows}


def _openings(slots, quartiers, needs, now):
    def column(kind, value):
        return _column((value(slot) for slot in slots), kind)

    return Openings(
        key=column(np.int64, lambda s: s.pk),
        quartier=column(np.int32, lambda s: quartiers.get(s.mission.quartier_id, ANYWHERE)),
        kind=column(np.int32, lambda s: KIND_BITS[s.mission.help_kind]),
        moments=column(np.int32, lambda s: sum(1 << c for c in codes_covering(s.starts_at, s.ends_at))),
        prerequisites=column(np.int64, lambda s: needs.get(s.mission_id, 0)),
        takes_minors=column(
            bool, lambda s: s.mission.is_open_to_minors and s.mission.kind != MissionKind.INTERPERSONAL
        ),
        wants_met=column(bool, lambda s: s.mission.kind == MissionKind.INTERPERSONAL),
        day=column(np.int32, lambda s: local_day(s.starts_at).toordinal()),
        starts=column(np.int64, lambda s: int(s.starts_at.timestamp())),
        ends=column(np.int64, lambda s: int(s.ends_at.timestamp())),
        places=column(np.int32, lambda s: s.to_ask),
        at_least=column(
            np.int32, lambda s: 2 if s.mission.is_in_pairs and s.places > 1 and not s.held_count else 1
        ),
    )


def _forbidden(slots, users):
    """{slot id: people not to ask}: on the mission, asked once, busy then, the one helped or kept apart."""
    barred = {slot.pk: set() for slot in slots}
    apart = _kept_apart(slots)
    by_mission = {}
    for slot in slots:
        by_mission.setdefault(slot.mission_id, []).append(slot)
        concerned = (slot.mission.beneficiary_id, slot.mission.proposed_by_id)
        kept_apart = {pk for person in concerned for pk in apart.get(person, ())}
        barred[slot.pk] |= {users[pk] for pk in {*concerned, *kept_apart} if pk in users}
    known = [
        *Signup.objects.filter(slot__mission__in=by_mission).values_list("slot__mission", "volunteer"),
        *Invitation.objects.filter(mission__in=by_mission).values_list("mission", "volunteer"),
    ]
    for mission, volunteer in known:
        for slot in by_mission[mission]:
            barred[slot.pk].add(volunteer)
    _bar_the_busy(slots, barred)
    return {pk: people - {None} for pk, people in barred.items() if people}


def _kept_apart(slots):
    """{user id of someone helped: user ids that blocked them or that they blocked}."""
    people = {pk for slot in slots for pk in (slot.mission.beneficiary_id, slot.mission.proposed_by_id) if pk}
    apart = {}
    blocks = Block.objects.filter(Q(blocker__in=people) | Q(blocked__in=people))
    for blocker, blocked in blocks.values_list("blocker", "blocked"):
        apart.setdefault(blocker, set()).add(blocked)
        apart.setdefault(blocked, set()).add(blocker)
    return apart


def _bar_the_busy(slots, barred):
    if not slots:
        return
    first, last = min(s.starts_at for s in slots), max(s.ends_at for s in slots)
    taken = Signup.objects.filter(state__in=LIVE, starts_at__lt=last, ends_at__gt=first).order_by()
    for volunteer, starts_at, ends_at in taken.values_list("volunteer", "starts_at", "ends_at"):
        for slot in slots:
            if starts_at < slot.ends_at and slot.starts_at < ends_at:
                barred[slot.pk].add(volunteer)


def _prerequisites(slots):
    """({prerequisite id: bit}, {mission id: bits it asks for})."""
    asked = list(
        MissionPrerequisite.objects.filter(mission__in={slot.mission_id for slot in slots})
        .order_by("prerequisite", "mission")
        .values_list("mission", "prerequisite")
    )
    ids = sorted({prerequisite for _, prerequisite in asked})[:MOST_ANYTHING]
    bits, needs = {pk: 1 << number for number, pk in enumerate(ids)}, {}
    for mission, prerequisite in asked:
        # Beyond 62 of them in one month, nobody is proposed by the program: an agent still may.
        needs[mission] = needs.get(mission, 0) | bits.get(prerequisite, 1 << MOST_ANYTHING)
    return bits, needs


def _held_prerequisites(bits):
    held = {}
    through = Volunteer.prerequisites.through.objects.filter(prerequisite__in=bits)
    for volunteer, prerequisite in through.values_list("volunteer", "prerequisite"):
        held[volunteer] = held.get(volunteer, 0) | bits[prerequisite]
    return held


def _explained(chosen, slots, *, now):
    """(volunteer, slot, rank, reasons) for `invitations.propose`, from pairs of keys."""
    people = with_facts(Volunteer.objects.filter(pk__in={person for person, _ in chosen}), now=now)
    people = people.select_related("user").in_bulk()
    near = set(Quartier.adjacent.through.objects.values_list("from_quartier", "to_quartier"))
    ranks = {}
    for person, slot_id in chosen:
        volunteer, slot = people[person], slots[slot_id]
        ranks[slot_id] = ranks.get(slot_id, 0) + 1
        candidate = Candidate(
            volunteer,
            _nearness(volunteer.quartier_id, slot.mission.quartier_id, near),
            slot.mission.help_kind in volunteer.kinds,
            volunteer.minutes_lately,
            volunteer.last_asked_at,
            volunteer.asked_count,
        )
        yield volunteer, slot, ranks[slot_id], reasons_for(candidate, slot.mission, now=now)


def _nearness(home, place, near):
    if place is None or home == place:
        return NEIGHBOUR
    return NEXT_DOOR if (place, home) in near else ELSEWHERE


def _column(values, kind):
    return np.fromiter(values, dtype=kind)
