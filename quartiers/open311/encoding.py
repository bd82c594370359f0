"""One answer as Open311 writes it: the same plain values as XML (with a root) or JSON (without it)."""

import json
from xml.etree import ElementTree

from django.http import HttpResponse

TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}


class Refusal(Exception):
    """A request that Open311 answers with its list of errors."""

    def __init__(self, status, description):
        self.status, self.description = status, description
        super().__init__(description)


def answer(fmt, root, value, *, status=200):
    """`value` under `root`: a dict, or (name of each item, list of dicts)."""
    content = as_xml(root, value) if fmt == "xml" else as_json(value)
    return HttpResponse(content, content_type=TYPES[fmt], status=status)


def refused(fmt, refusal):
    error = {"code": str(refusal.status), "description": refusal.description}
    return answer(fmt, "errors", ("error", [error]), status=refusal.status)


def as_json(value):
    return json.dumps(_without_names(value), ensure_ascii=False).encode()


def as_xml(root, value):
    element = ElementTree.Element(root)
    _fill(element, value)
    return ElementTree.tostring(element, encoding="UTF-8", xml_declaration=True)


def _without_names(value):
    """A named list is a plain list in JSON, also with one item or none."""
    if isinstance(value, tuple):
        return [_without_names(item) for item in value[1]]
    if isinstance(value, dict):
        return {name: _without_names(inner) for name, inner in value.items()}
    return value


def _fill(element, value):
    if isinstance(value, tuple):
        name, items = value
        for item in items:
            _fill(ElementTree.SubElement(element, name), item)
    elif isinstance(value, dict):
        for name, inner in value.items():
            _fill(ElementTree.SubElement(element, name), inner)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = "".join(sign for sign in str(value) if sign in "\n\t" or ord(sign) >= 32)
