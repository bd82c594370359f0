"""What every page must pass in a real browser: axe, no horizontal scroll, one title."""

from axe_playwright_python.base import AXE_SCRIPT

TAGS = ["RGAAv4", "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# (width, scheme) of the tests that look at one part of the site, in all its states. Each kind of page is seen
# in both widths and both themes in tests/look/test_walk.py; the night set holds nothing but colours, and
# every pair of them is measured (tests/look/test_contrast.py).
LOOKS = [(360, "dark")]
AXE_OPTIONS = {
    "runOnly": {"type": "tag", "values": TAGS},
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
    "preload": False,  # our style sheets are the page's own: axe need not fetch them again
}


# For a look that changes colours and nothing else: only these rules see it.
COLOUR_RULES = AXE_OPTIONS | {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "rules": {},
}


def violations(page, options):
    """What axe finds on the page as it stands; the script is read once for each page opened."""
    page.wait_for_load_state()  # without its style sheet a page passes and fails other rules
    # A colour half-way through a transition is no colour of ours.
    page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return page.evaluate("(options) => axe.run(options).then((results) => results.violations)", options)


def assert_accessible(page, options=AXE_OPTIONS):
    """No violation of axe (requirement A11Y-20); the message names rule, element and reason."""
    found = [
        f"{violation['id']} ({violation['help']}): {node['target']} {node.get('failureSummary', '')}"
        for violation in violations(page, options)
        for node in violation["nodes"]
    ]
    assert found == [], f"{page.url}\n" + "\n".join(found)


def assert_both_looks_accessible(page):
    """A page of the desk, on a large screen by day and on a phone by night, without opening it again."""
    for width, scheme in ((1280, "light"), (360, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert_accessible(page)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})


def assert_no_horizontal_scroll(page, width=320):
    """At `width` CSS pixels nothing sticks out; when something does, its selector is named."""
    page.wait_for_load_state()
    page.set_viewport_size({"width": width, "height": 700})
    assert page.evaluate(STICKING_OUT) == [], page.url


# Elements wider than the window, except inside a region that scrolls on its own.
STICKING_OUT = """() => {
  const limit = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= limit) return [];
  return [...document.body.querySelectorAll("*")]
    .filter((element) => element.getBoundingClientRect().right > limit + 1)
    .filter((element) => !element.closest(".table-scroll"))
    .map((element) => `${element.tagName}.${element.className}`);
}"""


def assert_one_title(page):
    """One `h1`, no level skipped, a title (requirement A11Y-22)."""
    levels = page.evaluate(HEADING_LEVELS)
    assert levels.count(1) == 1, (page.url, levels)
    skipped = [(a, b) for a, b in zip(levels, levels[1:], strict=False) if b > a + 1]
    assert (skipped, levels[0]) == ([], 1), (page.url, levels)
    assert page.title().endswith(" – Vitré civique"), page.title()


HEADING_LEVELS = """() => [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")]
  .filter((heading) => heading.checkVisibility())
  .map((heading) => Number(heading.tagName[1]))"""
