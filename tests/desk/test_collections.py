"""Collections in the desk: written with points and hours, published, closed, cancelled; tallies, export."""

import uuid
from datetime import timedelta

import pytest
import time_machine

from missions.models import Collection, DropOffPoint, OpeningHours
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
)
from vitre_civique.accounts.models import ExportLog
from vitre_civique.notifications.models import Notification

from .forms import errors_of, fields_of, messages_of, text_of
from .people import client_of, create_staff
from .test_exports import rows_of_csv

pytestmark = pytest.mark.django_db
LIST = "/gestion/missions/collection/"
TALLIES = "/gestion/missions/tally/"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(db):
    return client_of(create_staff(first_name="Anne", last_name="Agente"))


def act_url(collection, name):
    return f"{LIST}{collection.pk}/faire/{name}/"


def written(client, **changes):
    data = fields_of(client.get(f"{LIST}add/"), "#collection_form")
    data |= {
        "title": "Noël solidaire 2026",
        "public_text": "Une boîte, quelque chose de chaud.",
        "unit_one": "boîte",
        "unit_many": "boîtes",
        "goal": "1000",
        "starts_on": str(TODAY),
        "ends_on": str(TODAY + 20 * DAY),
        "points-0-public_place": "Salle du Temple",
        "points-0-quartier": str(create_quartier().pk),
        **changes,
    }
    return client.post(f"{LIST}add/", data, follow=True)


def test_a_collection_from_nothing_to_published(client):
    page = written(client)
    collection = Collection.objects.get()
    refused = client.post(act_url(collection, "publier"), follow=True)
    point = DropOffPoint.objects.get()
    url = f"/gestion/missions/dropoffpoint/{point.pk}/change/"
    hours = fields_of(client.get(url), "#dropoffpoint_form")
    hours |= {
        "hours-0-first_day": "0",
        "hours-0-last_day": "4",
        "hours-0-opens_at": "14:00",
        "hours-0-closes_at": "18:00",
    }
    client.post(url, hours, follow=True)
    done = client.post(act_url(collection, "publier"), follow=True)

    assert errors_of(page) == []
    assert (collection.slug, collection.state) == ("noel-solidaire-2026", "draft")
    assert collection.state_changes.first().to_state == "draft"
    assert messages_of(refused) == ["Ajoutez un point de dépôt et ses horaires avant de publier."]
    assert [str(row) for row in OpeningHours.objects.all()] == ["du lundi au vendredi, de 14\xa0h à 18\xa0h"]
    assert messages_of(done) == ["La collecte est publiée : tout le monde la voit."]
    assert Collection.objects.get().state == "published"
    assert "Salle du Temple : du lundi au vendredi de 14 h à 18 h" in text_of(done).replace(" :", " :")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"goal": "0"}, "Donnez un objectif entre 1 et 100 000."),
        ({"ends_on": str(TODAY - DAY)}, "Le dernier jour ne peut pas venir avant le premier."),
        ({"organiser": "association"}, "Choisissez l’association qui organise la collecte."),
        ({"slug": "deja-la"}, "Une autre collecte a déjà cette adresse."),
        ({"title": "!!!"}, "Écrivez une adresse, par exemple : noel-solidaire-2026."),
    ],
)
def test_what_makes_no_sense_is_said_and_not_kept(client, changes, sentence):
    create_collection(slug="deja-la")

    page = written(client, **changes)

    assert sentence in text_of(page)
    assert Collection.objects.count() == 1


def test_hours_that_overlap_are_said(client):
    point = create_point(hours=((0, 4, 9, 12),))
    url = f"/gestion/missions/dropoffpoint/{point.pk}/change/"
    data = fields_of(client.get(url), "#dropoffpoint_form")
    data |= {
        "hours-1-first_day": "2",
        "hours-1-last_day": "2",
        "hours-1-opens_at": "11:00",
        "hours-1-closes_at": "13:00",
    }

    page = client.post(url, data)

    assert "Deux horaires se recouvrent : gardez-en un seul." in text_of(page)
    assert OpeningHours.objects.count() == 1


def test_cancelling_says_how_many_are_told_then_tells_them(client):
    collection = create_collection()
    signup = create_signup(create_slot(create_mission(collection=collection)))

    page = client.get(act_url(collection, "annuler"))
    empty = client.post(act_url(collection, "annuler"), {"text": " "})
    unmoved = Collection.objects.get().state
    done = client.post(act_url(collection, "annuler"), {"text": "La salle est inondée."}, follow=True)

    assert "1 personne sera prévenue" in text_of(page)
    assert "Écrivez cette phrase" in text_of(empty)
    assert unmoved == "published"
    assert messages_of(done) == [
        "La collecte et ses missions sont annulées : les personnes inscrites sont prévenues."
    ]
    assert Notification.objects.values_list("recipient", "kind").get() == (
        signup.volunteer.user_id,
        "mission_cancelled",
    )


def test_closing_asks_first_and_the_second_agent_reads_what_happened(client):
    collection = create_collection()

    asked = client.get(act_url(collection, "clore"))
    unmoved = Collection.objects.get().state
    client.post(act_url(collection, "clore"), follow=True)
    late = client.post(act_url(collection, "clore"), follow=True)

    assert "Vérifiez les comptages" in text_of(asked)
    assert (unmoved, Collection.objects.get().state) == ("published", "done")
    assert messages_of(late) == ["Ce n’est pas possible : la collecte est maintenant « Terminée »."]
    assert client.get(f"{LIST}{collection.pk}/change/").status_code == 200
    assert "Publiée → Terminée" in text_of(client.get(f"{LIST}{collection.pk}/history/"))
    assert client.post(f"{LIST}{collection.pk}/change/", {"title": "Autre"}).status_code == 403


@pytest.mark.parametrize(
    ("role", "found"),
    [
        ("agent", {"publier": 200, "clore": 200, "annuler": 200, "export": 200, "corriger": 200}),
        ("ccas", {"publier": 200, "clore": 200, "annuler": 200, "export": 200, "corriger": 200}),
        ("civic_service", {"publier": 403, "clore": 403, "annuler": 403, "export": 403, "corriger": 403}),
        ("elected", {"publier": 403, "clore": 403, "annuler": 403, "export": 403, "corriger": 403}),
    ],
)
def test_each_role_acts_as_the_matrix_says(role, found):
    tally = create_tally()
    collection = tally.point.collection
    visitor = client_of(create_staff(role))
    urls = {name: act_url(collection, name) for name in ("publier", "clore", "annuler")}
    urls |= {"export": f"{TALLIES}export/", "corriger": f"{TALLIES}{tally.pk}/corriger/"}

    assert {name: visitor.get(url).status_code for name, url in urls.items()} == found
    assert client_of(create_user()).get(urls["clore"], follow=True).status_code == 403


def test_tallies_show_who_counted_and_who_corrected_why(client):
    tally = create_tally(by=create_user(first_name="Zoé", last_name="Compte"), count=120)
    data = {"token": str(uuid.uuid4()), "right_count": "12", "reason": "Un zéro de trop"}

    done = client.post(f"{TALLIES}{tally.pk}/corriger/", data, follow=True)
    said = text_of(done)

    assert messages_of(done) == ["C’est corrigé. Le premier nombre reste, avec votre motif."]
    assert "120 → 12" in said
    assert "Zoé Compte" in said
    assert "-108 Anne Agente Corrige 120 du lundi 23 novembre 2026 à 9 h : Un zéro de trop" in said
    assert client.post(f"{TALLIES}{tally.pk}/change/", {"count": 1}).status_code == 403


def test_export_has_figures_and_no_name(client):
    point = create_point(public_place="Salle du Temple", quartier=create_quartier(name="Le Rachapt"))
    by = create_user(first_name="Zoé", last_name="Secrète")
    tally = create_tally(point, by=by, count=12, note="avec Zoé Secrète")
    create_tally(point, by=by, count=-2, corrects=tally, reason="Zoé Secrète s’est trompée")
    create_tally(count=7)

    filters = f"?point__collection__id__exact={point.collection_id}"
    answer = client.post(f"{TALLIES}export/{filters}", {"file_format": "csv"})
    as_ods = client.post(f"{TALLIES}export/{filters}", {"file_format": "ods"})

    head, *lines = rows_of_csv(answer)
    assert head == ["Collecte", "Point de dépôt", "Quartier", "Le", "Reçu", "Remis", "Unité", "Correction"]
    assert sorted(line[4:] for line in lines) == [
        ["-2", "0", "boîtes", "oui"],
        ["12", "0", "boîtes", ""],
    ]
    assert lines[0][:4] == ["Noël solidaire", "Salle du Temple", "Le Rachapt", "23/11/2026 09:00"]
    assert "Secrète" not in answer.content.decode()
    assert as_ods.content[:2] == b"PK"
    assert ExportLog.objects.count() == 0


def test_start_page_shows_how_far_collections_are_and_which_to_close(client):
    create_tally(create_point(create_collection(title="Noël solidaire 2026")), count=120)
    overdue = create_collection(title="Restée ouverte", ends_on=TODAY - DAY)

    said = text_of(client.get("/gestion/"))
    rows = client.get(f"{LIST}?etat=a-clore").context["cl"].result_list

    assert "1 collecte à clore" in said
    assert "Noël solidaire 2026 120 boîtes sur 1" in said
    assert list(rows) == [overdue]
    assert "Noël solidaire 2026 120" in text_of(client_of(create_staff("elected")).get("/gestion/"))


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(("url", "queries"), [(LIST, 6), (TALLIES, 8)])
def test_lists_cost_the_same_for_one_and_three(client, django_assert_num_queries, number, url, queries):
    for _ in range(number):
        tally = create_tally(by=create_user())
        create_tally(tally.point, by=create_user(), corrects=tally, count=1, reason="Une de plus.")
    client.get(url)

    with django_assert_num_queries(queries):
        client.get(url)
