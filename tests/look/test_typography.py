"""French typography of what we write, pages and mails alike: no line begins with « ? » (UX-28)."""

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
FOLDERS = [ROOT / "templates", ROOT / "vitre_civique" / "demo" / "templates"]
TEMPLATES = sorted(
    path
    for folder in FOLDERS
    for path in folder.rglob("*")
    if path.suffix in {".html", ".txt"} and "machines" not in path.parts
)
# What is no prose: comments, codes, addresses, and tags but for the words they carry.
APART = re.compile(r"\{#.*?#\}|\{% comment.*?endcomment %\}|<(code|pre|script|style)\b.*?</\1>", re.DOTALL)
QUOTED = re.compile(r'"([^"]*)"')
SPOKEN = re.compile(r'\b(?:alt|aria-label|content|title)="([^"]*)"')
FAULTS = {
    "an ordinary space before ; ! ? or :": re.compile(r"(?<=[\w’)»}%>…]) (?=[;:!?](?:\s|<|\"|$))"),
    "an ordinary space inside « »": re.compile(r"« | »"),
    "an hour that may be cut": re.compile(r"\d h\b|\dh\d\d|\bh \d\d\b"),
    "a straight apostrophe": re.compile(r"(?<=[a-zà-ÿA-Z])'(?=[a-zà-ÿA-Z])"),
    "three dots": re.compile(r"\w\.\.\."),
}
# Words of English that no French sentence has.
ENGLISH = re.compile(
    r"\b(?:the|and|your|you|with|from|this|please|sign|login|logout|password|save|delete|add|home|search|"
    r"field|required|submit|cancel|next|previous|back|loading|error|welcome|hello|close|yes|select|choose|today|now|"
    r"reset|settings|account|click|here|mission request|slot|signup|shift|task|volunteer|unsubscribe)\b",
    re.IGNORECASE,
)


def prose_of(template):
    """The words of a template: what stands between tags, and the sentences given to included fragments."""
    text = APART.sub("", template)
    text = re.sub(r"\{\{.*?\}\}", "X", text, flags=re.DOTALL)
    text = re.sub(r"\{%.*?%\}", lambda tag: " ".join(QUOTED.findall(tag[0])) or "%", text, flags=re.DOTALL)
    return re.sub(r"</?[a-z][^>]*>", lambda tag: " ".join(SPOKEN.findall(tag[0])) + ">", text)


def test_every_template_is_set_as_french_is():
    found = []
    for path in TEMPLATES:
        prose = prose_of(path.read_text(encoding="utf-8"))
        for fault, pattern in FAULTS.items():
            for each in pattern.finditer(prose):
                around = prose[max(0, each.start() - 25) : each.end() + 10]
                found.append(f"{path.relative_to(ROOT)}: {fault}: {around!r}")

    assert len(TEMPLATES) > 300
    assert "\n".join(found) == ""


def test_no_template_speaks_english():
    """What a reader sees, on pages and in mails: machines' words stand in tags, addresses and codes."""
    found = []
    for path in TEMPLATES:
        words = ENGLISH.findall(spoken_by(path.read_text(encoding="utf-8")))
        found += [f"{path.relative_to(ROOT)}: {word}" for word in words]

    assert found == []


def spoken_by(template):
    """The text between tags alone."""
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " ", APART.sub("", template), flags=re.DOTALL)
    return re.sub(r"<[^>]*>", " ", text)
