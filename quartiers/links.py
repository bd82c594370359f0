"""The signed links of « Est-ce réglé ? » in mails: one person, one ending of a report. Only the POST acts."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.urls import reverse

from .following import supporter_of
from .models import NeedReport

SALT = "quartiers.links.settled"
SUPPORTER_SALT = "quartiers.links.settled-for-supporter"


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


def supporter_url(report, user_id):
    """Where somebody who says « moi aussi » answers the same question."""
    token = signing.dumps([report.pk, user_id, report.reopened_count], salt=SUPPORTER_SALT)
    return settings.SITE_URL + reverse("quartiers:settled_link", args=[token])


def supporter_by(token):
    """The « moi aussi » a link speaks about, while it stands; else None."""
    try:
        pk, user_id, reopened_count = signing.loads(token, salt=SUPPORTER_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    user = get_user_model().objects.filter(pk=user_id, is_active=True).first()
    found = supporter_of(user, pk) if user else None
    return found if found and found.report.reopened_count == reopened_count else None
