"""French typography of what we write, pages and mails alike: no line begins with « ? » (UX-28)."""

import ast
import re
import tomllib
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
APPS = [ROOT / name for name in ("missions", "quartiers", "volunteers", "vitre_civique")]
MODULES = sorted(path for app in APPS for path in app.rglob("*.py") if "migrations" not in path.parts)
DATA = sorted(path for app in APPS for path in app.rglob("*.toml"))
# What the settings say goes to a terminal, beside the name of a variable.
MODULES.remove(ROOT / "vitre_civique" / "settings.py")
# Two of the faults above; the others look like code in Python (an f-string’s expression is one « X »).
SPACES = ("an ordinary space before ; ! ? or :", "an ordinary space inside « »")
# A slice in SQL, and the moments of the demonstration’s slots, speak to machines.
TO_MACHINES = re.compile(r"::int|^\S+ \d\d:\d\d \d+ ")
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


def test_every_sentence_in_python_is_set_as_french_is():
    said = [(path, each) for path in MODULES for each in literals_of(path.read_text(encoding="utf-8"))]

    assert len(said) > 5000
    assert badly_set(said) == []


def test_every_sentence_of_the_data_is_set_as_french_is():
    said = [
        (path, each) for path in DATA for each in strings_in(tomllib.loads(path.read_text(encoding="utf-8")))
    ]

    assert len(said) > 500
    assert badly_set(said) == []


def badly_set(said):
    return [
        f"{path.relative_to(ROOT)}: {fault}: {text!r}"
        for path, text in said
        for fault in SPACES
        if FAULTS[fault].search(text) and not TO_MACHINES.search(text)
    ]


def literals_of(source):
    """Each string of a module but its docstrings; an f-string whole, « X » for what is put in."""
    tree = ast.parse(source)
    apart = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            apart |= {id(part) for part in node.values}
            yield "".join(part.value if isinstance(part, ast.Constant) else "X" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in apart:
            yield node.value


def strings_in(data):
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for each in data.values() if isinstance(data, dict) else data:
            yield from strings_in(each)


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
