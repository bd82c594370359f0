"""What a browser would send: the fields of a page's form, as they stand, with the changes of the test."""

from bs4 import BeautifulSoup


def fields_of(answer, selector="form[method=post][id], #content form[method=post]"):
    """The successful controls of the first form of a page that has any field beside the CSRF token."""
    soup = BeautifulSoup(answer.content, "html.parser")
    forms = [form for form in soup.select(selector) if form.select("textarea, select, input[type=text]")]
    data = {}
    for control in forms[0].select("input[name], select[name], textarea[name]"):
        name, kind = control["name"], control.get("type", control.name)
        if kind in ("submit", "button") or (
            kind in ("checkbox", "radio") and not control.has_attr("checked")
        ):
            continue
        if control.name == "textarea":
            data[name] = control.text.removeprefix("\n").removeprefix("\r\n")
        elif control.name == "select":
            chosen = control.select("option[selected]") or control.select("option")[:1]
            data[name] = chosen[0].get("value", "") if chosen else ""
        elif kind == "checkbox":
            data.setdefault(name, []).append(control.get("value", "on"))
        else:
            data[name] = control.get("value", "")
    data.pop("csrfmiddlewaretoken", None)
    return data


def text_of(answer):
    """The words of a page, spaces folded."""
    return " ".join(BeautifulSoup(answer.content, "html.parser").get_text(" ").split())


def messages_of(answer):
    soup = BeautifulSoup(answer.content, "html.parser")
    return [" ".join(line.get_text(" ").split()) for line in soup.select(".messagelist li")]


def errors_of(answer):
    soup = BeautifulSoup(answer.content, "html.parser")
    return [" ".join(line.get_text(" ").split()) for line in soup.select(".desk-errors li")]
