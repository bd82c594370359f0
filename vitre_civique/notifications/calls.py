"""People without e-mail: the same rows, said on the phone or written in a letter."""

from datetime import datetime

from django.db.models import Q

from vitre_civique.accounts.models import Channel

from . import kinds
from .freezes import editorial_kinds, freeze_of
from .models import Notification, NotificationState


def call_list(now: datetime, *, channel: str = Channel.PHONE):
    """Rows to say (or to write, with `channel="post"`), the most pressing first, without what is too late."""
    silent = editorial_kinds() if freeze_of(now) else []
    return (
        Notification.objects.exclude(kind__in=silent)
        .filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=now),
            state=NotificationState.QUEUED,
            channel=channel,
            due_at__lte=now,
        )
        .select_related("recipient")
        .order_by("priority", "due_at", "id")
    )


def words(notification, *, now: datetime) -> str | None:
    """The text to say or print, or None when it is no longer true."""
    kind = kinds.kind_of(notification)
    facts = kind.load([notification], now=now)
    message = notification.pk in facts and kind.builder(notification, facts[notification.pk], now=now)
    return message.text if message else None


def mark_told(notification, *, now: datetime) -> bool:
    """The person has been told; False when somebody else did it first."""
    return _close(notification, NotificationState.SENT, sent_at=now)


def mark_useless(notification) -> bool:
    """No longer true, or the person does not want it."""
    return _close(notification, NotificationState.DROPPED)


def _close(notification, state, **changes) -> bool:
    waiting = Notification.objects.filter(pk=notification.pk, state=NotificationState.QUEUED).exclude(
        channel=Channel.EMAIL
    )
    return waiting.update(state=state, **changes) == 1
