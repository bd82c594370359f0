"""The mails about needs reports. They carry the town's words and a link: never the referent's own text."""

from vitre_civique.lib.months import local_day
from vitre_civique.notifications.kinds import Kind, register
from vitre_civique.notifications.rendering import absolute, compose

from . import handling_emails  # noqa: F401 (it registers its kinds)
from .links import settled_url, supporter_url
from .models import Mandate, NeedReport, NeedState, PublicStep, Story, Visibility
from .models.needs import PUBLISHABLE_STATES

OFFERS_FEEDBACK = (NeedState.RESOLVED, NeedState.CLOSED)


def load_reports(notifications, *, now):
    reports = NeedReport.objects.select_related("category", "quartier", "service").in_bulk(
        [row.data["report"] for row in notifications]
    )
    return {row.pk: reports[row.data["report"]] for row in notifications if row.data["report"] in reports}


def load_steps(notifications, *, now):
    """A step of a report hidden meanwhile is told to nobody, one of a restricted one to who may read it."""
    steps = (
        PublicStep.objects.exclude(report__state=NeedState.HIDDEN)
        .select_related("report__category", "report__quartier")
        .in_bulk([row.data["step"] for row in notifications])
    )
    mandates = Mandate.objects.in_force(local_day(now))
    recipients = {row.recipient_id for row in notifications}
    referents = set(mandates.filter(referent__in=recipients).values_list("referent", flat=True))
    return {
        row.pk: step
        for row in notifications
        if (step := steps.get(row.data["step"])) and may_read(row.recipient_id, step.report, referents)
    }


def may_read(recipient_id, report, referents):
    if recipient_id == report.author_id or report.visibility == Visibility.PUBLIC:
        return True
    return report.visibility == Visibility.REFERENTS and recipient_id in referents


def about_report(template):
    """A builder for the mails that only need the report."""

    def build(notification, report, *, now):
        return compose(
            f"quartiers/email/{template}",
            notification,
            {"report": report, "link": absolute("quartiers:report", report.pk)},
        )

    return build


def elsewhere(notification, report, *, now):
    """To the referents of both quartiers: its page once they may open it, until then that of its quartier."""
    is_open = report.visibility in (Visibility.PUBLIC, Visibility.REFERENTS)
    is_open = is_open and report.state in PUBLISHABLE_STATES
    link = absolute("quartiers:report", report.pk)
    if not is_open:
        link = absolute("quartiers:quartier_reports", report.quartier.slug)
    context = {"report": report, "link": link, "is_open": is_open}
    return compose("quartiers/email/need_elsewhere", notification, context)


def step(notification, step, *, now):
    report = step.report
    is_author = notification.recipient_id == report.author_id
    settled_link = ""
    if step.state in OFFERS_FEEDBACK and report.reopened_count == 0:  # no second questionnaire
        recipient = notification.recipient_id
        settled_link = settled_url(report) if is_author else supporter_url(report, recipient)
    return compose(
        "quartiers/email/need_step",
        notification,
        {
            "step": step,
            "report": report,
            "settled_link": settled_link,
            "link": absolute("quartiers:report", report.pk),
        },
    )


register(Kind("need_filed", "Remontée bien reçue", about_report("need_filed"), load_reports))
register(Kind("need_step", "Suite donnée à une remontée", step, load_steps))
register(Kind("need_hidden", "Remontée masquée", about_report("need_hidden"), load_reports))
register(Kind("need_elsewhere", "Remontée dans votre quartier", elsewhere, load_reports))


def load_stories(notifications, *, now):
    stories = Story.objects.select_related("quartier").in_bulk([row.data["story"] for row in notifications])
    return {row.pk: stories[row.data["story"]] for row in notifications if row.data["story"] in stories}


def about_story(template):
    """A builder for the mails to the author of a story; why it is not shown is the last change's reason."""

    def build(notification, story, *, now):
        last = story.state_changes.order_by("at", "id").last()
        context = {
            "story": story,
            "reason": last.reason if last else "",
            "link": absolute("quartiers:story", story.pk),
        }
        return compose(f"quartiers/email/{template}", notification, context)

    return build


register(Kind("story_published", "Récit publié", about_story("story_published"), load_stories))
register(Kind("story_refused", "Récit non publié", about_story("story_refused"), load_stories))
