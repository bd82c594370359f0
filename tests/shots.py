"""`python -m tests.shots URL`: each page, phone and desktop, light and dark, into build/shots/.

Signed-in pages are taken with the accounts of the demonstration, whose codes its page /demo/ shows.
`--of agent` takes the pages of one role, `agent:/gestion/missions/mission/add/` one page more.
"""

import argparse
import os
import re
import shutil
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import sync_playwright

from vitre_civique.demo.accounts import DEMO_ACCOUNTS

OUTPUT = Path(__file__).resolve().parent.parent / "build" / "shots"
WIDTHS = {"telephone": 360, "bureau": 1280}
SCHEMES = {"clair": "light", "sombre": "dark"}
ACCOUNTS = {account.key: account for account in DEMO_ACCOUNTS}
# Name and the link of that page which leads further: what has a number of its own is found by walking there.
FIRST = {
    "une-mission": ("/missions/", ".mission-card a"),
    "un-quartier": ("/quartiers/", "main a[href^='/quartiers/'][href$='/']:not([href='/quartiers/'])"),
    "une-remontee": ("/remontees/", "main h2 a, main h3 a"),
    "un-recit": ("/recits/", "main h2 a, main h3 a"),
    "une-inscription": ("/inscriptions/", "main a[href^='/inscriptions/']"),
    "une-conversation": ("/messages/", "main a[href^='/messages/']"),
    "un-mail": ("/demo/mails/", "main a[href^='/demo/mails/']"),
    "une-mission-au-bureau": ("/gestion/missions/mission/", "#result_list th a"),
    "une-feuille": ("/gestion/missions/slot/", "#result_list a[href$='/feuille/']"),
    "une-remontee-au-bureau": ("/gestion/quartiers/needreport/", "#result_list th a"),
    "une-personne": ("/gestion/volunteers/volunteer/", "#result_list th a"),
}
PAGES = {
    "visiteur": [
        "/",
        "/missions/",
        "/collectes/",
        "/missions/calendrier/",
        "une-mission",
        "/quartiers/",
        "un-quartier",
        "/le-mois/",
        "/remontees/",
        "une-remontee",
        "/recits/",
        "un-recit",
        "/donner-une-heure/",
        "/je-donne-une-heure/",
        "/demander-un-coup-de-main/",
        "/signaler-un-besoin/",
        "/compte/connexion/",
        "/compte/inscription/",
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
        "/demo/",
        "un-mail",
    ],
    "habitante": [
        "/",
        "/demander-un-coup-de-main/pour-qui/",
        "/messages/",
        "une-conversation",
        "/mes-propositions/",
    ],
    "volontaire": [
        "/",
        "/mon-heure/",
        "/mon-heure/declarer/",
        "/missions/",
        "une-mission",
        "/inscriptions/",
        "une-inscription",
        "/mes-invitations/",
        "/messages/",
        "/mon-quartier/",
        "/mon-profil/",
        "/mon-agenda/",
        "/mes-messages/preferences/",
        "/mes-donnees/",
        "/mes-donnees/effacer/",
        "/compte/",
        "/compte/coordonnees/",
        "/compte/connexions/",
        "/proposer-une-mission/",
    ],
    "referente": [
        "/signaler-un-besoin/",
        "/remontees/nouvelle/",
        "/mes-remontees/",
        "/mon-quartier/",
        "/compte/protection/",
    ],
    "agent": [
        "/gestion/",
        "/gestion/missions/mission/",
        "/gestion/missions/mission/add/",
        "une-mission-au-bureau",
        "/gestion/missions/signup/",
        "/gestion/missions/slot/",
        "une-feuille",
        "/gestion/quartiers/needreport/",
        "une-remontee-au-bureau",
        "/gestion/volunteers/volunteer/",
        "une-personne",
        "/gestion/volunteers/volunteer/add/",
    ],
}


def main():
    arguments = parse()
    pages = {role: paths for role, paths in PAGES.items() if not arguments.roles or role in arguments.roles}
    for page in arguments.pages:
        role, _, path = page.rpartition(":")
        pages.setdefault(role or "visiteur", []).append(path)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        for role, paths in pages.items():
            context = browser.new_context(base_url=arguments.url, reduced_motion="reduce", locale="fr-FR")
            page = context.new_page()
            if role != "visiteur":
                sign_in(page, ACCOUNTS[role])
            for path in paths:
                shoot(page, path, OUTPUT / role)
            context.close()
        browser.close()


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="address of a running site")
    parser.add_argument("pages", nargs="*", help="more pages: /chemin/ or role:/chemin/")
    parser.add_argument("--of", dest="roles", action="append", default=[], choices=list(PAGES))
    return parser.parse_args()


def sign_in(page, account):
    page.goto("/demo/")
    code = page.get_by_role("row").filter(has_text=account.email).locator("td").last.inner_text()
    page.goto("/compte/connexion/mot-de-passe/")
    page.get_by_label("Votre adresse e-mail").fill(account.email)
    page.get_by_label("Votre mot de passe").fill(account.password)
    page.get_by_role("button", name="Me connecter").first.click()
    if account.has_totp:
        page.locator("input[name=code]").fill(code)
        page.get_by_role("button", name="Me connecter").first.click()
    page.wait_for_load_state()


def shoot(page, path, folder):
    """One page in its four looks; a page that has nothing to lead to (no mail yet…) is named and left."""
    name = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "accueil"
    address = first_of(page, *FIRST[path]) if path in FIRST else path
    if address is None:
        print(f"{name}: nothing to show")
        return
    page.goto(address, wait_until="networkidle")
    for device, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 800})
        for look, scheme in SCHEMES.items():
            page.emulate_media(color_scheme=scheme)
            target = folder / f"{device}-{look}" / f"{name}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=target, full_page=True)
    print(urlsplit(page.url).path, name)


def first_of(page, start, selector):
    page.goto(start)
    link = page.locator(selector).first
    return urljoin(page.url, link.get_attribute("href")) if link.count() else None


def chromium():
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


if __name__ == "__main__":
    main()
