"""Pages of collections: what the public reads, who may count and correct, bad input, what each page costs."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from icalendar import Calendar

from missions.collection_forms import how_many
from missions.models import Suspension, Tally
from tests.desk.people import client_of, create_staff
from tests.factories import (
    NOW,
    TODAY,
    create_collection,
    create_mission,
    create_point,
    create_quartier,
    create_signup,
    create_slot,
    create_tally,
    create_user,
    create_volunteer,
)
from vitre_civique.personal_export import sections_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LIST = "/collectes/"


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def soup_of(response):
    return BeautifulSoup(response.content, "html.parser")


def words(response, selector="main"):
    return " ".join(soup_of(response).select_one(selector).get_text(" ").replace("\u202f", " ").split())


def count_url(collection):
    return f"{collection.get_absolute_url()}compter/"


def helper_of(collection, *, starts_at=NOW + HOUR, state="confirmed", **fields):
    """A volunteer with a place on a mission of the collection."""
    slot = create_slot(create_mission(collection=collection), starts_at=starts_at, places=9, **fields)
    return create_signup(slot, state=state, minutes=60 if state == "attended" else None).volunteer.user


def suspended(user):
    Suspension.objects.create(person=user, by=create_user(), reason="x", from_at=NOW)
    return user


def tally_data(where, **changes):
    return {"token": str(uuid.uuid4()), "kind": "received", "count": "12", "point": where.pk, **changes}


# --- The public pages ---


def test_page_says_where_when_what_and_how_far(client):
    collection = create_collection(
        title="Noël solidaire 2026",
        what_to_bring="Du chaud\n\nDu bon",
        what_not_to_bring="De l’alcool",
        starts_on=TODAY - 3 * DAY,
        ends_on=TODAY + 12 * DAY,
    )
    point = create_point(
        collection,
        public_place="Salle du Temple",
        quartier=create_quartier(name="Le Rachapt"),
        is_accessible=True,
        hours=((0, 4, 9, 12), (0, 4, 14, 18), (5, 5, 10, 12)),
    )
    create_tally(point, count=500), create_tally(point, count=140)
    create_tally(point, kind="handed_out", count=1)

    page = client.get(collection.get_absolute_url())
    said = words(page)

    assert "640 boîtes sur 1 000" in said
    assert "1 boîte déjà entre de bonnes mains" in said
    assert "Du vendredi 20 novembre au samedi 5 décembre 2026" in said
    assert "Aujourd’hui de 9 h à 12 h et de 14 h à 18 h" in said
    assert "Du lundi au vendredi de 9 h à 12 h et de 14 h à 18 h Le samedi de 10 h à 12 h" in said
    assert "Le Rachapt Accessible en fauteuil" in said
    assert [li.get_text(strip=True) for li in soup_of(page).select(".bring li")] == [
        "Du chaud",
        "Du bon",
        "De l’alcool",
    ]
    assert soup_of(page).select_one(".tally-received")["width"] == "640"
    assert soup_of(page).select_one("meta[property='og:title']")["content"] == "Noël solidaire 2026"
    assert "style=" not in page.content.decode()


@pytest.mark.parametrize(
    ("received", "sentence", "width"),
    [
        (0, "0 boîte sur 1 000", "0"),
        (1, "1 boîte sur 1 000", "1"),
        (1000, "1 000 boîtes sur 1 000", "1000"),
        (1400, "1 400 boîtes sur 1 000", "1000"),
    ],
)
def test_bar_never_leaves_its_frame(client, received, sentence, width):
    point = create_point()
    for start in range(0, received, 500):
        create_tally(point, count=min(500, received - start))

    page = client.get(point.collection.get_absolute_url())

    assert sentence in words(page)
    assert soup_of(page).select_one(".tally-received")["width"] == width
    assert ("L’objectif est atteint" in words(page)) == (received >= 1000)


def test_slots_look_like_missions_with_a_sign_up_each(client):
    collection = create_collection()
    mission = create_mission(collection=collection, title="Trier les boîtes")
    slot, full = create_slot(mission, places=2), create_slot(mission, starts_at=NOW + 9 * DAY)
    create_signup(full)
    create_slot(create_mission(title="Ailleurs"))
    create_slot(create_mission(title="Brouillon", state="draft", collection=collection))
    volunteer = create_volunteer()

    page = soup_of(client.get(collection.get_absolute_url()))
    links = [(a["href"], a.contents[0]) for a in page.select(".card-action a")]
    client.force_login(volunteer.user)
    create_signup(slot, volunteer)
    mine = soup_of(client.get(collection.get_absolute_url()))

    assert links == [
        (f"/creneaux/{slot.pk}/inscription/", "Je m’inscris"),
        (f"/creneaux/{full.pk}/inscription/", "Je me mets sur la liste"),
    ]
    assert [h3.get_text() for h3 in page.select(".mission-card h3")] == ["Trier les boîtes"] * 2
    assert [a["href"] for a in mine.select(".card-action a")] == [f"/creneaux/{full.pk}/inscription/"]
    assert len(mine.select(".card-state")) == 1


def test_mission_and_home_lead_to_the_collection(client):
    collection = create_collection(title="Noël solidaire 2026")
    create_point(collection)
    create_collection(title="Plus tard", starts_on=TODAY + DAY)
    create_collection(title="Finie", ends_on=TODAY - DAY)
    mission = create_slot(create_mission(collection=collection)).mission

    page = client.get(mission.get_absolute_url())
    home = soup_of(client.get("/"))

    assert collection.get_absolute_url() in [a.get("href") for a in soup_of(page).select("main a")]
    assert [h2.get_text() for h2 in home.select(".collection-block h2")] == ["Noël solidaire 2026"]
    assert home.select_one(".collection-block a")["href"] == collection.get_absolute_url()
    assert LIST in [a.get("href") for a in soup_of(client.get("/plan-du-site/")).select("main a")]
    assert LIST in [a.get("href") for a in soup_of(client.get("/missions/")).select("main a")]


def test_home_says_nothing_without_a_collection_under_way(client):
    create_collection(state="draft")

    assert soup_of(client.get("/")).select(".collection-block") == []


def test_list_shows_the_open_ones_then_the_ended(client):
    assert "Aucune collecte en ce moment" in words(client.get(LIST))
    create_collection(title="Finie", state="done")
    create_collection(title="Après", ends_on=TODAY + 40 * DAY)
    create_collection(title="Avant", ends_on=TODAY + DAY)
    create_collection(title="Brouillon", state="draft")
    create_collection(title="Annulée", state="cancelled")

    page = soup_of(client.get(LIST))

    assert [h3.get_text() for h3 in page.select(".mission-card h3")] == ["Avant", "Après", "Finie"]


def test_draft_is_seen_by_those_who_edit_and_cancelled_says_why(client):
    draft = create_collection(state="draft")
    cancelled = create_collection(state="cancelled", public_reason="La salle est inondée.")
    statuses = {
        "anonymous": client.get(draft.get_absolute_url()).status_code,
        "resident": client_of(create_user()).get(draft.get_absolute_url()).status_code,
        "agent": client_of(create_staff()).get(draft.get_absolute_url()).status_code,
        "ics": client_of(create_staff()).get(f"{draft.get_absolute_url()}agenda.ics").status_code,
        "unknown": client.get("/collectes/rien/").status_code,
    }

    assert statuses == {"anonymous": 404, "resident": 404, "agent": 200, "ics": 404, "unknown": 404}
    assert "Cette collecte est annulée. La salle est inondée." in words(
        client.get(cancelled.get_absolute_url())
    )


def test_calendar_holds_whole_days(client):
    collection = create_collection(title="Noël\r\nsolidaire", starts_on=TODAY, ends_on=TODAY + DAY)

    event = Calendar.from_ical(client.get(f"{collection.get_absolute_url()}agenda.ics").content).walk(
        "VEVENT"
    )[0]

    assert (event["dtstart"].dt, event["dtend"].dt) == (TODAY, TODAY + 2 * DAY)
    assert event["status"] == "CONFIRMED"
    assert str(event["uid"]).startswith(f"collecte-{collection.pk}@")


def test_script_in_a_title_is_only_text(client):
    collection = create_collection(title="<script>alert(1)</script>", what_to_bring="<b>gras</b>")

    for url in (collection.get_absolute_url(), LIST, "/"):
        page = client.get(url).content.decode()
        assert ("<script>alert" in page, "<b>gras" in page) == (False, False)


# --- Who may count ---


def test_who_may_count(client):
    collection = create_collection()
    create_point(collection)
    other = create_collection()
    people = {
        "helper of the day": helper_of(collection),
        "already noted": helper_of(collection, starts_at=NOW - 2 * HOUR, state="attended"),
        "helper of tomorrow": helper_of(collection, starts_at=NOW + DAY),
        "helper of yesterday": helper_of(collection, starts_at=NOW - DAY),
        "waiting": helper_of(collection, state="waiting"),
        "withdrawn": helper_of(collection, state="withdrawn"),
        "of a cancelled slot": helper_of(collection, cancelled_at=NOW),
        "of another collection": helper_of(other),
        "suspended at noon": suspended(helper_of(collection)),
        "stranger": create_user(),
        "agent": create_staff("agent"),
        "civic service": create_staff("civic_service"),
        "élu": create_staff("elected"),
    }

    found = {who: client_of(user).get(count_url(collection)).status_code for who, user in people.items()}
    anonymous = client.post(count_url(collection), {"count": 3})

    assert [who for who, status in found.items() if status == 200] == [
        "helper of the day",
        "already noted",
        "agent",
        "civic service",
    ]
    assert {status for who, status in found.items() if status != 200} == {403}
    assert (anonymous.status_code, anonymous.url.split("?")[0]) == (302, "/compte/connexion/")
    assert Tally.objects.count() == 0


def test_counting_from_a_phone_then_again_by_a_double_click(client):
    point = create_point(public_place="Salle du Temple")
    user = helper_of(point.collection)
    client.force_login(user)
    page = soup_of(client.get(count_url(point.collection)))
    data = tally_data(point, note="dont trois sans jeu")
    data["token"] = page.select_one("input[name=token]")["value"]

    first = client.post(count_url(point.collection), data, follow=True)
    second = client.post(count_url(point.collection), data, follow=True)

    assert "C’est noté : 12 boîtes (reçu), Salle du Temple." in words(first, "body")
    assert "C’était déjà noté : une seule fois compte." in words(second, "body")
    assert Tally.objects.values_list("count", "kind", "point", "by", "note", "at").get() == (
        12,
        "received",
        point.pk,
        user.pk,
        "dont trois sans jeu",
        NOW,
    )
    assert "12 boîtes (reçu), Salle du Temple, à 10 h" in words(second)
    assert soup_of(second).select_one(f"input[name=point][value='{point.pk}']").has_attr("checked")
    assert soup_of(second).select_one("input[name=token]")["value"] != data["token"]


@pytest.mark.parametrize(
    ("unit", "label"),
    [("boîtes", "Combien de boîtes"), ("écharpes", "Combien (écharpes)"), ("habits", "Combien (habits)")],
)
def test_the_question_is_good_french_whatever_the_unit(unit, label):
    assert how_many(unit) == label


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"count": ""}, "Écrivez un nombre, par exemple : 12."),
        ({"count": "douze"}, "Écrivez un nombre entier"),
        ({"count": "1.5"}, "Écrivez un nombre entier"),
        ({"count": "0"}, "Indiquez au moins 1."),
        ({"count": "-3"}, "Indiquez au moins 1."),
        ({"count": "501"}, "Indiquez 500 au plus"),
        ({"count": "9" * 400}, "Indiquez 500 au plus"),
        ({"point": ""}, "Choisissez le point de dépôt"),
        ({"point": "999999"}, "Choisissez un point de dépôt de la liste."),
        ({"point": "x'; drop table"}, "Choisissez un point de dépôt de la liste."),
        ({"kind": "stolen"}, "Choisissez « reçu » ou « remis »."),
        ({"kind": "handed_out"}, "Il n’en reste que 0"),
        ({"token": ""}, "rechargez-la"),
        ({"token": "abc"}, "rechargez-la"),
        ({"note": "Mme Durand, 06 12 34 56 78"}, "Retirez un numéro de téléphone"),
        ({"note": "x" * 141}, "140"),
    ],
)
def test_bad_input_is_said_and_counts_nothing(client, changes, sentence):
    point = create_point()
    client.force_login(helper_of(point.collection))

    answer = client.post(count_url(point.collection), tally_data(point, **changes))

    assert answer.status_code == 200
    assert sentence in words(answer)
    assert "Erreur" in soup_of(answer).title.get_text()
    assert Tally.objects.count() == 0


def test_a_point_of_another_collection_is_not_in_the_list(client):
    point, foreign, shut = create_point(), create_point(), create_point(is_active=False)
    client.force_login(helper_of(point.collection))

    for wrong in (foreign, shut):
        client.post(count_url(point.collection), tally_data(wrong))

    assert Tally.objects.count() == 0


def test_nothing_is_counted_by_get_nor_once_closed(client):
    point = create_point()
    client.force_login(helper_of(point.collection))
    client.get(count_url(point.collection), tally_data(point))
    type(point.collection).objects.update(state="done")

    answer = client.post(count_url(point.collection), tally_data(point))

    assert "Cette collecte n’est pas ouverte" in words(answer)
    assert Tally.objects.count() == 0


# --- Who may correct ---


def test_who_may_correct():
    collection = create_collection()
    point = create_point(collection)
    owner = helper_of(collection)
    today, yesterday = create_tally(point, by=owner), create_tally(point, by=owner, at=NOW - DAY)
    correction = create_tally(point, by=owner, corrects=today, count=1, reason="Une de plus.")
    people = {
        "owner": owner,
        "colleague": helper_of(collection),
        "stranger": create_user(),
        "agent": create_staff("agent"),
        "civic service": create_staff("civic_service"),
        "élu": create_staff("elected"),
    }

    def status(user, tally):
        return client_of(user).get(f"/comptages/{tally.pk}/corriger/").status_code

    assert {who: status(user, today) for who, user in people.items()} == {
        "owner": 200,
        "colleague": 404,
        "stranger": 404,
        "agent": 200,
        "civic service": 404,
        "élu": 404,
    }
    assert (status(owner, yesterday), status(people["agent"], yesterday)) == (404, 200)
    assert status(people["agent"], correction) == 404
    type(collection).objects.update(state="done")
    assert (status(owner, today), status(people["agent"], today)) == (404, 200)


def test_correcting_keeps_the_first_number_and_says_why(client):
    point = create_point()
    owner = helper_of(point.collection)
    tally = create_tally(point, by=owner, count=120)
    client.force_login(owner)
    url = f"/comptages/{tally.pk}/corriger/"

    wrong = client.post(url, {"token": str(uuid.uuid4()), "right_count": "", "reason": ""})
    named = client.post(
        url, {"token": str(uuid.uuid4()), "right_count": "12", "reason": "M. Durand s’est trompé"}
    )
    right = {"token": str(uuid.uuid4()), "right_count": "12", "reason": "Un zéro de trop"}
    done = client.post(url, right, follow=True)
    client.post(url, right)

    assert "Écrivez le bon nombre" in words(wrong)
    assert "Retirez le nom d’une personne" in words(named)
    assert "12 boîtes (reçu)" in words(done)
    assert list(Tally.objects.order_by("id").values_list("count", "by", "reason")) == [
        (120, owner.pk, ""),
        (-108, owner.pk, "Un zéro de trop"),
    ]


def test_what_one_counted_is_in_their_own_data():
    user = create_user()
    create_tally(create_point(public_place="Salle du Temple"), by=user, note="dont trois sans jeu")
    create_tally(note="d’une autre")

    section = next(each for each in sections_of(user) if each.key == "tallies")

    assert [row[1:] for row in section.rows] == [
        ["Noël solidaire", "Salle du Temple", "Reçu", "12", "dont trois sans jeu"]
    ]


# --- What pages cost ---


def full_collection(number):
    collection = create_collection()
    for n in range(number):
        point = create_point(collection, quartier=create_quartier(), hours=((0, 4, 9, 12), (5, 5, 9, 12)))
        create_tally(point), create_tally(point, kind="handed_out", count=2)
        mission = create_mission(collection=collection, quartier=create_quartier())
        create_signup(create_slot(mission, starts_at=NOW + DAY + n * HOUR, places=3))
        create_collection()
    return collection


@pytest.mark.parametrize("number", [1, 3])
def test_public_pages_cost_the_same_however_many(client, django_assert_num_queries, number):
    collection = full_collection(number)

    with django_assert_num_queries(4):  # the collection, points, their hours, slots
        client.get(collection.get_absolute_url())
    with django_assert_num_queries(1):
        client.get(LIST)


@pytest.mark.parametrize("number", [1, 3])
def test_counting_page_costs_the_same_however_many(client, django_assert_num_queries, number):
    collection = full_collection(number)
    user = helper_of(collection)
    for _ in range(number):
        tally = create_tally(collection.points.first(), by=user)
        create_tally(tally.point, by=user, corrects=tally, count=1, reason="Une de plus.")
    client.force_login(user)
    client.get(count_url(collection))

    with django_assert_num_queries(8):
        client.get(count_url(collection))
