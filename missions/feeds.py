"""The address of one's private calendar: made, changed, taken away. What it holds: calendars.py."""

from .models import CalendarFeed
from .models.signup import _token


def renew_feed(user):
    """A feed with a new address; the former one stops working at once."""
    feed, _ = CalendarFeed.objects.update_or_create(user=user, defaults={"token": _token()})
    return feed


def revoke_feed(user):
    CalendarFeed.objects.filter(user=user).delete()
