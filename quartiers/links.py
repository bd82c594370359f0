"""The signed link of « Est-ce réglé ? » in mails: one author, one ending of a report. Only the POST acts."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from .models import NeedReport

SALT = "quartiers.links.settled"


def settled_url(report):
    """Where the author says whether it is settled, without signing in."""
    return settings.SITE_URL + reverse("quartiers:settled_link", args=[token_for(report)])


def token_for(report):
    return signing.dumps([report.pk, report.author_id, report.reopened_count], salt=SALT)


def report_of(token):
    """The report a link speaks about; None when the link was changed, or is about an earlier ending."""
    try:
        pk, author_id, reopened_count = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    rows = NeedReport.objects.select_related("author", "category", "quartier")
    return rows.filter(
        pk=pk, author_id=author_id, author__is_active=True, reopened_count=reopened_count
    ).first()
