"""The tables are made once for all processes of a run: the first one migrates, the others copy its tables.

Only on the PostgreSQL that the tests started themselves: on another, a copy of an earlier run could stand.
"""

import os
from urllib.parse import urlsplit

import psycopg
from django.db import connection

OWN_SERVER = "TESTS_HAVE_THEIR_OWN_POSTGRESQL"
MIGRATED = "migrated"
LOCK = 4_242


class Turn:
    """From `begin()` to `end()` one process at a time makes its test database."""

    server = None
    is_first = False

    def begin(self) -> None:
        if not (os.environ.get(OWN_SERVER) and os.environ.get("PYTEST_XDIST_WORKER")):
            return
        address = urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres").geturl()
        self.server = psycopg.connect(address, autocommit=True)
        self.server.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        is_made = "SELECT 1 FROM pg_database WHERE datname = %s"
        self.is_first = self.server.execute(is_made, [MIGRATED]).fetchone() is None
        if not self.is_first:
            connection.settings_dict["TEST"]["TEMPLATE"] = MIGRATED

    def end(self) -> None:
        if self.is_first:
            connection.close()  # a database somebody is connected to cannot be copied
            self.server.execute(f'CREATE DATABASE {MIGRATED} TEMPLATE "{connection.settings_dict["NAME"]}"')
        if self.server:
            self.server.close()  # gives the lock back
