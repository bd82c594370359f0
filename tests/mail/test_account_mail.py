"""allauth's mails go through the outbox, at once when the relay answers, later when it does not."""

import re
import time
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from tests.conftest import html_of, text_of
from tests.factories import NOW, create_user
from vitre_civique.accounts.minors import give_consent, request_consent
from vitre_civique.notifications.account_mail import RELAY_IS_AWAY, queue_account_mail
from vitre_civique.notifications.models import Notification

from .conftest import deliver_all

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()
    yield
    cache.clear()


def ask_for_a_code(client, email):
    return client.post(reverse("account_login"), {"login": email})


def test_sign_in_code_arrives_at_once_and_is_wiped(client, mailbox):
    user = create_user(email="odile@exemple.fr")

    ask_for_a_code(client, user.email)

    (message,) = mailbox.to("odile@exemple.fr")
    row = Notification.objects.get()
    code = re.search(r"\b\d{6}\b", text_of(message))[0]
    assert message["Subject"] == "Votre code de connexion"
    assert code in html_of(message)
    assert (message["List-Unsubscribe"], message["Message-ID"]) == (None, row.message_id)
    assert (row.state, row.kind, row.data, row.to_email, row.recipient) == ("sent", "account", {}, "", user)


def test_sign_in_page_does_not_hang_when_the_relay_is_away(client, mailbox, settings):
    user = create_user()
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1

    started = time.monotonic()
    response = ask_for_a_code(client, user.email)

    assert (response.status_code, time.monotonic() - started < 3) == (302, True)
    assert Notification.objects.get().state == "queued"
    assert cache.get(RELAY_IS_AWAY)
    settings.EMAIL_PORT = port
    assert deliver_all(timezone.now()) == {"sent": 1}
    assert [message["Subject"] for message in mailbox.to(user.email)] == ["Votre code de connexion"]
    assert Notification.objects.get().data == {}


def test_a_code_that_came_too_late_is_dropped_and_wiped(mailbox):
    cache.set(RELAY_IS_AWAY, 1)
    queue_account_mail("a@exemple.fr", "Votre code", "123456\n", "<p>123456</p>", has_code=True, now=NOW)

    assert deliver_all(NOW + timedelta(minutes=11)) == {"dropped": 1}
    row = Notification.objects.get()
    assert (row.state, row.data, row.to_email, len(mailbox)) == ("dropped", {}, "", 0)


def test_an_unknown_address_is_written_to_as_well(client, mailbox):
    ask_for_a_code(client, "inconnue@exemple.fr")

    (message,) = mailbox.to("inconnue@exemple.fr")
    assert message["Subject"] == "Aucun compte avec cette adresse"
    assert Notification.objects.get().to_email == ""


def test_guardian_gets_a_code_and_the_minor_is_told(mailbox, settings):
    settings.MAIL_QUIET_HOURS = False
    minor = create_user()
    consent, code = request_consent(
        minor, guardian_name="Jo", guardian_email="parent@exemple.fr", now=timezone.now()
    )
    deliver_all(timezone.now())
    (message,) = mailbox.to("parent@exemple.fr")
    assert message["Subject"] == "Un code pour donner votre accord"
    assert code in text_of(message)
    assert f"{minor.last_name}" not in text_of(message)
    row = Notification.objects.get()
    assert (row.data, row.to_email) == ({}, "")

    give_consent(consent, code, now=timezone.now())
    deliver_all(timezone.now())
    assert [m["Subject"] for m in mailbox.to(minor.email)] == ["L’accord de votre représentant est reçu"]
