"""A small town for the load: people with their sessions, pages to read, last places to fight for."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from benchmarks.sessions import cookie_of
from missions.models import Mission, MissionState, Slot
from quartiers.models import Quartier
from vitre_civique.demo.town import seed_town
from volunteers.models import Volunteer

PLACES = 4


@dataclass(frozen=True)
class Resident:
    user_pk: int
    cookie: str


@dataclass(frozen=True)
class Town:
    residents: list[Resident]
    slots: list[int]  # what they sign up for
    public_pages: list[str]
    own_pages: list[str]


def found(*, volunteers: int, missions: int, residents: int, slots: int) -> Town:
    """Fill the database; `residents` of its volunteers are signed in."""
    now = timezone.now()
    seed_town(volunteers=volunteers, missions=missions, seed=1, today=now.date(), say=lambda words: None)
    people = Volunteer.objects.active(timezone.localdate()).filter(charter_version__gt="")
    people = people.filter(user__email__isnull=False).select_related("user").order_by("id")[:residents]
    shown = Mission.objects.filter(state=MissionState.PUBLISHED).order_by("-id").values_list("pk", flat=True)
    quartiers = Quartier.objects.order_by("id").values_list("slug", flat=True)[:3]
    return Town(
        residents=[Resident(person.user_id, cookie_of(person.user)) for person in people],
        slots=[slot.pk for slot in last_places(slots, now)],
        public_pages=[
            "/",
            "/missions/",
            "/missions/calendrier/",
            "/quartiers/",
            "/aide/",
            *[f"/missions/{pk}/" for pk in shown[:5]],
            *[f"/quartiers/{slug}/" for slug in quartiers],
        ],
        own_pages=["/", "/missions/", "/mon-heure/", "/inscriptions/", "/messages/"],
    )


def last_places(count: int, now) -> list[Slot]:
    """Slots that do not overlap, so that each person may take several."""
    mission = Mission.objects.create(
        kind="collective",
        help_kind="town",
        title="Les dernières places",
        public_text="Places comptées.",
        public_place="Jardin public",
        state=MissionState.PUBLISHED,
        published_at=now,
    )
    start = now + timedelta(days=40)
    return [
        Slot.objects.create(
            mission=mission,
            starts_at=start + timedelta(hours=2 * n),
            ends_at=start + timedelta(hours=2 * n + 1),
            places=PLACES,
        )
        for n in range(count)
    ]
