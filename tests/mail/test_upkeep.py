"""Calls, letters, the log that forgets, what the technician reads."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from tests.factories import NOW, create_signup, create_user, create_volunteer
from vitre_civique.notifications import calls, health, upkeep
from vitre_civique.notifications.models import Notification
from vitre_civique.notifications.outbox import notify

from .conftest import deliver_all

pytestmark = pytest.mark.django_db


def by_phone():
    user = create_user(email=None, phone="+33612345678")
    return create_signup(volunteer=create_volunteer(user=user))


def test_people_without_email_are_called_from_the_same_rows(mailbox):
    signup = by_phone()
    notify(signup.volunteer.user, "signup_confirmed", "a", now=NOW, data={"signup": signup.pk})
    notify(signup.volunteer.user, "signup_reminder", "b", now=NOW, due_at=NOW + timedelta(days=1))
    notify(create_user(), "signup_reminder", "c", now=NOW)

    assert deliver_all(NOW) == {"dropped": 1}
    (row,) = calls.call_list(NOW)
    assert "Votre place est confirmée. Merci" in calls.words(row, now=NOW)
    assert calls.mark_told(row, now=NOW) is True
    assert calls.mark_told(row, now=NOW) is False
    row.refresh_from_db()
    assert (row.state, row.sent_at, list(calls.call_list(NOW)), len(mailbox)) == ("sent", NOW, [], 0)


def test_a_call_that_is_no_longer_true_has_no_words():
    signup = by_phone()
    notify(signup.volunteer.user, "signup_waiting", "a", now=NOW, data={"signup": signup.pk})

    (row,) = calls.call_list(NOW)
    assert calls.words(row, now=NOW) is None
    assert calls.mark_useless(row) is True
    assert list(calls.call_list(NOW)) == []


def test_a_suspended_address_joins_the_letters(mailbox):
    signup = create_signup()
    user = signup.volunteer.user
    notify(user, "signup_confirmed", "a", now=NOW, data={"signup": signup.pk})
    user.email_suspended_at = NOW
    user.save(update_fields=["email_suspended_at"])

    assert deliver_all(NOW) == {"rerouted": 1}
    assert [row.channel for row in calls.call_list(NOW, channel="post")] == ["post"]
    assert len(mailbox) == 0


def test_queries_of_the_call_list(django_assert_num_queries):
    for n in range(3):
        notify(by_phone().volunteer.user, "signup_confirmed", f"a:{n}", now=NOW)
    with django_assert_num_queries(2):
        assert [row.recipient.phone for row in calls.call_list(NOW)] == ["+33612345678"] * 3


def test_the_log_forgets_after_three_months_but_not_what_is_promised():
    user = create_user()
    for days, kind, state in [
        (91, "signup_confirmed", "sent"),
        (95, "signup_confirmed", "sent"),
        (95, "signup_refused", "refused"),
        (95, "signup_waiting", "queued"),
        (95, "monthly_reminder", "sent"),
        (200, "monthly_reminder", "sent"),
        (400, "stay_or_leave", "sent"),
    ]:
        row = Notification.objects.create(
            recipient=user, kind=kind, dedupe_key=f"{kind}:{days}", state=state, due_at=NOW
        )
        Notification.objects.filter(pk=row.pk).update(created_at=NOW - timedelta(days=days))

    assert upkeep.purge(now=NOW) == 3
    assert upkeep.purge(now=NOW) == 0
    assert set(Notification.objects.values_list("dedupe_key", flat=True)) == {
        "signup_confirmed:91",
        "signup_waiting:95",
        "monthly_reminder:95",
        "stay_or_leave:400",
    }


def test_an_agent_tries_again_what_was_set_aside(mailbox):
    signup = create_signup()
    notify(signup.volunteer.user, "signup_confirmed", "a", now=NOW, data={"signup": signup.pk})
    Notification.objects.update(state="set_aside", attempts=5, last_error="KeyError")
    row = Notification.objects.get()

    assert upkeep.try_again(row, now=NOW) is True
    assert upkeep.try_again(row, now=NOW) is False
    assert deliver_all(NOW) == {"sent": 1}


def test_age_of_the_outbox_and_heartbeat():
    assert (health.outbox_age(NOW), health.last_beat(), health.outbox_depth(NOW)) == (timedelta(0), None, 0)
    notify(create_user(), "signup_confirmed", "a", now=NOW, due_at=NOW - timedelta(minutes=7))
    notify(create_user(), "signup_confirmed", "b", now=NOW, due_at=NOW + timedelta(minutes=7))
    health.beat(now=NOW - timedelta(minutes=1))
    health.beat(now=NOW)

    assert (health.outbox_age(NOW), health.outbox_depth(NOW)) == (timedelta(minutes=7), 1)
    assert health.last_beat() == NOW


def test_outbox_command_shows_what_waits_and_what_failed(capsys):
    notify(create_user(), "signup_confirmed", "a", now=NOW - timedelta(days=900))
    notify(create_user(), "signup_refused", "b", now=NOW)
    Notification.objects.filter(dedupe_key="b").update(state="set_aside")

    call_command("outbox")
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "En attente : 1"
    assert [line.split() for line in shown[5:]] == [
        ["signup_confirmed", "1", "0", "0", "0", "0", "0", "0"],
        ["signup_refused", "0", "0", "0", "0", "0", "0", "1"],
    ]
    call_command("outbox", "--resume")
    assert capsys.readouterr().out.splitlines()[0] == "Remis en file : 1"
