"""Our own pages in a real browser: weight, keyboard, focus, theme, no JavaScript (axe is in test_walk.py)."""

import pytest
from django.conf import settings
from django.test import Client

from tests.browser_checks import assert_accessible, assert_no_horizontal_scroll
from tests.factories import create_user

PATHS = [
    "/",
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
    "/cette-page-n-existe-pas/",
]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_pages_say_nothing_in_the_console(page):
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("requestfailed", lambda request: said.append(request.url))
    for path in PATHS[:-1]:
        page.goto(path, wait_until="networkidle")

    assert said == []


def test_a_first_visit_is_light(page):
    weights = []
    page.on("response", lambda response: weights.append(len(response.body())))
    page.goto("/", wait_until="networkidle")

    assert (len(weights) <= 20, sum(weights) <= 500_000) == (True, True), (len(weights), sum(weights))


def test_the_next_pages_are_lighter(page):
    """UI-06: what an earlier page brought stays in the browser, every static file bears a name for ever."""
    met, weights = set(), {}
    page.on("response", lambda response: weigh(response, met, weights))
    for path in ("/", "/missions/", "/quartiers/", "/remontees/", "/compte/connexion/", "/aide/"):
        weights[path] = []
        page.goto(path, wait_until="networkidle")

    assert {path: sum(sizes) for path, sizes in list(weights.items())[1:] if sum(sizes) > 60_000} == {}


def weigh(response, met, weights):
    """Under the page being opened, the last key of `weights`: each address once, a redirect has no body."""
    if response.url not in met and response.ok:
        met.add(response.url)
        weights[list(weights)[-1]].append(len(response.body()))


def test_keyboard_reaches_everything_once_beginning_with_the_skip_link(page):
    page.goto("/")
    expected = page.evaluate(REACHABLE)
    walked = []
    for _ in expected:
        page.keyboard.press("Tab")
        walked.append(page.evaluate(f"{NAME_OF}(document.activeElement)"))

    assert walked[0] == "A Aller au contenu"
    assert walked == expected


NAME_OF = "((e) => `${e.tagName} ${e.textContent.trim().replace(/\\s+/g, ' ')}`)"
REACHABLE = f"""() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
  .filter((e) => e.checkVisibility() && e.type !== "hidden").map({NAME_OF})"""


def test_skip_link_brings_to_the_content(page):
    page.goto("/aide/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "contenu"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_focus_is_seen(page, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto("/apparence/")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")

    width, style = page.locator(":focus").evaluate(
        "(e) => [getComputedStyle(e).outlineWidth, getComputedStyle(e).outlineStyle]"
    )
    assert (float(width.removesuffix("px")) >= 2, style) == (True, "solid")


def test_body_text_is_large_and_lines_are_short(page):
    page.goto("/mentions-legales/")

    size, line = page.locator("body").evaluate(
        "(e) => [parseFloat(getComputedStyle(e).fontSize), parseFloat(getComputedStyle(e).lineHeight)]"
    )
    assert (size >= 18, round(line / size, 2)) == (True, 1.55)


def sign_in(page, live_site, user):
    client = Client()
    client.force_login(user)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_site.url}])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_bottom_bar_of_signed_in_people(page, live_site, scheme):
    sign_in(page, live_site, create_user())
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": 360, "height": 740})

    page.goto("/aide/")

    bar = page.get_by_role("navigation", name="Mes pages")
    heights = bar.get_by_role("link").evaluate_all("links => links.map(link => link.offsetHeight)")
    assert (len(heights) >= 2, [height for height in heights if height < 44]) == (True, [])
    assert_accessible(page)
    assert_no_horizontal_scroll(page)


def test_bottom_bar_never_hides_what_has_focus(page, live_site):
    sign_in(page, live_site, create_user())
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/mentions-legales/")
    page.get_by_role("link", name="Apparence").focus()

    covered = page.locator(":focus").evaluate(COVERED)
    assert not covered


COVERED = """(link) => {
  const bar = document.querySelector(".bottom-bar").getBoundingClientRect();
  return link.getBoundingClientRect().bottom > bar.top;
}"""


class TestWithoutJavaScript:
    @pytest.fixture
    def context_options(self, context_options):
        phone = {"width": 360, "height": 740}
        return {**context_options, "java_script_enabled": False, "viewport": phone}

    def test_menu_of_phones_opens(self, page):
        page.goto("/")
        page.get_by_text("Menu", exact=True).click()
        page.locator(".nav-phone").get_by_role("link", name="Comment ça marche").click()

        assert page.url.endswith("/aide/")

    def test_theme_is_chosen(self, page):
        page.goto("/apparence/")
        page.get_by_label("Sombre").check()
        page.get_by_role("button", name="Garder ce choix").click()

        assert page.locator("html").get_attribute("data-theme") == "sombre"


def test_offline_page_gives_the_number(page):
    page.goto("/", wait_until="networkidle")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload(wait_until="networkidle")
    page.context.set_offline(True)

    page.goto("/aide/")

    assert page.locator("h1").inner_text() == "Vous êtes hors ligne"
    assert page.locator("a[href^='tel:']").is_visible()
