"""The part of JSON Schema that quartiers/open311/schemas.json uses, for JSON and XML answers alike."""

import json
import re
from xml.etree import ElementTree

from quartiers.open311.views import SCHEMAS

DEFINITIONS = json.loads(SCHEMAS.read_text(encoding="utf-8"))["$defs"]
KNOWN = {
    "type", "xml", "additionalProperties", "required", "properties", "items", "enum", "pattern",
    "minLength", "minItems", "minimum", "$ref", "anyOf",
}  # fmt: skip
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}


def problems(value, schema, at="answer"):
    """Sentences about what does not fit; empty when all of it does."""
    assert set(schema) <= KNOWN, f"this validator does not know {set(schema) - KNOWN}"
    if "$ref" in schema:
        return problems(value, DEFINITIONS[schema["$ref"].rpartition("/")[2]], at)
    if "anyOf" in schema:
        tried = [problems(value, one, at) for one in schema["anyOf"]]
        return [] if [] in tried else tried[0]
    names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    kinds = [name for name in names if isinstance(value, TYPES[name])]
    if not kinds or (isinstance(value, bool) and "boolean" not in names):
        return [f"{at}: {value!r} is no {' or '.join(names)}"]
    found = [f"{at}: {value!r} {what}" for what, is_wrong in rules(value, schema) if is_wrong]
    if isinstance(value, dict):
        found += [f"{at}: lacks {name}" for name in schema["required"] if name not in value]
        found += [f"{at}: has {name}" for name in value if name not in schema["properties"]]
        for name, inner in schema["properties"].items():
            found += problems(value[name], inner, f"{at}.{name}") if name in value else []
    if isinstance(value, list):
        for number, item in enumerate(value):
            found += problems(item, schema["items"], f"{at}[{number}]")
    return found


def rules(value, schema):
    if isinstance(value, str):
        yield "is not in the list", value not in schema.get("enum", [value])
        yield "has another form", not re.search(schema.get("pattern", ""), value)
        yield "is empty", len(value) < schema.get("minLength", 0)
    if isinstance(value, list):
        yield "has too few items", len(value) < schema.get("minItems", 0)
    if isinstance(value, int | float):
        yield "is too small", value < schema.get("minimum", value)


def from_xml(element, schema):
    """The same plain value as in JSON, or an AssertionError where elements bear other names."""
    if "$ref" in schema:
        return from_xml(element, DEFINITIONS[schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return from_xml(element, schema["anyOf"][0]) if element.text else None
    names, text = schema["type"], element.text or ""
    if names == "object":
        tags = [child.tag for child in element]
        assert len(tags) == len(set(tags)), f"{element.tag} repeats an element"
        assert set(tags) <= set(schema["properties"]), f"{element.tag} has {tags}"
        return {child.tag: from_xml(child, schema["properties"][child.tag]) for child in element}
    if names == "array":
        assert {child.tag for child in element} <= {schema["items"]["xml"]["name"]}
        return [from_xml(child, schema["items"]) for child in element]
    if not text and "null" in names:
        return None
    if names == "boolean":
        return {"true": True, "false": False}[text]
    if names == "integer" or "number" in names:
        return float(text) if "number" in names else int(text)
    return text


def check(response, path, method):
    """Every answer of the API: its type, and its content against the schema of its address and status."""
    fmt = path.rpartition(".")[2]
    schema = DEFINITIONS[name_of(path, method, response.status_code)]
    if fmt == "json":
        assert response["Content-Type"] == "application/json; charset=utf-8"
        value = json.loads(response.content)
    else:
        assert response["Content-Type"] == "text/xml; charset=utf-8"
        tree = ElementTree.fromstring(response.content)  # noqa: S314 (our own answer)
        assert tree.tag == schema["xml"]["name"]
        value = from_xml(tree, schema)
    assert problems(value, schema) == [], path


def name_of(path, method, status):
    if status >= 400:
        return "errors"
    if "/discovery." in path:
        return "discovery"
    if "/services/" in path:
        return "service_definition"
    if "/services." in path:
        return "services"
    return "filed_request" if method == "POST" else "service_requests"
