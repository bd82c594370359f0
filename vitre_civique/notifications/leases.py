"""Taking rows from the queue and marking them: every UPDATE here is fenced by the lease that took the row.

queued → leased → sending → sent | refused | dropped | set_aside, or back to queued. A worker whose lease was
given to another changes nothing any more.
"""

import uuid
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from vitre_civique.lib import prepared

from . import kinds
from .models import Notification, NotificationState

LEASE = timedelta(minutes=5)

# Materialized: as a plain subquery some plans run it once a row, and each run locks and takes `limit` more.
CLAIM = """
    WITH picked AS MATERIALIZED (
        SELECT id FROM notifications_notification
        WHERE state = 'queued' AND channel = 'email' AND priority = %(priority)s AND due_at <= %(now)s
        ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    UPDATE notifications_notification n SET state = 'leased', lease_token = %(token)s, lease_until = %(until)s
    FROM picked WHERE n.id = picked.id RETURNING n.id
"""

# The row that leaves next and the one that has just left, in one UPDATE: one commit a mail.
STEP = """
    UPDATE notifications_notification SET
        state = CASE WHEN id = %(next)s THEN 'sending' ELSE 'sent' END,
        message_id = CASE WHEN id = %(next)s THEN %(message_id)s ELSE message_id END,
        alert_on = CASE WHEN id = %(next)s THEN %(alert_on)s ELSE alert_on END,
        sent_at = CASE WHEN id = %(next)s THEN NULL ELSE %(now)s END,
        lease_token = CASE WHEN id = %(next)s THEN lease_token END,
        lease_until = CASE WHEN id = %(next)s THEN lease_until END,
        to_email = CASE WHEN id = %(next)s THEN to_email ELSE '' END,
        data = CASE WHEN id = %(next)s OR NOT %(wipe)s THEN data ELSE '{}' END
    WHERE lease_token = %(token)s
        AND (id = %(next)s AND state = 'leased' OR id = %(sent)s AND state = 'sending')
    RETURNING id
"""
FREED = {"lease_token": None, "lease_until": None}
FINAL = [
    NotificationState.SENT,
    NotificationState.DROPPED,
    NotificationState.REFUSED,
    NotificationState.SET_ASIDE,
]


CLAIM_ONE = """
    UPDATE notifications_notification SET state = 'leased', lease_token = %(token)s, lease_until = %(until)s
    WHERE id = %(pk)s AND state = 'queued' RETURNING id
"""


@dataclass(frozen=True)
class Lease:
    token: uuid.UUID
    until: datetime
    rows: list[Notification]


def claim(*, now: datetime, limit: int) -> Lease:
    """Take up to `limit` due rows, the urgent ones first; workers at once share without waiting."""
    token, until = uuid.uuid4(), now + LEASE
    taken = []
    with transaction.atomic(), connection.cursor() as cursor:
        for priority in kinds.Priority:
            if len(taken) < limit:
                values = {"token": token, "until": until, "now": now, "priority": int(priority)}
                cursor.execute(CLAIM, {**values, "limit": limit - len(taken)})
                taken += [pk for (pk,) in cursor.fetchall()]
    return Lease(token, until, _rows(taken))


def claim_one(pk, *, now: datetime) -> Lease:
    """Take that very row if it is still queued."""
    token, until = uuid.uuid4(), now + LEASE
    with connection.cursor() as cursor:
        cursor.execute(CLAIM_ONE, {"token": token, "until": until, "pk": pk})
        taken = [pk for (pk,) in cursor.fetchall()]
    return Lease(token, until, _rows(taken))


def _rows(pks):
    rows = Notification.objects.filter(pk__in=pks).select_related("recipient") if pks else []
    return sorted(rows, key=lambda row: (row.priority, row.due_at, row.pk))


class AlreadyAlerted(Exception):
    """This person has had an alert that day."""


def step(lease: Lease, row, *, message_id="", alert_on=None, sent=None, now: datetime) -> bool:
    """Commit that `row` is about to leave and that `sent` has left (either may be None).

    False when `row` is not ours any more: it must not be sent.
    """
    values = {
        "next": row.pk if row else None,
        "sent": sent.pk if sent else None,
        "message_id": message_id,
        "alert_on": alert_on,
        "now": now,
        "wipe": sent is not None and kinds.is_secret(sent.kind),
        "token": lease.token,
    }
    # One statement is a transaction of its own; only within another does it need a savepoint to fail in.
    apart = transaction.atomic() if connection.in_atomic_block else nullcontext()
    try:
        with apart, prepared.cursor() as cursor:
            cursor.execute(STEP, values)
            changed = {pk for (pk,) in cursor.fetchall()}
    except IntegrityError as error:
        raise AlreadyAlerted from error
    return row is not None and row.pk in changed


def _ours(lease, rows):
    return Notification.objects.filter(
        pk__in=[row.pk for row in rows],
        lease_token=lease.token,
        state__in=[NotificationState.LEASED, NotificationState.SENDING],
    )


def finish(lease: Lease, row, state: NotificationState, *, error="", now: datetime) -> bool:
    """Close `row` (sent, dropped, refused, set aside); secrets and outside addresses are wiped with it."""
    changes = {"state": state, "last_error": error[:300], "to_email": "", **FREED}
    if state == NotificationState.SENT:
        changes["sent_at"] = now
    else:
        changes["alert_on"] = None
    if kinds.is_secret(row.kind):
        changes["data"] = {}
    return _ours(lease, [row]).update(**changes) == 1


def retry(lease: Lease, row, *, due_at: datetime, error: str, counts=True) -> bool:
    """Put `row` back in the queue for later; `counts` when this try is one of its bounded tries."""
    return (
        _ours(lease, [row]).update(
            state=NotificationState.QUEUED,
            due_at=due_at,
            attempts=F("attempts") + int(counts),
            last_error=error[:300],
            alert_on=None,
            **FREED,
        )
        == 1
    )


def reroute(lease: Lease, row, channel) -> bool:
    """The person can no longer be reached by e-mail: the row joins the call list or the letters."""
    return _ours(lease, [row]).update(state=NotificationState.QUEUED, channel=channel, **FREED) == 1


def give_back(lease: Lease, rows) -> int:
    """Return untouched rows at once: another worker may take them."""
    return (
        _ours(lease, rows)
        .filter(state=NotificationState.LEASED)
        .update(state=NotificationState.QUEUED, **FREED)
    )


def sweep_expired(*, now: datetime) -> int:
    """Rows whose worker died before they left go back to the queue: they never left us."""
    return Notification.objects.filter(state=NotificationState.LEASED, lease_until__lt=now).update(
        state=NotificationState.QUEUED, **FREED
    )


def claim_uncertain(*, now: datetime, limit: int) -> Lease:
    """Take rows whose worker died while sending: nobody here knows whether the relay took them."""
    token, until = uuid.uuid4(), now + LEASE
    with transaction.atomic():
        pks = list(
            Notification.objects.select_for_update(skip_locked=True)
            .filter(state=NotificationState.SENDING, lease_until__lt=now)
            .order_by("lease_until", "id")
            .values_list("pk", flat=True)[:limit]
        )
        Notification.objects.filter(pk__in=pks).update(lease_token=token, lease_until=until)
    return Lease(token, until, _rows(pks))


def drop_expired(*, now: datetime) -> int:
    """What came too late to be useful, whatever its channel."""
    late = Notification.objects.filter(state=NotificationState.QUEUED, expires_at__lte=now)
    secret = [kind.name for kind in kinds.every() if kind.is_secret]
    late.filter(kind__in=secret).update(data={})
    return late.update(state=NotificationState.DROPPED, last_error="délai passé", to_email="")
