"""Is the mail moving? What /sante/pret and the technician ask. Answers, never decides."""

from datetime import datetime, timedelta

from django.db.models import Count, Min

from vitre_civique.accounts.models import Channel

from .models import Heartbeat, Notification, NotificationState

BEAT = "beat"
# Beat comes every thirty seconds, a delivery run too: longer silences mean that nobody is there.
BEAT_SILENCE = timedelta(minutes=5)
MAIL_WAITS = timedelta(minutes=20)


def beat(*, now: datetime, name: str = BEAT) -> None:
    """Beat and a worker are alive: written by a task."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": now})


def last_beat() -> datetime | None:
    """When beat last had a task done, or None before the first one."""
    return Heartbeat.objects.filter(name=BEAT).values_list("at", flat=True).first()


def is_beating(now: datetime, *, since: datetime) -> bool:
    """Has beat had a task done lately? Before `since` nobody could expect it: this process had not begun."""
    return now - max(last_beat() or since, since) <= BEAT_SILENCE


def is_delivering(now: datetime, *, since: datetime) -> bool:
    """Do mails that may leave, leave? The patience runs from `since` at the earliest, like is_beating()."""
    return min(outbox_age(now), now - since) <= MAIL_WAITS


def outbox_age(now: datetime) -> timedelta:
    """For how long the oldest mail that could leave has been waiting; zero when none waits."""
    waiting = Notification.objects.filter(
        state__in=[NotificationState.QUEUED, NotificationState.LEASED],
        channel=Channel.EMAIL,
        due_at__lte=now,
    )
    oldest = waiting.aggregate(oldest=Min("due_at"))["oldest"]
    return now - oldest if oldest else timedelta(0)


def outbox_depth(now: datetime) -> int:
    """Mails that could leave now and have not."""
    return Notification.objects.filter(
        state=NotificationState.QUEUED, channel=Channel.EMAIL, due_at__lte=now
    ).count()


def counts_by_kind() -> list[dict]:
    """[{kind, state, rows}] in order of kind and state."""
    return list(
        Notification.objects.values("kind", "state").annotate(rows=Count("id")).order_by("kind", "state")
    )


def sent_since(moment: datetime) -> int:
    return Notification.objects.filter(state=NotificationState.SENT, sent_at__gte=moment).count()
