"""What the outbox forgets, and what an agent puts back. Rows in flight are never touched."""

from datetime import datetime

from vitre_civique.lib.months import months_before

from . import kinds
from .leases import FINAL
from .models import Notification, NotificationState


def purge(*, now: datetime) -> int:
    """Forget what is older than its kind is kept (three months for most): requirement DP-13."""
    forgotten = 0
    months = {kind.kept_months for kind in kinds.every()}
    longer = [kind.name for kind in kinds.every() if kind.kept_months != 3]
    for kept in months:
        before = months_before(now, kept)
        old = Notification.objects.filter(state__in=FINAL, created_at__lt=before)
        names = [kind.name for kind in kinds.every() if kind.kept_months == kept]
        old = old.exclude(kind__in=longer) if kept == 3 else old.filter(kind__in=names)
        forgotten += old.delete()[0]
    return forgotten


def try_again(notification, *, now: datetime) -> bool:
    """The agent's button on what was set aside: from the start, at once. False when it is not set aside."""
    return (
        Notification.objects.filter(pk=notification.pk, state=NotificationState.SET_ASIDE).update(
            state=NotificationState.QUEUED, attempts=0, due_at=now, last_error=""
        )
        == 1
    )
