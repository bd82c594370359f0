"""The mairie's queue of reports, and which are late once or three times. `due_on` is a column of the row."""

from django.db.models import Q

from vitre_civique.accounts.permissions import can
from vitre_civique.lib.working_days import working_days_before, working_days_between

from .models import Category, NeedReport, NeedState, Visibility
from .models.needs import ANSWER_RUNS, PUBLISHABLE_STATES

LATE, VERY_LATE = "late", "very_late"
TIMES_LATE = 3  # three times the promised delay: the agent in charge is told
CLOCKED = (NeedState.FILED, *ANSWER_RUNS, NeedState.PLANNED, NeedState.FORWARDED)


def for_queue(user):
    """The reports this person may open at the desk, with all that the list shows. Never a draft."""
    rows = NeedReport.objects.exclude(state=NeedState.DRAFT).select_related(
        "category", "quartier", "service", "assigned_to"
    )
    if can(user, "need_report.read_words"):
        return rows
    shown = Q(visibility__in=[Visibility.PUBLIC, Visibility.REFERENTS], state__in=PUBLISHABLE_STATES)
    return rows.filter(shown | in_charge_of(user))


def in_charge_of(user):
    """Condition: followed by this person, or their service's when nobody follows."""
    return Q(assigned_to=user) | Q(assigned_to__isnull=True, service__fallback=user)


def late(rows, today):
    """Those whose due day has passed."""
    return rows.filter(due_on__lt=today)


def very_late(rows, today):
    """Those that took three times the promised working days: overdue by more than twice the delay."""
    overdue, delays = Q(), list(Category.objects.values_list("acknowledge_days", "answer_days"))
    for delay in sorted({acknowledge for acknowledge, _ in delays}):
        limit = working_days_before(today, very_late_after(delay))
        overdue |= Q(state=NeedState.FILED, category__acknowledge_days=delay, due_on__lte=limit)
    for delay in sorted({answer for _, answer in delays}):
        limit = working_days_before(today, very_late_after(delay))
        states = [state for state in CLOCKED if state != NeedState.FILED]
        overdue |= Q(state__in=states, category__answer_days=delay, due_on__lte=limit)
    return rows.filter(overdue) if overdue else rows.none()


def very_late_after(delay):
    """Working days past due from which a report is three times late."""
    return (TIMES_LATE - 1) * delay + 1


def lateness(report, today):
    """ "", LATE or VERY_LATE of a row of for_queue(): the same rule as the two lists, without a query."""
    if report.due_on is None or report.due_on >= today:
        return ""
    filed = report.state == NeedState.FILED
    delay = report.category.acknowledge_days if filed else report.category.answer_days
    overdue = working_days_between(report.due_on, today)
    return VERY_LATE if overdue >= very_late_after(delay) else LATE


def to_receive(rows):
    return rows.filter(state=NeedState.FILED)


def mission_is_over(rows):
    """Open reports of which a mission is done: a person says whether the need is settled."""
    states = [state for state in CLOCKED if state != NeedState.FILED] + [NeedState.WAITING]
    return rows.filter(state__in=states, mission_links__mission__state="done").distinct()
