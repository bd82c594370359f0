"""Who lives in the drill's town and what each is owed, decided here and not by the sweeps under test."""

import random
from dataclasses import dataclass, field
from datetime import timedelta

from missions.models import Mission, MissionState, Signup, SignupState, Slot
from vitre_civique.accounts.models import User
from vitre_civique.demo.bulk import insert
from vitre_civique.lib.months import add_months, midnight, month_of
from vitre_civique.notifications.models import Notification, Preference
from volunteers.models import Pledge, SkippedMonth, Volunteer

from .sink import NO_SUCH_ADDRESS, UNWANTED

# One person in so many is not an ordinary one; the first of each fate always exists.
FATES = {
    "unknown address": 100,
    "unwanted": 200,
    "will pause": 25,
    "never": 50,
    "stopped": 50,
    "paused": 50,
    "skipped": 50,
    "busy": 50,
    "closed": 100,
    "minor": 100,
}
BYSTANDERS = {"never", "stopped", "paused", "skipped", "closed", "minor"}
TOLD_AT_ONCE, TOLD_OF_A_CANCELLED_ONE = "told at once", "told of a cancelled one"
POISONED = 3
ALERT_KINDS = {TOLD_AT_ONCE: "town", TOLD_OF_A_CANCELLED_ONE: "digital"}


@dataclass
class Person:
    email: str
    fate: str
    alerts: str = ""
    user: User = None
    volunteer: Volunteer = None
    owed: set = field(default_factory=set)


def settle(calendar, rng: random.Random, *, reminders: int, alerts: int) -> list[Person]:
    """Write the people and their promises; `owed` has the labels of the mails that must arrive, once."""
    ordinary = reminders // 2
    fates = [fate for fate, share in FATES.items() for _ in range(max(1, ordinary // share))]
    people = [invent(n, fate) for n, fate in enumerate([*fates, *["ordinary"] * ordinary])]
    rng.shuffle(people)
    eligible = [person for person in people if person.fate == "ordinary"]
    # Two days of alerts; a quarter learn on the first of a mission that is cancelled before the mail leaves.
    for n, person in enumerate(eligible[: alerts * 4 // 7]):
        person.alerts = TOLD_OF_A_CANCELLED_ONE if n % 4 == 3 else TOLD_AT_ONCE
    write(people, calendar)
    for person in people:
        person.owed = labels_owed(person, calendar)
    return people


def invent(n: int, fate: str) -> Person:
    before = {"unknown address": NO_SUCH_ADDRESS, "unwanted": UNWANTED}.get(fate, "personne-")
    return Person(f"{before}{n}@exemple.fr", fate)


def labels_owed(person, calendar) -> set[str]:
    if person.fate in BYSTANDERS or person.fate in ("unknown address", "unwanted", "will pause"):
        return set()  # « will pause » may have had the first month's: see Story.pause_people
    months = [] if person.fate == "busy" else [calendar.month]
    months += [] if calendar.is_short else [calendar.second_month]
    owed = {f"monthly_reminder:{month:%Y-%m}" for month in months}
    if person.alerts == TOLD_AT_ONCE:
        owed.add(f"mission_alert:{calendar.first_day}")
    if person.alerts and not calendar.is_short:
        owed.add(f"mission_alert:{calendar.second_opening}")
    return owed


def write(people, calendar) -> None:
    long_ago = midnight(calendar.month) - timedelta(days=100)
    users = [
        User(
            email=person.email,
            password="!",  # noqa: S106 (no password at all)
            first_name="Camille",
            last_name=f"Essai {n}",
            date_joined=long_ago,
            is_active=person.fate != "closed",
            birth_date=calendar.first_day.replace(year=calendar.first_day.year - 16, day=1)
            if person.fate == "minor"
            else None,
        )
        for n, person in enumerate(people)
    ]
    volunteers = [
        Volunteer(
            user=user,
            reach="town",
            kinds=[ALERT_KINDS[person.alerts]] if person.alerts else [],
            charter_version="2026-1",
            charter_accepted_at=long_ago,
            created_at=long_ago,
            paused_until=calendar.first_day + timedelta(days=365) if person.fate == "paused" else None,
            stopped_at=long_ago if person.fate == "stopped" else None,
        )
        for person, user in zip(people, insert(users), strict=True)
    ]
    insert(volunteers)
    for person, user, volunteer in zip(people, users, volunteers, strict=True):
        person.user, person.volunteer = user, volunteer
    insert(
        Pledge(volunteer=volunteer, from_month=add_months(calendar.month, -3), made_at=long_ago)
        for volunteer in volunteers
    )
    insert(preferences(people, calendar))
    insert(
        SkippedMonth(volunteer=person.volunteer, month=month, made_at=long_ago)
        for person in people
        if person.fate == "skipped"
        for month in (calendar.month, calendar.second_month)
    )
    occupy([person for person in people if person.fate == "busy"], calendar)


def preferences(people, calendar):
    """Nobody but those told at once hears of missions; the default would be a weekly digest."""
    for person in people:
        rhythm = "at_once" if person.alerts else "never"
        yield Preference(user=person.user, kind="mission_alert", rhythm=rhythm, changed_at=calendar.start)
        if person.fate == "never":
            yield Preference(
                user=person.user, kind="monthly_reminder", rhythm="never", changed_at=calendar.start
            )


def publish(title: str, help_kind: str, *, starts_at, now) -> Mission:
    mission = Mission.objects.create(
        kind="collective",
        help_kind=help_kind,
        title=title,
        public_text="On apporte les outils, vous apportez votre bonne humeur.",
        public_place="Jardin public",
        state=MissionState.PUBLISHED,
        published_at=now,
    )
    Slot.objects.create(
        mission=mission, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), places=500
    )
    return mission


def occupy(people, calendar) -> None:
    """They attended something earlier this month: nothing to remind them of before the next."""
    at = midnight(month_of(calendar.first_day)) + timedelta(days=4, hours=10)
    mission = Mission.objects.create(
        kind="collective", help_kind="town", title="Au début du mois", public_text="Fait.",
        public_place="Jardin public", state=MissionState.DONE, published_at=at - timedelta(days=20),
    )  # fmt: skip
    slot = Slot.objects.create(mission=mission, starts_at=at, ends_at=at + timedelta(hours=1), places=500)
    insert(
        Signup(
            slot=slot, volunteer=person.volunteer, state=SignupState.ATTENDED, starts_at=slot.starts_at,
            ends_at=slot.ends_at, created_at=at - timedelta(days=5), minutes=60,
            volunteer_said="done", organiser_said="done",
        )
        for person in people
    )  # fmt: skip


def poison(people, calendar) -> None:
    """Rows no builder can build: they must be set aside with the reason, and stop nobody."""
    bystanders = [person for person in people if person.fate in BYSTANDERS - {"closed", "never"}]
    for n, person in enumerate(bystanders[:POISONED]):
        Notification.objects.create(
            recipient=person.user, kind="monthly_reminder", dedupe_key=f"poison:{n}", due_at=calendar.opening,
            data={"pledge": "illisible", "month": f"{calendar.month:%Y-%m}"}, priority=2,
        )  # fmt: skip
