"""The mails about handling: what they say, what they never say, and when they are dropped."""

from datetime import timedelta

import pytest

from quartiers import deadlines, mandates, service_links
from quartiers.models import NeedReport, NeedState
from tests.desk.people import create_staff
from tests.factories import NOW, TODAY
from vitre_civique.notifications import kinds
from vitre_civique.notifications.models import Notification

from .factories import create_referent, create_report

pytestmark = pytest.mark.django_db
SECRET = "Devant chez la dame au chat."


def message_of(row, *, now=NOW):
    """The mail of an outbox row, or None when it is no longer true."""
    kind = kinds.kind_of(row)
    facts = kind.load([row], now=now)
    return kind.builder(row, facts[row.pk], now=now) if row.pk in facts else None


def test_service_gets_a_reference_and_a_link_never_the_words():
    report = create_report(
        NeedState.RECEIVED, text=SECRET, street="Rue Secrète", public_summary="Banc canari"
    )
    report.service.email = "voirie@exemple.fr"
    report.service.save()
    link = service_links.send(report, by=create_staff(), now=NOW)

    message = message_of(Notification.objects.get())

    assert report.reference in message.text
    assert service_links.token_of(link) in message.text
    for private in (SECRET, "Rue Secrète", "canari", report.author.last_name):
        assert private not in message.text + message.html + message.subject
    service_links.revoke_all(report, now=NOW)
    assert message_of(Notification.objects.get()) is None


def test_late_mails_say_since_when_and_are_dropped_once_answered():
    agent = create_staff()
    report = create_report(
        NeedState.RECEIVED, answer_by=TODAY - timedelta(days=60), assigned_to=agent, text=SECRET
    )
    deadlines.queue_alerts(now=NOW)

    texts = [message_of(row).text for row in Notification.objects.order_by("id")]

    assert ["jeudi 24" in text and SECRET not in text for text in texts] == [True, True]
    NeedReport.objects.filter(pk=report.pk).update(state="in_progress", answer_by=TODAY)
    assert [message_of(row) for row in Notification.objects.all()] == [None, None]


def test_digest_carries_no_small_figure():
    create_staff("elected")
    create_report(NeedState.FILED, filed_at=NOW - timedelta(days=5))
    deadlines.queue_digests(now=NOW)

    message = message_of(Notification.objects.get())

    assert "Remontées reçues : moins de 11" in message.text
    assert "lundi 16" in message.text


def test_renewal_names_the_quartier_and_the_day():
    user = create_referent(until=TODAY + timedelta(days=20))
    mandates.queue_renewal_reminders(now=NOW)

    message = message_of(Notification.objects.get(recipient=user))

    assert user.mandates.get().quartier.name in message.text
    assert "dimanche 13" in message.text
