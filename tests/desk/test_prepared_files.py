"""Long lists: written by a worker while the page is closed, given to who asked, for a day (UX-12, SEC-26)."""

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import default_storage

from missions.models import Mission
from tests.desk.forms import text_of
from tests.desk.people import client_of, create_staff
from tests.factories import NOW, create_mission, create_user, create_volunteer
from vitre_civique.accounts import files
from vitre_civique.accounts.models import ExportLog, PreparedFile
from volunteers.models import Volunteer

pytestmark = pytest.mark.django_db
EXPORT = "/gestion/volunteers/volunteer/export/"
ASKED = {"file_format": "csv", "reason": "Inviter tout le monde à la rencontre"}


@pytest.fixture(autouse=True)
def _small_town(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(files, "AT_ONCE_AT_MOST", 2)
    monkeypatch.setattr(files, "CHUNK", 2)
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def agent():
    return create_staff("agent")


def clock():
    return NOW


def rows_of(answer):
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content), delimiter=";"))


def test_a_long_list_is_logged_when_asked_and_written_by_a_worker(agent):
    people = [create_volunteer(user=create_user(last_name=f"Essai {n}")) for n in "abcde"]
    client = client_of(agent)

    page = text_of(client.post(EXPORT, ASKED, follow=True))

    assert "0 sur 5" in page
    assert "Vous pouvez fermer cette page" in page
    assert list(ExportLog.objects.values_list("row_count", "reason")) == [(5, ASKED["reason"])]
    file = PreparedFile.objects.get()
    take = f"/gestion/accounts/preparedfile/{file.pk}/prendre/"
    assert client.get(take).status_code == 404
    create_volunteer()  # came later: not in the list that was asked for
    people[0].user.delete()  # went meanwhile

    assert files.prepare_next(clock=clock).pk == file.pk
    assert files.prepare_next(clock=clock) is None

    file.refresh_from_db()
    assert (file.state, file.done_count, file.pks) == ("ready", 5, [])
    assert [row["Nom"] for row in rows_of(client.get(take))] == [f"Essai {n}" for n in "bcde"]


def test_it_is_for_who_asked_and_for_a_day(agent):
    for _ in range(3):
        create_volunteer()
    mine = files.ask("volunteers", Volunteer.objects.all(), name="x", file_format="csv", by=agent, now=NOW)
    files.prepare_next(clock=clock)
    mine.refresh_from_db()
    take = f"/gestion/accounts/preparedfile/{mine.pk}/prendre/"
    stored = mine.content.name

    assert client_of(create_staff("agent")).get(take).status_code == 404
    assert client_of(create_staff("civic_service")).get(take).status_code == 404
    assert len(rows_of(client_of(agent).get(take))) == 3
    assert files.forget_old(now=NOW + timedelta(hours=23)) == 0
    with time_machine.travel(NOW + timedelta(hours=25), tick=False):
        assert client_of(agent).get(take).status_code == 404
    assert files.forget_old(now=NOW + timedelta(hours=25)) == 1
    assert not default_storage.exists(stored)


def test_a_worker_killed_half_way_is_followed_and_a_live_one_is_left_alone(agent):
    for _ in range(3):
        create_volunteer()
    file = files.ask("volunteers", Volunteer.objects.all(), name="x", file_format="csv", by=agent, now=NOW)
    PreparedFile.objects.update(state="working", done_count=2, seen_working_at=NOW)

    assert files.prepare_next(clock=lambda: NOW + timedelta(minutes=4)) is None
    assert files.prepare_next(clock=lambda: NOW + timedelta(minutes=6)).pk == file.pk
    assert PreparedFile.objects.get().done_count == 3


def stored_files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_list_forgotten_while_it_was_written_leaves_no_file_behind(agent, settings, monkeypatch):
    create_volunteer()
    files.ask("volunteers", Volunteer.objects.all(), name="x", file_format="csv", by=agent, now=NOW)
    write = files.file_of

    def forgotten_meanwhile(*args):
        files.forget(PreparedFile.objects.all())
        return write(*args)

    monkeypatch.setattr(files, "file_of", forgotten_meanwhile)

    assert files.prepare_next(clock=clock) is None
    assert stored_files(settings.MEDIA_ROOT) == []


def test_a_worker_killed_as_it_saves_leaves_a_file_that_is_forgotten_with_the_list(
    agent, settings, monkeypatch
):
    create_volunteer()
    file = files.ask("volunteers", Volunteer.objects.all(), name="x", file_format="csv", by=agent, now=NOW)

    def killed(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(files, "_keep", killed)
        with pytest.raises(KeyboardInterrupt):
            files.prepare_next(clock=clock)
    assert len(stored_files(settings.MEDIA_ROOT)) == 1

    assert files.prepare_next(clock=lambda: NOW + timedelta(minutes=6)).pk == file.pk
    assert len(stored_files(settings.MEDIA_ROOT)) == 1
    assert files.forget_old(now=NOW + timedelta(hours=25)) == 1
    assert stored_files(settings.MEDIA_ROOT) == []


def test_what_cannot_be_written_says_so(agent):
    create_volunteer()
    files.ask("volunteers", Volunteer.objects.all(), name="x", file_format="pdf", by=agent, now=NOW)

    with pytest.raises(Exception, match="pdf"):
        files.prepare_next(clock=clock)

    file = PreparedFile.objects.get()
    assert file.state == "failed"
    page = text_of(client_of(agent).get(f"/gestion/accounts/preparedfile/{file.pk}/change/"))
    assert "n’a pas pu être préparé" in page


def test_missions_too_and_a_short_list_is_still_given_at_once(agent):
    client = client_of(agent)
    create_mission(title="Une seule")
    url = "/gestion/missions/mission/export/"
    assert client.post(url, {"file_format": "csv"})["Content-Type"] == "text/csv; charset=utf-8"
    for _ in range(2):
        create_mission()

    client.post(url, {"file_format": "csv"})

    files.prepare_next(clock=clock)
    file = PreparedFile.objects.get()
    assert (file.state, file.row_count) == ("ready", Mission.objects.count())
