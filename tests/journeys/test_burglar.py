"""A resident with no tie, and an élue, post to every address with the numbers of other people’s things."""

import re

import pytest
from django.apps import apps
from django.db import connection
from django.urls import get_resolver
from django.utils import timezone

from missions.models import Introduction, Invitation, Mission, Signup, Slot
from quartiers.models import NeedReport, Quartier, Story
from tests.crawler import client_of
from vitre_civique.accounts.models import User

pytestmark = pytest.mark.django_db
# What signing in, being somewhere, and counting who asks leave behind.
UNCOUNTED = {"django_session", "usersessions_usersession"}
# A believable answer to every form of the site at once.
ANSWERS = {
    "answer": "yes",
    "act": "agree",
    "shares": ["phone", "address"],
    "text": "Bonjour, voici quelques mots.",
    "reason": "Une raison assez longue pour être vraie.",
    "outcome": "attended",
    "minutes": "60",
    "states": "done",
    "rhythm": "never",
    "kind": "try",
    "confirm": "on",
    "email": "voleur@exemple.fr",
    "_save": "1",
    "post": "yes",
}
OF_PATH = [
    ("creneaux/", lambda: Slot.objects.filter(signups__isnull=False)),
    ("inscriptions/", Signup.objects.all),
    ("mes-invitations/", lambda: Invitation.objects.filter(sent_at__isnull=False)),
    ("messages/", Introduction.objects.all),
    ("faire-connaissance/", Introduction.objects.all),
    ("mes-propositions/", lambda: Mission.objects.filter(proposed_by__isnull=False)),
    ("remontees/nouvelle/", lambda: NeedReport.objects.filter(state="draft")),
    ("remontees/", lambda: NeedReport.objects.exclude(visibility="public")),
    ("recits/", Story.objects.all),
    ("missions/", Mission.objects.all),
    ("compte/accord-papier/", lambda: User.objects.filter(birth_date__isnull=False)),
]


def routes(patterns, prefix=""):
    for each in patterns:
        route = prefix + getattr(each.pattern, "_route", "")
        if hasattr(each, "url_patterns"):
            yield from routes(each.url_patterns, route)
        elif hasattr(each.pattern, "_route"):
            yield route


def numbers_for(route):
    """Two numbers of what this address speaks about."""
    if desk := re.match(r"gestion/(\w+)/(\w+)/", route):
        try:
            rows = apps.get_model(*desk.groups())._default_manager.all()
        except LookupError:
            return [1]
    else:
        rows = next((rows() for start, rows in OF_PATH if route.startswith(start)), None)
    return list(rows.order_by("pk").values_list("pk", flat=True).distinct()[:2]) if rows is not None else [1]


def addresses(start=""):
    slug = Quartier.objects.order_by("pk").values_list("slug", flat=True)[0]
    words = {"slug": slug, "month": f"{timezone.localdate():%Y-%m}", "word": "oui", "name": "publier"}
    for route in routes(get_resolver().url_patterns):
        if route.startswith(start) and not route.startswith(("demo/", "compte/deconnexion")):
            for number in numbers_for(route):
                yield "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda m, n=number: str(words.get(m[1], n)), route)


def rows_as_they_stand():
    """{table: set of fingerprints}: a row that changed or went is missing afterwards."""
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - UNCOUNTED):
            cursor.execute(f"SELECT md5(t::text) FROM {table} t")  # noqa: S608 (names from the catalogue)
            yield table, {fingerprint for (fingerprint,) in cursor.fetchall()}


def touched(before):
    after = dict(rows_as_they_stand())
    return {table: len(rows - after[table]) for table, rows in before.items() if rows - after[table]}


def added(before):
    after = dict(rows_as_they_stand())
    return {table for table, rows in before.items() if after[table] - rows}


@pytest.mark.parametrize(
    ("key", "start", "own"), [("autre", "", {"accounts_user": 1}), ("elue", "gestion/", {})]
)
def test_nobody_changes_what_is_not_theirs(demo, key, start, own):
    client, before = client_of(key), dict(rows_as_they_stand())

    answers = {}
    for address in addresses(start):
        if not client.session.get("_auth_user_id"):
            client = client_of(key)
        answers[address] = client.post(address, ANSWERS).status_code

    assert len(answers) > 60
    assert {address: status for address, status in answers.items() if status >= 500} == {}
    assert {table: rows for table, rows in touched(before).items() if own.get(table) != rows} == {}
    if start:
        assert added(before) == set()
