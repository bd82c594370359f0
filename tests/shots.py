"""`python -m tests.shots URL`: each page, phone and desktop, light and dark, into build/shots/.

Signed-in pages are taken with the accounts of the demonstration: `--as role=path_of_storage_state.json`,
a file that Playwright's `context.storage_state(path=…)` writes after a sign-in.
"""

import argparse
import os
import re
import shutil
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import sync_playwright

OUTPUT = Path(__file__).resolve().parent.parent / "build" / "shots"
WIDTHS = {"telephone": 360, "bureau": 1280}
SCHEMES = {"clair": "light", "sombre": "dark"}
PAGES = {
    "visiteur": [
        "/",
        "/missions/",
        "/collectes/",
        "/donner-une-heure/",
        "/demander-un-coup-de-main/",
        "/signaler-un-besoin/",
        "/aide/",
        "/contact/",
        "/charte/",
        "/mise-en-relation/",
        "/accessibilite/",
        "/mentions-legales/",
        "/confidentialite/",
        "/cookies/",
        "/plan-du-site/",
        "/apparence/",
        "/hors-ligne/",
        "/introuvable/",
    ],
}


def main():
    arguments = parse()
    pages = {role: [] for role in arguments.states} | PAGES
    for page in arguments.pages:
        role, _, path = page.rpartition(":")
        pages.setdefault(role or "visiteur", []).append(path)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        for role, paths in pages.items():
            for device, width in WIDTHS.items():
                for name, scheme in SCHEMES.items():
                    context = browser.new_context(
                        storage_state=arguments.states.get(role),
                        viewport={"width": width, "height": 800},
                        color_scheme=scheme,
                        reduced_motion="reduce",
                        locale="fr-FR",
                    )
                    shoot(context, arguments.url, paths, OUTPUT / role / f"{device}-{name}")
                    context.close()
        browser.close()


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="address of a running site")
    parser.add_argument("pages", nargs="*", help="more pages: /chemin/ or role:/chemin/")
    parser.add_argument("--as", dest="states", action="append", default=[], metavar="role=state.json")
    arguments = parser.parse_args()
    arguments.states = dict(state.split("=", 1) for state in arguments.states)
    return arguments


def shoot(context, url, paths, folder):
    folder.mkdir(parents=True, exist_ok=True)
    page = context.new_page()
    for path in paths:
        page.goto(urljoin(url, path), wait_until="networkidle")
        name = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "accueil"
        page.screenshot(path=folder / f"{name}.png", full_page=True)
        print(folder / f"{name}.png")


def chromium():
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


if __name__ == "__main__":
    main()
