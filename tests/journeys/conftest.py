"""What the stories share: the demonstration town on the live site, and a Celery worker in its own process."""

import os
import subprocess
import sys

import pytest
from celery import current_app
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone

from tests.factories import create_user
from vitre_civique.demo.seed import seed_demo

# Sweeps asked by the stories travel on their own queue; what the site wakes by itself on the usual one.
QUEUE = f"stories-{os.getpid()}"
WORKER = ["worker", "--loglevel", "WARNING", "--pool", "solo", "--without-gossip", "--without-mingle"]


@pytest.fixture
def town(live_site, mailbox, settings):
    """The demonstration town as of now, mails at any hour, a site that knows its own address."""
    settings.MAIL_QUIET_HOURS = False
    settings.DEMO = True
    seed_demo(today=timezone.localdate())
    return live_site


@pytest.fixture(scope="module")
def seeded_town(django_db_setup, django_db_blocker):
    """The demonstration town, seeded once for all the tests of a file: each begins with it as it was.

    A transaction goes around all of them; what one of them writes is undone after it, as always.

    Not for tests that commit (`transaction=True`, the live site): another connection would see no town.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(DEMO=True):
            seed_demo(today=timezone.localdate())
        create_user(email="autre@exemple.fr")
        yield
        transaction.set_rollback(True)


@pytest.fixture
def demo(seeded_town, db, settings):
    settings.DEMO = True


def worker_environment(live_site):
    database = connection.settings_dict
    return {
        **os.environ,
        "DATABASE_URL": (
            f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
            f"/{database['NAME']}"
        ),
        "SITE_URL": live_site.url,
        "MAIL_QUIET_HOURS": "False",
    }


@pytest.fixture
def worker(town):
    """A real worker on the real broker; it is asked by name and answers through database and mailbox."""
    process = subprocess.Popen(  # noqa: S603 (our own command)
        [sys.executable, "-m", "celery", "--app", "vitre_civique", *WORKER, "--queues", f"celery,{QUEUE}"],
        env=worker_environment(town),
        cwd=django_settings.BASE_DIR,
    )
    yield process
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def ask_worker(name):
    """Put a sweep on the broker, then the delivery of what it queued, as beat does."""
    current_app.send_task(name, queue=QUEUE)
    current_app.send_task("vitre_civique.notifications.tasks.deliver", queue=QUEUE)
