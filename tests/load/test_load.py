"""The web under load and faults, for seconds: `make load` is the same for minutes."""

import json
import subprocess
import sys

import psycopg
import pytest
from django.conf import settings
from django.db import connection

SHORT = ["--short", "--clients", "12", "--think", "0.3", "--volunteers", "60", "--json"]


@pytest.fixture
def copy_of_the_database(transactional_db):
    """A database of its own beside the test's, migrated already."""
    known = connection.settings_dict
    server_url = f"postgres://{known['USER']}:{known['PASSWORD']}@{known['HOST']}:{known['PORT']}"
    source, name = known["NAME"], f"{known['NAME']}_load"
    connection.close()
    with psycopg.connect(f"{server_url}/postgres", autocommit=True) as server:
        # A database with visitors cannot be copied: a live server of earlier tests may have left some.
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [source])
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        yield f"{server_url}/{name}"
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_the_web_bends_and_nothing_acknowledged_is_lost(copy_of_the_database):
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load", *SHORT, "--database", copy_of_the_database],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    found = json.loads(done.stdout)

    assert found["problems"] == []
    assert found["signups"] > 0
    assert set(found["acts"]["PostgreSQL restarted"]["statuses"]) >= {"200", "503"}
    assert set(found["acts"]["Valkey killed"]["statuses"]) <= {"200", "302", "409"}
    assert (found["flood"]["refused"] > 0, found["flood"]["others"]) == (True, 6)
    assert found["replaced"] == 0
