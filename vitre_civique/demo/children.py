"""Child processes that never outlive us: each starts through tether.py, in a session of its own."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

TETHER = Path(__file__).with_name("tether.py")


class StartError(Exception):
    """Something the technician can act on, told in one sentence."""


def spawn(command, *, dies_by=signal.SIGTERM, uid=None, gid=None, **options) -> subprocess.Popen:
    """Starts command (an absolute path first). It gets the signal `dies_by` when this process dies.

    Own session: a Ctrl-C typed in the terminal reaches us alone, and we stop the children in order.
    """
    who = ["-", "-"] if uid is None else [str(uid), str(gid)]
    launcher = [sys.executable, "-I", "-S", str(TETHER), str(int(dies_by)), str(os.getpid()), *who]
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen([*launcher, *map(str, command)], start_new_session=True, **options)  # noqa: S603


def stop(process: subprocess.Popen, *, by=signal.SIGTERM, seconds: float = 10) -> None:
    """Asks, waits, then kills the whole group. Safe to call twice."""
    if process.poll() is None:
        process.send_signal(by)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
