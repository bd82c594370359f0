"""What a hurried, curious or wicked person types, sent to a form as a browser would send it."""

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile

TEXT = {"text", "email", "tel", "search", "url", "number", "textarea"}
DAYS = {"date", "time"}
CHOICES = {"select", "radio", "checkbox"}
# Never shown again once typed, on purpose.
SECRET = {"password", "code"}
SCRIPT = '<script>alert("vu")</script>'
TEN_MEGABYTES = 10 * 1024 * 1024
ERRORS = ".error-summary li, .errornote, .invalid-feedback, .errorlist li, .desk-errors li, [role=alert]"


@dataclass(frozen=True)
class Control:
    name: str
    kind: str
    value: str
    is_on: bool = True

    @property
    def is_typed(self):
        return self.kind in TEXT and self.name not in SECRET


@dataclass(frozen=True)
class Form:
    """One form of one page, with its controls as they stand."""

    page: str
    method: str
    action: str
    controls: tuple

    @property
    def is_free(self):
        """Whether somebody types or chooses something there: a lone button is no form to fill."""
        return any(each.kind in TEXT | DAYS | CHOICES | {"file"} for each in self.controls)


def forms_of(soup, page):
    for tag in soup.select("form"):
        controls = tuple(control for each in tag.select("input, select, textarea") for control in read(each))
        action = urljoin(page, tag.get("action") or page)
        if not urlsplit(action).netloc:
            yield Form(page, tag.get("method", "get").lower(), action, controls)


def read(tag):
    name = tag.get("name")
    kind = tag.name if tag.name != "input" else tag.get("type", "text")
    # « __prefix__ »: the model of a line that a script would copy.
    if not name or name == "csrfmiddlewaretoken" or "__prefix__" in name:
        return
    if kind in ("submit", "button", "image"):
        return
    if tag.name == "textarea":
        value = tag.text.replace("\r\n", "\n").removeprefix("\n")
    elif tag.name == "select":
        chosen = tag.select("option[selected]") or tag.select("option")[:1]
        value = chosen[0].get("value", "") if chosen else ""
    else:
        value = tag.get("value", "on" if kind in ("checkbox", "radio") else "")
    yield Control(name, kind, value, kind not in ("checkbox", "radio") or tag.has_attr("checked"))


def empty(control):
    return None if control.kind in ("radio", "checkbox", "file") else ""


def typed(words):
    return lambda control: words if control.is_typed else control.value


def impossible_date(control):
    part = control.name.rpartition("_")[2]
    if control.kind == "date":
        return "2027-02-30"
    if control.kind == "time":
        return "25:61"
    return {"0": "30", "1": "février", "2": "2027"}.get(part, control.value)


def past(control):
    return {"date": "2020-01-06", "time": "10:00"}.get(control.kind, control.value)


def of_somebody_else(control):
    return "999999999" if control.kind in CHOICES else control.value


def huge_file(control):
    if control.kind != "file":
        return control.value
    return SimpleUploadedFile("IMG_1.jpg", b"\xff\xd8" + b"0" * TEN_MEGABYTES, "image/jpeg")


@dataclass(frozen=True)
class Badness:
    """`touches`: whether this form has anything it can spoil. `is_refused`: it can never be right."""

    name: str
    value: object
    touches: object
    is_refused: bool = False


def has(*kinds):
    return lambda form: any(each.kind in kinds and each.name not in SECRET for each in form.controls)


def has_date(form):
    """A day of the browser's calendar, or one in three text inputs."""
    names = {each.name for each in form.controls}
    parts = [{f"{name[:-2]}_{part}" for part in "012"} for name in names if name.endswith("_0")]
    return has(*DAYS)(form) or any(each <= names for each in parts)


BADNESSES = (
    Badness("empty", empty, has(*TEXT, *CHOICES)),
    Badness("too long", typed("a" * 6000), has(*TEXT), is_refused=True),
    Badness("emoji", typed("🎈🎈🎈"), has(*TEXT)),
    Badness("script", typed(SCRIPT), has(*TEXT)),
    Badness("no such date", impossible_date, has_date, is_refused=True),
    Badness("past", past, has(*DAYS)),
    Badness("somebody else's", of_somebody_else, has("select", "radio"), is_refused=True),
    Badness("10 MB", huge_file, has("file"), is_refused=True),
)


def filled(form, badness):
    """The body a browser would send, with the bad values in it."""
    data = {"csrfmiddlewaretoken": "x"} if form.method == "post" else {}
    for control in form.controls:
        value = badness.value(control)
        is_spoilt = value != control.value
        if value is None or not (control.is_on or is_spoilt):
            continue
        if control.kind == "checkbox":
            data.setdefault(control.name, []).append(value)
        elif control.kind != "file" or is_spoilt:
            data[control.name] = value
    return data


def faults_of(form, badness, data, answer, *, has_written):
    """What is wrong with the answer, in words."""
    where = f"{form.page} → {form.action} ({badness.name})"
    if answer.status_code >= 500:
        yield f"{where}: answers {answer.status_code}"
        return
    if SCRIPT in answer.content.decode(errors="replace"):
        yield f"{where}: the script stands in the page"
    if badness.is_refused and has_written:
        yield f"{where}: something was written"
    if 300 <= answer.status_code < 400:
        if badness.is_refused and any(each.kind == "textarea" for each in form.controls):
            yield f"{where}: sent away, what was typed is lost"
        return
    if answer.status_code in (403, 404, 413, 429) or form.method == "get":
        return
    soup = BeautifulSoup(answer.content, "html.parser")
    if not [line for line in soup.select(ERRORS) if line.get_text(strip=True)]:
        yield f"{where}: no sentence"
    yield from lost(form, data, soup, where)


def lost(form, data, soup, where):
    shown = {control.name: control.value for each in forms_of(soup, form.page) for control in each.controls}
    for control in form.controls:
        wanted = data.get(control.name)
        if control.is_typed and isinstance(wanted, str) and shown.get(control.name, "").strip() != wanted:
            yield f"{where}: « {control.name} » is lost"
