"""pytest plugin (`-p tests.services`): embedded PostgreSQL, Valkey, SMTP sink, before settings are read.

One PostgreSQL and one Valkey for the whole run, started by pytest's first process; each xdist worker
inherits them and runs its own mail sink.
"""

import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest
from django.conf import settings

from tests import databases
from vitre_civique.demo.mail_sink import MailSink
from vitre_civique.demo.postgres import EmbeddedPostgres
from vitre_civique.demo.valkey import EmbeddedValkey

PREFIX = "vitre-civique-tests-"
ENVIRONMENT = {
    "SECRET_KEY": "only-for-the-tests-" + "0123456789abcdef" * 3,
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "SITE_URL": "http://testserver",
    "DEMO": "False",
    "DEBUG": "False",
    "MAIL_QUIET_HOURS": "False",  # tests/mail turns them on: no other test depends on the hour it runs
}


class Services:
    """What runs beside the tests, and the folder that holds its data."""

    def __init__(self):
        self.is_worker = "PYTEST_XDIST_WORKER" in os.environ
        self.folder = None
        self.running = []

    def start(self) -> None:
        sweep_abandoned_folders()
        self.folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        # Ours alone, just made: PostgreSQL's account must be able to pass through it.
        self.folder.chmod(0o711)
        os.environ.update(ENVIRONMENT)
        for name in ("media", "static"):
            (self.folder / name).mkdir()
            os.environ[f"{name.upper()}_ROOT"] = str(self.folder / name)
        if not self.is_worker:
            self._provide("DATABASE_URL", EmbeddedPostgres(self.folder / "postgres", throwaway=True))
            self._provide("REDIS_URL", EmbeddedValkey(self.folder / "valkey"))
        # One Valkey for all, and a database of it for each process: none empties another's cache or queue.
        address, _, _ = os.environ["REDIS_URL"].rpartition("/")
        number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")) + 1
        os.environ["REDIS_URL"] = f"{address}/{number}"
        self.mail_sink = MailSink(self.folder / "mails")
        os.environ["EMAIL_URL"] = self.mail_sink.start()
        self.running.append(self.mail_sink)

    def _provide(self, variable: str, service) -> None:
        if not os.environ.get(variable):
            os.environ[variable] = service.start()
            self.running.append(service)
            if variable == "DATABASE_URL":
                os.environ[databases.OWN_SERVER] = "yes"

    def stop(self) -> None:
        while self.running:
            self.running.pop().stop()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None


services = Services()


def sweep_abandoned_folders() -> None:
    """Removes what a killed run left: its process is gone, and PostgreSQL died with it."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).split("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists() and Path("/proc").exists():
            shutil.rmtree(folder, ignore_errors=True)


def interrupt(signal_number, frame):
    raise KeyboardInterrupt


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests():
    # A wrapper, because pytest-django reads the settings in this very hook.
    # A shell that starts us in the background has Ctrl-C ignored, and what we start would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not services.is_worker:
        signal.signal(signal.SIGTERM, interrupt)
        signal.signal(signal.SIGHUP, interrupt)
    try:
        services.start()
        result = yield
        # Read, but not used yet: collecting the static files would cost every run some seconds.
        settings.STORAGES["staticfiles"]["BACKEND"] = "tests.static_storage.FoundStaticFilesStorage"
        settings.PASSWORD_HASHERS = ["tests.thrift.QuickArgon2PasswordHasher"]
    except BaseException:
        services.stop()
        raise
    return result


@pytest.hookimpl(trylast=True)
def pytest_unconfigure():
    services.stop()
