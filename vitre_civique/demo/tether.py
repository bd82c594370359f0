"""Run as a script: starts a command that receives a signal when its parent dies, whatever way it dies.

Imports nothing of the project, so that it starts in a few milliseconds and works from any folder.
Arguments: signal number, parent's pid, uid and gid to become (or - -), then the command.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    signal_number, parent, uid, gid, *command = arguments
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    if sys.platform == "linux":
        # After setuid, which would forget it.
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal_number), 0, 0, 0)
    if os.getppid() != int(parent):
        raise SystemExit("The parent is already gone.")
    os.execv(command[0], command)  # noqa: S606 (the caller chose the command, no shell is involved)


if __name__ == "__main__":
    main(sys.argv[1:])
