"""The mails about handling: what they say, what they never say, and when they are dropped."""

from datetime import timedelta

import pytest

from quartiers import deadlines, mandates, needs, service_links
from quartiers.models import NeedReport, NeedState
from tests.desk.people import create_staff
from tests.factories import NOW, TODAY, create_quartier
from vitre_civique.accounts.models import User
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


def test_moves_of_the_author_are_told_without_name_or_words():
    named = {"first_name": "Zénobie", "last_name": "Introuvable"}
    one = create_report(NeedState.RESOLVED, text=SECRET, street="Rue Secrète", assigned_to=create_staff())
    needs.ask_reopening(one, by=one.author, reason=SECRET, now=NOW)
    other = create_report(NeedState.FILED, text=SECRET, street="Rue Secrète", assigned_to=create_staff())
    needs.withdraw(other, by=other.author, now=NOW)
    User.objects.filter(pk__in=[one.author_id, other.author_id]).update(**named)

    for report, row in zip((one, other), Notification.objects.order_by("pk"), strict=True):
        message = message_of(row)
        said = message.subject + message.text + message.html
        assert report.reference in said
        for private in (SECRET, "Rue Secrète", *named.values()):
            assert private not in said
    NeedReport.objects.update(state="in_progress")
    assert [message_of(row) for row in Notification.objects.all()] == [None, None]


def test_referents_of_the_quartier_are_led_where_they_may_read():
    theirs = create_quartier(slug="ailleurs")
    reader = create_referent(theirs)
    report = create_report(author=create_referent(create_quartier()), quartier=theirs)
    needs.file(report, now=NOW)
    row = Notification.objects.get(recipient=reader)

    assert "/quartiers/ailleurs/remontees/" in message_of(row).text
    needs.receive(report, by=None, summary="Un banc.", visibility="referents", now=NOW)
    assert report.get_absolute_url() in message_of(row).text


def test_digest_carries_no_small_figure():
    create_staff("elected")
    create_report(NeedState.FILED, filed_at=NOW - timedelta(days=5))
    deadlines.queue_digests(now=NOW)

    message = message_of(Notification.objects.get())

    assert "Remontées reçues\N{NO-BREAK SPACE}: moins de 11" in message.text
    assert "lundi 16" in message.text


def test_renewal_names_the_quartier_and_the_day():
    user = create_referent(until=TODAY + timedelta(days=20))
    mandates.queue_renewal_reminders(now=NOW)

    message = message_of(Notification.objects.get(recipient=user))

    assert user.mandates.get().quartier.name in message.text
    assert "dimanche 13" in message.text
