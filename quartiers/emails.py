"""The mails about needs reports. They carry the town's words and a link: never the referent's own text."""

from vitre_civique.notifications.kinds import Kind, register
from vitre_civique.notifications.rendering import absolute, compose

from . import handling_emails  # noqa: F401 (it registers its kinds)
from .models import NeedReport, NeedState, PublicStep

OFFERS_FEEDBACK = (NeedState.RESOLVED, NeedState.CLOSED)


def load_reports(notifications, *, now):
    reports = NeedReport.objects.select_related("category", "quartier", "service").in_bulk(
        [row.data["report"] for row in notifications]
    )
    return {row.pk: reports[row.data["report"]] for row in notifications if row.data["report"] in reports}


def load_steps(notifications, *, now):
    """A step of a report hidden meanwhile is told to nobody."""
    steps = (
        PublicStep.objects.exclude(report__state=NeedState.HIDDEN)
        .select_related("report__category", "report__quartier")
        .in_bulk([row.data["step"] for row in notifications])
    )
    return {row.pk: steps[row.data["step"]] for row in notifications if row.data["step"] in steps}


def about_report(template):
    """A builder for the mails that only need the report."""

    def build(notification, report, *, now):
        return compose(
            f"quartiers/email/{template}",
            notification,
            {"report": report, "link": absolute("quartiers:report", report.pk)},
        )

    return build


def step(notification, step, *, now):
    return compose(
        "quartiers/email/need_step",
        notification,
        {
            "step": step,
            "report": step.report,
            "asks_feedback": step.state in OFFERS_FEEDBACK and step.report.reopened_count == 0,
            "link": absolute("quartiers:report", step.report_id),
        },
    )


register(Kind("need_filed", "Remontée bien reçue", about_report("need_filed"), load_reports))
register(Kind("need_step", "Suite donnée à une remontée", step, load_steps))
register(Kind("need_hidden", "Remontée masquée", about_report("need_hidden"), load_reports))
register(Kind("need_elsewhere", "Remontée dans votre quartier", about_report("need_elsewhere"), load_reports))
