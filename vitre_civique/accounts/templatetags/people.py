"""What account pages need to show: a phone number, the device of a connection, options of a passkey."""

import json

import phonenumbers
from django import template
from django.core.serializers.json import DjangoJSONEncoder

register = template.Library()

BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


@register.filter
def phone(number):
    """« +33612345678 » → « 06 12 34 56 78 »."""
    if not number:
        return ""
    parsed = phonenumbers.parse(number, "FR")
    styles = phonenumbers.PhoneNumberFormat
    style = styles.NATIONAL if parsed.country_code == 33 else styles.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)


@register.filter
def device(user_agent):
    """« Firefox sur Windows », or « Appareil inconnu »."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return " sur ".join(filter(None, [browser, system])) or "Appareil inconnu"


@register.filter
def as_json(data):
    """For a data- attribute, which the template escapes: a script block would need a looser CSP."""
    return json.dumps(data, cls=DjangoJSONEncoder)
