"""« J’ai besoin d’un coup de main »: five pages, a draft found again, kind refusals, three open at most."""

from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from missions import requests
from missions.asking_forms import WhatForm
from missions.asking_limits import limits_in
from missions.catalogue import load_catalogue
from missions.models import Gesture, Mission, RequestDraft, RequestWish
from missions.planning import PlanningError
from missions.proposals import KEPT_FOR_AGENT
from tests.factories import NOW, create_quartier, create_user
from tests.missions.test_races import at_once
from vitre_civique.accounts.models import User
from vitre_civique.notifications.models import Notification

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _monday_morning(db):
    load_catalogue()
    with time_machine.travel(NOW, tick=False):
        yield


def url(step):
    return reverse(f"missions:ask_{step}")


def words(answer):
    return " ".join(BeautifulSoup(answer.content, "html.parser").get_text(" ").split())


def hedge():
    return Gesture.objects.get(name="Tailler une haie")


def fill(client, quartier=None, **changes):
    """Walk the four questions; what the last page answered."""
    pages = {
        "who": {"for_whom": "me"},
        "what": {"gesture": hedge().pk, "text": "Une petite haie, l’outil est là."},
        "when": {"day_1": "2026-11-26", "part_1": "morning", "day_2": "2026-11-27", "part_2": "afternoon"},
        "where": {"quartier": quartier.pk if quartier else "inconnu", "address": "3, rue du Canari"},
    }
    answer = None
    for step, data in pages.items():
        answer = client.post(url(step), {**data, **changes.get(step, {})})
        if answer.status_code != 302:
            return answer
    return answer


def test_a_stranger_asks_with_a_phone_number_alone(client):
    quartier = create_quartier()
    assert fill(client, quartier)["Location"] == url("check")
    page = client.get(url("check"))
    assert "3, rue du Canari" in words(page)
    answer = client.post(url("check"), {"first_name": "Yvonne", "phone": "02 99 00 00 42"})
    assert answer["Location"] == url("sent")
    mission = Mission.objects.get()
    person = User.objects.get()
    assert (person.email, person.phone, person.preferred_channel, person.origin) == (
        None,
        "+33299000042",
        "phone",
        "online",
    )
    assert (mission.state, mission.kind, mission.title, mission.quartier) == (
        "submitted",
        "interpersonal",
        "Tailler une haie",
        quartier,
    )
    assert (mission.beneficiary, mission.proposed_by) == (person, person)
    assert (mission.private_place.address, mission.private_place.phone) == (
        "3, rue du Canari",
        "+33299000042",
    )
    assert "3, rue du Canari" not in mission.public_text + mission.search_text
    assert [(str(w.day), w.part) for w in RequestWish.objects.order_by("day")] == [
        ("2026-11-26", "morning"),
        ("2026-11-27", "afternoon"),
    ]
    assert RequestDraft.objects.count() == 0
    assert Notification.objects.values_list("kind", "channel", "recipient").get() == (
        "mission_submitted",
        "phone",
        person.pk,
    )
    assert mission.request_reference in words(client.get(url("sent")))


def test_the_same_number_is_the_same_person_and_three_requests_are_enough(client):
    for _ in range(3):
        fill(client)
        assert client.post(url("check"), {"first_name": "Y", "phone": "0299000042"}).status_code == 302
    fill(client)
    answer = client.post(url("check"), {"first_name": "Y", "phone": "0299000042"})
    assert "Trois demandes sont déjà en cours" in words(answer)
    assert (Mission.objects.count(), User.objects.count()) == (3, 1)


def test_someone_signed_in_asks_for_someone_close(client):
    anne = create_user(first_name="Anne")
    client.force_login(anne)
    fill(client, who={"for_whom": "close", "first_name": "Yvonne", "agrees": "on"})
    client.post(url("check"))
    mission = Mission.objects.get()
    assert (mission.proposed_by, mission.beneficiary.first_name, mission.beneficiary.created_by) == (
        anne,
        "Yvonne",
        anne,
    )


def test_nobody_asks_for_somebody_who_does_not_know(client):
    answer = client.post(url("who"), {"for_whom": "close", "first_name": "Yvonne"})
    assert "Demandez-lui d’abord" in words(answer)
    assert RequestDraft.objects.count() == 0


def test_a_draft_is_found_again_on_another_device_for_seven_days(client):
    client.post(url("who"), {"for_whom": "me"})
    client.post(url("what"), {"gesture": hedge().pk, "text": ""})
    draft = RequestDraft.objects.get()
    assert draft.spelled_code in words(client.get(url("when")))
    phone = Client()
    answer = phone.post(url("resume"), {"code": draft.spelled_code.lower()})
    assert answer["Location"] == url("when")
    assert "ne correspond à aucune demande" in words(Client().post(url("resume"), {"code": "AAAA AAAA"}))
    with time_machine.travel(NOW + 7 * DAY, tick=False):
        assert "ne correspond à aucune demande" in words(Client().post(url("resume"), {"code": draft.code}))
        assert requests.forget_drafts(now=NOW + 7 * DAY) == 1
        assert requests.forget_drafts(now=NOW + 7 * DAY) == 0


def test_the_draft_of_a_person_follows_them_and_nobody_else(client):
    anne, other = create_user(), create_user()
    client.force_login(anne)
    client.post(url("who"), {"for_whom": "me"})
    code = RequestDraft.objects.get().code
    elsewhere, stranger = Client(), Client()
    elsewhere.force_login(anne)
    stranger.force_login(other)
    assert elsewhere.get(url("check"))["Location"] == url("what")
    assert stranger.get(url("check"))["Location"] == url("who")
    assert "ne correspond" in words(stranger.post(url("resume"), {"code": code}))


def test_reading_writes_nothing(client):
    for step in ("who", "what", "when", "where", "check", "resume", "sent"):
        client.get(url(step))
    assert RequestDraft.objects.count() == 0


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Aller chercher mes médicaments", "medicine"),
        ("Passer à la pharmacie", "medicine"),
        ("M’emmener à l’hôpital mardi", "transport"),
        ("Retirer de l’argent avec ma carte bleue", "money"),
        ("Je peux confier mes clés", "keys"),
        ("Refaire un pansement", "care"),
        ("Aide à la toilette le matin", "care"),
        ("Un retrait au distributeur de billets", "money"),
        ("Un virement à faire", "money"),
    ],
)
def test_what_neighbours_do_not_do_is_said_kindly_with_a_number(client, text, name):
    assert [limit.name for limit in limits_in(text)][0] == name
    answer = client.post(url("what"), {"gesture": hedge().pk, "text": text})
    assert limits_in(text)[0].sentence.replace("\u00a0", " ") in words(answer).replace("\u00a0", " ")
    assert RequestDraft.objects.count() == 0


@pytest.mark.parametrize(
    "text",
    [
        "Une clé à molette serait utile",
        "Prendre soin du jardin",
        "Aller au marché ensemble",
        "Je marche avec des béquilles",
        "Le retrait d’un colis au point relais",
        "Remplir le distributeur de croquettes",
        "Du produit liquide pour les vitres",
    ],
)
def test_ordinary_words_pass(text):
    assert limits_in(text) == []


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("Chez Mme Durand, 12 bis, rue de la Poterie", ["name", "address"]),
        ("Code et 06 12 34 56 78, yvonne@exemple.fr", ["email", "phone"]),
        ("Après sa chimio et son AVC", ["health", "health"]),
        ("Au 3, avenue d’Helmstedt le matin", ["address"]),
        ("Rue de la Poterie, le 12 au matin", []),
        ("Deux places assises, 3 chaises", []),
    ],
)
def test_free_text_is_screened_for_all_that_points_at_somebody(text, labels):
    form = WhatForm({"gesture": hedge().pk, "text": text})
    assert form.is_valid()
    assert [found.kind for found in form.findings] == labels


def test_what_must_not_be_public_is_changed_or_goes_to_an_agent_only(client):
    data = {"gesture": hedge().pk, "text": "Appelez le 06 12 34 56 78"}
    answer = client.post(url("what"), data)
    assert "Envoyer à un agent seulement" in words(answer)
    assert RequestDraft.objects.count() == 0
    client.force_login(create_user())
    fill(client, what={**data, "act": "agent"})
    client.post(url("check"))
    mission = Mission.objects.get()
    assert (mission.public_text, mission.internal_note) == (KEPT_FOR_AGENT, "Appelez le 06 12 34 56 78")
    assert "06 12" not in mission.search_text


def test_the_catalogue_is_searched_without_accents(client):
    page = client.get(url("what"), {"mots": "HAÏE"})
    names = [
        each.get_text()
        for each in BeautifulSoup(page.content, "html.parser").select(".gesture-choice strong")
    ]
    assert names == ["Tailler une haie"]
    assert "pharmacie" in words(client.get(url("what"), {"mots": "médicaments"}))


def test_the_catalogue_offers_sixty_gestures_between_neighbours_each_with_its_drawing(client):
    page = BeautifulSoup(client.get(url("what")).content, "html.parser")
    choices = page.select(".gesture-choice")
    assert len(choices) >= 60
    assert [each.get_text(strip=True) for each in choices if each.find("svg") is None] == []
    assert all(each.find("strong").get_text() and each.select_one(".quiet").get_text() for each in choices)


def test_how_it_came_in_the_agreement_and_the_notice_are_on_record(client):
    client.force_login(create_user())
    fill(client, who={"for_whom": "close", "first_name": "Yvonne", "agrees": "on"})
    client.post(url("check"))
    row = Mission.objects.values_list("origin", "agreed_at", "notice_read_at").get()
    assert row == ("online", NOW, NOW)


@pytest.mark.parametrize(
    ("step", "data", "said"),
    [
        ("who", {}, "Dites si c’est pour vous"),
        ("what", {"gesture": "999999"}, "Choisissez un coup de main dans la liste."),
        ("what", {"gesture": "x"}, "Choisissez un coup de main dans la liste."),
        ("when", {"day_1": "2026-11-23"}, "Ce jour n’est plus proposé"),
        ("when", {}, "Choisissez un jour dans la liste."),
        ("where", {"quartier": "0"}, "Choisissez le quartier dans la liste"),
        ("resume", {"code": ""}, "Écrivez le code"),
    ],
)
def test_bad_input_is_said_in_words(client, step, data, said):
    answer = client.post(url(step), data)
    assert (answer.status_code, said in words(answer)) == (200, True)


def test_a_robot_is_stopped_openly(client):
    fill(client)
    answer = client.post(url("check"), {"first_name": "Y", "phone": "0299000042", "website": "http://x"})
    assert "robots" in words(answer)
    assert Mission.objects.count() == 0


def test_the_address_is_asked_only_when_the_gesture_needs_it(client):
    client.post(url("who"), {"for_whom": "me"})
    walk = Gesture.objects.get(name="Se promener ensemble")
    client.post(url("what"), {"gesture": walk.pk, "text": ""})
    assert "L’adresse exacte" not in words(client.get(url("where")))


@pytest.mark.django_db(transaction=True)
def test_two_tabs_send_once():
    load_catalogue()
    user = create_user()
    answers = {
        "who": {"for_whom": "me"},
        "what": {"gesture": hedge().pk, "text": "", "for_agent_only": False},
        "when": {"wishes": [["2026-11-26", "morning"]]},
        "where": {"quartier": None, "address": "", "instructions": ""},
    }
    draft = RequestDraft.objects.create(owner=user, answers=answers, created_at=NOW, expires_at=NOW + DAY)
    outcomes = at_once(
        *[lambda: requests.send_draft(RequestDraft(pk=draft.pk, answers=answers), asker=user, now=NOW)] * 4
    )
    assert sorted(type(each).__name__ for each in outcomes) == ["Mission", *[PlanningError.__name__] * 3]
    assert Mission.objects.count() == 1
