from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import NOW, create_user
from vitre_civique.notifications import kinds
from vitre_civique.notifications.models import Notification
from vitre_civique.notifications.outbox import notify

pytestmark = pytest.mark.django_db


def test_notify_inserts_one_row_whatever_the_number_of_calls():
    user = create_user()

    first = notify(user, "signup_confirmed", "signup_confirmed:1", now=NOW, data={"signup": 1})
    second = notify(user, "signup_confirmed", "signup_confirmed:1", now=NOW, data={"signup": 2})

    row = Notification.objects.get()
    assert (first, second) == (True, False)
    assert (row.recipient, row.kind, row.data, row.state) == (
        user,
        "signup_confirmed",
        {"signup": 1},
        "queued",
    )
    assert (row.due_at, row.created_at, row.channel, row.attempts) == (NOW, NOW, "email", 0)


def test_notify_waits_for_the_morning():
    notify(create_user(), "signup_confirmed", "a", now=datetime(2026, 11, 23, 21, tzinfo=UTC))

    assert Notification.objects.get().due_at == datetime(2026, 11, 24, 7, tzinfo=UTC)


def test_notify_refuses_a_kind_nobody_registered():
    with pytest.raises(kinds.UnknownKind):
        notify(create_user(), "unheard_of", "a", now=NOW)

    assert Notification.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "channel"),
    [
        ({}, "email"),
        ({"email_suspended_at": NOW - timedelta(days=1)}, "post"),
        ({"email": None, "phone": "+33612345678"}, "phone"),
        ({"email": None}, "post"),
        ({"preferred_channel": "phone", "phone": "+33612345678"}, "phone"),
        ({"preferred_channel": "post"}, "post"),
    ],
)
def test_notify_chooses_the_channel_of_the_person(fields, channel):
    notify(create_user(**fields), "signup_confirmed", "a", now=NOW)

    assert Notification.objects.get().channel == channel
