"""Asking the relay by Message-ID, and the Message-ID itself."""

import pytest

from tests.factories import NOW, create_user
from tests.services import services
from vitre_civique.notifications import delivery, leases, probes
from vitre_civique.notifications.models import Notification
from vitre_civique.notifications.outbox import notify
from vitre_civique.notifications.rendering import message_id

from .conftest import deliver_all

POSTFIX = """\
Nov 23 10:00:01 mx postfix/cleanup[12]: 4F1A2: message-id=<abc@exemple.fr>
Nov 23 10:00:02 mx postfix/smtp[13]: 4F1A2: to=<x@exemple.fr>, status=sent (250 OK)
"""


def test_message_id_is_stable_and_says_nothing():
    first, again, other = message_id("signup:1"), message_id("signup:1"), message_id("signup:2")
    assert (first == again, first == other) == (True, False)
    assert first.endswith("@exemple.fr>")
    assert "signup" not in first


def test_postfix_log_knows_what_it_took(tmp_path):
    log = tmp_path / "mail.log"
    log.write_text(POSTFIX)
    probe = probes.PostfixLogProbe(log)
    assert (probe.was_accepted("<abc@exemple.fr>"), probe.was_accepted("<abd@exemple.fr>")) == (True, False)
    assert probes.PostfixLogProbe(tmp_path / "absent").was_accepted("<abc@exemple.fr>") is None


def test_the_setting_names_the_probe(settings, tmp_path):
    settings.MAIL_PROBE = ""
    assert probes.configured().was_accepted("<a@b>") is None
    settings.MAIL_PROBE = f"maildir:{tmp_path / 'absent'}"
    assert probes.configured().was_accepted("<a@b>") is None
    settings.MAIL_PROBE = f"postfix:{tmp_path / 'mail.log'}"
    assert isinstance(probes.configured(), probes.PostfixLogProbe)


@pytest.mark.django_db
@pytest.mark.parametrize(("has_left", "copies"), [(True, 1), (False, 1)])
def test_a_worker_killed_while_sending_neither_loses_nor_doubles(
    mailbox, plain_kind, settings, has_left, copies
):
    """Killed after « sending » was committed: before the relay took the mail, or just after."""
    settings.MAIL_PROBE = f"maildir:{services.mail_sink.folder}"
    plain_kind()
    notify(create_user(), "plain", "a", now=NOW)
    lease = leases.claim(now=NOW, limit=1)
    batch = delivery.Batch(lease, NOW)
    ((row, content),) = batch.prepare()
    if has_left:
        with delivery.Relay() as relay:
            batch._send(relay, row, content)
    else:
        leases.step(lease, row, message_id=message_id("a"), now=NOW)
    assert Notification.objects.get().state == "sending"

    later = lease.until + leases.LEASE
    delivery.settle_uncertain(now=later)
    deliver_all(later)

    assert Notification.objects.get().state == "sent"
    assert [message["Message-ID"] for message in mailbox.messages] == [message_id("a")] * copies
