"""`make lock`: pins every dependency with its hashes, for every Python we support, naming no host."""

# ruff: noqa: S603 (fixed commands, no shell)

import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
# The largest first: what follows takes the same versions from it.
LOCKS = {
    "requirements-dev.lock": ["--extra", "dev", "--extra", "demo"],
    "requirements-demo.lock": ["--extra", "demo", "--constraint", "requirements-dev.lock"],
    "requirements.lock": ["--constraint", "requirements-dev.lock"],
}
FORBIDDEN = re.compile(r"https?:|file:|^\s*--(index|extra-index|find-links|trusted)|^/|@ ", re.MULTILINE)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = f"{folder}/bin/python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "uv"], check=True)
        for name, options in LOCKS.items():
            command = [
                python, "-m", "uv", "pip", "compile", "pyproject.toml", "--upgrade", "--quiet",
                "--universal", "--python-version", "3.11", "--generate-hashes",
                "--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate",
                *options, "--output-file", name,
            ]  # fmt: skip
            subprocess.run(command, check=True, cwd=PROJECT, stdout=subprocess.DEVNULL)
            refuse_hosts(PROJECT / name)


def refuse_hosts(path: Path) -> None:
    found = FORBIDDEN.search(path.read_text())
    if found:
        sys.exit(f"{path.name} names a host or a local path ({found.group()!r}): it must not.")


if __name__ == "__main__":
    main()
