"""The start page and the lists of the desk: what they count, find and cost."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection

from missions import statistics
from missions.desk import to_do
from missions.models import Mission
from missions.statistics import MonthFigures, month_figures, recent_month_figures, shown
from tests.factories import (
    NOW,
    create_mission,
    create_quartier,
    create_signup,
    create_slot,
    create_user,
    create_volunteer,
)
from vitre_civique.accounts.desk import DeskPaginator
from vitre_civique.lib.months import PARIS
from vitre_civique.notifications.models import Notification
from volunteers.models import HourEntry

from .forms import text_of
from .people import client_of, create_staff

pytestmark = pytest.mark.django_db
MISSIONS = "/gestion/missions/mission/"
MONTH = datetime(2026, 11, 1, tzinfo=PARIS).date()


@pytest.fixture
def client():
    return client_of(create_staff())


def titles(answer):
    return [mission.title for mission in answer.context["cl"].result_list]


def fill_the_day():
    create_mission(state="submitted"), create_mission(state="submitted")
    create_slot(starts_at=NOW + timedelta(days=1)), create_slot(starts_at=NOW + timedelta(days=1, hours=2))
    create_slot(create_mission(state="suspended"), starts_at=NOW + timedelta(days=1))
    create_slot(starts_at=NOW + timedelta(hours=3))
    taken = create_slot(starts_at=NOW + timedelta(days=1))
    create_signup(taken, state="pending", expires_at=NOW + timedelta(days=1))
    create_signup(create_slot(starts_at=NOW - timedelta(days=1)))
    gone = create_signup(create_slot(starts_at=NOW + timedelta(hours=5)), state="withdrawn")
    gone.state_changes.create(from_state="confirmed", to_state="withdrawn", at=NOW - timedelta(hours=1))
    early = create_signup(create_slot(starts_at=NOW + timedelta(hours=6)), state="withdrawn")
    early.state_changes.create(from_state="confirmed", to_state="withdrawn", at=NOW - timedelta(days=9))
    person = create_user(email=None, phone="+33299750000", preferred_channel="phone")
    for key, fields in {
        "a": {"channel": "phone"},
        "b": {"channel": "phone"},
        "c": {"state": "set_aside"},
    }.items():
        Notification.objects.create(
            recipient=person, kind="signup_confirmed", dedupe_key=key, due_at=NOW, **fields
        )


def test_to_do_counts_what_needs_an_agent_most_pressing_first():
    fill_the_day()

    lines = to_do(NOW)

    assert [(line.number, line.sentence.replace("\u00a0", " ")) for line in lines] == [
        (1, "1 désistement de dernière minute"),
        (3, "3 créneaux sans volontaire aujourd’hui"),
        (2, "2 créneaux sans volontaire demain"),
        (2, "2 demandes à valider"),
        (1, "1 inscription à confirmer"),
        (1, "1 présence à noter"),
        (1, "1 personne sans e-mail à prévenir"),
        (1, "1 message non remis"),
    ]


@time_machine.travel(NOW, tick=False)
def test_each_to_do_line_leads_to_exactly_what_it_counts(client):
    fill_the_day()

    for line in to_do(NOW):
        rows = client.get(line.url).context["cl"].result_list
        people = {row.recipient_id for row in rows} if "a-appeler" in line.url else rows
        assert (line.sentence, len(people)) == (line.sentence, line.number)


def test_nothing_to_do_says_so(client):
    assert "Rien n’attend : tout est validé, pourvu et noté." in text_of(client.get("/gestion/"))


def test_start_page_costs_the_same_on_a_busy_day(client, django_assert_num_queries):
    fill_the_day()
    client.get("/gestion/")  # content types and the like

    with django_assert_num_queries(START_QUERIES):
        client.get("/gestion/")


START_QUERIES = 13


@pytest.mark.parametrize("number", [1, 3])
def test_mission_list_costs_the_same_for_one_and_three(client, django_assert_num_queries, number):
    for _ in range(number):
        create_signup(
            create_slot(create_mission(quartier=create_quartier()), starts_at=NOW + timedelta(days=400))
        )

    with django_assert_num_queries(LIST_QUERIES):
        client.get(MISSIONS)


LIST_QUERIES = 7


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(("path", "queries"), [("signup", 6), ("slot", 7)])
def test_other_lists_cost_the_same_for_one_and_three(
    client, django_assert_num_queries, number, path, queries
):
    for _ in range(number):
        create_signup(create_slot(create_mission(quartier=create_quartier())))

    with django_assert_num_queries(queries):
        client.get(f"/gestion/missions/{path}/")


def test_places_are_counted_without_cancelled_slots_nor_people_who_left(client):
    mission = create_mission()
    slot = create_slot(mission, places=3)
    create_slot(mission, places=5, cancelled_at=NOW)
    create_signup(slot), create_signup(slot, state="withdrawn")

    assert "1 sur 3" in text_of(client.get(MISSIONS))


@pytest.mark.parametrize("words", ["hodeyere", "HODEYÈRE", "promenade hodeyère", "d'eau"])
def test_search_ignores_accents_and_capitals(client, words):
    create_mission(title="Promenade à la Hodeyère", public_text="Le long du cours d’eau.")
    create_mission(title="Autre chose")

    assert titles(client.get(MISSIONS, {"q": words})) == ["Promenade à la Hodeyère"]


@time_machine.travel(NOW, tick=False)
def test_filters_find_what_they_say(client):
    quartier = create_quartier()
    here = create_mission(title="Ici", quartier=quartier)
    create_slot(here, starts_at=NOW + timedelta(days=2))
    filled = create_mission(title="Pourvue")
    create_signup(create_slot(filled, starts_at=NOW + timedelta(days=40)))
    create_mission(title="À valider", state="submitted", kind="interpersonal")

    assert titles(client.get(MISSIONS, {"etat": "submitted"})) == ["À valider"]
    assert titles(client.get(MISSIONS, {"kind__exact": "interpersonal"})) == ["À valider"]
    assert titles(client.get(MISSIONS, {"quartier__id__exact": quartier.pk})) == ["Ici"]
    assert titles(client.get(MISSIONS, {"mois": "2027-01"})) == ["Pourvue"]
    assert titles(client.get(MISSIONS, {"mois": "n’importe"})) == ["À valider", "Pourvue", "Ici"]
    assert titles(client.get(MISSIONS, {"vide": "oui"})) == ["Ici"]


def test_figures_of_the_month():
    for minutes in (60, 90):
        HourEntry.objects.create(
            volunteer=create_volunteer(), month=MONTH, minutes=minutes, source="declared"
        )
    create_signup(create_slot(create_mission()))
    create_slot(create_mission())
    create_slot(create_mission(state="draft"))

    assert month_figures(MONTH, now=NOW) == MonthFigures(150, 2, 2, 1)


def test_figures_of_a_month_are_of_now_in_a_town_and_of_the_last_minute_beyond(monkeypatch):
    create_slot()
    monkeypatch.setattr(statistics, "COUNTED_AFRESH_AT_MOST", 1)
    assert recent_month_figures(MONTH, now=NOW).missions_offered == 1
    create_slot()
    try:
        assert recent_month_figures(MONTH, now=NOW).missions_offered == 2
        create_slot()
        assert recent_month_figures(MONTH, now=NOW).missions_offered == 2
    finally:
        cache.clear()
    assert recent_month_figures(MONTH, now=NOW).missions_offered == 3


@pytest.mark.parametrize(
    ("people", "hides", "values"),
    [
        (10, True, ["non publié", "moins de 11", "4 sur 6"]),
        (11, True, ["2 h 30", "11", "4 sur 6"]),
        (10, False, ["2 h 30", "10", "4 sur 6"]),
    ],
)
def test_small_cells_are_hidden_for_elected_people(people, hides, values):
    figures = shown(MonthFigures(150, people, 6, 4), hides_small=hides)

    assert [figure.value.replace("\u00a0", " ") for figure in figures] == values


def test_elected_person_reads_figures_and_no_name():
    volunteer = create_volunteer(user=create_user(first_name="Zoé", last_name="Reconnaissable"))
    HourEntry.objects.create(volunteer=volunteer, month=MONTH, minutes=60, source="declared")
    create_signup(create_slot(), volunteer)

    page = client_of(create_staff("elected")).get("/gestion/").content.decode()

    assert ("Reconnaissable" in page, "À faire" in page, "volontaires actifs" in page) == (False, False, True)


def test_a_long_list_is_counted_from_memory_and_a_filtered_one_row_by_row(
    django_assert_num_queries, monkeypatch
):
    create_mission(), create_mission(state="draft")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE missions_mission")

    with django_assert_num_queries(3):
        assert DeskPaginator(Mission.objects.order_by("-id"), 50).count == 2
        assert DeskPaginator(Mission.objects.filter(state="draft"), 50).count == 1
        monkeypatch.setattr(DeskPaginator, "COUNT", DeskPaginator.COUNT.replace("20000", "1"))
        assert DeskPaginator(Mission.objects.order_by("-id"), 50).count == 2
