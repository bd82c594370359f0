"""What stands on the stage: PostgreSQL, Valkey, a relay, and the web process as compose starts it."""

import os
import shlex
import signal
import socket
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psycopg

from vitre_civique.demo.children import free_port, spawn, stop
from vitre_civique.demo.postgres import EmbeddedPostgres
from vitre_civique.demo.processes import COMMANDS
from vitre_civique.demo.valkey import EmbeddedValkey

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 90
# As docker-compose.yml has it: HTTPS outside, one proxy in front (the clients say what nginx would).
COMPOSE = {
    "SECRET_KEY": "only-for-the-load-" + "0123456789abcdef" * 3,
    "ALLOWED_HOSTS": "localhost",
    "SITE_URL": "https://localhost",
    "TRUSTED_PROXY_COUNT": "1",
    "DEBUG": "False",
    "DEMO": "False",
    "DJANGO_SETTINGS_MODULE": "vitre_civique.settings",
}


class Stage:
    """`with Stage(…) as stage`: all of it runs; afterwards nothing does and its folder is gone.

    With `database_url` that database is used, and « restarted » means cut off: others may use its server.
    """

    def __init__(self, database_url: str = ""):
        self.database_url = database_url
        self.postgres = None
        self.port = free_port()

    def __enter__(self):
        with ExitStack() as stack:
            self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vitre-load-")))
            self.folder.chmod(0o711)  # PostgreSQL's account passes through it
            if not self.database_url:
                self.postgres = EmbeddedPostgres(self.folder / "postgres")
                stack.callback(self.postgres.stop)
                self.database_url = self.postgres.start()
            self.valkey = EmbeddedValkey(self.folder / "valkey")
            stack.callback(self.valkey.stop)
            os.environ.update(COMPOSE | {
                "DATABASE_URL": self.database_url,
                "REDIS_URL": self.valkey.start(),
                "EMAIL_URL": f"smtp://127.0.0.1:{free_port()}",
                "STATIC_ROOT": str(self.folder / "static"),
                "MEDIA_ROOT": str(self.folder / "media"),
                "BIND": f"127.0.0.1:{self.port}",
            })  # fmt: skip
            (self.folder / "media").mkdir()
            # One thread for all that starts and stops during the play, alive to the end: a child tied to
            # its parent dies with the thread that started it.
            self.hands = ThreadPoolExecutor(1)
            stack.callback(self.hands.shutdown)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc):
        self._stack.close()

    def open(self) -> None:
        """Start the web process and wait until it answers."""
        command = [sys.executable, *shlex.split(COMMANDS["web"])[1:]]
        with (self.folder / "web.log").open("w") as log:
            self.web = spawn(command, cwd=PROJECT, env=os.environ, stdout=log, stderr=log)
        self._stack.callback(stop, self.web, seconds=15)
        until = time.monotonic() + START_SECONDS
        while self.web.poll() is None and time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise SystemExit(f"The web process did not start: {self.web_log()[-600:]}")

    def web_log(self) -> str:
        return (self.folder / "web.log").read_text(errors="replace")

    def web_pids(self) -> set[int]:
        """The web's own process and its workers."""
        pid = self.web.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return {pid, *map(int, children)}

    # Faults

    def stop_database(self) -> None:
        if self.postgres is None:
            cut_off(self.database_url)
        else:
            self.postgres_port = int(self.database_url.rsplit(":", 1)[1].split("/")[0])
            stop(self.postgres.process, by=signal.SIGQUIT, seconds=30)

    def start_database(self) -> None:
        if self.postgres is None:
            let_in(self.database_url)
            return
        while not self.postgres._try_port(self.postgres_port):
            time.sleep(0.1)

    def stop_valkey(self) -> None:
        stop(self.valkey.process, by=signal.SIGKILL)

    def start_valkey(self) -> None:
        self.valkey.start()


def cut_off(url: str) -> None:
    """All connections to one database end, and new ones are refused, as when its server restarts."""
    name = url.rsplit("/", 1)[1]
    with _beside(url) as connection:
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )


def let_in(url: str) -> None:
    with _beside(url) as connection:
        connection.execute(f'ALTER DATABASE "{url.rsplit("/", 1)[1]}" ALLOW_CONNECTIONS true')


def _beside(url: str):
    """A connection to the server's own database."""
    return psycopg.connect(f"{url.rsplit('/', 1)[0]}/postgres", autocommit=True)
