"""Writing to the outbox: one row per message, once. Sending is delivery.py; words are in each emails.py."""

import logging
from datetime import datetime

from celery import current_app
from django.db import connection, transaction
from kombu.exceptions import OperationalError
from psycopg.types.json import Jsonb

from vitre_civique.accounts.models import Channel

from . import calm, kinds
from .models import Notification, NotificationState

logger = logging.getLogger(__name__)

DELIVER_TASK = "vitre_civique.notifications.tasks.deliver"

INSERT = """
    INSERT INTO notifications_notification
        (recipient_id, to_email, kind, dedupe_key, channel, data, state, priority,
         created_at, due_at, expires_at, attempts, message_id, last_error)
    VALUES (%s, %s, %s, %s, %s, %s, 'queued', %s, %s, %s, %s, 0, '', '')
    ON CONFLICT (dedupe_key) DO NOTHING
"""


def notify(
    recipient,
    kind: str,
    key: str,
    *,
    now: datetime,
    data: dict | None = None,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
    to_email: str = "",
) -> bool:
    """Queue one message inside the caller's transaction; True when this call inserted it.

    Calling again with the same `key` does nothing. Without `due_at` it leaves as soon as quiet hours allow.
    `data` holds primary keys and plain values, never names. `recipient` may be None with `to_email`.
    """
    known = kinds.get(kind)
    if due_at is None:
        # What may turn out urgent is looked at once at delivery, which knows when it happens.
        due_at = now if known.priority == kinds.Priority.AT_ONCE else calm.next_allowed(now)
    values = [
        recipient.pk if recipient else None,
        to_email,
        kind,
        key,
        channel_of(recipient, to_email),
        Jsonb(data or {}),
        int(known.priority),
        now,
        due_at,
        expires_at,
    ]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, values)
        return cursor.rowcount == 1


def take_back(keys) -> set[str]:
    """Drop those of these messages that have not begun to leave; the keys of those that have left or will.

    A row that a worker holds counts as leaving: it is not ours to stop.
    """
    rows = Notification.objects.filter(dedupe_key__in=keys)
    rows.filter(state=NotificationState.QUEUED).update(
        state=NotificationState.DROPPED, last_error="n’est plus vrai"
    )
    leaving = [NotificationState.LEASED, NotificationState.SENDING, NotificationState.SENT]
    return set(rows.filter(state__in=leaving).values_list("dedupe_key", flat=True))


def channel_of(recipient, to_email="") -> str:
    """By e-mail when the person has one and wants it; else by phone or post, from the same rows."""
    if to_email or recipient is None:
        return Channel.EMAIL
    if recipient.preferred_channel != Channel.EMAIL:
        return Channel(recipient.preferred_channel)
    if recipient.has_usable_email:
        return Channel.EMAIL
    return Channel.PHONE if recipient.phone else Channel.POST


def wake_delivery() -> None:
    """Once committed, ask a worker to deliver now; without a broker the next sweep does."""
    transaction.on_commit(_wake, robust=True)


def _wake():
    try:
        current_app.send_task(DELIVER_TASK)
    except (OperationalError, OSError) as error:
        logger.warning("Broker away (%s): mails wait for the next sweep.", type(error).__name__)


# The same rule as channel_of(), for sweeps that write a million rows in one statement (`u`: accounts_user).
CHANNEL_SQL = """
    CASE WHEN u.preferred_channel <> 'email' THEN u.preferred_channel
         WHEN u.email IS NOT NULL AND u.email_suspended_at IS NULL THEN 'email'
         WHEN u.phone <> '' THEN 'phone' ELSE 'post' END
"""
# « Of age, or with an agreement in force », on `u`; needs %(adult_born_by)s.
CONSENTED_SQL = """
    (u.birth_date IS NULL OR u.birth_date <= %(adult_born_by)s OR EXISTS (
        SELECT FROM accounts_guardianconsent c
        WHERE c.minor_id = u.id AND c.given_at IS NOT NULL AND c.revoked_at IS NULL))
"""
COLUMNS = "(recipient_id, kind, dedupe_key, data, due_at, expires_at, channel, priority, created_at)"
# Sorted, so that all is found before anything is written: a sweep that looks into the outbox while it fills
# it would read its own rows again and again.
INSERT_SELECTED = """
    WITH due {columns} AS ({select})
    INSERT INTO notifications_notification
        (recipient_id, kind, dedupe_key, data, due_at, expires_at, channel, priority, created_at,
         state, to_email, attempts, message_id, last_error)
    SELECT due.*, 'queued', '', 0, '', '' FROM due ORDER BY recipient_id
    ON CONFLICT (dedupe_key) DO NOTHING
"""


def adult_born_by(today):
    """Who was born on this day or before is of age `today`."""
    day = 28 if (today.month, today.day) == (2, 29) else today.day
    return today.replace(year=today.year - 18, day=day)


def queue_selected(select: str, values: dict) -> int:
    """One statement for a whole sweep: `select` gives COLUMNS, in their order. Rows inserted.

    Safe twice and at once: a row whose key exists is left alone.
    """
    with connection.cursor() as cursor:
        cursor.execute(INSERT_SELECTED.format(columns=COLUMNS, select=select), values)
        return cursor.rowcount
