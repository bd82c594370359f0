"""Mails that came back (RFC 3464): the address is suspended, the person is told at the next sign-in, and what
was in the mail joins the call list. Only our own Message-IDs count: nobody can guess one and forge a bounce.
"""

import mailbox
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from pathlib import Path

from django.db import transaction

from vitre_civique.accounts.models import Channel, User

from . import kinds
from .models import Notification, NotificationState
from .outbox import channel_of

# What the address itself is guilty of: unknown, moved, disabled, its domain unknown or refusing all mail.
GUILTY = re.compile(r"5\.(1\.(1|2|3|6|10)|2\.1|4\.4)$")
READ = {"maildir": "S", "mbox": "R"}


@dataclass(frozen=True)
class Bounce:
    message_id: str
    status: str
    words: str

    @property
    def is_final(self) -> bool:
        """The address will not work tomorrow either; a full mailbox or a refused content may."""
        return GUILTY.match(self.status) is not None


def read_report(content: bytes) -> Bounce | None:
    """The failure a delivery status notification tells of; None for a delay, a success or any other mail."""
    message = message_from_bytes(content, policy=policy.default)
    if message.get_content_type() != "multipart/report":
        return None
    fields, original = {}, ""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            for group in part.get_payload():
                fields |= {name.lower(): str(value) for name, value in group.items()}
        elif part.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
            original = original or original_id(part)
    if fields.get("action", "").strip().lower() != "failed" or not original:
        return None
    status = (fields.get("status", "").split() or [""])[0]
    return Bounce(original, status, fields.get("diagnostic-code", "").replace("\n", " "))


def original_id(part) -> str:
    if part.get_content_type() == "message/rfc822":
        return str(part.get_payload(0).get("Message-ID", "")).strip()
    headers = message_from_bytes(part.get_payload(decode=True), policy=policy.default)
    return str(headers.get("Message-ID", "")).strip()


@transaction.atomic
def note(bounce: Bounce, *, now: datetime) -> str:
    """Act on one bounce: « suspended », « refused » (this mail only) or « unknown », as any second call."""
    row = (
        Notification.objects.select_for_update(of=("self",))
        .select_related("recipient")
        .filter(message_id=bounce.message_id, state=NotificationState.SENT, channel=Channel.EMAIL)
        .first()
    )
    if row is None:
        return "unknown"
    if bounce.is_final and row.recipient is not None:
        suspend(row.recipient, now=now)
    _put_back(row, bounce, now)
    return "suspended" if bounce.is_final and row.recipient is not None else "refused"


def suspend(user: User, *, now: datetime) -> None:
    """Nothing more goes to this address; agents call or write instead (EM-10)."""
    if user.email_suspended_at is None:
        user.email_suspended_at = now
        user.save(update_fields=["email_suspended_at"])


def resume(user: User) -> None:
    """The address works again: the person said so, or gave another."""
    if user.email_suspended_at is not None:
        user.email_suspended_at = None
        user.save(update_fields=["email_suspended_at"])


def _put_back(row, bounce, now) -> None:
    """What the person asked for is said by phone or letter; a reminder is not worth a call."""
    row.last_error = f"{bounce.status} {bounce.words}".strip()[:300]
    is_worth_a_call = (
        row.recipient is not None
        and channel_of(row.recipient) != Channel.EMAIL
        and not kinds.is_secret(row.kind)
        and not kinds.kind_of(row).is_recurrent
        and (row.expires_at is None or row.expires_at > now)
    )
    row.state = NotificationState.QUEUED if is_worth_a_call else NotificationState.REFUSED
    row.channel = channel_of(row.recipient) if is_worth_a_call else row.channel
    row.sent_at = None if is_worth_a_call else row.sent_at
    row.save(update_fields=["state", "channel", "sent_at", "last_error"])


def read_mailbox(path: Path, *, now: datetime) -> Counter:
    """Every unread mail of a maildir (a folder) or an mbox (a file), marked as read; counts by outcome."""
    is_maildir = Path(path).is_dir()
    box = mailbox.Maildir(path, create=False) if is_maildir else mailbox.mbox(path, create=False)
    flag = READ["maildir" if is_maildir else "mbox"]
    counts = Counter()
    box.lock()
    try:
        for key in list(box.keys()):
            message = box[key]
            if flag in message.get_flags():
                continue
            counts[_outcome(box.get_bytes(key), now)] += 1
            message.add_flag(flag)
            if is_maildir:
                message.set_subdir("cur")
            box[key] = message
        box.flush()
    finally:
        box.unlock()
        box.close()
    return counts


def _outcome(content, now) -> str:
    try:
        bounce = read_report(content)
    except (MessageError, LookupError, ValueError, TypeError, AttributeError):
        return "unreadable"  # anybody may write to this mailbox
    return note(bounce, now=now) if bounce else "other"
