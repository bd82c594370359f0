"""Who may do what with one report. Which rows a person may open: NeedReport.objects.visible_to(user)."""

from vitre_civique.accounts.permissions import can
from vitre_civique.lib.states import can_move

from .models import NeedReport, NeedState, Visibility
from .models.needs import OPEN_STATES, PUBLISHABLE_STATES

ENDED = (NeedState.RESOLVED, NeedState.CLOSED)


def can_file_need(user):
    """A mandate in force today; the second factor is asked by `@requires` and the middleware."""
    return can(user, "need_report.file")


def can_read_words(user, report):
    """The referent's own text and the photos not published: its author and the town only."""
    return is_author(user, report) or can(user, "need_report.read_words")


def can_support_need(user, report):
    """« Moi aussi » : on what everyone reads, while somebody may still act; never one's own."""
    return (
        can(user, "need_report.support")
        and not is_author(user, report)
        and is_public(report)
        and report.state in OPEN_STATES
    )


def can_withdraw_need(user, report):
    is_sent = report.state != NeedState.DRAFT
    return is_author(user, report) and is_sent and can_move(report, NeedState.WITHDRAWN)


def can_give_details(user, report):
    return is_author(user, report) and report.state == NeedState.WAITING


def can_say_settled(user, report):
    """« Est-ce réglé ? » is asked once, of the author, when the town has ended it."""
    return is_author(user, report) and report.state in ENDED and report.is_settled_for_author is None


def is_asked_if_settled(supporter):
    """The same question of who says « moi aussi » : once, never of what was reopened."""
    report = supporter.report
    return report.state in ENDED and report.reopened_count == 0 and supporter.is_settled is None


def can_ask_reopening(user, report):
    """Of the author alone; too late or too often is for the verb to say."""
    return is_author(user, report) and report.state in ENDED


def is_author(user, report):
    return report.author_id is not None and report.author_id == user.pk


def is_public(report):
    """The same rule as NeedReportQuerySet.public(), on a row in hand."""
    return (
        report.visibility == Visibility.PUBLIC
        and report.state in PUBLISHABLE_STATES
        and bool(report.public_summary)
    )


def report_to_follow(user, report_id):
    """Where a closed copy leads: the report followed in its place, if this person may open it; or None."""
    return (
        NeedReport.objects.visible_to(user)
        .filter(duplicates=report_id, duplicates__visibility=Visibility.PUBLIC)
        .first()
    )
