"""People without e-mail: forms to fill in by hand, letters to post, and who may print them (ID-20)."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from tests.desk.forms import text_of
from tests.desk.people import client_of, create_staff
from tests.factories import NOW, create_quartier, create_user
from vitre_civique.accounts.models import GuardianConsent
from vitre_civique.notifications.models import Notification
from vitre_civique.notifications.outbox import notify

pytestmark = pytest.mark.django_db
LETTERS = "/gestion/notifications/notification/courriers/"


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def by_post(plain_kind, key="one"):
    plain_kind(name=f"plain-{key}")
    person = create_user(email=None, preferred_channel="post", postal_address="3, rue du Canari")
    notify(person, f"plain-{key}", key, now=NOW)
    return Notification.objects.get(dedupe_key=key)


def test_letters_are_printed_then_noted_as_posted_once(plain_kind):
    one, other = by_post(plain_kind), by_post(plain_kind, "two")
    client = client_of(create_staff("agent"))

    page = text_of(client.get(LETTERS))
    assert page.count("3, rue du Canari") == 2
    assert "Bonjour" in page
    assert Notification.objects.filter(state="queued").count() == 2
    client.post(LETTERS, {"row": [str(one.pk), "x", "999999"]})
    client.post(LETTERS, {"row": [str(one.pk)]})

    for row in (one, other):
        row.refresh_from_db()
    assert ((one.state, one.sent_at), other.state) == (("sent", NOW), "queued")
    assert text_of(client.get(LETTERS)).count("3, rue du Canari") == 1


def test_letters_are_for_those_who_see_messages(plain_kind):
    row = by_post(plain_kind)
    for role in ("civic_service", "elected"):
        client = client_of(create_staff(role))
        assert client.get(LETTERS).status_code == 403
        assert client.post(LETTERS, {"row": [row.pk]}).status_code == 403
    row.refresh_from_db()
    assert row.state == "queued"


def test_the_paper_pledge_has_every_question_of_the_site():
    create_quartier(name="Le Rachapt")
    url = reverse("admin:volunteers_volunteer_paper")

    page = text_of(client_of(create_staff("agent")).get(url))

    asked = ["Le Rachapt", "Je ne sais pas", "Jardiner, tailler une haie", "Dans toute la ville", "Dimanche"]
    assert [words in page for words in [*asked, "La charte", "Date et signature"]] == [True] * 7
    assert client_of(create_staff("civic_service")).get(url).status_code == 403


def test_a_minor_prints_the_agreement_and_the_agent_finds_where_to_record_it(client):
    minor = create_user(first_name="Malo", last_name="Verdelais", birth_date=date(2009, 5, 4))
    GuardianConsent.objects.create(minor=minor, guardian_name="Anne Verdelais", method="email")
    client.force_login(minor)
    assert reverse("accounts:guardian_form") in client.get(reverse("accounts:waiting")).content.decode()

    form = text_of(client.get(reverse("accounts:guardian_form")))

    for words in ("Anne Verdelais", "Malo Verdelais", "né·e le 4 mai 2009"):
        assert words in form
    agent = client_of(create_staff("agent"))
    sheet = agent.get(reverse("admin:accounts_user_change", args=[minor.pk])).content.decode()
    assert reverse("accounts:record_consent", args=[minor.pk]) in sheet
    client.force_login(create_user())
    assert client.get(reverse("accounts:guardian_form")).url == reverse("accounts:home")
