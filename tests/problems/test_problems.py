"""« Signaler un problème »: anybody tells, somebody is told, an agent answers once within seven days."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.urls import reverse

from tests.conftest import text_of
from tests.desk.people import client_of, create_staff
from tests.factories import NOW, TODAY, create_mission, create_user
from tests.mail.conftest import deliver_all
from tests.missions.test_races import at_once
from vitre_civique.lib.states import TransitionError
from vitre_civique.notifications.models import Notification
from vitre_civique.problems import reporting
from vitre_civique.problems.models import Problem

pytestmark = pytest.mark.django_db
URL = "/signaler-un-probleme/"
TOLD = {"kind": "accessibility", "page": "Mon heure", "text": "Les mois se chevauchent avec ma loupe."}


@pytest.fixture(autouse=True)
def _monday_morning():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


def words(answer):
    return " ".join(BeautifulSoup(answer.content, "html.parser").get_text(" ").split())


def sent_from_the_page(**change):
    """What the form holds when somebody fills it: its own token, drawn with the page."""
    return {**TOLD, "token": str(uuid.uuid4()), **change}


def test_a_stranger_tells_and_is_acknowledged_with_date_service_and_reference(client, mailbox):
    answer = client.post(URL, sent_from_the_page(email="passante@exemple.fr"), follow=True)

    problem = Problem.objects.get()
    assert (problem.user, problem.email, problem.state) == (None, "passante@exemple.fr", "received")
    assert problem.due_on == TODAY + timedelta(days=7)
    assert problem.reference in words(answer)
    assert "lundi 30 novembre 2026" in words(answer)
    deliver_all(NOW)
    (message,) = mailbox.to("passante@exemple.fr")
    assert problem.reference in message["Subject"]
    body = " ".join(text_of(message).split())
    assert "lundi 23 novembre 2026 à 10 h" in body
    assert "service vie des quartiers" in body
    assert Notification.objects.get().to_email == ""  # nobody's address stays once written to


def test_somebody_signed_in_leaves_no_address_and_without_any_the_page_says_to_call(client):
    user = create_user()
    client.force_login(user)
    assert "email" not in {
        tag["name"] for tag in BeautifulSoup(client.get(URL).content, "html.parser").select("input[name]")
    }
    client.post(URL, sent_from_the_page())
    client.logout()
    alone = client.post(URL, sent_from_the_page(), follow=True)

    assert list(Problem.objects.order_by("pk").values_list("user", "email")) == [(user.pk, ""), (None, "")]
    assert "rappelez la mairie avec cette référence" in words(alone)
    assert Notification.objects.count() == 1


def test_the_links_say_where_one_was(client):
    mission = create_mission()
    page = BeautifulSoup(client.get(mission.get_absolute_url()).content, "html.parser")
    form = BeautifulSoup(
        client.get(page.find("a", href=lambda url: url and "?page=" in url)["href"]).content, "html.parser"
    )
    declaration = BeautifulSoup(client.get("/accessibilite/").content, "html.parser")
    asked = declaration.find("a", string="Signaler un défaut d’accessibilité")["href"]

    assert form.find(id="id_page")["value"] == mission.get_absolute_url()
    chosen = BeautifulSoup(client.get(asked).content, "html.parser").select("input[name=kind][checked]")
    assert [tag["value"] for tag in chosen] == ["accessibility"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": ""}, "Choisissez une réponse"),
        ({"text": ""}, "Dites en une phrase"),
        ({"text": "a" * 501}, "Plus court"),
        ({"text": "Appelez le 06 12 34 56 78"}, "Retirez ceci"),
        ({"email": "passante@"}, "Écrivez une adresse complète"),
        ({"website": "http://x"}, "Laissez ce champ vide"),
        ({"token": ""}, "rechargez-la et recommencez"),
        ({"token": "x"}, "rechargez-la et recommencez"),
    ],
)
def test_bad_input_is_a_sentence_and_nothing_is_written(client, change, sentence):
    answer = client.post(URL, sent_from_the_page(**change))

    assert sentence in words(answer)
    assert Problem.objects.count() == 0


def test_sent_twice_it_is_told_once_and_with_other_words_nothing_is_lost(client, mailbox):
    page = BeautifulSoup(client.get(URL).content, "html.parser")
    sent = {**TOLD, "email": "passante@exemple.fr", "token": page.find(id="id_token")["value"]}
    first, second = (client.post(URL, sent, follow=True) for _ in range(2))
    other = client.post(URL, {**sent, "text": "Le bouton ne répond pas."})

    problem = Problem.objects.get()
    assert problem.reference in words(first)
    assert words(first) == words(second)
    assert "Cette page a déjà servi : rechargez-la pour signaler autre chose." in words(other)
    assert "Le bouton ne répond pas." in words(other)
    assert len(BeautifulSoup(other.content, "html.parser").select(".error-summary")) == 1
    assert BeautifulSoup(client.get(URL).content, "html.parser").find(id="id_token")["value"] != sent["token"]
    deliver_all(NOW)
    assert len(mailbox.to("passante@exemple.fr")) == 1


@pytest.mark.django_db(transaction=True)
def test_eight_threads_on_one_form_make_one_problem():
    user, token = create_user(), uuid.uuid4()
    outcomes = at_once(*[lambda: reporting.report(**TOLD, user=user, email="", token=token, now=NOW)] * 8)

    problem = Problem.objects.get()
    assert outcomes == [problem] * 8
    assert problem.state_changes.count() == 1
    assert Notification.objects.count() == 1


def test_a_sixth_problem_in_a_minute_waits(client):
    statuses = [client.post(URL, sent_from_the_page()).status_code for _ in range(6)]

    assert statuses == [302] * 5 + [429]
    assert Problem.objects.count() == 5


def test_an_agent_answers_once_and_the_start_page_presses_when_it_is_due(mailbox):
    told = {**TOLD, "user": create_user(), "email": "", "now": NOW}
    problem = reporting.report(**told)
    client = client_of(create_staff("agent"))
    url = reverse("admin:problems_problem_answer", args=[problem.pk])

    assert "1 problème du site signalé, à répondre" in words(client.get("/gestion/"))
    assert "Écrivez la réponse" in words(client.post(url, {"text": ""}))
    client.post(url, {"text": "C’est corrigé."})
    second = client.post(url, {"text": "Encore"}, follow=True)

    assert "rien n’a changé" in words(second)
    problem.refresh_from_db()
    assert (problem.state, problem.answer) == ("answered", "C’est corrigé.")
    assert "problème du site" not in words(client.get("/gestion/"))
    deliver_all(NOW)
    assert "C’est corrigé." in text_of(mailbox.messages[-1])
    with pytest.raises(TransitionError):
        reporting.answer(problem, "Encore", by=None, now=NOW)


def test_only_who_answers_reads_them():
    problem = reporting.report(**TOLD, user=None, email="passante@exemple.fr", now=NOW)
    for role in ("civic_service", "elected"):
        client = client_of(create_staff(role))
        assert client.get(reverse("admin:problems_problem_changelist")).status_code == 403
        answer = reverse("admin:problems_problem_answer", args=[problem.pk])
        assert client.post(answer, {"text": "Non"}).status_code == 403
