"""Embedded PostgreSQL: as root under another account, as an ordinary user, in places that it cannot reach."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from vitre_civique.demo import postgres
from vitre_civique.demo.children import StartError
from vitre_civique.demo.postgres import EmbeddedPostgres, can_traverse, folder_for, unprivileged_account

AS_ROOT = os.geteuid() == 0
START_AND_SHOW = """
import os, sys
from pathlib import Path
import psycopg
from vitre_civique.demo.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), throwaway=True)
with psycopg.connect(server.start()) as connection:
    owner = os.stat(f"/proc/{server.process.pid}").st_uid
    print(os.geteuid(), owner, connection.execute("SHOW server_version_num").fetchone()[0][:2])
connection.close()
server.stop()
"""


@pytest.fixture
def server_in(request):
    """A function that starts a server in a folder; all are stopped and erased at the end."""
    servers = []

    def start(folder):
        server = EmbeddedPostgres(folder, throwaway=True)
        servers.append(server)
        return server, server.start()

    yield start
    for server in servers:
        server.stop()
        server.erase()
        shutil.rmtree(server.folder.with_name(f"{server.folder.name}-programs"), ignore_errors=True)


def modes_above(path):
    return {folder: stat.S_IMODE(folder.stat().st_mode) for folder in Path(path).parents}


def owner_of(server):
    return pwd.getpwuid(Path(f"/proc/{server.process.pid}").stat().st_uid).pw_name


def test_server_starts_in_a_private_folder_and_changes_no_mode_above(tmp_path, server_in):
    private = tmp_path / "home"
    private.mkdir(mode=0o700)
    before = modes_above(private / "postgres")

    server, url = server_in(private / "postgres")

    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT 'é' < 'z', upper('é')").fetchone() == (False, "É")
    assert modes_above(private / "postgres") == before
    assert owner_of(server) == (
        unprivileged_account().pw_name if AS_ROOT else pwd.getpwuid(os.geteuid()).pw_name
    )
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700
    if AS_ROOT:
        assert server.folder.parent == postgres.ROOT_DATA


def test_data_and_password_survive_a_restart(tmp_path, server_in):
    server, url = server_in(tmp_path / "postgres")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('là')")
    server.throwaway = False  # so that it stops as in the demonstration, data flushed
    server.stop()

    with psycopg.connect(server.start()) as connection:
        assert connection.execute("SELECT word FROM kept").fetchall() == [("là",)]


def test_server_refuses_a_wrong_password(tmp_path, server_in):
    _, url = server_in(tmp_path / "postgres")
    password = url.split(":")[2].split("@")[0]

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url.replace(password, "faux"))


def test_ordinary_user_runs_the_server_under_their_own_account(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ordinary")
    command = [sys.executable, "-c", START_AND_SHOW, str(folder / "postgres")]
    uid = os.geteuid()
    if AS_ROOT:
        account = unprivileged_account()
        uid = account.pw_uid
        os.chown(folder, account.pw_uid, account.pw_gid)
        # Python itself may live in root's home: the right to read it is all that is kept of root.
        identity = [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
        rights = ["--inh-caps=-all,+dac_read_search", "--ambient-caps=+dac_read_search"]
        command = ["setpriv", *identity, *rights, *command]

    done = subprocess.run(
        command,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )

    assert done.stdout.split() == [str(uid), str(uid), "18"], done.stderr


def test_programs_are_copied_when_the_account_cannot_reach_them(tmp_path, server_in, monkeypatch):
    reachable = can_traverse
    monkeypatch.setattr(
        postgres,
        "can_traverse",
        lambda path, uid, gid: "site-packages" not in str(path) and reachable(path, uid, gid),
    )

    server, url = server_in(tmp_path / "postgres")

    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert ("site-packages" in str(server.binaries)) is not AS_ROOT


def test_can_traverse_reads_modes(tmp_path):
    account = unprivileged_account()
    tmp_path.chmod(0o700)
    closed = can_traverse(tmp_path, account.pw_uid, account.pw_gid)
    mine = can_traverse(tmp_path, os.geteuid(), os.getegid())

    assert closed is False
    assert mine is True or not AS_ROOT


def test_folder_that_somebody_else_put_there_is_refused(tmp_path, monkeypatch):
    account = unprivileged_account()
    tmp_path.chmod(0o700)
    monkeypatch.setattr(postgres, "ROOT_DATA", tmp_path / "var")
    expected = folder_for(tmp_path / "postgres", account.pw_uid + 1, account.pw_gid + 1)
    expected.parent.mkdir()
    expected.symlink_to("/etc")

    with pytest.raises(StartError, match="belongs to somebody else"):
        folder_for(tmp_path / "postgres", account.pw_uid + 1, account.pw_gid + 1)
