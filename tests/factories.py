"""Plain factory functions: each makes one believable row, and says by keyword what the test cares about."""

import itertools
import uuid
from datetime import date, datetime, time, timedelta

from missions.models import (
    Collection,
    DropOffPoint,
    Introduction,
    Mission,
    MissionState,
    OpeningHours,
    Signup,
    SignupState,
    Slot,
    Tally,
)
from quartiers.models import Quartier
from vitre_civique.accounts.models import User
from vitre_civique.lib.months import PARIS, month_of
from volunteers.models import Pledge, Volunteer

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=PARIS)  # a Monday
TODAY = date(2026, 11, 23)
_numbers = itertools.count(1)


def create_user(**fields):
    n = next(_numbers)
    fields.setdefault("email", f"personne{n}@exemple.fr")
    fields.setdefault("first_name", "Camille")
    fields.setdefault("last_name", f"Essai{n}")
    return User.objects.create_user(**fields)


def create_quartier(**fields):
    n = next(_numbers)
    fields.setdefault("name", f"Quartier {n}")
    fields.setdefault("slug", f"quartier-{n}")
    return Quartier.objects.create(**fields)


def create_volunteer(*, pledged=True, from_month=None, user=None, **fields):
    """A volunteer of age, met, with charter accepted, and an open pledge unless `pledged=False`."""
    fields.setdefault("charter_version", "2026-1")
    fields.setdefault("charter_accepted_at", NOW)
    fields.setdefault("first_meeting_on", TODAY - timedelta(days=30))
    volunteer = Volunteer.objects.create(user=user or create_user(), **fields)
    if pledged:
        Pledge.objects.create(volunteer=volunteer, from_month=from_month or month_of(TODAY))
    return volunteer


def create_mission(**fields):
    """A published collective mission, with no slot."""
    fields.setdefault("kind", "collective")
    fields.setdefault("help_kind", "town")
    fields.setdefault("title", "Ramasser les feuilles du jardin public")
    fields.setdefault("public_text", "On apporte les râteaux, vous apportez votre bonne humeur.")
    fields.setdefault("public_place", "Jardin public")
    fields.setdefault("state", MissionState.PUBLISHED)
    if fields["state"] == MissionState.PUBLISHED:
        fields.setdefault("published_at", NOW)
    return Mission.objects.create(**fields)


def create_slot(mission=None, *, starts_at=None, minutes=60, **fields):
    """A slot in three days unless told."""
    starts_at = starts_at or NOW + timedelta(days=3)
    fields.setdefault("ends_at", starts_at + timedelta(minutes=minutes))
    return Slot.objects.create(mission=mission or create_mission(), starts_at=starts_at, **fields)


def create_signup(slot=None, volunteer=None, **fields):
    """A confirmed signup, written as the verb would have left it."""
    slot = slot or create_slot()
    fields.setdefault("state", SignupState.CONFIRMED)
    fields.setdefault("created_at", NOW)
    return Signup.objects.create(
        slot=slot,
        volunteer=volunteer or create_volunteer(),
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        **fields,
    )


def create_introduction(signup, *, state="shared", volunteer_shares=(), neighbour_shares=(), **fields):
    """An introduction as the verbs would have left it in `state`."""
    fields.setdefault("created_at", NOW)
    if state in ("both_agreed", "shared"):
        fields.setdefault("volunteer_agreed_at", NOW)
        fields.setdefault("neighbour_agreed_at", NOW)
    if state == "shared":
        fields.setdefault("shared_at", NOW)
    shares = {"volunteer_shares": list(volunteer_shares), "neighbour_shares": list(neighbour_shares)}
    return Introduction.objects.create(signup=signup, state=state, **shares, **fields)


def create_collection(**fields):
    """A published collection under way, with no drop-off point."""
    n = next(_numbers)
    fields.setdefault("title", "Noël solidaire")
    fields.setdefault("slug", f"noel-solidaire-{n}")
    fields.setdefault("public_text", "Une boîte à chaussures, quelque chose de chaud, de bon, de doux.")
    fields.setdefault("unit_one", "boîte")
    fields.setdefault("unit_many", "boîtes")
    fields.setdefault("goal", 1000)
    fields.setdefault("starts_on", TODAY - timedelta(days=10))
    fields.setdefault("ends_on", TODAY + timedelta(days=20))
    fields.setdefault("state", "published")
    return Collection.objects.create(**fields)


def create_point(collection=None, *, hours=((0, 4, 9, 12),), **fields):
    """An open drop-off point; `hours` are (first day, last day, opens, closes)."""
    fields.setdefault("public_place", f"Salle {next(_numbers)}")
    point = DropOffPoint.objects.create(collection=collection or create_collection(), **fields)
    for first, last, opens, closes in hours:
        OpeningHours.objects.create(
            point=point, first_day=first, last_day=last, opens_at=time(opens), closes_at=time(closes)
        )
    return point


def create_tally(point=None, *, count=12, kind="received", **fields):
    fields.setdefault("at", NOW - timedelta(hours=1))
    fields.setdefault("token", uuid.uuid4())
    return Tally.objects.create(point=point or create_point(), kind=kind, count=count, **fields)
