"""From a Message to the bytes that leave: templates, headers, stable Message-ID. Sending is relay.py."""

import hashlib
import hmac
import re
from email.utils import format_datetime, parseaddr
from functools import lru_cache

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import punycode

from vitre_civique.lib.context import town_facts
from vitre_civique.lib.french import NNBSP
from vitre_civique.lib.months import PARIS

from . import kinds, mime
from .unsubscribing import token_for

SPACES = re.compile(" +")
ANYBODY = "quiconque"  # stands for each one where the address is kept


def compose(template: str, notification, context: dict | None = None, **message_fields) -> kinds.Message:
    """Render `<template>.subject.txt`, `.txt` and `.html` with what every mail knows."""
    known = {**shared_context(notification), **(context or {})}
    return kinds.Message(
        subject=one_line(render_to_string(f"{template}.subject.txt", known)),
        text=tidy(render_to_string(f"{template}.txt", known)),
        html=render_to_string(f"{template}.html", known),
        **message_fields,
    )


def shared_context(notification) -> dict:
    kind = kinds.kind_of(notification)
    person = notification.recipient
    return {
        "town": town_facts(),
        "site_url": settings.SITE_URL,
        "first_name": person.first_name if person else "",
        "is_recurrent": kind.is_recurrent,
        "preferences_url": absolute("notifications:preferences"),
        "unsubscribe_url": unsubscribe_url(notification) if kind.is_recurrent else "",
    }


def absolute(url_name, *args) -> str:
    return settings.SITE_URL + _path(url_name, *args)


@lru_cache(maxsize=5000)
def _path(url_name, *args):
    return reverse(url_name, args=args)


def unsubscribe_url(notification) -> str:
    place = absolute("notifications:unsubscribe", ANYBODY)
    return place.replace(ANYBODY, token_for(notification.recipient, notification.kind))


def one_line(text: str) -> str:
    """A subject: no line end can open another header."""
    printable = "".join(c if c.isprintable() or c in "\u00a0\u202f" else " " for c in text)
    return SPACES.sub(" ", printable).strip(" ")


def tidy(text: str) -> str:
    """The text part without the blank lines that template tags leave."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    kept = [line for n, line in enumerate(lines) if line or (n and lines[n - 1])]
    return "\n".join(kept) + "\n"


def message_id(dedupe_key: str) -> str:
    """The same for every try of one message; says nothing about it."""
    digest = hmac.new(
        settings.SECRET_KEY.encode(), b"message-id:" + dedupe_key.encode(), hashlib.sha256
    ).hexdigest()
    return f"<{digest[:40]}@{sender_address().partition('@')[2]}>"


def sender_address() -> str:
    return _named(settings.DEFAULT_FROM_EMAIL)[1]


_named = lru_cache(maxsize=10)(parseaddr)  # (name, address)


def letter(notification, message: kinds.Message, *, now) -> bytes:
    """The whole mail, CRLF and ASCII only."""
    headers = {
        "From": mime.named(_named(settings.DEFAULT_FROM_EMAIL)[0].replace(NNBSP, " "), sender_address()),
        "To": address_of(notification),
        "Subject": one_line(message.subject),
        "Date": format_datetime(now.astimezone(PARIS)),
        "Message-ID": message_id(notification.dedupe_key),
        "Reply-To": mime.named(*_named(settings.REPLY_TO_EMAIL)),
        "Auto-Submitted": "auto-generated",
        "Content-Language": "fr",
    }
    if kinds.kind_of(notification).is_recurrent:
        headers["List-Unsubscribe"] = f"<{unsubscribe_url(notification)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return mime.assemble(headers, message.text, message.html, message.attachments)


def address_of(notification) -> str:
    """ASCII, as SMTP wants it: « @vitré.fr » under its other name; UnicodeError for « é@… », without one."""
    name, _, domain = (notification.to_email or notification.recipient.email).rpartition("@")
    return f"{name.encode('ascii').decode()}@{punycode(domain)}"
