"""`make pictures URL=…`: the six pictures of the README, docs/images/, from a running demonstration."""

import sys
from pathlib import Path
from urllib.parse import urljoin

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.shots import ACCOUNTS, chromium, sign_in

OUTPUT = Path(__file__).resolve().parent.parent / "docs" / "images"
PHONE, DESKTOP = (390, 844), (1280, 860)
MISSION, MAIL = "une mission", "un mail"
# name: (account or None, size, path)
PICTURES = {
    "accueil-telephone": (None, PHONE, "/"),
    "accueil": (None, DESKTOP, "/"),
    "missions": (None, DESKTOP, "/missions/"),
    "mission": (None, DESKTOP, MISSION),
    "mon-heure": ("jeune", PHONE, "/mon-heure/"),
    "bureau": ("agent", DESKTOP, "/gestion/"),
    "mail": (None, PHONE, MAIL),
}


def main(url):
    OUTPUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        for name, (key, (width, height), path) in PICTURES.items():
            context = browser.new_context(
                base_url=url,
                viewport={"width": width, "height": height},
                device_scale_factor=1.5,
                locale="fr-FR",
                reduced_motion="reduce",
            )
            page = context.new_page()
            if key:
                sign_in(page, ACCOUNTS[key])
            page.goto(address(page, path))
            save(page, OUTPUT / f"{name}.webp")
            context.close()
        browser.close()


def address(page, path):
    """A path; or the first mission of the list, or the first mail of the demonstration's mailbox."""
    if path == MISSION:
        page.goto("/missions/")
        return urljoin(page.url, page.locator(".mission-card a").first.get_attribute("href"))
    if path == MAIL:
        page.goto("/demo/mails/")
        mail = page.locator("main a[href*='/demo/mails/']").first.get_attribute("href")
        return urljoin(page.url, f"{mail.rstrip('/')}/html/")
    return path


def save(page, path):
    png = path.with_suffix(".png")
    page.screenshot(path=png)
    with Image.open(png) as picture:
        picture.convert("RGB").save(path, quality=78, method=6)
    png.unlink()
    print(path.name, path.stat().st_size // 1024, "kB")


if __name__ == "__main__":
    main(*sys.argv[1:])
