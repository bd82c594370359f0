"""With years of reports, queue, map and feeds read no more rows than they show: what each query touches."""

import json

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from quartiers import deadlines, routing
from quartiers.models import NeedReport, Quartier
from tests.desk.people import client_of, create_staff
from tests.factories import NOW, TODAY
from vitre_civique.demo.town import seed_town

pytestmark = pytest.mark.django_db
REPORTS, READ_AT_MOST = 4000, 1100
QUEUE = "/gestion/quartiers/needreport/"


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def quartier():
    seed_town(volunteers=20, missions=2, reports=REPORTS, seed=7, today=TODAY, say=lambda sentence: None)
    return Quartier.objects.filter(is_pilot=True).order_by("id").first()


def rows_read(statement):
    """How many rows of reports and of their steps PostgreSQL looks at to answer a statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
        plan = cursor.fetchone()[0]
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return sum(_scanned(plan[0]["Plan"]))


def _scanned(node):
    if node.get("Relation Name") in ("quartiers_needreport", "quartiers_publicstep"):
        removed = sum(value for name, value in node.items() if name.startswith("Rows Removed"))
        yield (node["Actual Rows"] + removed) * node["Actual Loops"]
    for inner in node.get("Plans", []):
        yield from _scanned(inner)


def most_read(queries):
    asked = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    about = [sql for sql in asked if "quartiers_needreport" in sql or "quartiers_publicstep" in sql]
    return {sql: read for sql in about if (read := rows_read(sql)) > READ_AT_MOST}


def test_pages_read_what_they_show_and_not_all_there_ever_was(client, quartier):
    report = NeedReport.objects.public().latest("filed_at")
    desk, slug = client_of(create_staff()), quartier.slug
    paths = [
        (desk, QUEUE),
        (desk, f"{QUEUE}?etat=received"),
        (desk, f"{QUEUE}?etat=ouvertes"),
        (desk, f"{QUEUE}?retard=oui"),
        (desk, f"{QUEUE}?retard=trois-fois"),
        (desk, f"{QUEUE}?q=RB-{report.pk}"),
        (desk, f"{QUEUE}{report.pk}/change/"),
        (desk, "/gestion/"),
        (client, reverse("quartiers:reports")),
        (client, reverse("quartiers:quartier_reports", args=[slug])),
        (client, report.get_absolute_url()),
        (client, reverse("missions:map")),
        (client, reverse("missions:town_month")),
        (client, reverse("missions:quartier_month", args=[slug])),
        (client, reverse("quartiers:reports_atom", args=[slug])),
        (client, reverse("quartiers:works_ics", args=[slug])),
        (client, reverse("quartiers:reports_geojson", args=[slug])),
        (client, reverse("open311:requests", args=["json"])),
    ]
    greedy = {}
    for reader, path in paths:
        with CaptureQueriesContext(connection) as queries:
            assert reader.get(path).status_code == 200
        greedy |= {(path, sql): read for sql, read in most_read(queries).items()}
    assert greedy == {}


def test_sweeps_ask_as_often_for_few_as_for_many(quartier):
    """Routing and alerts: once everything is done, a sweep costs the same few statements."""
    routing.route_new()
    deadlines.queue_alerts(now=NOW)
    with CaptureQueriesContext(connection) as queries:
        assert (routing.route_new(), deadlines.queue_alerts(now=NOW)) == (0, 0)
    assert len(queries) <= 12
