"""`make demo`: starts the services, the site, the worker and the clock; stops them all, come what may."""

import contextlib
import errno
import fcntl
import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from .accounts import DEMO_ACCOUNTS
from .children import StartError, spawn, stop
from .mail_sink import MailSink
from .postgres import EmbeddedPostgres
from .processes import COMMANDS
from .valkey import EmbeddedValkey

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("DEMO_FOLDER") or PROJECT / ".demo")
LEAST_FREE_MEGABYTES = 300
PREPARE_SECONDS = 600
ANSWER_SECONDS = 60
DISK_FULL = "The disk is full: free some space, then start again."


STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Ctrl-C, a closed terminal or a polite kill: not an error."""


def main() -> None:
    for number in STOPPING_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup does
            signal.signal(number, on_signal)
    demo = Demo(os.environ)
    try:
        demo.start()
        demo.watch()
    except Stopped:
        pass
    except StartError as error:
        demo.fail(str(error))
    except PermissionError as error:
        demo.fail(f"No permission on {error.filename}: start the demo as the owner of {PROJECT}.")
    except OSError as error:
        demo.fail(DISK_FULL if error.errno == errno.ENOSPC else f"{error.strerror}: {error.filename or ''}")
    finally:
        demo.stop()
    sys.exit(demo.exit_code)


def on_signal(number, frame):
    ignore_signals()
    raise Stopped


def ignore_signals() -> None:
    """A second Ctrl-C must not interrupt the stopping itself."""
    for number in STOPPING_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def say(sentence: str) -> None:
    """Prints; a closed terminal is no reason to leave processes behind."""
    with contextlib.suppress(OSError):
        print(sentence, flush=True)


class Demo:
    def __init__(self, environment):
        self.exit_code = 0
        self.asked = environment
        self.running = []  # objects with stop(), in the order they were started
        self.processes = {}
        self.lock = None
        self.parent = os.getppid() if environment.get("DEMO_FOLLOWS_MAKE") else None

    def start(self) -> None:
        started_at = time.monotonic()
        self.port = chosen_port(self.asked.get("PORT") or "8000")
        self.address = f"http://localhost:{self.port}"
        self._take_folder()
        refuse_taken_port(self.port)
        self._environment = self._start_services()
        self._prepare()
        for name, command in COMMANDS.items():
            self._start_process(name, [sys.executable, *shlex.split(command)[1:]])
        self._wait_for_answer()
        self._tell(time.monotonic() - started_at)

    def watch(self) -> None:
        while True:
            time.sleep(0.5)
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise StartError(f"The {name} process stopped by itself. {last_words(name)}")
            if self.parent and os.getppid() != self.parent:
                raise Stopped  # make was killed: nobody is there to stop us any more

    def stop(self) -> None:
        ignore_signals()
        if self.processes:
            say("\nStopping…")
        for name in ("beat", "web", "worker"):
            if name in self.processes:
                self.processes[name].terminate()
        for process in self.processes.values():
            stop(process)
        while self.running:
            self.running.pop().stop()

    def fail(self, sentence: str) -> None:
        self.exit_code = 1
        with contextlib.suppress(OSError):
            print(sentence, file=sys.stderr, flush=True)

    def _take_folder(self) -> None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(FOLDER).free < LEAST_FREE_MEGABYTES * 1_000_000:
            raise StartError(f"{DISK_FULL} The demo needs {LEAST_FREE_MEGABYTES} MB in {PROJECT}.")
        self.lock = (FOLDER / "lock").open("a+")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.lock.seek(0)
            where = self.lock.read().strip() or "another port"
            raise StartError(f"This demo already runs, at {where}: stop it first (Ctrl-C there).") from None
        self.lock.truncate(0)
        self.lock.write(self.address)
        self.lock.flush()
        if self.asked.get("RESET") == "1":
            say("Starting over…")
            EmbeddedPostgres(FOLDER / "postgres").erase()
            for child in FOLDER.iterdir():
                if child.name != "lock":
                    shutil.rmtree(child) if child.is_dir() else child.unlink()
        (FOLDER / "logs").mkdir(exist_ok=True)

    def _start_services(self) -> dict[str, str]:
        sink = self._run(MailSink(FOLDER / "mails"))
        return {
            **os.environ,
            "DEMO": "True",
            "DEBUG": "False",
            "SECRET_KEY": kept_secret(FOLDER / "secret"),
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "SITE_URL": self.address,
            "TRUSTED_PROXY_COUNT": "0",
            "DATABASE_URL": self.asked.get("DATABASE_URL")
            or self._run(EmbeddedPostgres(FOLDER / "postgres")),
            "REDIS_URL": self.asked.get("REDIS_URL") or self._run(EmbeddedValkey(FOLDER / "valkey")),
            "EMAIL_URL": sink,  # never another relay: the demo writes to nobody
            "DEMO_MAILS": str(FOLDER / "mails"),
            "MEDIA_ROOT": str(FOLDER / "media"),
            "STATIC_ROOT": str(FOLDER / "static"),
            "BEAT_SCHEDULE_FILE": str(FOLDER / "beat-schedule"),
            "BIND": f"127.0.0.1:{self.port}",
            "DJANGO_SETTINGS_MODULE": "vitre_civique.settings",
            "PYTHONUNBUFFERED": "1",
        }

    def _run(self, service) -> str:
        self.running.append(service)
        return service.start()

    def _prepare(self) -> None:
        process = self._spawn("prepare", [sys.executable, "manage.py", "prepare_demo"], stdout=None)
        try:
            code = process.wait(PREPARE_SECONDS)
        except subprocess.TimeoutExpired:
            raise StartError(f"The town was not ready after {PREPARE_SECONDS} seconds.") from None
        finally:
            stop(process)
        if code:
            raise StartError(f"The town could not be prepared. {last_words('prepare')}")

    def _start_process(self, name: str, command: list[str]) -> None:
        self.processes[name] = self._spawn(name, command)

    def _spawn(self, name: str, command: list[str], **options) -> subprocess.Popen:
        with (FOLDER / "logs" / f"{name}.log").open("w") as log:
            options = {"stdout": log, "stderr": log, **options}
            return spawn(command, env=self._environment, cwd=PROJECT, **options)

    def _wait_for_answer(self) -> None:
        limit = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < limit:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise StartError(f"The {name} process did not start. {last_words(name)}")
            with contextlib.suppress(OSError, urllib.error.URLError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/sante/pret", timeout=5).close()  # noqa: S310
                return
            time.sleep(0.1)
        raise StartError(f"The site did not answer in {ANSWER_SECONDS} seconds. {last_words('web')}")

    def _tell(self, seconds: float) -> None:
        width = max(len(account.role) for account in DEMO_ACCOUNTS)
        mail_width = max(len(account.email) for account in DEMO_ACCOUNTS)
        accounts = "\n".join(
            f"    {each.role:<{width}}  {each.email:<{mail_width}}  {each.password}  ({each.note})"
            for each in DEMO_ACCOUNTS
        )
        say(
            f"\n  Vitré civique is ready ({seconds:.1f} s): {self.address}/\n"
            f"  Mails:  {self.address}/demo/mails/\n\n  Accounts:\n{accounts}\n\n  Ctrl-C stops everything."
        )


def chosen_port(asked: str) -> int:
    if not asked.isdigit() or not 1 <= int(asked) <= 65535:
        raise StartError(f"PORT={asked} is not a port: give a number from 1024 to 65535.")
    return int(asked)


def refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise StartError(
                f"Port {port} is reserved for root: choose another, as in make demo PORT=8080."
            ) from None
        except OSError:
            raise StartError(
                f"Port {port} is already taken: choose another, as in make demo PORT={port + 1}."
            ) from None


def kept_secret(path: Path) -> str:
    """Kept from one start to the next, so that nobody is signed out."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(64))
    return path.read_text()


def last_words(name: str) -> str:
    path = FOLDER / "logs" / f"{name}.log"
    lines = path.read_text(errors="replace").strip().splitlines()
    if any("No space left on device" in line for line in lines):
        return DISK_FULL
    return f"Its last words, in {path}: {lines[-1] if lines else '(none)'}"
