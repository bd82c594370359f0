"""Reads the maildir where the demonstration's SMTP server keeps what it received."""

import mailbox
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path


@dataclass(frozen=True)
class ReceivedAttachment:
    name: str | None
    content_type: str
    content: bytes


@dataclass(frozen=True)
class ReceivedMail:
    """One mail: its key in the maildir, when it arrived, and the parsed message."""

    key: str
    received_at: datetime
    message: EmailMessage

    @property
    def recipients(self) -> str:
        return self.message["X-Envelope-To"] or self.message["To"] or ""

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    @property
    def headers(self) -> list[tuple[str, str]]:
        return list(self.message.items())

    @property
    def attachments(self) -> list["ReceivedAttachment"]:
        return [
            ReceivedAttachment(part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
            for part in self.message.iter_attachments()
        ]

    def _body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return part.get_content() if part is not None else ""


def order_of(key: str) -> tuple[int, int, int]:
    """A maildir key is « seconds.M<microseconds>P<pid>Q<counter>.host »: the order of arrival."""
    seconds, middle, *_ = key.split(".")
    microseconds, rest = middle.removeprefix("M").split("P")
    return int(seconds), int(microseconds), int(rest.split("Q")[1])


def keys(folder: Path) -> list[str]:
    """Newest first; none before the first mail."""
    if not folder.is_dir():
        return []
    return sorted(mailbox.Maildir(folder, create=True).keys(), key=order_of, reverse=True)


def read(folder: Path, key: str) -> ReceivedMail | None:
    if not folder.is_dir():
        return None
    maildir = mailbox.Maildir(folder, create=True)
    try:
        raw = maildir.get_bytes(key)
    except KeyError:
        return None
    seconds, microseconds, _ = order_of(key)
    received_at = datetime.fromtimestamp(seconds + microseconds / 1_000_000, tz=UTC)
    return ReceivedMail(key, received_at, message_from_bytes(raw, policy=policy.default))
