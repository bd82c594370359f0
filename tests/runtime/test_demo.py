"""`make demo` as a technician meets it: it serves, says what is wrong, leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings

from vitre_civique.demo import install
from vitre_civique.demo.children import free_port
from vitre_civique.demo.postgres import EmbeddedPostgres

SECONDS = 120


class RunningDemo:
    """A demonstration of its own, in its own folder."""

    def __init__(self, folder, port):
        self.folder = folder
        self.port = port
        kept = {name: value for name, value in os.environ.items() if not name.endswith(("_URL", "_ROOT"))}
        self.output = folder.with_name(f"{folder.name}-{port}.log")
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "vitre_civique.demo"],
                cwd=settings.BASE_DIR,
                env={**kept, "DEMO_FOLDER": str(folder), "PORT": str(port)},
                stdout=output,
                stderr=output,
            )

    @property
    def words(self):
        return self.output.read_text()

    def wait_until_ready(self):
        limit = time.monotonic() + SECONDS
        while "is ready" not in self.words:
            assert self.process.poll() is None, self.words
            assert time.monotonic() < limit, self.words
            time.sleep(0.1)
        return self

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}") as response:  # noqa: S310
            return response.status, response.headers, response.read().decode()

    def stop(self, number):
        self.process.send_signal(number)
        return self.process.wait(60)


def processes_of(folder):
    """Every process, ours or a grandchild's, that names the folder in its command or its environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            text = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in text and int(process.name) != os.getpid():
            found.append(text.replace(b"\0", b" ")[:200].decode(errors="replace"))
    return found


def nothing_left(folder, seconds=20):
    limit = time.monotonic() + seconds
    while processes_of(folder) and time.monotonic() < limit:
        time.sleep(0.1)
    return processes_of(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Kept from one test of this module to the next: the second start must be quick."""
    folder = tmp_path_factory.mktemp("demonstration") / "demo"
    yield folder
    EmbeddedPostgres(folder / "postgres").erase()


@pytest.fixture(scope="module")
def started(folder):
    """Every demonstration these tests have started."""
    started = []
    yield started
    for demo in started:
        if demo.process.poll() is None:
            demo.stop(signal.SIGTERM)


@pytest.fixture
def demo(folder, started):
    """The one that runs already, when an earlier test let it live; else another start."""
    if not started or started[-1].process.poll() is not None:
        started.append(RunningDemo(folder, free_port()).wait_until_ready())
    return started[-1]


def test_demo_serves_the_site_and_refuses_a_second_start(demo, folder):
    status, headers, page = demo.get("/")
    mailbox_status, _, mailbox = demo.get("/demo/mails/")
    same_folder = RunningDemo(folder, free_port())
    same_port = RunningDemo(folder.with_name("other"), demo.port)

    assert (status, mailbox_status) == (200, 200)
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "Courrier de la démonstration" in mailbox
    assert same_folder.process.wait(30) == 1
    address = f"http://localhost:{demo.port}"
    assert same_folder.words.strip() == f"This demo already runs, at {address}: stop it first (Ctrl-C there)."
    assert same_port.process.wait(30) == 1
    assert same_port.words.strip() == (
        f"Port {demo.port} is already taken: choose another, as in make demo PORT={demo.port + 1}."
    )
    assert demo.process.poll() is None


def test_killed_supervisor_leaves_no_process_and_the_next_start_is_quick(demo, folder, started):
    demo.stop(signal.SIGKILL)
    began = time.monotonic()
    started.append(RunningDemo(folder, free_port()).wait_until_ready())
    seconds = time.monotonic() - began

    assert seconds < 20  # under 10 s on a quiet machine; the tests share theirs
    stops_well(started[-1], folder, signal.SIGTERM)
    assert nothing_left(folder) == []  # of the killed one either


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_stopping_leaves_no_process(demo, folder, number):
    stops_well(demo, folder, number)
    assert processes_of(folder) == []


def stops_well(demo, folder, number):
    assert len(processes_of(folder)) >= 5

    code = demo.stop(number)

    assert code == 0, demo.words
    assert "Traceback" not in demo.words


@pytest.mark.parametrize("port", ["zéro", "0", "70000"])
def test_wrong_port_is_one_sentence(folder, port):
    demo = RunningDemo(folder.with_name("other"), port)

    assert demo.process.wait(30) == 1
    assert demo.words.strip() == f"PORT={port} is not a port: give a number from 1024 to 65535."


def test_folder_that_is_a_file_is_one_sentence(tmp_path):
    (tmp_path / "demo").write_text("not a folder")
    demo = RunningDemo(tmp_path / "demo", free_port())

    assert demo.process.wait(30) == 1
    assert demo.words.strip() == f"File exists: {tmp_path / 'demo'}"


def test_full_disk_is_one_sentence(tmp_path):
    """A real file system of 64 kB; where none may be mounted, a disk said to be too small."""
    folder = tmp_path / "demo"
    folder.mkdir()
    start = [sys.executable, "-m", "vitre_civique.demo"]
    mount = f'mount -t tmpfs -o size=64k none {folder} && "$@"'
    own = ["unshare", "--mount", "--map-root-user", "--user", "sh", "-c", mount, "-"]
    if subprocess.run([*own, "true"], capture_output=True).returncode == 0:
        start = [*own, *start]
    else:
        code = "from vitre_civique.demo import supervisor as s; s.LEAST_FREE_MEGABYTES = 10**12; s.main()"
        start = [sys.executable, "-c", code]

    done = subprocess.run(
        start,
        cwd=settings.BASE_DIR,
        env={**os.environ, "DEMO_FOLDER": str(folder), "PORT": str(free_port())},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert done.stderr.strip().startswith("The disk is full: free some space, then start again.")


def test_old_python_is_one_sentence(monkeypatch, capsys):
    monkeypatch.setattr(install.sys, "version_info", (3, 9, 2, "final", 0))

    with pytest.raises(SystemExit) as stopped:
        install.check_machine()

    assert stopped.value.code == 1
    error = capsys.readouterr().err
    assert error.startswith("Python 3.11 or newer is needed, and this one (")
    assert "is 3.9.2." in error


def test_unwritable_project_is_one_sentence(monkeypatch, capsys):
    monkeypatch.setattr(install, "PROJECT", "/proc/1")

    with pytest.raises(SystemExit):
        install.check_machine()

    assert capsys.readouterr().err == (
        "The folder /proc/1 cannot be written by you: clone the project where you may write.\n"
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            "OSError: [Errno 28] No space left on device",
            "The disk is full: the packages could not be installed.",
        ),
        ("Temporary failure in name resolution", "The package index does not answer: check the network"),
    ],
)
def test_failed_installation_is_explained(words, sentence):
    assert install.explanation(words).startswith(sentence)
