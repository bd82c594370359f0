"""The .ics files, read back as a calendar would: moving and cancelling replace the same event."""

from datetime import timedelta

import pytest
from icalendar import Calendar

from missions.calendars import feed_calendar, signup_calendar, slot_calendar
from missions.planning import cancel_slot, change_slot
from missions.signups import withdraw
from tests.factories import NOW, create_mission, create_signup, create_slot, create_user, create_volunteer

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def read(data):
    """(method, uid, sequence, status, start, organiser) of a file of one event."""
    calendar = Calendar.from_ical(data)
    [event] = calendar.walk("VEVENT")
    return (
        str(calendar["METHOD"]),
        str(event["UID"]),
        int(event["SEQUENCE"]),
        str(event["STATUS"]),
        event.decoded("DTSTART"),
        str(event["ORGANIZER"]),
    )


def test_sequence_grows_when_the_slot_moves_and_once_more_when_it_is_cancelled(settings):
    slot = create_slot(create_mission())
    signup = create_signup(slot, create_volunteer())
    mairie = f"mailto:{settings.TOWN['email']}"
    uid, at = f"inscription-{signup.pk}@testserver", slot.starts_at

    def move(by):
        change_slot(
            slot,
            starts_at=slot.starts_at + by,
            ends_at=slot.ends_at + by,
            places=slot.places + 1,
            by=None,
            now=NOW,
        )
        signup.refresh_from_db()
        return read(signup_calendar(signup, now=NOW))

    assert read(signup_calendar(signup, now=NOW)) == ("PUBLISH", uid, 0, "CONFIRMED", at, mairie)
    assert move(DAY) == ("PUBLISH", uid, 1, "CONFIRMED", at + DAY, mairie)
    assert move(0 * DAY) == ("PUBLISH", uid, 1, "CONFIRMED", at + DAY, mairie)
    assert move(DAY) == ("PUBLISH", uid, 2, "CONFIRMED", at + 2 * DAY, mairie)
    assert read(slot_calendar(slot, now=NOW))[2:4] == (2, "CONFIRMED")

    cancel_slot(slot, by=create_user(), message="Il pleut.", now=NOW)
    signup.refresh_from_db()

    assert read(signup_calendar(signup, now=NOW)) == ("CANCEL", uid, 3, "CANCELLED", at + 2 * DAY, mairie)
    assert read(slot_calendar(slot, now=NOW))[2:4] == (3, "CANCELLED")


def test_withdrawing_cancels_the_event_in_the_feed_too():
    signup = create_signup(create_slot(), create_volunteer())
    withdraw(signup, by=signup.volunteer.user, now=NOW)

    assert read(signup_calendar(signup, now=NOW))[:4:2] == ("CANCEL", 1)
    assert read(feed_calendar(signup.volunteer.user, now=NOW))[2:4] == (1, "CANCELLED")
