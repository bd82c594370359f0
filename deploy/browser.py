"""`make browser`: a Chromium for the tests. One on PATH; else Playwright's own; else Debian's, when root."""

# ruff: noqa: S603, S607 (fixed commands, no shell)

import os
import shutil
import subprocess
import sys

from playwright.sync_api import Error, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> None:
    if os.environ.get("CHROMIUM") or any(map(shutil.which, NAMES)) or playwright_has_one():
        return
    print("Installing a browser for the tests…", flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if playwright_has_one():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
        subprocess.run(command, check=False, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    if not any(map(shutil.which, NAMES)):
        sys.exit(
            "No browser could be installed: install Chromium, or name it with CHROMIUM=/path/to/chromium."
        )


def playwright_has_one() -> bool:
    """Present and able to start: its files alone do not tell whether the system's libraries are there."""
    try:
        with sync_playwright() as playwright:
            playwright.chromium.launch(args=["--no-sandbox"]).close()
    except Error:
        return False
    return True


if __name__ == "__main__":
    main()
