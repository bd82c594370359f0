"""« Est-ce réglé ? », asked of those who say « moi aussi »: once each, and only what the mairie reads of it.

The author's own answer, which may reopen the report, is in needs.py.
"""

from django.db.models import Count, Q

from .models import NeedReport, Supporter
from .permissions import ENDED


def supporter_of(user, report_id):
    """The « moi aussi » of this person on a report they may still open, and did not write; or None."""
    if not user.is_authenticated:
        return None
    return (
        Supporter.objects.filter(user=user, report=report_id, report__in=NeedReport.objects.visible_to(user))
        .exclude(report__author=user)  # two rows for one person, made one: the author's answer may reopen it
        .select_related("user", "report__category", "report__quartier")
        .first()
    )


def say_settled(supporter, *, is_settled):
    """This person's yes or no. False when it was said before, or when the report goes on."""
    ended = NeedReport.objects.filter(state__in=ENDED, reopened_count=0)
    asked = Supporter.objects.filter(pk=supporter.pk, is_settled__isnull=True, report__in=ended)
    return asked.update(is_settled=is_settled) == 1


def counts(report):
    """How many follow it, how many of them say that it is settled, and how many that it is not."""
    return report.supporters.aggregate(
        all=Count("pk"),
        settled=Count("pk", filter=Q(is_settled=True)),
        unsettled=Count("pk", filter=Q(is_settled=False)),
    )
