"""The Celery worker, as the demonstration and compose run it, when its broker is restarted."""

import os
import shlex
import subprocess
import sys
import time
from contextlib import suppress

import pytest
from celery import Celery
from django.conf import settings
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from vitre_civique.demo.children import spawn, stop
from vitre_civique.demo.processes import COMMANDS
from vitre_civique.demo.valkey import EmbeddedValkey

SECONDS = 60


@pytest.fixture
def valkey(tmp_path):
    server = EmbeddedValkey(tmp_path / "valkey")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def worker(valkey, tmp_path):
    command = [sys.executable, *shlex.split(COMMANDS["worker"])[1:]]
    with (tmp_path / "worker.log").open("w") as log:
        process = spawn(
            command,
            cwd=settings.BASE_DIR,
            env={**os.environ, "REDIS_URL": valkey.url, "DJANGO_SETTINGS_MODULE": "vitre_civique.settings"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    yield process
    stop(process, seconds=20)


def answers(url):
    """Does a worker answer through this broker, within the time it may take to come back?"""
    app = Celery("asks", broker=url, set_as_current=False)
    limit = time.monotonic() + SECONDS
    try:
        while time.monotonic() < limit:
            # Our own connections were cut too: the first question after a restart finds that out.
            with suppress(RedisError, KombuError):
                if app.control.ping(timeout=1):
                    return True
    finally:
        app.close()
    return False


def test_worker_finds_a_restarted_broker_again(valkey, worker):
    assert answers(valkey.url)

    valkey.stop()
    valkey.start()

    assert answers(valkey.url)
    assert worker.poll() is None
