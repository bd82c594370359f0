"""The kinds of messages the house knows; each app registers its own in emails.py. Sending is delivery.py."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from .models import Notification, Rhythm


class Priority(IntEnum):
    """Who leaves first when much is waiting."""

    AT_ONCE = 0
    ORDINARY = 1
    BULK = 2


@dataclass(frozen=True)
class Attachment:
    name: str
    content: bytes
    content_type: str


@dataclass(frozen=True)
class Message:
    """What a builder makes: rendered parts. The subject carries no personal data."""

    subject: str
    text: str
    html: str
    attachments: list[Attachment] = field(default_factory=list)
    # When the thing takes place: a cancellation less than 24 hours before ignores quiet hours.
    happens_at: datetime | None = None


@dataclass(frozen=True)
class Kind:
    """How one kind is made: `load(notifications, *, now)` reads a whole batch in a few queries and gives
    {notification pk: facts}, without what is no longer true; `builder(notification, facts, *, now)` gives
    a Message, or None when it is no longer true either.
    """

    name: str
    label: str
    builder: Callable[..., Message | None]
    load: Callable[..., dict] | None = None
    # Sent again and again without being asked for: carries List-Unsubscribe, stands in the preferences.
    is_recurrent: bool = False
    default_rhythm: str = Rhythm.AT_ONCE
    rhythms: tuple[str, ...] = (Rhythm.AT_ONCE, Rhythm.NEVER)
    # Codes and safety notices: leave at any hour.
    is_urgent: bool = False
    # Leaves at any hour when what it is about begins in less than 24 hours.
    is_urgent_when_near: bool = False
    # Counted in the caps of EM-08.
    is_alert: bool = False
    # How long the log keeps it; longer only where the log itself is the memory of a promise.
    kept_months: int = 3
    # Its data holds a secret (a code): wiped as soon as the row is final.
    is_secret: bool = False
    # Uncertain whether the relay took it, and nobody to ask: send again under the same Message-ID?
    sends_again_when_uncertain: bool = True
    # Speaks of what the town proposes rather than of somebody's own hour: silent before elections.
    is_editorial: bool = False
    explanation: str = ""
    # False for what only some roles receive: it is not offered to everyone among the preferences.
    is_for_everyone: bool = True

    @property
    def priority(self) -> Priority:
        if self.is_urgent or self.is_urgent_when_near:
            return Priority.AT_ONCE
        return Priority.BULK if self.is_recurrent else Priority.ORDINARY


class UnknownKind(LookupError):
    """No app has registered a kind of this name."""


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Add a kind; the same name twice is a mistake of ours."""
    if kind.name in _kinds:
        raise ValueError(f"Kind registered twice: {kind.name}")
    _kinds[kind.name] = kind
    return kind


def get(name: str) -> Kind:
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownKind(name) from None


def is_known(name: str) -> bool:
    """False for rows written by an older version of the house."""
    return name in _kinds


def is_secret(name: str) -> bool:
    return name not in _kinds or _kinds[name].is_secret


def every() -> list[Kind]:
    return list(_kinds.values())


def choosable() -> list[Kind]:
    """Those a person may want more or less often, in order of registration."""
    return [kind for kind in _kinds.values() if kind.is_recurrent and kind.is_for_everyone]


def kind_of(notification: Notification) -> Kind:
    return get(notification.kind)
