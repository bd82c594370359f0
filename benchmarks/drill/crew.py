"""The processes of a drill, and how each dies: PostgreSQL, Valkey, the sink, workers and beats."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from vitre_civique.demo.children import free_port, spawn, stop
from vitre_civique.demo.postgres import EmbeddedPostgres
from vitre_civique.demo.valkey import EmbeddedValkey

from .sink import BUSY_SIGN

FREEZE_SECONDS = 60
PROJECT = Path(__file__).resolve().parents[2]
CELERY = [sys.executable, "-m", "celery", "--app", "benchmarks.drill.app"]
WORKER = [
    *CELERY, "worker", "--concurrency", "1", "--loglevel", "ERROR",
    "--without-gossip", "--without-mingle", "--without-heartbeat",
]  # fmt: skip
BEAT = [*CELERY, "beat", "--loglevel", "ERROR"]


class Crew:
    """`with Crew(…) as crew`: everything runs; afterwards nothing does, and its folder is gone."""

    def __init__(self, *, seed, sink_rate: float, sink_pause: float, probes: bool):
        self.folder = Path(tempfile.mkdtemp(prefix="vitre-drill-"))
        self.folder.chmod(0o711)
        self.clock_file = self.folder / "clock"
        self.clock_file.write_text("0")
        self.seed, self.sink_rate, self.sink_pause, self.probes = seed, sink_rate, sink_pause, probes
        self.postgres = EmbeddedPostgres(self.folder / "postgres")
        self.valkey = EmbeddedValkey(self.folder / "valkey")
        self.workers, self.beats = {}, {}
        self.sink = None

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc):
        for process in [*self.beats.values(), *self.workers.values(), self.sink]:
            if process is not None:
                stop(process, by=signal.SIGKILL)
        self.valkey.stop()
        self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self):
        sink_port = free_port()
        os.environ.update({
            "DJANGO_SETTINGS_MODULE": "benchmarks.drill.settings",
            "DRILL_CLOCK": str(self.clock_file),
            "SECRET_KEY": "only-for-the-drill-" + "0123456789abcdef" * 3,
            "ALLOWED_HOSTS": "localhost",
            "SITE_URL": "http://localhost",
            "DEMO": "False",
            "DEBUG": "False",
            "MAIL_QUIET_HOURS": "True",
            "DATABASE_URL": self.postgres.start(),
            "REDIS_URL": self.valkey.start(),
            "EMAIL_URL": f"smtp://127.0.0.1:{sink_port}",
            "MAIL_PROBE": f"postfix:{self.folder / 'mail.log'}" if self.probes else "",
            "PYTHONWARNINGS": "ignore",
        })  # fmt: skip
        self.postgres_port = int(os.environ["DATABASE_URL"].rsplit(":", 1)[1].split("/")[0])
        sink = [
            "-m",
            "benchmarks.drill.sink",
            sink_port,
            self.folder,
            self.seed,
            self.sink_rate,
            self.sink_pause,
        ]
        self.sink = self._spawn("sink", [sys.executable, *sink])

    def copy_tables(self, url: str) -> None:
        """As `migrate` would leave them, from a database that has been migrated: ten times quicker."""
        dump = self.folder / "tables.dump"
        programs = self.postgres.binaries
        for command in (
            [programs / "pg_dump", "--format=custom", "--no-owner", "--file", dump, "--dbname", url],
            [programs / "pg_restore", "--no-owner", "--dbname", os.environ["DATABASE_URL"], dump],
        ):
            subprocess.run(command, check=True)  # noqa: S603 (fixed commands, no shell)

    def _spawn(self, name, command):
        with (self.folder / f"{name}.log").open("a") as log:
            return spawn(command, cwd=PROJECT, stdout=log, stderr=log, env=os.environ)

    def last_words(self) -> str:
        logs = sorted(self.folder.glob("worker*.log")) + sorted(self.folder.glob("beat*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-2000:]}" for log in logs)

    def account(self) -> list[dict]:
        """What the sink has written down so far."""
        path = self.folder / "account.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def accepted_count(self) -> int:
        path = self.folder / "account.jsonl"
        return path.read_bytes().count(b'"accepted"') if path.exists() else 0

    # Celery

    def start_workers(self, count: int) -> None:
        for n in range(count):
            self.start_worker(f"worker{n}")

    def start_worker(self, name: str) -> None:
        self.workers[name] = self._spawn(name, [*WORKER, "--hostname", f"{name}@drill"])

    def start_beats(self, count: int) -> None:
        for n in range(count):
            schedule = self.folder / f"beat{n}-schedule"
            self.beats[n] = self._spawn(f"beat{n}", [*BEAT, "--schedule", schedule])

    def stop_celery(self) -> None:
        for process in [*self.beats.values(), *self.workers.values()]:
            stop(process, by=signal.SIGKILL)
        self.beats, self.workers = {}, {}

    def freeze(self) -> None:
        """The clock is about to leap: whoever works dies, what the relay had been given ends at the old time.

        A relay that is slower than we are may still be reading a mail whose sender is dead: leaping before it
        has done so would date that mail after the leap, at night or after its person has paused.
        """
        for process in self.workers.values():
            process.send_signal(signal.SIGSTOP)
        time.sleep(0.05)  # a stopped parent forks no more
        victims = [pid for process in self.workers.values() for pid in children_of(process.pid)]
        kill_all(victims)
        until = time.monotonic() + FREEZE_SECONDS
        while any(map(is_alive, victims)) or (self.folder / BUSY_SIGN).exists():
            if time.monotonic() > until:
                raise TimeoutError("the dead or the relay are still talking")
            time.sleep(0.02)

    def thaw(self) -> None:
        for process in self.workers.values():
            process.send_signal(signal.SIGCONT)

    # Faults

    def kill_a_task(self, rng: random.Random) -> None:
        """SIGKILL the process that runs tasks; Celery starts another."""
        process = self.workers[rng.choice(sorted(self.workers))]
        kill_all(children_of(process.pid))

    def kill_a_worker(self, rng: random.Random) -> None:
        """SIGKILL a whole worker, with its children; the machine's supervisor starts another."""
        name = rng.choice(sorted(self.workers))
        process = self.workers[name]
        children = children_of(process.pid)
        stop(process, by=signal.SIGKILL)
        kill_all(children)
        self.start_worker(name)

    def restart_valkey(self, rng: random.Random) -> None:
        """All its data is lost: nothing is ever written to disk."""
        stop(self.valkey.process, by=signal.SIGKILL)
        time.sleep(rng.random() / 2)
        self.valkey.start()

    def restart_postgres(self, rng: random.Random) -> None:
        """Crashed (SIGQUIT) or stopped (SIGINT): its journal is replayed, on the same port."""
        stop(self.postgres.process, by=rng.choice([signal.SIGQUIT, signal.SIGINT]), seconds=30)
        time.sleep(rng.random() / 2)
        while not self.postgres._try_port(self.postgres_port):
            time.sleep(0.2)


def children_of(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def is_alive(pid: int) -> bool:
    """Not gone, nor dead and waiting for a parent that we have stopped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def kill_all(pids) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
