"""What the bench runs on: embedded PostgreSQL and Valkey as a town would set them, a real SMTP relay."""

# ruff: noqa: S603 (fixed commands, no shell)

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from vitre_civique.demo.children import free_port
from vitre_civique.demo.postgres import EmbeddedPostgres
from vitre_civique.demo.valkey import EmbeddedValkey

ENVIRONMENT = {
    "SECRET_KEY": "only-for-the-bench-" + "0123456789abcdef" * 3,
    "ALLOWED_HOSTS": "localhost",
    "SITE_URL": "http://localhost",
    "DEMO": "False",
    "DEBUG": "False",
    "MAIL_QUIET_HOURS": "False",
}


@contextmanager
def services():
    """The environment of a bench process; DATABASE_URL names the server's own first database."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vitre-civique-bench-")))
        folder.chmod(0o711)  # PostgreSQL's account passes through it
        postgres = EmbeddedPostgres(folder / "postgres")
        valkey = EmbeddedValkey(folder / "valkey")
        stack.callback(postgres.stop)
        stack.callback(valkey.stop)
        sink = free_port()
        process = subprocess.Popen([sys.executable, "-m", "benchmarks.sink", str(sink)])
        stack.callback(process.wait)
        stack.callback(process.terminate)
        yield {
            **os.environ,
            **ENVIRONMENT,
            "DATABASE_URL": postgres.start(),
            "REDIS_URL": valkey.start(),
            "EMAIL_URL": f"smtp://127.0.0.1:{sink}",
            "STATIC_ROOT": str(folder / "static"),
            "MEDIA_ROOT": str(folder / "media"),
        }


def database_of(environment, rows):
    """The environment of a database of its own for a town of `rows` volunteers, made if needed."""
    url = environment["DATABASE_URL"]
    name = f"town_{rows}"
    with psycopg.connect(url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(f'CREATE DATABASE "{name}"')
    return {**environment, "DATABASE_URL": f"{url.rsplit('/', 1)[0]}/{name}"}
