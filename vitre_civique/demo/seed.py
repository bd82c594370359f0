"""The demonstration town, written once: same seed and same day, same town. No real person in it."""

import json
import random
from pathlib import Path

from allauth.mfa.totp.internal.auth import TOTP
from django.db import transaction

from missions.catalogue import load_catalogue
from quartiers.models import Quartier
from vitre_civique.accounts.models import User
from vitre_civique.accounts.roles import Role, grant_role
from vitre_civique.lib.months import midnight

from .accounts import DEMO_ACCOUNTS
from .seed_collections import seed_collections
from .seed_first_hour import seed_first_hour
from .seed_invitations import seed_invitations
from .seed_missions import seed_missions
from .seed_needs import seed_needs
from .seed_needs_desk import seed_needs_desk
from .seed_people import seed_people
from .seed_requests import seed_requests
from .seed_signups import seed_signups
from .seed_stories import seed_stories
from .seed_together import seed_groups, seed_meetings, seed_offers, seed_series

QUARTIERS_FILE = Path(__file__).parent / "data" / "quartiers_demo.geojson"
STAFF_ROLES = {
    "agent": Role.AGENT,
    "ccas": Role.CCAS,
    "service.civique": Role.CIVIC_SERVICE,
    "elue": Role.ELECTED,
    "admin": Role.ADMINISTRATOR,
}


def is_seeded():
    return User.objects.filter(email=DEMO_ACCOUNTS[0].email).exists()


@transaction.atomic
def seed_demo(*, today, seed=35500):
    """Fill an empty database with the demonstration; return how many missions, 0 when it is there already."""
    if is_seeded():
        return 0
    rng = random.Random(f"{seed} {today}")  # noqa: S311 (invented people need no secrets)
    load_catalogue()
    quartiers = seed_quartiers()
    people = seed_people(rng, today, quartiers)
    missions = seed_missions(rng, today, quartiers, people)
    signups = seed_signups(rng, today, quartiers, people, missions)
    # A generator of its own: what it draws leaves the rest of the town as it was.
    seed_requests(random.Random(f"{seed} {today} requests"), today, missions, signups)  # noqa: S311
    seed_needs(random.Random(f"{seed} {today} needs"), today, quartiers, people)  # noqa: S311 (as above)
    seed_needs_desk(today, people)
    seed_invitations(today, people)
    seed_stories(random.Random(f"{seed} {today} stories"), today, quartiers, people)  # noqa: S311 (as above)
    seed_collections(
        random.Random(f"{seed} {today} collections"),  # noqa: S311 (as above)
        today,
        quartiers,
        people,
        missions,
        signups,
    )
    seed_meetings()
    seed_offers(today, quartiers, people)
    seed_groups(today, people)
    seed_series(today, people)
    for account in DEMO_ACCOUNTS:
        if account.has_totp:
            TOTP.activate(people.accounts[account.key], account.totp_secret)
    seed_first_hour(today, people, signups)
    for key, role in STAFF_ROLES.items():
        grant_role(people.accounts[key], role, by=None, now=midnight(today))
    return len(missions)


def seed_quartiers():
    """The eight quartiers of the file, by slug; what staff changed in an existing one stays."""
    features = json.loads(QUARTIERS_FILE.read_text(encoding="utf-8"))["features"]
    quartiers = {}
    for feature in features:
        told = feature["properties"]
        quartiers[told["slug"]], _ = Quartier.objects.get_or_create(
            slug=told["slug"],
            defaults={
                "name": told["name"],
                "boundary": feature["geometry"],
                "centre_longitude": told["centre"][0],
                "centre_latitude": told["centre"][1],
                "population": told["population"],
                "is_pilot": told["pilot"],
            },
        )
    for feature in features:
        told = feature["properties"]
        quartiers[told["slug"]].adjacent.add(*(quartiers[slug] for slug in told["adjacent"]))
    return quartiers
