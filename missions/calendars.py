"""The .ics of a slot, a collection, one's own signup, and one's private feed. No address, no name, ever."""

from datetime import UTC, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from icalendar import Calendar, Event, vCalAddress, vText

from vitre_civique.lib.months import PARIS
from vitre_civique.notifications.rendering import one_line

from .models import CollectionState, Signup, SignupState
from .models.signup import OUTCOMES

ON_THE_WAY = [SignupState.PENDING, SignupState.CONFIRMED]
OVER = [SignupState.WITHDRAWN, SignupState.REFUSED, SignupState.LAPSED]


def slot_calendar(slot, *, now):
    """Bytes of the public calendar file of one slot."""
    is_cancelled = slot.cancelled_at is not None or slot.mission.state == "cancelled"
    event = _event(slot, f"creneau-{slot.pk}", is_cancelled=is_cancelled, now=now)
    event.add("url", settings.SITE_URL + slot.mission.get_absolute_url())
    return _calendar([event], is_cancelled=is_cancelled).to_ical()


def signup_calendar(signup, *, now):
    """Bytes of the calendar file of one signup; its UID never changes; CANCEL once the person is out."""
    is_cancelled = signup.state in OVER
    return _calendar([_signup_event(signup, now)], is_cancelled=is_cancelled).to_ical()


def signups_calendar(signups, *, now):
    """Bytes of one calendar file for several signups that stand."""
    return _calendar([_signup_event(signup, now) for signup in signups]).to_ical()


def feed_calendar(user, *, now):
    """Bytes of the private feed: every signup, withdrawn ones as cancelled so that calendars drop them."""
    events = [_signup_event(signup, now) for signup in for_feed(user)]
    calendar = _calendar(events)
    calendar.add("x-wr-calname", "Mes missions à Vitré")
    calendar.add("x-published-ttl", "PT1H")
    return calendar.to_ical()


def for_feed(user):
    return (
        Signup.objects.filter(volunteer__user=user, state__in=[*ON_THE_WAY, *OVER, *OUTCOMES])
        .select_related("slot__mission__quartier")
        .order_by("-starts_at", "-id")[:200]
    )


def collection_calendar(collection, *, now):
    """Bytes of the public calendar file of a collection: whole days, the last one included."""
    is_cancelled = collection.state == CollectionState.CANCELLED
    event = Event()
    event.add("uid", f"collecte-{collection.pk}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", collection.starts_on)
    event.add("dtend", collection.ends_on + timedelta(days=1))
    event.add("summary", one_line(collection.title))
    event.add("transp", "TRANSPARENT")  # it keeps nobody busy
    event.add("description", f"Mairie de Vitré : {settings.TOWN['phone']}")
    event.add("url", settings.SITE_URL + collection.get_absolute_url())
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    event.add("sequence", collection.sequence)
    event.add("organizer", organizer())
    return _calendar([event], is_cancelled=is_cancelled).to_ical()


def _signup_event(signup, now):
    event = _event(signup.slot, f"inscription-{signup.pk}", is_cancelled=signup.state in OVER, now=now)
    if signup.state == SignupState.PENDING:
        event["status"] = "TENTATIVE"
    event.add("url", settings.SITE_URL + reverse("missions:signup", args=[signup.pk]))
    return event


def _event(slot, name, *, is_cancelled, now):
    event = Event()
    event.add("uid", f"{name}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", slot.starts_at.astimezone(PARIS).astimezone(UTC))
    event.add("dtend", slot.ends_at.astimezone(UTC))
    # A calendar is read line by line: whatever a title holds, it opens none.
    event.add("summary", one_line(slot.mission.title))
    event.add("location", one_line(f"{slot.mission.where}, Vitré"))
    event.add("description", f"Mairie de Vitré : {settings.TOWN['phone']}")
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    event.add("sequence", slot.sequence + is_cancelled)
    event.add("organizer", organizer())
    return event


def organizer():
    """The mairie: a calendar drops a cancelled event only when its organiser says so (RFC 5546)."""
    address = vCalAddress(f"mailto:{settings.TOWN['email']}")
    address.params["CN"] = vText("Mairie de Vitré")
    return address


def _calendar(events, *, is_cancelled=False):
    calendar = Calendar()
    calendar.add("prodid", "-//Ville de Vitré//Vitré civique//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if is_cancelled else "PUBLISH")
    for event in events:
        calendar.add_component(event)
    return calendar
