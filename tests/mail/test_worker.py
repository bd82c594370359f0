"""A real Celery worker on the embedded Valkey and the test's database: what is queued here leaves there."""

import os
import subprocess
import sys
import time
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.utils import timezone

from tests.factories import create_signup, create_slot, create_volunteer
from vitre_civique.celery import app
from vitre_civique.demo.children import spawn, stop
from vitre_civique.notifications.models import Notification, Preference
from vitre_civique.notifications.outbox import notify, wake_delivery

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 60


@pytest.fixture
def worker(tmp_path):
    command = [sys.executable, "-m", "celery", "--app", "vitre_civique", "worker", "--pool", "solo"]
    with (tmp_path / "worker.log").open("w") as log:
        process = spawn(
            [*command, "--loglevel", "WARNING", "--without-gossip", "--without-mingle"],
            cwd=django_settings.BASE_DIR,
            env={**os.environ, "DATABASE_URL": url_of_the_test_database(), "MAIL_QUIET_HOURS": "False"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    yield process
    stop(process, seconds=20)


def url_of_the_test_database():
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))


def wait_until(condition):
    until = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < until, "the worker did nothing in time"
        time.sleep(0.1)  # another process works


def test_what_a_page_queues_leaves_by_the_worker(worker, mailbox):
    signup = create_signup(create_slot(starts_at=timezone.now() + timedelta(days=3)))
    with transaction.atomic():
        now = timezone.now()
        notify(
            signup.volunteer.user, "signup_confirmed", "a", now=now, data={"signup": signup.pk}, due_at=now
        )
        wake_delivery()
        wake_delivery()
        assert Notification.objects.get().state == "queued"

    wait_until(lambda: Notification.objects.filter(state="sent").exists())

    assert [message["To"] for message in mailbox.messages] == [signup.volunteer.user.email]


def test_a_sweep_of_beat_queues_and_delivers(worker, mailbox):
    volunteer = create_volunteer()
    Preference.objects.create(user=volunteer.user, kind="mission_alert", rhythm="at_once")
    slot = create_slot(starts_at=timezone.now() + timedelta(days=3))
    type(slot.mission).objects.update(published_at=timezone.now() - timedelta(minutes=1))
    tasks = django_settings.CELERY_BEAT_SCHEDULE

    for name in ("missions.tasks.queue_alerts", "vitre_civique.notifications.tasks.beat") * 2:
        app.send_task(tasks[name]["task"])
    wait_until(lambda: Notification.objects.filter(state="sent").exists())

    assert [m["Subject"] for m in mailbox.to(volunteer.user.email)] == ["De nouvelles missions qui vous vont"]


def test_every_scheduled_task_exists_and_takes_no_argument():
    app.loader.import_default_modules()
    schedule = django_settings.CELERY_BEAT_SCHEDULE
    assert {entry["task"] for entry in schedule.values()} <= set(app.tasks)
    assert [entry for entry in schedule.values() if entry.get("args") or entry.get("kwargs")] == []


def test_every_scheduled_task_runs_twice_on_an_empty_database(mailbox):
    for name in django_settings.CELERY_BEAT_SCHEDULE:
        app.tasks[name]()
        app.tasks[name]()
    assert (Notification.objects.count(), len(mailbox)) == (0, 0)
