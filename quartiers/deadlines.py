"""Who is told that a report is late, and the élus' weekly figures. Which reports are late: needs_queue.py."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.db.models import Q

from vitre_civique.accounts.roles import Role
from vitre_civique.lib.months import local_day, midnight
from vitre_civique.notifications.models import Notification
from vitre_civique.notifications.outbox import notify

from . import needs_queue, routing
from .models import NeedReport, NeedState
from .models.needs import OPEN_STATES

WEEK = timedelta(days=7)
# The first answer of the mairie: anything beyond « bien reçu ».
ANSWERS = [
    NeedState.IN_PROGRESS,
    NeedState.PLANNED,
    NeedState.FORWARDED,
    NeedState.WAITING,
    NeedState.RESOLVED,
    NeedState.CLOSED,
]


def queue_alerts(*, now):
    """Sweep: a late report tells who follows it, three times late the one in charge; once per due day.

    Returns how many messages were queued. What was told already costs nothing.
    """
    today = local_day(now)
    rows = NeedReport.objects.select_related("category", "service__fallback", "assigned_to").order_by("id")
    late, very_late = list(needs_queue.late(rows, today)), list(needs_queue.very_late(rows, today))
    in_charge = routing.followers_of([*late, *very_late])
    told_late = {report: report.assigned_to or in_charge[report.pk] for report in late}
    told_very_late = {report: in_charge[report.pk] for report in very_late}
    return _tell(told_late, "need_late", now=now) + _tell(told_very_late, "need_very_late", now=now)


def _tell(people, kind, *, now):
    """`people`: who is told of each report, None standing for every agent."""
    agents = list(routing.agents())
    letters = {
        f"{kind}:{report.pk}:{report.due_on}:{reader.pk}": (report, reader)
        for report, person in people.items()
        for reader in ([person] if person else agents)
    }
    sent = set(Notification.objects.filter(dedupe_key__in=letters).values_list("dedupe_key", flat=True))
    return sum(
        notify(reader, kind, key, now=now, data={"report": report.pk, "due_on": str(report.due_on)})
        for key, (report, reader) in letters.items()
        if key not in sent
    )


def queue_digests(*, now):
    """Sweep: last week in figures to each élu, once a week, from Monday on. How many were queued."""
    monday = last_monday(local_day(now))
    people = get_user_model().objects.filter(is_active=True, groups__name=Role.ELECTED.value).order_by("pk")
    return sum(
        notify(
            person,
            "need_digest",
            f"need_digest:{monday}:{person.pk}",
            now=now,
            data={"monday": str(monday)},
            expires_at=midnight(monday + 2 * WEEK),
        )
        for person in people
    )


def last_monday(today):
    """The Monday that began the last whole week before `today`."""
    return today - timedelta(days=today.weekday()) - WEEK


def week_figures(monday, *, today):
    """[(label, count)] of the week that began on `monday`; open and late are as of `today`."""
    start, end = midnight(monday), midnight(monday + WEEK)
    within = Q(state_changes__at__gte=start, state_changes__at__lt=end)
    reports = NeedReport.objects.exclude(state=NeedState.DRAFT)
    filed = reports.filter(filed_at__gte=start, filed_at__lt=end).count()
    moved = reports.filter(within).order_by()
    answered = moved.filter(within, state_changes__to_state__in=ANSWERS).distinct().count()
    resolved = moved.filter(within, state_changes__to_state=NeedState.RESOLVED).distinct().count()
    still_open = reports.filter(state__in=OPEN_STATES).count()
    overdue = needs_queue.late(reports, today).count()
    return [
        ("remontées reçues", filed),
        ("remontées qui ont reçu une réponse", answered),
        ("remontées réglées", resolved),
        ("remontées encore ouvertes", still_open),
        ("remontées en retard", overdue),
    ]
