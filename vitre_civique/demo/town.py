"""A town of any size, made by PostgreSQL itself: one statement a table, whatever the number of rows."""

# ruff: noqa: S608 (the statements are made of our own literals and numbers, nobody else's words)

from time import perf_counter

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import connection, transaction

from missions.catalogue import load_catalogue
from missions.models import Gesture, Mission
from quartiers.models import Quartier
from vitre_civique.accounts.models import User
from vitre_civique.lib.months import midnight
from volunteers.models import HelpKind, Pledge, Volunteer

from .bulk import array, insert_select, literal, pick, reserve_block
from .seed import seed_quartiers
from .seed_people import NAMES, NO_PASSWORD
from .town_missions import MISSION_STEPS
from .town_reports import REPORT_STEPS

HISTORY_DAYS = 400
# A number in [0, 1) that depends on the row, the seed and what it is drawn for, and on nothing else.
DRAW = """
CREATE OR REPLACE FUNCTION pg_temp.draw(row_number bigint, purpose bigint) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT (hashint8extended($1, $2 + %d) & 9007199254740991)::float8 / 9007199254740992 $$
"""


# What triggers ask is planned for each row: planned once, while tables are empty, it would read them whole.
PLANNED_EACH_TIME = "SET LOCAL plan_cache_mode = force_custom_plan"


class RealPeople(Exception):
    """The database holds people nobody invented."""


def real_people():
    """Those that no seeding of ours made."""
    return User.objects.exclude(password=NO_PASSWORD).exclude(email__endswith="@exemple.fr")


def seed_town(*, volunteers, missions, seed, today, say, reports=0, is_confirmed=False):
    """Add a town to the database and return the number of rows by table. `say` is told each step."""
    if not is_confirmed and real_people().exists():
        raise RealPeople
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(PLANNED_EACH_TIME)
        town = Town(volunteers, missions, reports, seed, today)
        counts = {}
        for step in STEPS + (REPORT_STEPS if reports else []):
            started = perf_counter()
            label, count = step(town)
            counts[label] = count
            say(f"{count:>10,} {label} ({perf_counter() - started:.1f} s)".replace(",", " "))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return counts


class Town:
    """What the steps share: sizes, the keys they reserved, words as SQL."""

    def __init__(self, volunteers, missions, reports, seed, today):
        self.volunteers, self.missions, self.reports = volunteers, missions, reports
        self.day = today
        load_catalogue()
        seed_quartiers()
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute(DRAW % (seed * 1000))
        self.today = f"{literal(midnight(today))}::timestamptz"
        self.user_id = reserve_block(User, volunteers)
        self.volunteer_id = reserve_block(Volunteer, volunteers)
        self.mission_id = reserve_block(Mission, missions)
        self.quartiers = array(list(quartiers_by_weight()))
        self.pilots = array(list(quartiers_by_weight(is_pilot=True)) or list(quartiers_by_weight()))
        self.gestures = array(list(Gesture.objects.order_by("name").values_list("pk", flat=True)))

    # Conditions on the tables u, v and m: the rows of this run.
    @property
    def are_our_users(self):
        return f"u.id BETWEEN {self.user_id} AND {self.user_id + self.volunteers - 1}"

    @property
    def are_our_volunteers(self):
        return f"v.id BETWEEN {self.volunteer_id} AND {self.volunteer_id + self.volunteers - 1}"

    @property
    def are_our_missions(self):
        return f"m.id BETWEEN {self.mission_id} AND {self.mission_id + self.missions - 1}"


def quartiers_by_weight(**chosen):
    """Keys repeated in proportion to the population: drawing one evenly is drawing an inhabitant."""
    rows = Quartier.objects.active().filter(**chosen).order_by("id")
    for key, population in rows.values_list("pk", "population"):
        yield from [key] * max(1, population // 100)


def add_users(town):
    """One in twelve has no e-mail, and was registered by phone or on paper."""
    is_online = "pg_temp.draw(g, 1) >= 0.08"
    days_ago = f"{HISTORY_DAYS} * (0.02 + 0.98 * sqrt(pg_temp.draw(g, 4)))"
    columns = {
        "id": f"{town.user_id} + g - 1",
        "password": literal(NO_PASSWORD),
        "email": f"CASE WHEN {is_online} THEN 'volontaire' || ({town.user_id} + g) || '@exemple.fr' END",
        "preferred_channel": f"CASE WHEN {is_online} THEN 'email' "
        "WHEN g % 2 = 0 THEN 'phone' ELSE 'post' END",
        "origin": f"CASE WHEN {is_online} THEN 'online' WHEN g % 2 = 0 THEN 'phone' ELSE 'paper' END",
        "phone": "'+3363998' || lpad((g % 10000)::text, 4, '0')",
        "first_name": pick(array(NAMES["older"] + NAMES["middle"] + NAMES["younger"]), "g", 2),
        "last_name": pick(array(NAMES["last"]), "g", 3),
        "date_joined": f"{town.today} - make_interval(hours => (24 * {days_ago})::int)",
        "declared_adult_on": "current_date",
    }
    return "personnes", insert_select(User, columns, f"FROM generate_series(1::bigint, {town.volunteers}) g")


def add_addresses(town):
    columns = {"user_id": "u.id", "email": "u.email", "verified": "true", "primary": "true"}
    source = f"FROM accounts_user u WHERE {town.are_our_users} AND u.email IS NOT NULL"
    return "adresses e-mail", insert_select(EmailAddress, columns, source)


def add_volunteers(town):
    is_free = "g % 6 > 0 AND pg_temp.draw(g * 21 + part, 7) < 0.3"
    columns = {
        "id": f"{town.volunteer_id} + g - 1",
        "user_id": "u.id",
        "quartier_id": f"CASE WHEN g % 20 > 0 THEN {pick(town.quartiers, 'g', 5)} END",
        "reach": pick(array(["town"] * 5 + ["adjacent"] * 3 + ["quartier"] * 2), "g", 6),
        "kinds": f"({array(HelpKind.values)})[(1 + g % 8)::int : (2 + g % 8 + g / 8 % 2)::int]",
        "availability": f"ARRAY(SELECT part FROM generate_series(0, 20) part WHERE {is_free})",
        "paused_until": "CASE WHEN g % 25 = 3 THEN current_date + (g % 60 + 1)::int END",
        "stopped_at": f"CASE WHEN g % 20 = 7 THEN joined_at + ({town.today} - joined_at) * 0.7 END",
        "charter_version": literal(settings.CHARTER_VERSION),
        "charter_accepted_at": "joined_at",
        "first_meeting_on": "CASE WHEN g % 3 > 0 THEN joined_at::date END",
        "created_at": "joined_at",
    }
    source = (
        f"FROM (SELECT id, date_joined AS joined_at, id - {town.user_id} + 1 AS g "
        f"FROM accounts_user u WHERE {town.are_our_users}) u"
    )
    return "volontaires", insert_select(Volunteer, columns, source)


def add_pledges(town):
    first = "date_trunc('month', v.created_at AT TIME ZONE 'Europe/Paris')"
    until = "date_trunc('month', v.stopped_at AT TIME ZONE 'Europe/Paris') + interval '1 month'"
    columns = {
        "volunteer_id": "v.id",
        "minutes_per_month": "CASE WHEN v.id % 12 = 0 THEN 120 WHEN v.id % 10 = 0 THEN 30 ELSE 60 END",
        "from_month": f"{first}::date",
        "until_month": f"CASE WHEN v.stopped_at IS NOT NULL THEN ({until})::date END",
        "made_at": "v.created_at",
    }
    source = f"FROM volunteers_volunteer v WHERE {town.are_our_volunteers}"
    return "promesses", insert_select(Pledge, columns, source)


STEPS = [add_users, add_addresses, add_volunteers, add_pledges, *MISSION_STEPS]
