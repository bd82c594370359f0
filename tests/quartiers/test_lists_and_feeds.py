"""The lists and feeds: public rows only, filters, pages, and a number of queries that does not grow."""

import html
import json
from datetime import timedelta
from xml.etree import ElementTree

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse
from icalendar import Calendar

from quartiers import browse, needs
from quartiers.browse import PAGE_SIZE
from quartiers.catalogue import load_categories, shipped
from quartiers.models import Category, NeedState, ServiceInCharge, Supporter
from quartiers.telling import write_step
from tests.factories import NOW, TODAY, create_quartier, create_user
from tests.quartiers.factories import create_category, create_referent, create_report
from tests.quartiers.pages import create_signed_in_referent

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def quartier():
    return create_quartier(name="Le Rachapt", slug="rachapt")


@pytest.fixture
def referent(quartier):
    return create_referent(quartier)


def published(quartier, referent, state=NeedState.IN_PROGRESS, **fields):
    fields = {"visibility": "public", "public_summary": "Le banc sera réparé.", **fields}
    return create_report(state, quartier=quartier, author=referent, **fields)


def words(response):
    return html.unescape(response.content.decode())


def listed(client, **filters):
    """The references of the reports a list shows, in order."""
    response = client.get(reverse("quartiers:reports"), filters)
    return [report.pk for report in response.context["reports"]]


def test_filters_meet(client, quartier, referent):
    elsewhere = create_quartier(name="La Gare", slug="gare")
    bench = published(quartier, referent, street="Place du Marchix")
    lamp = published(elsewhere, referent, NeedState.PLANNED, category=create_category(family="safety"))
    done = published(quartier, referent, NeedState.RESOLVED, public_summary="Fontaine réparée.")
    published(quartier, referent, visibility="referents")
    published(quartier, referent, visibility="staff")

    assert listed(client) == [done.pk, lamp.pk, bench.pk]
    assert listed(client, quartier="gare") == [lamp.pk]
    assert listed(client, famille="safety") == [lamp.pk]
    assert listed(client, etat="terminees") == [done.pk]
    assert listed(client, etat="prevues") == [lamp.pk]
    assert listed(client, etat="en-cours", quartier="rachapt") == [bench.pk]
    assert listed(client, mots="MARCHIX") == [bench.pk]
    assert listed(client, mots="fontaine reparee") == [done.pk]
    assert listed(client, famille="inconnue", etat="x", quartier="nulle-part") == [done.pk, lamp.pk, bench.pk]
    response = client.get(reverse("quartiers:quartier_reports", args=["gare"]))
    assert [report.pk for report in response.context["reports"]] == [lamp.pk]
    assert client.get(reverse("quartiers:quartier_reports", args=["nulle-part"])).status_code == 404


def test_pages_walk_through_everything_once_and_back(client, quartier, referent):
    category = create_category()
    made = [
        published(quartier, referent, category=category, filed_at=NOW - timedelta(hours=n // 2))
        for n in range(2 * PAGE_SIZE + 3)
    ]
    expected = [report.pk for report in sorted(made, key=lambda r: (r.filed_at, r.pk), reverse=True)]
    url, forward = reverse("quartiers:reports"), []
    while url:
        response = client.get(
            url if "?" not in url or url.startswith("/") else reverse("quartiers:reports") + url
        )
        forward.append([report.pk for report in response.context["reports"]])
        last, url = response, response.context["next_url"]
    assert [len(page) for page in forward] == [PAGE_SIZE, PAGE_SIZE, 3]
    assert sum(forward, []) == expected
    back = client.get(reverse("quartiers:reports") + last.context["previous_url"])
    assert [report.pk for report in back.context["reports"]] == forward[1]


@pytest.mark.parametrize("cursor", ["x", "1-", "-1", "9" * 40, "1-9999999999999999999", "٣-٣"])
def test_a_made_up_cursor_shows_a_page(client, quartier, referent, cursor):
    published(quartier, referent)
    for name in ("apres", "avant"):
        assert client.get(reverse("quartiers:reports"), {name: cursor}).status_code == 200


def test_empty_lists_say_what_will_be_there(client, quartier):
    assert "Rien n’est signalé ici" in words(
        client.get(reverse("quartiers:quartier_reports", args=["rachapt"]))
    )
    assert "Aucun besoin ne correspond" in words(client.get(reverse("quartiers:reports"), {"mots": "rien"}))


@pytest.mark.parametrize("count", [1, 3])
def test_public_pages_ask_the_same_number_of_queries(
    client, quartier, referent, count, django_assert_num_queries
):
    for _ in range(count):
        report = published(quartier, referent, NeedState.RECEIVED)
        needs.plan(report, by=create_user(), text="Travaux.", on=TODAY, now=NOW)
        Supporter.objects.create(report=report, user=create_user())
    addresses = {
        reverse("quartiers:reports"): 3,  # reports, their number, quartiers of the filter
        reverse("quartiers:quartier_reports", args=["rachapt"]): 3,
        reverse("quartiers:reports_atom", args=["rachapt"]): 3,
        reverse("quartiers:works_ics", args=["rachapt"]): 2,
        reverse("quartiers:reports_geojson", args=["rachapt"]): 2,
        report.get_absolute_url(): 3,  # the report, its steps, its photos
    }
    for address, number in addresses.items():
        with django_assert_num_queries(number):
            assert client.get(address).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_own_pages_ask_the_same_number_of_queries(client, quartier, count, django_assert_num_queries):
    me = create_signed_in_referent(client, quartier)
    for _ in range(count):
        create_report(author=me, quartier=quartier)
        published(quartier, me)
        followed = published(quartier, create_referent(quartier))
        Supporter.objects.create(report=followed, user=me)
    with django_assert_num_queries(9):
        response = client.get(reverse("quartiers:my_reports"))
    assert [len(response.context[name]) for name in ("drafts", "reports", "followed")] == [count] * 3


def test_atom_says_the_town_s_words_latest_first(client, quartier, referent):
    older = published(quartier, referent, NeedState.RECEIVED, filed_at=NOW - timedelta(days=9))
    newer = published(quartier, referent, filed_at=NOW - timedelta(days=1), street="Rue <basse> & haute")
    write_step(newer, "Bien reçu.", by=None, now=NOW - timedelta(hours=3))
    needs.plan(older, by=create_user(), text="Le 30, deux lattes.", on=TODAY, now=NOW)

    response = client.get(reverse("quartiers:reports_atom", args=["rachapt"]))

    feed = ElementTree.fromstring(response.content)  # noqa: S314 (we have just written it)
    entries = feed.findall(f"{ATOM}entry")
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert [entry.find(f"{ATOM}id").text for entry in entries][
        0
    ] == f"http://testserver{older.get_absolute_url()}"
    assert entries[0].find(f"{ATOM}updated").text.startswith("2026-11-23T")
    assert entries[0].find(f"{ATOM}summary").text == "Le banc sera réparé.\n\nLe 30, deux lattes."
    assert "Rue <basse> & haute" in entries[1].find(f"{ATOM}title").text


def test_works_are_whole_days_with_a_lasting_uid(client, quartier, referent):
    report = published(quartier, referent, NeedState.PLANNED, street="Rue basse")
    published(quartier, referent, NeedState.PLANNED, planned_on=TODAY - timedelta(days=40))
    published(quartier, referent, NeedState.PLANNED, visibility="referents")

    response = client.get(reverse("quartiers:works_ics", args=["rachapt"]))

    events = list(Calendar.from_ical(response.content).walk("VEVENT"))
    assert [str(event["uid"]) for event in events] == [f"remontee-{report.pk}@testserver"]
    assert events[0].decoded("dtstart") == report.planned_on
    assert str(events[0]["location"]) == "Rue basse, Le Rachapt, Vitré"


def test_geojson_holds_points_where_there_are(client, quartier, referent):
    published(quartier, referent)
    there = published(quartier, referent, longitude=-1.2, latitude=48.1)

    response = client.get(reverse("quartiers:reports_geojson", args=["rachapt"]))

    features = json.loads(response.content)["features"]
    assert [feature["geometry"] for feature in features] == [
        {"type": "Point", "coordinates": [-1.2, 48.1]},
        None,
    ]
    assert features[0]["id"] == there.reference
    assert sorted(features[0]["properties"]) == sorted(
        ["url", "categorie", "famille", "quartier", "lieu", "etat", "resume", "envoyee_le", "prevue_le"]
    )


def test_geojson_leads_to_what_follows_and_loses_nothing(client, quartier, referent, monkeypatch):
    monkeypatch.setattr(browse, "GEOJSON_AT_MOST", 2)
    wanted = [published(quartier, referent).reference for _ in range(5)][::-1]
    address, read = reverse("quartiers:reports_geojson", args=["rachapt"]), []

    while address:
        collection = json.loads(client.get(address).content)
        read.append([feature["id"] for feature in collection["features"]])
        address = next((link["href"] for link in collection.get("links", [])), "")

    assert read == [wanted[:2], wanted[2:4], wanted[4:]]


def test_a_mandate_ended_by_the_mairie_is_no_network(quartier):
    create_referent(quartier, ended_at=NOW - timedelta(hours=1))

    assert [q.referent_count for q in browse.quartiers_with_referents(TODAY)] == [0]


def test_catalogue_is_whole_and_leaves_the_town_s_changes(db):
    call_command("load_categories", verbosity=0)
    told = shipped()["category"]
    assert (Category.objects.count(), len(told) >= 25) == (len(told), True)
    assert set(Category.objects.values_list("family", flat=True)) == {"comfort", "health", "safety"}
    for category in Category.objects.select_related("service"):
        category.full_clean()
        assert category.hint, category.code
    ServiceInCharge.objects.filter(name="Espaces verts").update(name="Nature en ville")
    Category.objects.filter(code="trottoir").update(answer_days=30)
    Category.objects.filter(code="velo").delete()

    assert (load_categories(), load_categories()) == (1, 0)

    assert Category.objects.get(code="trottoir").answer_days == 30
    assert not ServiceInCharge.objects.filter(name="Espaces verts").exists()
