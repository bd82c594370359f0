"""Every pair of colours of the tokens, in both themes: 4.5:1 for text, 3:1 for controls and focus (UI-04)."""

import re
from pathlib import Path

import pytest
from django.conf import settings

CSS = Path(settings.BASE_DIR) / "static" / "css"
TEXT = 4.5
CONTROL = 3.0

# (foreground, background, minimum): each pair that a stylesheet really puts together.
PAIRS = [
    *[("text", ground, TEXT) for ground in ("page", "surface", "sunken", "slate-light", "honey-light")],
    *[("text", ground, TEXT) for ground in ("danger-light", "lichen-light", "brick-light", "plum-light")],
    *[("quiet", ground, TEXT) for ground in ("page", "surface", "sunken", "slate-light")],
    *[("slate", ground, TEXT) for ground in ("page", "surface", "sunken", "slate-light", "brick-light")],
    *[("link", ground, TEXT) for ground in ("page", "surface", "sunken", "slate-light", "honey-light")],
    *[("link", ground, TEXT) for ground in ("danger-light", "lichen-light")],
    ("on-slate", "slate", TEXT),
    ("footer-ink", "slate-deep", TEXT),
    ("on-slate-quiet", "slate-deep", TEXT),
    ("on-brick", "brick", TEXT),
    ("on-brick", "brick-deep", TEXT),
    ("brick", "page", TEXT),
    ("brick", "surface", TEXT),
    ("on-honey", "honey", TEXT),
    *[("lichen", ground, TEXT) for ground in ("page", "surface", "lichen-light")],
    *[("plum", ground, TEXT) for ground in ("page", "surface", "plum-light")],
    *[("danger", ground, TEXT) for ground in ("page", "surface", "danger-light")],
    *[("line", ground, CONTROL) for ground in ("page", "surface", "sunken")],
    *[("focus", ground, CONTROL) for ground in ("page", "surface", "sunken", "slate-light", "honey-light")],
    ("focus-halo", "focus", CONTROL),
    ("focus-halo", "brick", CONTROL),
    ("honey", "slate-deep", CONTROL),
    ("tick-free", "surface", CONTROL),
    ("tick-free", "page", CONTROL),
]


def tokens(*files):
    found = {}
    for file in files:
        found.update(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", (CSS / file).read_text()))
    return found


THEMES = {"light": tokens("tokens.css"), "dark": tokens("tokens.css", "tokens-dark.css")}


def luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_of_known_colours():
    assert (contrast("#000000", "#ffffff"), round(contrast("#767676", "#ffffff"), 2)) == (21, 4.54)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("foreground", "background", "minimum"), PAIRS)
def test_pair_is_readable(theme, foreground, background, minimum):
    ratio = contrast(THEMES[theme][foreground], THEMES[theme][background])

    assert ratio >= minimum, f"{foreground} on {background}, {theme}: {ratio:.2f}"


def test_dark_set_names_every_colour_of_the_light_set():
    assert set(tokens("tokens-dark.css")) == set(tokens("tokens.css"))


def test_colours_are_written_in_the_tokens_only():
    colour = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(")
    elsewhere = [
        f"{file.name}: {line.strip()}"
        for file in sorted(CSS.glob("*.css"))
        if not file.name.startswith("tokens")
        for line in file.read_text().splitlines()
        if colour.search(line)
    ]

    assert elsewhere == []


def test_the_night_set_changes_colours_and_nothing_else():
    """What lets the walk try on it the rules about colours alone (tests/look/test_walk.py)."""
    css = re.sub(r"/\*.*?\*/", "", (CSS / "tokens-dark.css").read_text(encoding="utf-8"), flags=re.DOTALL)

    assert re.fullmatch(r"\s*:root\s*\{\s*color-scheme: dark;(\s*--[a-z-]+: #[0-9a-f]{6};)+\s*\}\s*", css)
