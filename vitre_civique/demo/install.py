"""Makes .venv and installs a lock file in it. Run by `make` with the system's Python, before anything else:
it uses the standard library alone, and a syntax that an old Python 3 can read, to be told that it is old."""

# ruff: noqa: S603 (the only commands are Python's own, with fixed arguments)

import hashlib
import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
PROJECT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VENV = os.path.join(PROJECT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
LEAST_FREE_MEGABYTES = 700


def give_up(sentence):
    sys.stderr.write(sentence + "\n")
    sys.exit(1)


def check_machine():
    if sys.version_info < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:3])
        give_up(
            f"Python 3.11 or newer is needed, and this one ({sys.executable}) is {found}. "
            "Install a newer one, or name it: make PYTHON=/path/to/python3.11 …"
        )
    if not os.access(PROJECT, os.W_OK | os.X_OK):
        give_up(f"The folder {PROJECT} cannot be written by you: clone the project where you may write.")
    if not os.path.exists(PYTHON) and free_megabytes() < LEAST_FREE_MEGABYTES:
        give_up(f"The disk is full: the installation needs {LEAST_FREE_MEGABYTES} MB in {PROJECT}.")


def free_megabytes():
    return shutil.disk_usage(PROJECT).free // 1000000


def works(python):
    """An interrupted installation, or a Python since removed, leaves a venv that does not start."""
    try:
        return subprocess.call([python, "-c", "import pip"], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def make_venv():
    if works(PYTHON):
        return
    print("Making .venv…")
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True)
    if made.returncode == 0 and works(PYTHON):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if "No space left" in made.stdout + made.stderr:
        give_up(f"The disk is full: .venv could not be made in {PROJECT}.")
    give_up(
        "Python's venv module is missing or incomplete. On Debian or Ubuntu: "
        "apt-get install python3-venv, then start again."
    )


def install(lock):
    """The stamp says which lock was installed, so that the second run costs nothing."""
    with open(os.path.join(PROJECT, lock), "rb") as file:
        wanted = hashlib.sha256(file.read()).hexdigest()
    stamp = os.path.join(VENV, lock + ".installed")
    if os.path.exists(stamp):
        with open(stamp) as file:
            if file.read() == wanted:
                return
    print(f"Installing {lock} (a minute or two, the first time)…")
    sys.stdout.flush()
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    done = subprocess.run([*command, "-r", os.path.join(PROJECT, lock)], stderr=subprocess.PIPE, text=True)
    if done.returncode:
        give_up(explanation(done.stderr))
    with open(stamp, "w") as file:
        file.write(wanted)


def explanation(words):
    if "No space left" in words:
        return "The disk is full: the packages could not be installed."
    if "Temporary failure in name resolution" in words or "Connection refused" in words:
        return "The package index does not answer: check the network, then start again.\n" + words[-600:]
    return "The packages could not be installed:\n" + words[-1500:]


def put_project_on_path():
    """Lets pytest find tests/services.py before it has read anything. Relative: the folder may be renamed."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.check_output([PYTHON, "-c", code], text=True).strip()
    with open(os.path.join(packages, "vitre_civique_project.pth"), "w") as file:
        file.write(os.path.relpath(PROJECT, packages) + "\n")


def main(lock):
    check_machine()
    make_venv()
    install(lock)
    put_project_on_path()


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        give_up("The disk is full." if error.errno == 28 else f"{error.strerror}: {error.filename}")
