"""Mails that come back: the address is suspended, the person is told, agents call; nobody can forge one."""

import mailbox as mailboxes
from contextlib import closing
from datetime import timedelta

import pytest
from allauth.account.signals import email_changed
from bs4 import BeautifulSoup
from django.core.management import call_command
from django.urls import reverse

from tests.factories import NOW, create_signup, create_user
from vitre_civique.accounts.models import User
from vitre_civique.notifications import bounces, calls
from vitre_civique.notifications.models import Notification
from vitre_civique.notifications.outbox import notify

from .bounces import ANSWERING_MACHINE, returned
from .conftest import deliver_all

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def sent(mailbox):
    """A confirmation that left, to somebody with a phone."""
    signup = create_signup()
    user = signup.volunteer.user
    user.phone = "+33612345678"
    user.save(update_fields=["phone"])
    notify(user, "signup_confirmed", "a", now=NOW, data={"signup": signup.pk})
    assert deliver_all(NOW) == {"sent": 1}
    return Notification.objects.get()


def bounced(row, **how):
    return bounces.note(bounces.read_report(returned(row.message_id, **how)), now=LATER)


@pytest.mark.parametrize("headers_only", [False, True])
def test_a_report_of_postfix_is_read(headers_only):
    assert bounces.read_report(returned("<abc@exemple.fr>", headers_only=headers_only)) == bounces.Bounce(
        "<abc@exemple.fr>",
        "5.1.1",
        "smtp; 550 5.1.1 <camille@exemple.fr>: Recipient address    rejected: User unknown in virtual mailbox"
        " table",
    )


@pytest.mark.parametrize(
    "content",
    [
        returned("<abc@exemple.fr>", action="delayed", status="4.4.1"),
        returned("<abc@exemple.fr>", action="delivered", status="2.0.0"),
        returned(""),
        ANSWERING_MACHINE.format(message_id="<abc@exemple.fr>").encode(),
        b"",
        b"Content-Type: multipart/report; report-type=delivery-status\n\nnothing",
    ],
)
def test_anything_else_is_no_bounce(content):
    assert bounces.read_report(content) is None


def test_an_address_that_does_not_exist_is_suspended_and_the_message_is_called(sent):
    assert bounced(sent) == "suspended"
    assert bounced(sent) == "unknown"

    sent.refresh_from_db()
    assert (sent.state, sent.channel, sent.sent_at) == ("queued", "phone", None)
    assert sent.last_error.startswith("5.1.1 smtp; 550")
    assert User.objects.get(pk=sent.recipient_id).email_suspended_at == LATER
    assert list(calls.call_list(LATER)) == [sent]
    assert deliver_all(LATER) == {}


def test_a_reminder_that_comes_back_is_not_worth_a_call(sent):
    Notification.objects.update(kind="monthly_reminder")

    assert bounced(sent) == "suspended"
    sent.refresh_from_db()
    assert (sent.state, sent.channel, list(calls.call_list(LATER))) == ("refused", "email", [])


@pytest.mark.parametrize("status", ["5.2.2", "5.7.1", "5.0.0", "4.4.7"])
def test_a_full_mailbox_or_a_refused_content_does_not_suspend(sent, status):
    assert bounced(sent, status=status) == "refused"
    sent.refresh_from_db()
    assert (sent.state, sent.recipient.email_suspended_at) == ("refused", None)


def test_a_forged_report_suspends_nobody(sent):
    forged = returned("<guessed@exemple.fr>", address=sent.recipient.email)
    assert bounces.note(bounces.read_report(forged), now=LATER) == "unknown"
    sent.refresh_from_db()
    assert (sent.state, sent.recipient.email_suspended_at) == ("sent", None)


@pytest.mark.parametrize("make", [mailboxes.Maildir, mailboxes.mbox])
def test_the_command_reads_each_mail_once(sent, tmp_path, capsys, make):
    box = make(tmp_path / "box")
    for content in [
        returned(sent.message_id),
        returned("<other@exemple.fr>"),
        ANSWERING_MACHINE.format(message_id=sent.message_id).encode(),
    ]:
        box.add(content)
    box.close()

    call_command("bounces", tmp_path / "box")
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["1", "0", "1", "1", "0"]
    call_command("bounces", tmp_path / "box")
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["0"] * 5
    with closing(make(tmp_path / "box")) as box:
        assert len(box) == 3


def banner(client):
    page = BeautifulSoup(client.get(reverse("notifications:preferences")).content, "html.parser")
    return page.select_one("aside .notice-warning strong")


def test_the_person_is_told_at_the_next_sign_in_and_may_say_that_it_works(client):
    user = create_user(email_suspended_at=NOW)
    client.force_login(user)
    assert banner(client).get_text() == f"Nos e-mails à {user.email} nous reviennent."

    assert client.get(reverse("notifications:address_works")).status_code == 405
    assert banner(client) is not None
    client.post(reverse("notifications:address_works"))
    assert banner(client) is None
    user.refresh_from_db()
    assert user.email_suspended_at is None


def test_a_new_address_is_trusted():
    user, other = create_user(email_suspended_at=NOW), create_user(email_suspended_at=NOW)
    email_changed.send(User, request=None, user=user, from_email_address=None, to_email_address=None)
    user.refresh_from_db()
    other.refresh_from_db()
    assert (user.email_suspended_at, other.email_suspended_at) == (None, NOW)
