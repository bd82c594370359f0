"""One walk through the demonstration's town in a real browser: anybody, residents, a referent, an agent.

Under the real CSP: axe in both themes and both sizes (A11Y-20), headings and titles (A11Y-22), 320 px and
text twice as large (A11Y-26), size of targets (A11Y-25); on the main pages each step of the Tab key, with its
focus (A11Y-23, A11Y-24). A page is opened when it is the first of its kind, or shows this role a fragment no
earlier page had: each page is read once, and the four looks are tried on it without reloading.
"""

import re
from collections import defaultdict
from mailbox import Maildir

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from tests.browser_checks import AXE_OPTIONS, COLOUR_RULES, HEADING_LEVELS, STICKING_OUT, violations
from tests.crawler import client_of, crawl, pattern_of
from tests.page_reader import Page
from vitre_civique.demo.seed import seed_demo

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ROLES = ["", "volontaire", "habitante", "referente", "agent"]
WIDTHS = [1280, 360]
# Where the keyboard goes step by step.
MAIN = {
    "": ["/", "/missions/", "/compte/connexion/", "/je-donne-une-heure/"],
    "volontaire": ["/mon-heure/", "/mes-messages/preferences/", "/messages/"],
    "habitante": ["/demander-un-coup-de-main/pour-qui/"],
    "referente": ["/mes-remontees/"],
    "agent": ["/gestion/"],
}
# The desk is opened by name: its other pages are looked at in tests/desk and tests/quartiers.
DESK = [
    "/gestion/",
    "/gestion/missions/mission/",
    "/gestion/missions/mission/add/",
    "/gestion/quartiers/needreport/",
    "/gestion/missions/slot/",
    "/gestion/missions/signup/",
    "/gestion/volunteers/volunteer/",
    "/gestion/volunteers/volunteer/add/",
    "/gestion/missions/invitation/a-relire/",
    "/gestion/notifications/notification/",
]


@pytest.fixture
def town(settings, tmp_path):
    settings.DEMO, settings.DEMO_MAILS = True, tmp_path / "mails"
    Maildir(settings.DEMO_MAILS, create=True)
    seed_demo(today=timezone.localdate())


def test_no_page_of_any_role_has_a_known_defect(browser, live_site, context_options, town):
    seen, faults, opened = defaultdict(set), defaultdict(list), 0
    for role in ROLES:
        client = client_of(role)
        with_session = session_of(client, live_site.url)
        context = browser.new_context(
            base_url=live_site.url, **context_options | {"reduced_motion": "reduce"}
        )
        context.add_cookies(with_session)
        page = context.new_page()
        page.on("console", lambda line, role=role: heard(line, role, faults))
        for path in DESK if role == "agent" else worth_opening(client, role, seen):
            opened += 1
            for fault in faults_of_page(page, path):
                faults[fault].append(f"{role or 'anonymous'} {path}")
        for path in MAIN[role]:
            for fault in faults_of_tabbing(page, path):
                faults[fault].append(f"{role or 'anonymous'} {path}")
        context.close()

    found = [f"{fault}  ← {', '.join(sorted(set(where))[:4])}" for fault, where in faults.items()]
    assert "\n".join(found) == ""
    assert opened > 80


def heard(line, role, faults):
    """What the browser complains of: a policy refused, a script that fails, a file that is not there."""
    if line.type == "error" and not line.location["url"].endswith("/introuvable/"):
        faults[f"console: {line.text}"].append(role or "anonymous")


def session_of(client, url):
    cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
    return [{"name": cookie.key, "value": cookie.value, "url": url}] if cookie else []


def worth_opening(client, role, seen):
    starts = ["/", reverse("missions:list"), reverse("pages:sitemap"), "/introuvable/", "/hors-ligne/"]
    starts += [reverse("accounts:home"), reverse("missions:my_hour")] if role else []
    kinds = set()
    for path, answer, page in crawl(client, starts, alike=1):
        page = page or page_of_error(answer)
        kind = kind_of(path)
        if page is None or kind in kinds:
            continue
        kinds.add(kind)
        fragments = fragments_of(page.soup)
        if kind not in seen or not fragments <= seen["fragments"]:
            yield path
        seen["fragments"] |= fragments
        seen[kind].add(role)


def kind_of(path):
    """The name of a quartier makes no kind of its own."""
    return re.sub(r"^/quartiers/[^/]+", "/quartiers/x", pattern_of(path).partition("?")[0])


def page_of_error(answer):
    is_page = answer.status_code >= 400 and answer["Content-Type"].startswith("text/html")
    return Page(answer.content) if is_page else None


def fragments_of(soup):
    """Every way one element of the page stands in another: « ul.cards > li », « section.slots > h2 »…"""
    return {(names(tag.parent), names(tag)) for tag in soup.body.find_all()}


def names(tag):
    state = tag.get("type") or tag.get("aria-current") or ""
    return (tag.name, state, *sorted(tag.get("class", ())))


def faults_of_page(page, path):
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    page.emulate_media(color_scheme="light")
    page.goto(path)
    yield from page.evaluate(SHAPE_OF_PAGE)
    levels = page.evaluate(HEADING_LEVELS)
    if (
        levels[:1] != [1]
        or levels.count(1) != 1
        or any(b > a + 1 for a, b in zip(levels, levels[1:], strict=False))
    ):
        yield f"headings {levels}"
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        yield from axe(page, AXE_OPTIONS, f"{width} light")
        page.emulate_media(color_scheme="dark")
        yield from axe(page, COLOUR_RULES, f"{width} dark")
        page.emulate_media(color_scheme="light")
    yield from (f"small target: {target}" for target in page.evaluate(SMALL_TARGETS))
    page.set_viewport_size({"width": 320, "height": 700})
    yield from (f"sticks out at 320 px: {element}" for element in page.evaluate(STICKING_OUT))
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    yield from (f"sticks out with text at 200 %: {element}" for element in page.evaluate(STICKING_OUT))
    yield from (f"cut with text at 200 %: {element}" for element in page.evaluate(CUT))


def axe(page, options, look):
    for found in violations(page, options):
        for node in found["nodes"]:
            yield f"axe {found['id']} ({look}): {node['target']} {node.get('failureSummary', '')}"


SHAPE_OF_PAGE = """() => [
  ...(/.+ – (Vitré civique|Bureau de la mairie)$/.test(document.title) ? [] : [`title: ${document.title}`]),
  ...(document.documentElement.lang === "fr" ? [] : ["lang"]),
  ...(!document.querySelector("nav") || document.querySelector("a").hash === "#contenu"
    ? [] : ["the first link does not skip to the content"]),
]"""

# Buttons, menus and fields: 44 px; a box to tick counts with its label.
SMALL_TARGETS = """() => [...document.querySelectorAll(
    "button, .btn, .button, summary, nav a, select, input:not([type=hidden]), input[type=checkbox]")]
  .filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest("[hidden], .skip"))
  .filter((e) => {
    const box = e.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) return false;
    const isBox = ["checkbox", "radio", "file"].includes(e.type);
    const around = isBox ? [...(e.labels ?? []), e.closest(".tile, .form-check, .week-cell, label")] : [];
    const boxes = [e, ...around].filter(Boolean).map((each) => each.getBoundingClientRect());
    const [top, bottom] = [Math.min(...boxes.map((b) => b.top)), Math.max(...boxes.map((b) => b.bottom))];
    return bottom - top < (e.closest(".desk") ? 24 : 43.5);
  })
  .map((e) => `${e.tagName}.${e.className} « ${(e.textContent || e.name).trim().slice(0, 30)} »`)"""

# Words that a box with a fixed size hides.
CUT = """() => [...document.querySelectorAll("main *")]
  .filter((e) => e.checkVisibility() && e.children.length === 0 && e.textContent.trim())
  .filter((e) => getComputedStyle(e).overflow === "hidden")
  .filter((e) => !e.closest(".visually-hidden, .digits, .first-button"))
  .filter((e) => e.scrollHeight > e.clientHeight + 4 || e.scrollWidth > e.clientWidth + 4)
  .map((e) => `${e.tagName}.${e.className}`)"""


def faults_of_tabbing(page, path):
    """Tab from the top of the page to its end: each stop once, in order, seen, and covered by nothing."""
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(path)
    expected = page.evaluate(STOPS)
    page.evaluate("document.activeElement.blur()")
    walked = []
    for _ in range(expected + 1):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop["place"] < 0:
            break
        walked.append(stop["place"])
        if not stop["isSeen"]:
            yield f"focus not seen: {stop['name']}"
        if stop["isCovered"]:
            yield f"focus covered: {stop['name']}"
    if walked != list(range(expected)):
        missed = page.evaluate(
            "(places) => places.map((n) => stops[n].outerHTML.slice(0, 90))",
            sorted(set(range(expected)) - set(walked)),
        )
        yield f"Tab: {len(walked)} stops of {expected}, never at {missed}"


# One stop for a group of radio buttons: the checked one, else its first.
STOPS = """() => {
  const radios = (e) => [...(e.form ?? document).querySelectorAll(`input[type=radio][name="${e.name}"]`)];
  const reachable = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  window.stops = [...document.querySelectorAll(reachable)]
    .filter((e) => e.checkVisibility({ visibilityProperty: true }) && e.type !== "hidden")
    .filter((e) => !e.disabled && e.tabIndex >= 0)
    .filter((e) => e.type !== "radio" || e === (radios(e).find((r) => r.checked) ?? radios(e)[0]));
  return window.stops.length;
}"""
STOP = """() => {
  const e = document.activeElement;
  const looks = [e, ...[...(e.labels ?? [])], e.parentElement, e.firstElementChild].filter(Boolean)
    .flatMap((each) => [getComputedStyle(each), getComputedStyle(each, "::after")]);
  const box = e.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 20));
  const bar = top?.closest(".bottom-bar, .submit-row, header");
  return {
    place: window.stops.indexOf(e),
    name: `${e.tagName}.${e.className} « ${(e.textContent || e.name || "").trim().slice(0, 30)} »`,
    isSeen: looks.some((look) => look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2
      || look.boxShadow !== "none") || e.closest("svg") !== null,
    isCovered: Boolean(bar) && !bar.contains(e),
  };
}"""
