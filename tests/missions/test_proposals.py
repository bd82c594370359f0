"""Residents propose: a short form, a kind screening, drafts, the mairie's questions, three at most."""

from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse

from missions.models import Gesture, Mission, PrivatePlace
from missions.planning import publish, refuse_mission, return_with_question
from tests.factories import NOW, create_mission, create_quartier, create_slot, create_user
from vitre_civique.notifications.models import Notification

pytestmark = pytest.mark.django_db
PROPOSE = "/proposer-une-mission/"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def resident(client):
    user = create_user()
    client.force_login(user)
    return user


def answers(**changes):
    return {
        "title": "Tailler une petite haie",
        "text": "Une haie à hauteur d’épaule, l’outil est sur place.",
        "public_place": "",
        "minutes": "90",
        "places": "2",
        "day_1": "2026-11-26",
        "hour_1": "14:30",
        "act": "send",
        **changes,
    }


def words(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def test_sending_a_proposal_writes_it_and_tells_the_person(client, resident):
    gesture = Gesture.objects.create(name="Tailler une haie", kind="interpersonal", help_kind="garden")
    quartier = create_quartier()

    response = client.post(
        PROPOSE,
        answers(
            gesture=gesture.pk,
            quartier=quartier.pk,
            address="3, rue du Canari",
            day_2="2026-11-28",
            hour_2="10:00",
        ),
        follow=True,
    )

    mission = Mission.objects.get()
    assert (mission.state, mission.kind, mission.help_kind) == ("submitted", "interpersonal", "garden")
    assert (mission.proposed_by, mission.beneficiary, mission.quartier) == (resident, resident, quartier)
    slots = mission.slots.order_by("starts_at")
    assert [(s.starts_at, s.minutes, s.places) for s in slots] == [
        (NOW.replace(day=26, hour=14, minute=30), 90, 2),
        (NOW.replace(day=28, hour=10), 90, 2),
    ]
    assert mission.private_place.address == "3, rue du Canari"
    assert list(Notification.objects.values_list("kind", "recipient_id")) == [
        ("mission_submitted", resident.pk)
    ]
    assert "La mairie relit." in words(response)
    assert client.get(mission.get_absolute_url()).status_code == 404


def test_a_draft_waits_is_changed_and_sent(client, resident):
    client.post(PROPOSE, answers(act="draft"))
    mission = Mission.objects.get()
    page = reverse("missions:proposal", args=[mission.pk])

    assert "C’est un brouillon" in words(client.get(page))
    form = BeautifulSoup(client.get(page + "modifier/").content, "html.parser")
    assert form.select_one("#id_title")["value"] == "Tailler une petite haie"
    assert form.select_one("#id_hour_1 option[selected]")["value"] == "14:30"
    client.post(page + "modifier/", answers(title="Tailler deux haies", act="draft", hour_1="15:00"))
    client.post(page + "envoyer/")

    mission.refresh_from_db()
    assert (mission.title, mission.state, mission.slots.get().starts_at.minute) == (
        "Tailler deux haies",
        "submitted",
        0,
    )
    assert client.get(page + "modifier/").url == page
    client.post(page + "modifier/", answers(title="Trop tard"))
    mission.refresh_from_db()
    assert mission.title == "Tailler deux haies"


def test_question_refusal_and_publication_are_said(client, resident):
    asked, refused, published = (
        create_slot(create_mission(state="submitted", proposed_by=resident)).mission for _ in range(3)
    )
    return_with_question(asked, by=None, question="Avez-vous l’échelle ?", now=NOW)
    refuse_mission(refused, by=None, reason="La ville s’en charge.", now=NOW)
    publish(published, by=None, now=NOW)

    for mission, sentence in (
        (asked, "La mairie vous demande : Avez-vous l’échelle ?"),
        (refused, "n’a pas retenu votre proposition : La ville s’en charge."),
        (published, "C’est publié."),
    ):
        assert sentence in words(client.get(reverse("missions:proposal", args=[mission.pk])))
    client.post(reverse("missions:edit_proposal", args=[asked.pk]), answers(text="Oui, dans l’appentis."))
    asked.refresh_from_db()
    assert (asked.state, asked.public_text) == ("submitted", "Oui, dans l’appentis.")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "Dites en quelques mots"),
        ({"title": "x" * 91}, "90 caractères au plus"),
        ({"text": ""}, "Expliquez en une ou deux phrases"),
        ({"text": "🌿" * 501}, "500 caractères au plus"),
        ({"text": "Je donne 20 € à qui vient."}, "Ici, tout est gratuit"),
        ({"title": "Ménage payé"}, "Ici, tout est gratuit"),
        ({"title": "Appelez le 06 12 34 56 78"}, "Retirez d’ici un numéro de téléphone"),
        ({"public_place": "chez marie@exemple.fr"}, "Retirez d’ici une adresse e-mail"),
        ({"day_1": ""}, "Choisissez un jour dans la liste."),
        ({"hour_1": ""}, "Choisissez une heure dans la liste."),
        ({"day_1": "2026-02-30"}, "n’en fait pas partie"),
        ({"day_1": "2026-11-23", "hour_1": "09:00"}, "Cette heure est déjà passée"),
        ({"day_2": "2026-11-27"}, "Donnez le jour et l’heure ensemble."),
        ({"minutes": "-5"}, "n’en fait pas partie"),
        ({"places": "<script>"}, "n’en fait pas partie"),
        ({"gesture": "999999"}, "choix"),
    ],
)
def test_bad_input_is_a_sentence_and_nothing_is_lost_or_written(client, resident, changes, sentence):
    response = client.post(PROPOSE, answers(**changes))

    page = BeautifulSoup(response.content, "html.parser")
    assert page.title.get_text(strip=True).startswith("Erreur")
    assert sentence in words(response)
    kept = answers(**changes)
    assert page.select_one("#id_text").get_text().lstrip("\r\n") == kept["text"]
    assert page.select_one("#id_title").get("value", "") == kept["title"]
    assert Mission.objects.count() == 0
    assert Notification.objects.count() == 0


def test_contact_details_are_flagged_then_corrected_or_given_to_an_agent(client, resident):
    text = "Appelez-moi au 06 12 34 56 78, je suis malade."

    flagged = client.post(PROPOSE, answers(text=text))
    assert Mission.objects.count() == 0
    page = words(flagged)
    for said in ("un numéro de téléphone", "une information de santé", "Envoyer à un agent seulement", text):
        assert said in page
    client.post(PROPOSE, answers(text=text, act="agent"))

    mission = Mission.objects.get()
    assert (mission.state, mission.internal_note) == ("submitted", text)
    assert "06 12" not in mission.public_text + mission.search_text
    assert "06 12" not in str(list(Notification.objects.values()))


def test_a_fourth_open_request_waits(client, resident):
    for n in range(3):
        client.post(PROPOSE, answers(title=f"Haie {n}"))

    page = client.get(PROPOSE)
    refused = client.post(PROPOSE, answers(title="Une de trop"))

    assert "Vous avez déjà trois demandes en cours." in words(page)
    assert "Vous avez déjà trois demandes en cours." in words(refused)
    assert Mission.objects.count() == 3
    client.post(reverse("missions:drop_proposal", args=[Mission.objects.first().pk]))
    client.post(PROPOSE, answers(title="Maintenant"))
    assert Mission.objects.filter(state="submitted").count() == 3


def test_somebody_else_s_proposal_is_unknown(client, resident):
    mission = create_mission(state="draft", proposed_by=create_user())

    for name in ("proposal", "edit_proposal"):
        assert client.get(reverse(f"missions:{name}", args=[mission.pk])).status_code == 404
    for name in ("submit_proposal", "drop_proposal", "edit_proposal"):
        assert client.post(reverse(f"missions:{name}", args=[mission.pk]), answers()).status_code == 404
    mission.refresh_from_db()
    assert mission.state == "draft"


def test_taking_back_is_for_what_is_still_open(client, resident):
    mission = create_slot(create_mission(state="submitted", proposed_by=resident)).mission
    publish(mission, by=None, now=NOW)

    response = client.post(reverse("missions:drop_proposal", args=[mission.pk]), follow=True)

    assert "ne se retire plus ici" in words(response)
    mission.refresh_from_db()
    assert mission.state == "published"


def test_a_huge_body_is_refused_and_written_nowhere(client, resident):
    response = client.post(PROPOSE, answers(text="x" * 10_000_000))

    assert response.status_code in (400, 413)
    assert Mission.objects.count() == PrivatePlace.objects.count() == 0


@pytest.mark.parametrize("number", [1, 3])
def test_my_proposals_cost_the_same_however_many(client, resident, django_assert_num_queries, number):
    for _ in range(number):
        create_slot(create_mission(state="draft", proposed_by=resident, quartier=create_quartier()))
    client.get("/mes-propositions/")

    with django_assert_num_queries(4):
        client.get("/mes-propositions/")
