"""The mails about handling: to a service, to who is late, to élus in figures, to referents whose term ends.

No referent's word, no street and no summary in them: a reference, dates, figures and a link.
"""

from datetime import date

from vitre_civique.lib.months import local_day
from vitre_civique.lib.small_cells import SMALLEST_FOR_ELECTED, figure
from vitre_civique.notifications.kinds import Kind, register
from vitre_civique.notifications.models import Rhythm
from vitre_civique.notifications.rendering import absolute, compose

from . import needs_queue
from .deadlines import week_figures
from .mandates import to_renew
from .models import NeedReport, NeedState, ServiceLink
from .service_links import token_of


def load_links(notifications, *, now):
    links = (
        ServiceLink.objects.filter(revoked_at__isnull=True, expires_at__gt=now)
        .select_related("service", "report")
        .in_bulk([row.data["link"] for row in notifications])
    )
    return {row.pk: links[row.data["link"]] for row in notifications if row.data["link"] in links}


def for_service(notification, link, *, now):
    return compose(
        "quartiers/email/need_for_service",
        notification,
        {
            "report": link.report,
            "service": link.service,
            "until": local_day(link.expires_at),
            "link": absolute("need_service:answer", token_of(link)),
        },
    )


def load_late(notifications, *, now):
    """Only those still late for the same day: answered, paused or moved meanwhile, nobody is alarmed."""
    rows = needs_queue.late(NeedReport.objects.all(), local_day(now)).select_related("category")
    reports = rows.in_bulk([row.data["report"] for row in notifications])
    return {
        row.pk: reports[row.data["report"]]
        for row in notifications
        if row.data["report"] in reports and str(reports[row.data["report"]].due_on) == row.data["due_on"]
    }


def for_desk(template):
    """A builder for whoever follows the report at the desk: the reference and a link."""

    def build(notification, report, *, now):
        link = absolute("admin:quartiers_needreport_change", report.pk)
        return compose(f"quartiers/email/{template}", notification, {"report": report, "link": link})

    return build


def load_in(state):
    """Reports still in the state that the message tells of."""

    def load(notifications, *, now):
        rows = NeedReport.objects.filter(state=state).select_related("category", "quartier")
        reports = rows.in_bulk([row.data["report"] for row in notifications])
        return {row.pk: reports[row.data["report"]] for row in notifications if row.data["report"] in reports}

    return load


def withdrawn(notification, report, *, now):
    """To whoever follows it at the desk, with a link; to a service without account, without."""
    link = absolute("admin:quartiers_needreport_change", report.pk) if notification.recipient_id else ""
    return compose("quartiers/email/need_withdrawn", notification, {"report": report, "link": link})


def load_weeks(notifications, *, now):
    """One reading for each week, however many élus."""
    weeks = {row.data["monday"] for row in notifications}
    figures = {week: week_figures(date.fromisoformat(week), today=local_day(now)) for week in weeks}
    return {row.pk: figures[row.data["monday"]] for row in notifications}


def digest(notification, figures, *, now):
    rows = [(label, figure(number, SMALLEST_FOR_ELECTED)) for label, number in figures]
    return compose(
        "quartiers/email/need_digest",
        notification,
        {
            "rows": rows,
            "monday": date.fromisoformat(notification.data["monday"]),
            "link": absolute("admin:quartiers_needreport_evaluation"),
        },
    )


def load_mandates(notifications, *, now):
    mandates = {mandate.pk: mandate for mandate in to_renew(local_day(now))}
    return {row.pk: mandates[row.data["mandate"]] for row in notifications if row.data["mandate"] in mandates}


def renewal(notification, mandate, *, now):
    return compose("quartiers/email/mandate_renewal", notification, {"mandate": mandate})


register(Kind("need_for_service", "Remontée à traiter, pour un service", for_service, load_links))
register(Kind("need_late", "Remontée en retard", for_desk("need_late"), load_late))
register(Kind("need_very_late", "Remontée très en retard", for_desk("need_very_late"), load_late))
register(Kind("need_withdrawn", "Remontée retirée", withdrawn, load_in(NeedState.WITHDRAWN)))
register(
    Kind(
        "need_reopening",
        "Réouverture demandée",
        for_desk("need_reopening"),
        load_in(NeedState.REOPENING),
    )
)
register(
    Kind(
        "need_digest",
        "Les remontées de la semaine, en chiffres",
        digest,
        load_weeks,
        is_recurrent=True,
        default_rhythm=Rhythm.WEEKLY,
        rhythms=(Rhythm.WEEKLY, Rhythm.NEVER),
        is_for_everyone=False,
        explanation="Pour les élus : combien de besoins signalés, répondus, réglés.",
    )
)
register(Kind("mandate_renewal", "Fin de mandat de référent", renewal, load_mandates))
