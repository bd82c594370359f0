"""Files that leave the desk: formats, formulas, names only with a reason and a log line."""

import csv
import io

import pytest
from django.test import Client
from openpyxl import load_workbook

from tests.factories import (
    create_mission,
    create_quartier,
    create_signup,
    create_slot,
    create_user,
    create_volunteer,
)
from vitre_civique.accounts.models import ExportLog
from vitre_civique.lib.spreadsheets import harmless

from .forms import text_of
from .people import client_of, create_staff

pytestmark = pytest.mark.django_db
MISSIONS = "/gestion/missions/mission/export/"
VOLUNTEERS = "/gestion/volunteers/volunteer/export/"
REASON = "Déclaration à l’assureur de la ville"


def rows_of_csv(answer):
    text = answer.content.decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def test_missions_as_csv_without_any_name():
    create_slot(
        create_mission(
            title="La haie",
            quartier=create_quartier(name="Le Rachapt"),
            proposed_by=create_user(last_name="Secret"),
        )
    )

    answer = client_of(create_staff()).post(MISSIONS, {"file_format": "csv"})

    head, line = rows_of_csv(answer)
    assert head == [
        "Numéro",
        "Titre",
        "Genre",
        "État",
        "Quartier",
        "Proposée par",
        "Association",
        "Prochain créneau",
        "Places",
        "Places prises",
        "Publiée le",
    ]
    assert line[1:5] == ["La haie", "Action pour la commune", "Publiée", "Le Rachapt"]
    assert "Secret" not in answer.content.decode()
    assert ExportLog.objects.count() == 0


def test_missions_export_follows_the_filters_of_the_list():
    create_mission(title="Brouillon", state="draft"), create_mission(title="Publiée")

    answer = client_of(create_staff()).post(f"{MISSIONS}?etat=draft", {"file_format": "csv"})

    assert [line[1] for line in rows_of_csv(answer)[1:]] == ["Brouillon"]


@pytest.mark.parametrize("attack", ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", " =1"])
def test_formulas_are_text(attack):
    create_mission(title=attack)
    client = client_of(create_staff())

    as_csv = rows_of_csv(client.post(MISSIONS, {"file_format": "csv"}))[1][1]
    book = load_workbook(io.BytesIO(client.post(MISSIONS, {"file_format": "xlsx"}).content))
    cell = list(book.active.rows)[1][1]

    assert as_csv == f"'{attack}"
    assert (cell.data_type, str(cell.value)[0]) == ("s", "'")


@pytest.mark.parametrize("unseen", ["\x01", "\x1f", "\r", "\u200b", "\ufeff", "\u00a0", "\n"])
def test_no_unseen_sign_smuggles_a_formula(unseen):
    assert harmless(f"{unseen}=cmd|' /C calc'!A0").lstrip("'\u00a0\n") == "=cmd|' /C calc'!A0"
    assert harmless(f"{unseen}=cmd|' /C calc'!A0").startswith("'")


def test_harmless_leaves_numbers_and_plain_words():
    assert [harmless(value) for value in (-3, "Rue d’En-Bas", "a\x00b", "14\u00a0h", None)] == [
        -3,
        "Rue d’En-Bas",
        "ab",
        "14\u00a0h",
        None,
    ]


def test_ods_opens_as_a_zip():
    create_mission()

    answer = client_of(create_staff()).post(MISSIONS, {"file_format": "ods"})

    assert (answer.content[:2], answer["Content-Disposition"]) == (
        b"PK",
        'attachment; filename="missions.ods"',
    )


@pytest.mark.parametrize("reason", ["", "   ", "court"])
def test_names_need_a_reason(reason):
    create_volunteer(user=create_user(last_name="Secret"))

    answer = client_of(create_staff()).post(VOLUNTEERS, {"file_format": "csv", "reason": reason})

    assert answer["Content-Type"].startswith("text/html")
    assert ("Secret" in text_of(answer), ExportLog.objects.count()) == (False, 0)


def test_names_leave_with_a_log_line():
    agent = create_staff()
    create_volunteer(
        user=create_user(first_name="Zoé", last_name="Le Goff", email="zoe@exemple.fr", phone="+33299750001")
    )

    answer = client_of(agent).post(VOLUNTEERS, {"file_format": "csv", "reason": REASON})

    assert rows_of_csv(answer)[1][:4] == ["Le Goff", "Zoé", "zoe@exemple.fr", "02 99 75 00 01"]
    line = ExportLog.objects.get()
    assert (line.by, line.what, line.row_count, line.file_format, line.reason) == (
        agent,
        "volunteers",
        1,
        "csv",
        REASON,
    )


def test_names_ask_who_it_is_again_after_a_while():
    client = Client()
    client.force_login(create_staff())

    answer = client.post(VOLUNTEERS, {"file_format": "csv", "reason": REASON})

    assert (answer.status_code, answer.url.startswith("/compte/")) == (302, True)
    assert ExportLog.objects.count() == 0


def test_insurer_gets_who_comes_and_nobody_else():
    mission = create_mission()
    slot = create_slot(mission, places=5)
    people = {
        state: create_volunteer(user=create_user(last_name=state))
        for state in ("confirmed", "withdrawn", "waiting")
    }
    for state, volunteer in people.items():
        create_signup(slot, volunteer, state=state)
    create_signup(create_slot(), create_volunteer(user=create_user(last_name="ailleurs")))

    answer = client_of(create_staff()).post(
        f"/gestion/missions/mission/{mission.pk}/assurance/", {"file_format": "csv", "reason": REASON}
    )

    assert [line[0] for line in rows_of_csv(answer)[1:]] == ["confirmed"]
    assert list(ExportLog.objects.values_list("what", "subject")) == [("insurer", f"mission-{mission.pk}")]


@pytest.mark.parametrize("role", ["ccas", "civic_service", "elected"])
def test_other_roles_take_no_names(role):
    mission = create_mission()
    client = client_of(create_staff(role))
    data = {"file_format": "csv", "reason": REASON}

    codes = [
        client.post(path, data).status_code
        for path in (VOLUNTEERS, f"/gestion/missions/mission/{mission.pk}/assurance/")
    ]

    assert (codes, ExportLog.objects.count()) == ([403, 403], 0)


def test_a_list_is_never_downloaded_by_get():
    create_mission()
    client = client_of(create_staff())

    assert client.get(MISSIONS)["Content-Type"].startswith("text/html")
    assert client.get(f"{MISSIONS}?file_format=csv").status_code == 404
