"""`make check`, the part that needs Django: settings fit for production, and no migration forgotten."""

# ruff: noqa: S603 (fixed commands, no shell)

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from vitre_civique.demo.postgres import EmbeddedPostgres

PRODUCTION = {
    "SECRET_KEY": "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ALLOWED_HOSTS": "civique.exemple.fr",
    "SITE_URL": "https://civique.exemple.fr",
    "TRUSTED_PROXY_COUNT": "1",
    "REDIS_URL": "redis://127.0.0.1:1/0",  # nothing listens there, and nothing needs it
    "EMAIL_URL": "smtp://127.0.0.1:1",
    "DEBUG": "False",
    "DEMO": "False",
}
COMMANDS = (
    ["check", "--deploy", "--fail-level", "WARNING"],
    ["makemigrations", "--check", "--dry-run"],
)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="vitre-civique-check-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL's account passes through it
        database = EmbeddedPostgres(Path(folder) / "postgres", throwaway=True)
        try:
            environment = {**os.environ, **PRODUCTION, "DATABASE_URL": database.start()}
            run = [sys.executable, "-W", "error", "manage.py"]
            return max(subprocess.run([*run, *command], env=environment).returncode for command in COMMANDS)
        finally:
            database.stop()


if __name__ == "__main__":
    sys.exit(main())
