"""Noël solidaire: the thousand boxes under way, and those of the year before, with what was counted."""

import tomllib
import uuid
from datetime import date, time, timedelta
from pathlib import Path

from django.utils.text import slugify

from missions.models import (
    Collection,
    CollectionState,
    CollectionStateChange,
    DropOffPoint,
    Mission,
    MissionState,
    MissionStateChange,
    OpeningHours,
    Signup,
    SignupState,
    SignupStateChange,
    Slot,
    Tally,
    TallyKind,
)
from vitre_civique.lib.months import local_day, midnight

from .bulk import insert
from .seed_calendar import day_of
from .seed_missions import campaign_on

DATA = tomllib.loads((Path(__file__).parent / "data" / "collections.toml").read_text(encoding="utf-8"))
RECEIVED_SO_FAR, HANDED_OUT_SO_FAR = 640, 60
RECEIVED_LAST, HANDED_OUT_LAST = 1004, 998
DAYS_SO_FAR = 11


def seed_collections(rng, today, quartiers, people, missions, signups):
    """Attach the missions about boxes, then count: every number adds up to a total of above."""
    boxes = [each for each in missions if each.row.title.endswith(tuple(DATA["missions"]))]
    ended = [each for each in boxes if each.row.state == MissionState.DONE]
    coming = [each for each in boxes if each.row.state == MissionState.PUBLISHED]
    last, current = last_of(today, people), current_of(today, coming, people)
    insert([last, current])
    insert(change for row in (last, current) for change in changes_of(row, people))
    for row, its_missions in ((last, ended), (current, coming)):
        Mission.objects.filter(pk__in=[each.row.pk for each in its_missions]).update(collection=row)
    points = {row: [point_of(row, told, quartiers) for told in DATA["point"]] for row in (last, current)}
    insert(point for its_points in points.values() for point in its_points)
    insert(hours for its_points in points.values() for point in its_points for hours in hours_of(point))
    helpers = helpers_of(signups, ended, people)
    december = [last.starts_on + timedelta(days=n) for n in range(12)]
    so_far = [today - timedelta(days=n) for n in range(DAYS_SO_FAR, 0, -1)]
    tallies = [
        *tallies_of(rng, points[last], december, RECEIVED_LAST, helpers),
        *given(rng, points[last][0], last.ends_on, HANDED_OUT_LAST, helpers),
        *tallies_of(rng, points[current], so_far, RECEIVED_SO_FAR, staff_of(people)),
        *given(rng, points[current][0], today - timedelta(days=1), HANDED_OUT_SO_FAR, staff_of(people)),
    ]
    slip = slip_of(rng, points[current][0], today - timedelta(days=3), people)
    insert([*tallies, slip])
    insert([correction_of(rng, slip, people)])
    hold_the_point(today, current, points[current][0], coming[0].row, people)


def last_of(today, people):
    ends_on = day_of("12-19", today)
    row = collection_row(f"Noël solidaire {ends_on.year}", date(ends_on.year, 12, 1), ends_on, people)
    row.state = CollectionState.DONE
    return row


def current_of(today, missions, people):
    """Named after its winter, never like the one before."""
    days = [local_day(slot.ends_at) for each in missions for slot in each.slots]
    year = today.year + (today >= date(today.year, 12, 20))
    ends_on = max([today + timedelta(days=14), *days])
    return collection_row(f"{campaign_on(today)} {year}", today - timedelta(days=12), ends_on, people)


def collection_row(title, starts_on, ends_on, people):
    created_at = midnight(starts_on - timedelta(days=14)) + timedelta(hours=10)
    return Collection(
        title=title,
        slug=slugify(title),
        public_text=DATA["text"],
        what_to_bring="\n".join(DATA["bring"]),
        what_not_to_bring="\n".join(DATA["not_bring"]),
        unit_one=DATA["unit_one"],
        unit_many=DATA["unit_many"],
        goal=DATA["goal"],
        starts_on=starts_on,
        ends_on=ends_on,
        organiser="resident",
        state=CollectionState.PUBLISHED,
        created_by=people.agent,
        created_at=created_at,
        published_at=created_at + timedelta(hours=5),
    )


def changes_of(row, people):
    steps = [("", "draft", row.created_at), ("draft", "published", row.published_at)]
    if row.state == CollectionState.DONE:
        steps.append(("published", "done", midnight(row.ends_on) + timedelta(hours=19)))
    return [
        CollectionStateChange(row=row, from_state=before, to_state=after, at=at, by=people.agent)
        for before, after, at in steps
    ]


def point_of(row, told, quartiers):
    return DropOffPoint(
        collection=row,
        public_place=told["place"],
        quartier=quartiers[told["quartier"]],
        is_accessible=told["accessible"],
    )


def hours_of(point):
    told = next(each for each in DATA["point"] if each["place"] == point.public_place)
    for first, last, opens, closes in told["hours"]:
        opens_at, closes_at = time.fromisoformat(opens), time.fromisoformat(closes)
        yield OpeningHours(
            point=point, first_day=first, last_day=last, opens_at=opens_at, closes_at=closes_at
        )


def hold_the_point(today, collection, point, like, people):
    """Slots from today on, the first one with the demonstration's volunteer: who thus may count."""
    published_at = collection.published_at + timedelta(hours=1)
    mission = Mission(
        state=MissionState.PUBLISHED,
        kind=like.kind,
        help_kind=like.help_kind,
        gesture=like.gesture,
        title=f"{campaign_on(today)} : tenir le point de dépôt",
        public_text=DATA["hold"],
        public_place=f"{point.public_place}, centre-ville",
        collection=collection,
        is_accessible=point.is_accessible,
        created_by=people.agent,
        created_at=published_at - timedelta(minutes=40),
        published_at=published_at,
        updated_at=published_at,
    )
    insert([mission])
    steps = [("", "draft", mission.created_at), ("draft", "published", published_at)]
    insert(
        MissionStateChange(row=mission, from_state=before, to_state=after, at=at, by=people.agent)
        for before, after, at in steps
    )
    starts = [midnight(today + timedelta(days=n)) + timedelta(hours=16) for n in (0, 2, 5)]
    slots = [Slot(mission=mission, starts_at=at, ends_at=at + timedelta(hours=2), places=3) for at in starts]
    insert(slots)
    volunteer = next(each for each in people.volunteers if each.user is people.accounts["volontaire"])
    signup = Signup(
        slot=slots[0],
        volunteer=volunteer,
        state=SignupState.CONFIRMED,
        starts_at=slots[0].starts_at,
        ends_at=slots[0].ends_at,
        created_at=midnight(today) - timedelta(days=2, hours=-19),
        made_by=volunteer.user,
    )
    insert([signup])
    insert([SignupStateChange(row=signup, to_state="confirmed", at=signup.created_at, by=volunteer.user)])


def helpers_of(signups, missions, people):
    """Those who came to last year's missions, or the staff where nobody did."""
    rows = {each.row.pk for each in missions}
    came = [
        each.volunteer.user
        for each in signups
        if each.slot.mission.pk in rows and each.state == SignupState.ATTENDED
    ]
    return came or staff_of(people)


def staff_of(people):
    return [people.accounts["service.civique"], people.agent, people.accounts["ccas"]]


def tallies_of(rng, points, days, total, helpers):
    """`total` boxes spread over days and points, the last day taking what is left."""
    shares = [told["share"] for told in DATA["point"]]
    left = total
    for number, day in enumerate(days):
        for rank, (point, share) in enumerate(zip(points, shares, strict=True)):
            is_last = number == len(days) - 1 and rank == len(points) - 1
            usual = total * share // (sum(shares) * len(days))
            count = left if is_last else min(left, max(1, usual + rng.randrange(-3, 4)))
            if count > 0:
                left -= count
                yield tally(rng, point, TallyKind.RECEIVED, count, day, rng.choice(helpers))


def given(rng, point, day, total, helpers):
    """A handover in a few rounds."""
    while total > 0:
        count = min(total, 250)
        total -= count
        yield tally(rng, point, TallyKind.HANDED_OUT, count, day, rng.choice(helpers))


def slip_of(rng, point, day, people):
    return tally(rng, point, TallyKind.RECEIVED, 120, day, people.accounts["service.civique"])


def correction_of(rng, slip, people):
    """Nothing had come: the totals stay as told above."""
    row = tally(rng, slip.point, slip.kind, -slip.count, local_day(slip.at), people.agent)
    row.at, row.corrects = slip.at + timedelta(minutes=25), slip
    row.reason = "Compté deux fois : c’était déjà noté le matin."
    return row


def tally(rng, point, kind, count, day, by):
    at = midnight(day) + timedelta(hours=rng.randrange(14, 18), minutes=rng.randrange(60))
    token = uuid.UUID(int=rng.getrandbits(128), version=4)
    return Tally(point=point, kind=kind, count=count, at=at, by=by, token=token)
