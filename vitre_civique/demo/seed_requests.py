"""Between neighbours in the demonstration: requests that wait, introductions, a conversation."""

from datetime import timedelta

from django.db.models import F

from missions.models import (
    DisclosureLog,
    Introduction,
    IntroductionState,
    IntroductionStateChange,
    Message,
    Mission,
    MissionState,
    RequestWish,
    SignupState,
    Thread,
)
from missions.models.mission import MissionKind
from vitre_civique.accounts.models import Origin
from vitre_civique.lib.months import local_day, midnight

from .bulk import insert

WORDS = [
    "Bonjour, je viens jeudi comme prévu. Faut-il apporter quelque chose ?",
    "Bonjour, rien du tout, merci. Le café sera prêt.",
    "Parfait, à jeudi alors.",
]
PATH = [IntroductionState.PROPOSED, IntroductionState.ONE_AGREED, IntroductionState.BOTH_AGREED]


def seed_requests(rng, today, missions, signups):
    """`signups` as seed_signups wrote them; every neighbour's visit gets its introduction."""
    wishes = [wish for mission in missions for wish in wishes_of(rng, today, mission.row)]
    insert(wishes)
    tell_how_they_came()
    rows = [introduction_of(rng, today, signup) for signup in signups if is_between_neighbours(signup)]
    insert(rows)
    insert(change for row in rows for change in changes_of(row))
    shared = [row for row in rows if row.state == IntroductionState.SHARED]
    insert(seen_by_volunteer(row) for row in shared)
    threads = [Thread(introduction=row, created_at=row.created_at) for row in shared[:3]]
    insert(threads)
    insert(message for thread in threads for message in conversation(thread))


def wishes_of(rng, today, mission):
    """What waits at the mairie came with two moments wished for."""
    if mission.kind != MissionKind.INTERPERSONAL or mission.state != MissionState.SUBMITTED:
        return []
    first = today + timedelta(days=rng.randrange(4, 12))
    days = [(first, "morning"), (first + timedelta(days=2), "afternoon")]
    return [RequestWish(mission=mission, day=day, part=part) for day, part in days]


def tell_how_they_came():
    """Every request was heard with an agreement: online where a resident asked, else by phone or at the
    counter. The mairie goes along the first time to a few.
    """
    visits = Mission.objects.filter(kind=MissionKind.INTERPERSONAL)
    for rank, (pk, asker) in enumerate(visits.order_by("pk").values_list("pk", "proposed_by")):
        origin = Origin.ONLINE if asker else (Origin.PHONE, Origin.COUNTER)[rank % 2]
        heard = {"origin": origin, "agreed_at": F("created_at"), "notice_read_at": F("created_at")}
        visits.filter(pk=pk).update(**heard, is_first_visit_accompanied=rank % 5 == 1)


def is_between_neighbours(signup):
    return (
        signup.slot.mission.kind == MissionKind.INTERPERSONAL
        and signup.state in (SignupState.CONFIRMED, SignupState.ATTENDED)
        and not signup.volunteer.user.is_minor_on(local_day(signup.starts_at))
    )


def introduction_of(rng, today, signup):
    """Visits to come are at each step; those of the last month still show, older ones are closed."""
    start = midnight(today)
    if signup.ends_at < start - timedelta(days=30):
        state = IntroductionState.CLOSED
    elif signup.ends_at < start:
        state = IntroductionState.SHARED
    else:
        state = rng.choice(
            [IntroductionState.PROPOSED, IntroductionState.ONE_AGREED, IntroductionState.SHARED]
        )
    at = signup.created_at
    row = Introduction(signup=signup, state=state, created_at=at, code=f"{rng.randrange(10_000):04d}")
    if state != IntroductionState.PROPOSED:
        row.volunteer_agreed_at, row.volunteer_shares = at + timedelta(minutes=20), ["phone"]
    if state in (IntroductionState.SHARED, IntroductionState.CLOSED):
        row.neighbour_agreed_at, row.neighbour_shares = at + timedelta(minutes=50), ["address", "phone"]
        row.shared_at = row.neighbour_agreed_at
    return row


def changes_of(row):
    steps = {
        IntroductionState.PROPOSED: PATH[:1],
        IntroductionState.ONE_AGREED: PATH[:2],
        IntroductionState.SHARED: [*PATH, IntroductionState.SHARED],
        IntroductionState.CLOSED: [*PATH, IntroductionState.SHARED, IntroductionState.CLOSED],
    }[row.state]
    before = ""
    for step in steps:
        at = row.created_at if not before else row.shared_at or row.volunteer_agreed_at
        if step == IntroductionState.CLOSED:
            at = row.signup.ends_at + timedelta(days=30)
        yield IntroductionStateChange(row=row, from_state=before, to_state=step, at=at)
        before = step


def seen_by_volunteer(row):
    viewer = row.signup.volunteer.user
    at = row.shared_at + timedelta(minutes=10)
    return DisclosureLog(
        introduction=row, viewer=viewer, how=DisclosureLog.How.PAGE, details=row.neighbour_shares, at=at
    )


def conversation(thread):
    signup = thread.introduction.signup
    people = [signup.volunteer.user, neighbour(signup.slot.mission)]
    for rank, text in enumerate(WORDS):
        at = thread.created_at + timedelta(hours=rank + 1)
        yield Message(thread=thread, author=people[rank % 2], text=text, sent_at=at)


def neighbour(mission: Mission):
    return mission.proposed_by or mission.beneficiary
