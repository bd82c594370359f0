"""/sante/vivant and /sante/pret, without account, on services that really answer or really do not."""

import time
from datetime import timedelta

import pytest
from celery import Celery
from django.db import connections, transaction
from django.utils import timezone

from tests.factories import create_user
from vitre_civique import health
from vitre_civique.celery import AlarmClock
from vitre_civique.demo.children import free_port
from vitre_civique.notifications.health import beat
from vitre_civique.notifications.models import Notification
from vitre_civique.notifications.outbox import notify

CHECKS = ["pret", "base", "courtier", "horloge", "courriels"]


@pytest.fixture(autouse=True)
def _site_just_started(monkeypatch):
    """The suite itself may have been running for longer than beat may stay silent."""
    monkeypatch.setattr(health, "STARTED_AT", timezone.now())


@pytest.fixture
def lost_broker(settings):
    """An address where nothing listens."""
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    return settings.REDIS_URL


def test_alive_asks_nothing_of_the_database(client):
    assert client.get("/sante/vivant").content == b"vivant\n"


def test_ready_says_that_everything_answers(client, db):
    response = client.get("/sante/pret")

    assert (response.status_code, response.json()) == (
        200,
        {**dict.fromkeys(CHECKS, True), "attente_secondes": 0, "battement_secondes": None},
    )
    assert "no-store" in response["Cache-Control"]


def test_ready_tells_how_long_mails_wait_and_when_beat_last_rang(client, db):
    now = timezone.now()
    beat(now=now - timedelta(minutes=4))
    notify(create_user(), "signup_waiting", "signup_waiting:1", now=now, due_at=now - timedelta(minutes=7))

    told = client.get("/sante/pret").json()

    assert (told["attente_secondes"] // 60, told["battement_secondes"] // 60) == (7, 4)
    assert told["pret"]


def test_ready_is_503_without_broker(client, db, lost_broker):
    response = client.get("/sante/pret")

    told = response.json()
    assert (response.status_code, told["pret"], told["base"], told["courtier"]) == (503, False, True, False)


@pytest.fixture
def site_up_for_an_hour(monkeypatch):
    monkeypatch.setattr(health, "STARTED_AT", timezone.now() - timedelta(hours=1))


def ready(client):
    response = client.get("/sante/pret")
    red = sorted(name for name in CHECKS if not response.json()[name])
    return response.status_code, red


def test_ready_turns_red_when_beat_is_silent(client, db, site_up_for_an_hour):
    assert ready(client) == (503, ["horloge", "pret"])

    beat(now=timezone.now() - timedelta(minutes=6))
    assert ready(client) == (503, ["horloge", "pret"])

    beat(now=timezone.now() - timedelta(minutes=4))
    assert ready(client) == (200, [])


def test_ready_turns_red_when_mails_that_may_leave_do_not(client, db, site_up_for_an_hour):
    now = timezone.now()
    beat(now=now)
    notify(create_user(), "consent_given", "late", now=now, due_at=now - timedelta(minutes=25))
    assert ready(client) == (503, ["courriels", "pret"])

    Notification.objects.update(due_at=now + timedelta(hours=9))
    assert ready(client) == (200, [])


def test_a_site_just_started_waits_before_it_complains(client, db, monkeypatch):
    now = timezone.now()
    monkeypatch.setattr(health, "STARTED_AT", now - timedelta(minutes=1))
    beat(now=now - timedelta(days=2))
    notify(create_user(), "consent_given", "late", now=now, due_at=now - timedelta(days=2))

    assert ready(client) == (200, [])


def test_ready_is_503_without_database(client, db, monkeypatch):
    monkeypatch.setitem(connections["default"].settings_dict, "PORT", free_port())
    connections["default"].close()
    try:
        response = client.get("/sante/pret")
    finally:
        monkeypatch.undo()
        connections["default"].close()

    assert (response.status_code, response.json()["base"]) == (503, False)


def test_health_answers_over_plain_http_when_the_site_is_https(client, db, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/sante/vivant").status_code == 200
    assert client.get("/aide/").status_code == 301


@pytest.fixture
def lost_task(lost_broker):
    """A task of a Celery set up as ours, whose broker does not answer."""
    app = Celery("lost", task_cls=AlarmClock, set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.broker_url = lost_broker

    @app.task
    def ring():
        """Never run: only its publication matters here."""

    yield ring
    app.close()


@pytest.mark.django_db(transaction=True)
def test_waking_a_task_without_broker_neither_fails_nor_waits(lost_task, caplog):
    began = time.perf_counter()

    with transaction.atomic():
        lost_task.delay_on_commit()

    assert time.perf_counter() - began < 3
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "waits for its next sweep" in caplog.messages[0]
