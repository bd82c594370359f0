"""The queue, the report's page, mandates and the evaluation at the desk, through the client."""

from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client

from missions.models import MissionReport
from quartiers import deadlines, mandates, needs, needs_queue, service_links
from quartiers.models import (
    AuthorLook,
    InternalNote,
    Mandate,
    NeedReport,
    NeedState,
    PublicStep,
    StandardAnswer,
)
from quartiers.statistics import lines
from quartiers.to_do import needs_to_do
from tests.desk.forms import fields_of, text_of
from tests.desk.people import client_of, create_staff
from tests.factories import NOW, TODAY, create_mission, create_quartier, create_user
from vitre_civique.lib.months import midnight
from vitre_civique.lib.small_cells import masked
from vitre_civique.lib.working_days import working_days_before, working_days_between
from vitre_civique.notifications.models import Notification

from .factories import create_category, create_referent, create_report

pytestmark = pytest.mark.django_db
QUEUE = "/gestion/quartiers/needreport/"
SECRET = "Devant chez la dame au chat."


@pytest.fixture(autouse=True)
def _at_ten(request):
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def agent():
    return create_staff(last_name="Agente")


@pytest.fixture
def client(agent):
    return client_of(agent)


def references(answer):
    return [report.pk for report in answer.context["cl"].result_list]


@pytest.mark.parametrize("number", [1, 3])
def test_queue_costs_the_same_for_one_and_three(client, django_assert_num_queries, number):
    for _ in range(number):
        create_report(NeedState.RECEIVED)
    client.get(QUEUE)
    with django_assert_num_queries(QUEUE_QUERIES):
        assert len(references(client.get(QUEUE))) == number


QUEUE_QUERIES = 8


@pytest.mark.parametrize("number", [1, 3])
def test_report_page_costs_the_same_with_one_step_or_three(client, agent, django_assert_num_queries, number):
    report = create_report(NeedState.RECEIVED)
    for n in range(number):
        PublicStep.objects.create(report=report, state="received", text=f"Étape {n}", at=NOW, by=agent)
        InternalNote.objects.create(report=report, text=f"Note {n}", at=NOW, by=agent)
        report.state_changes.create(to_state="received", at=NOW, by=agent)
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(f"{QUEUE}{report.pk}/change/")


PAGE_QUERIES = 16


def test_queue_puts_the_latest_first_and_filters(client, agent):
    late = create_report(NeedState.RECEIVED, answer_by=TODAY - timedelta(days=1))
    paused = create_report(NeedState.WAITING, answer_by=TODAY - timedelta(days=9))
    mine = create_report(NeedState.FILED, assigned_to=agent, street="Rue de la Hodeyère")
    very = create_report(NeedState.RECEIVED, answer_by=TODAY - timedelta(days=60))

    assert references(client.get(QUEUE)) == [very.pk, late.pk, mine.pk, paused.pk]
    assert references(client.get(QUEUE, {"retard": "oui"})) == [very.pk, late.pk]
    assert references(client.get(QUEUE, {"retard": "trois-fois"})) == [very.pk]
    assert references(client.get(QUEUE, {"suivi": "moi"})) == [mine.pk]
    assert references(client.get(QUEUE, {"etat": "filed"})) == [mine.pk]
    assert references(client.get(QUEUE, {"q": "hodeyere"})) == [mine.pk]
    assert references(client.get(QUEUE, {"q": late.reference})) == [late.pk]


def test_lateness_is_the_same_in_the_list_and_on_the_row():
    category = create_category(acknowledge_days=2, answer_days=10)
    for days in range(60):
        create_report(
            NeedState.RECEIVED, category=category, author=None, answer_by=TODAY - timedelta(days=days)
        )
    rows = list(NeedReport.objects.select_related("category"))

    one = {row.pk for row in rows if needs_queue.lateness(row, TODAY)}
    three = {row.pk for row in rows if needs_queue.lateness(row, TODAY) == needs_queue.VERY_LATE}

    assert one == {row.pk for row in needs_queue.late(NeedReport.objects.all(), TODAY)}
    assert three == {row.pk for row in needs_queue.very_late(NeedReport.objects.all(), TODAY)}
    assert 0 < len(three) < len(one) == 59


@pytest.mark.parametrize("day", [date(2027, 3, 30), date(2027, 5, 3), date(2026, 11, 21), date(2027, 1, 1)])
def test_working_days_before_is_the_inverse_of_between(day):
    """Easter Monday, 1 May on a Saturday, a Saturday, New Year."""
    for count in range(12):
        before = working_days_before(day, count)
        assert working_days_between(before, day) == count
        assert working_days_between(before + timedelta(days=1), day) < max(count, 1)


def test_page_keeps_private_words_from_the_civic_service(client):
    report = create_report(NeedState.RECEIVED, visibility="referents", public_summary="Un banc.", text=SECRET)
    path = f"{QUEUE}{report.pk}/change/"

    assert SECRET in text_of(client.get(path))
    visitor = client_of(create_staff("civic_service"))
    assert SECRET not in text_of(visitor.get(path))
    NeedReport.objects.update(visibility="staff")
    assert visitor.get(path).status_code == 404
    assert Client().get(path).status_code == 302


def test_author_is_seen_by_post_only_and_noted(client, agent):
    author = create_referent(create_quartier())
    author.first_name, author.last_name = "Canariette", "Canarison"
    author.save()
    report = create_report(author=author)
    needs.file(report, now=NOW)
    needs.withdraw(report, by=author, now=NOW)  # history knows who, and does not say it
    path = f"{QUEUE}{report.pk}/auteur/"

    assert str(report.author) not in text_of(client.get(path, follow=True))
    assert AuthorLook.objects.count() == 0
    assert str(report.author) in text_of(client.post(path))
    assert [look.by for look in AuthorLook.objects.all()] == [agent]
    assert client_of(create_staff("ccas")).post(path).status_code == 403


@pytest.mark.parametrize(
    "name", ["commencer", "prevoir", "transmettre", "question", "regler", "clore", "masquer"]
)
def test_each_act_asks_for_what_it_needs(client, name):
    report = create_report(NeedState.RECEIVED)
    path = f"{QUEUE}{report.pk}/faire/{name}/"
    data = fields_of(client.get(path)) | {"text": ""}

    answer = client.post(path, data)

    assert answer.status_code == 200
    assert "Rien n’est enregistré." in text_of(answer)
    assert NeedReport.objects.get().state == "received"


def test_agent_receives_then_plans(client):
    report = create_report(NeedState.FILED)
    path = f"{QUEUE}{report.pk}/faire/recevoir/"
    client.post(path, fields_of(client.get(path)) | {"summary": "Un banc cassé.", "visibility": "public"})
    path = f"{QUEUE}{report.pk}/faire/prevoir/"
    client.post(path, fields_of(client.get(path)) | {"on": "2026-12-01", "text": "Le 1er décembre."})

    fresh = NeedReport.objects.get()
    assert (fresh.state, fresh.visibility, fresh.planned_on) == ("planned", "public", date(2026, 12, 1))
    assert [step.text for step in PublicStep.objects.order_by("id")][1] == "Le 1er décembre."


def test_public_summary_with_a_phone_number_is_refused(client):
    report = create_report(NeedState.FILED)
    path = f"{QUEUE}{report.pk}/faire/recevoir/"

    answer = client.post(
        path, fields_of(client.get(path)) | {"summary": "Appeler le 06 12 34 56 78", "visibility": "public"}
    )

    assert answer.status_code == 200
    assert NeedReport.objects.get().state == "filed"


def test_second_agent_keeps_what_was_typed(client):
    report = create_report(NeedState.RECEIVED)
    path = f"{QUEUE}{report.pk}/faire/clore/"
    data = fields_of(client.get(path)) | {"reason": "not_ours", "text": "C’est au Département."}
    other = client_of(create_staff(last_name="Rapide"))
    quick = f"{QUEUE}{report.pk}/faire/commencer/"
    other.post(quick, fields_of(other.get(quick)))

    answer = client.post(path, data)

    assert "Rapide a agi sur cette remontée" in text_of(answer)
    assert "C’est au Département." in answer.content.decode()
    assert NeedReport.objects.get().state == "in_progress"


def test_standard_answer_fills_the_text(client):
    report = create_report(NeedState.RECEIVED)
    answer = StandardAnswer.objects.create(act="commencer", title="En route", text="Nous partons voir.")
    path = f"{QUEUE}{report.pk}/faire/commencer/?reponse={answer.pk}"

    assert fields_of(client.get(path))["text"] == "Nous partons voir."


@pytest.mark.parametrize("role", ["ccas", "civic_service"])
def test_other_roles_may_not_act(role):
    report = create_report(NeedState.RECEIVED, visibility="referents", public_summary="Un banc.")
    client = client_of(create_staff(role))

    for path in ("faire/commencer/", "suivi/", "categorie/", "resume/"):
        assert client.get(f"{QUEUE}{report.pk}/{path}").status_code == 403, path
    assert client.post(f"{QUEUE}{report.pk}/service/").status_code == 403


def test_bad_addresses_and_numbers_are_404(client):
    report = create_report(NeedState.RECEIVED)
    for path in (
        "abc/change/",
        f"{report.pk}/faire/inconnu/",
        "999999/change/",
        f"{report.pk}/photos/9/image/",
    ):
        assert client.get(QUEUE + path).status_code == 404, path


# --- A service by its link ---


def test_service_reads_and_answers_by_its_link_a_get_changes_nothing(client):
    report = create_report(NeedState.RECEIVED, text=SECRET)
    report.service.email = "voirie@exemple.fr"
    report.service.save()
    client.post(f"{QUEUE}{report.pk}/service/")
    path = f"/remontee-service/{service_links.token_of(report.service_links.get())}/"
    visitor = Client()

    page = visitor.get(path, {"reponse": "regler"})
    assert SECRET in text_of(page)
    assert report.author.last_name not in page.content.decode()
    assert NeedReport.objects.get().state == "received"
    data = fields_of(page, "form[method=post]#repondre") | {"text": "Banc remplacé.", "how": "mairie"}
    assert visitor.post(path, data).status_code == 302

    assert NeedReport.objects.get().state == "resolved"
    assert [row.to_email for row in Notification.objects.filter(kind="need_for_service")] == [
        "voirie@exemple.fr"
    ]
    client.post(f"{QUEUE}{report.pk}/service/", {"retirer": "1"})
    assert visitor.get(path).status_code == 404


# --- Mandates ---


def test_agent_appoints_signs_renews_and_ends(client):
    person, quartier = create_user(), create_quartier()
    path = "/gestion/quartiers/mandate/add/"
    data = {
        "referent": person.pk,
        "quartier": quartier.pk,
        "from_on": "2026-11-23",
        "until": "2026-12-15",
        "charter_signed_on": "",
    }
    client.post(path, data)
    mandate = Mandate.objects.get()
    assert mandate.appointed_by is not None
    assert not Mandate.objects.in_force(TODAY).exists()
    client.post(f"/gestion/quartiers/mandate/{mandate.pk}/faire/signer/", {"on": "2026-11-23"})
    assert Mandate.objects.in_force(TODAY).get() == mandate
    assert mandates.has_network(quartier, TODAY) is True
    card = client.get(f"/gestion/quartiers/mandate/{mandate.pk}/carte.pdf")
    assert card.content[:5] == b"%PDF-"

    assert mandates.to_renew(TODAY).get() == mandate
    assert (mandates.queue_renewal_reminders(now=NOW), mandates.queue_renewal_reminders(now=NOW)) == (1, 0)
    client.post(f"/gestion/quartiers/mandate/{mandate.pk}/faire/renouveler/", {"until": "2027-06-01"})
    assert list(mandates.to_renew(TODAY)) == []
    assert mandates.queue_renewal_reminders(now=NOW) == 0

    client.post(f"/gestion/quartiers/mandate/{mandate.pk}/faire/arreter/")
    assert not Mandate.objects.in_force(TODAY).exists()
    assert mandates.has_network(quartier, TODAY) is False


def test_term_that_overlaps_or_goes_backwards_is_refused():
    person, quartier = create_user(), create_quartier()
    term = {"from_on": TODAY, "until": TODAY + timedelta(days=365), "by": None}
    mandates.appoint(person, quartier, **term)

    for wrong in ({}, {"until": TODAY}, {"until": TODAY + timedelta(days=9999)}):
        with pytest.raises(mandates.MandateError):
            mandates.appoint(person, quartier, **(term | wrong))

    assert Mandate.objects.count() == 1


# --- Sweeps ---


def test_alerts_leave_once_to_who_follows_and_to_who_is_in_charge(agent):
    follower = create_staff("civic_service")
    create_report(NeedState.RECEIVED, answer_by=TODAY - timedelta(days=60), assigned_to=follower)
    create_report(NeedState.WAITING, answer_by=TODAY - timedelta(days=60))
    create_report(NeedState.RESOLVED, answer_by=TODAY - timedelta(days=60))

    assert (deadlines.queue_alerts(now=NOW), deadlines.queue_alerts(now=NOW)) == (2, 0)

    told = Notification.objects.order_by("id").values_list("kind", "recipient")
    assert list(told) == [("need_late", follower.pk), ("need_very_late", agent.pk)]


def test_elected_read_last_week_once_in_figures():
    elected = create_staff("elected")
    create_report(NeedState.FILED, filed_at=NOW - timedelta(days=5))
    create_report(NeedState.FILED, filed_at=NOW)

    assert (deadlines.queue_digests(now=NOW), deadlines.queue_digests(now=NOW)) == (1, 0)

    assert Notification.objects.get().recipient == elected
    figures = dict(deadlines.week_figures(date(2026, 11, 16), today=TODAY))
    assert figures["remontées reçues"] == 1


def test_start_page_counts_what_waits(client, agent):
    create_report(NeedState.FILED, acknowledge_by=TODAY + timedelta(days=2))
    create_report(NeedState.RECEIVED, answer_by=TODAY - timedelta(days=60))

    words = [line.sentence.replace("\u00a0", " ") for line in needs_to_do(agent, NOW)]

    assert words == [
        "1 remontée à trois fois le délai",
        "1 remontée en retard",
        "1 remontée à prendre en compte",
    ]
    for line in needs_to_do(agent, NOW):
        assert len(references(client.get(line.url))) == line.number, line.sentence
    assert "1 remontée en retard" in text_of(client.get("/gestion/"))


# --- A mission from a report ---


def test_mission_starts_from_the_public_summary_alone(client, agent):
    report = create_report(
        NeedState.RECEIVED,
        visibility="public",
        public_summary="Un banc à repeindre.",
        text=SECRET,
        street="Rue X",
    )
    path = f"/gestion/missions/mission/add/?remontee={report.pk}"
    page = client.get(path)
    data = fields_of(page)
    assert (data["title"], data["public_text"]) == ("Un banc à repeindre.", "Un banc à repeindre.")
    assert SECRET not in page.content.decode()
    assert "Rue X" not in page.content.decode()

    client.post(path, data | {"_continue": "1"})

    mission = MissionReport.objects.get(report=report).mission
    mission.state = "done"
    mission.save()
    assert references(client.get(QUEUE, {"mission": "terminee"})) == [report.pk]
    assert "ce besoin est-il réglé" in text_of(client.get(f"{QUEUE}{report.pk}/change/"))
    assert NeedReport.objects.get().state == "received"


@pytest.mark.parametrize("fields", [{"visibility": "staff"}, {"state": "filed"}, {"state": "resolved"}])
def test_no_mission_from_what_is_not_public_or_not_open(client, fields):
    report = create_report(
        **{"state": "received", "visibility": "public", "public_summary": "Canari."} | fields
    )

    page = client.get(f"/gestion/missions/mission/add/?remontee={report.pk}")

    assert "Canari" not in page.content.decode()


# --- Evaluation ---


def fill_year(count, quartier, **fields):
    category = create_category(family="comfort")
    for _ in range(count):
        report = create_report(
            NeedState.RECEIVED,
            quartier=quartier,
            category=category,
            author=None,
            filed_at=NOW - timedelta(days=10),
            **fields,
        )
        report.state_changes.create(to_state="in_progress", at=NOW - timedelta(days=6))


def test_lines_of_a_year_count_by_quartier_and_month():
    here, there = create_quartier(name="A"), create_quartier(name="B")
    fill_year(3, here)
    create_report(NeedState.RESOLVED, quartier=here, reopened_count=1, is_settled_for_author=True)
    mission = create_mission()
    MissionReport.objects.create(mission=mission, report=NeedReport.objects.first(), at=NOW)
    create_report(NeedState.FILED, quartier=there, filed_at=midnight(date(2025, 12, 31)))

    line = lines(2026, by_month=False)[0]

    assert (line.quartier, line.reports, line.by_family["comfort"]) == ("A", 4, 4)
    assert (line.answer_days, line.reopened, line.satisfaction, line.missions) == (4.0, 1, 1.0, 1)
    assert [(line.quartier, line.month) for line in lines(2026, by_month=True)] == [("A", date(2026, 11, 1))]
    assert [line.quartier for line in lines(2025, by_month=False)] == ["B"]


def test_evaluation_page_and_file(client):
    fill_year(3, create_quartier(name="Le Rachapt"))

    assert "Le Rachapt 3 0 0 3" in text_of(client.get(f"{QUEUE}evaluation/"))
    for file_format, start in (("csv", b"\xef\xbb\xbf"), ("ods", b"PK")):
        answer = client.post(f"{QUEUE}evaluation/export/", {"file_format": file_format})
        assert answer.content.startswith(start)


def test_elected_see_no_small_cell_and_no_file():
    fill_year(12, create_quartier(name="Grand"))
    fill_year(3, create_quartier(name="Petit"))
    visitor = client_of(create_staff("elected"))

    words = text_of(visitor.get(f"{QUEUE}evaluation/"))

    assert "Petit moins de 11 moins de 11 moins de 11 moins de 11" in words
    assert "Toute la ville 15" not in words
    assert visitor.post(f"{QUEUE}evaluation/export/", {"file_format": "csv"}).status_code == 403
    assert visitor.get(QUEUE).status_code == 403


@pytest.mark.parametrize(
    "rows",
    [[[12, 3], [20, 30]], [[12, 12], [3, 20], [15, 15]], [[1, 2], [3, 4]], [[50, 60], [70, 80]], [[11, 0]]],
)
def test_masked_table_gives_no_cell_back_by_difference(rows):
    table = masked(rows, 11)
    whole = [[*row, sum(row)] for row in rows]
    whole.append([sum(column) for column in zip(*whole, strict=True)])

    grid = [*table, *[list(column) for column in zip(*table, strict=True)]]
    truth = [*whole, *[list(column) for column in zip(*whole, strict=True)]]
    for line, real in zip(grid, truth, strict=True):
        hidden = [number for shown, number in zip(line, real, strict=True) if shown is None]
        assert all(number >= 11 for number in line if number is not None)
        assert len(hidden) != 1, (rows, table)
        if hidden and line[-1] is not None:
            assert sum(hidden) >= 11, (rows, table)


def test_errors_are_told(client):
    report = create_report(NeedState.RECEIVED)
    path = f"{QUEUE}{report.pk}/note/"
    assert client.post(path, {"text": ""}).status_code == 200
    client.post(path, {"text": "Vu avec la voirie."})
    assert [note.text for note in InternalNote.objects.all()] == ["Vu avec la voirie."]


def test_referent_of_an_ended_mandate_is_no_longer_one():
    user = create_referent()
    mandates.end(user.mandates.get(), now=NOW)
    assert not user.mandates.in_force(TODAY).exists()
