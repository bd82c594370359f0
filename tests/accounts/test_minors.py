"""Under 16 nothing is created; at 16 and 17 a guardian agrees first, by code or on paper (ID-23, ID-24)."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from tests.accounts.people import add_totp, code_in, create_known
from tests.factories import NOW, TODAY, create_user
from vitre_civique.accounts.minors import (
    ConsentError,
    consent_requested,
    consent_token,
    consented_or_adult,
    give_consent,
    guardian_url,
    is_waiting_for_consent,
    may_join,
    record_paper_consent,
    request_consent,
    revoke_consent,
)
from vitre_civique.accounts.models import GuardianConsent, User
from vitre_civique.accounts.roles import Role, grant_role

pytestmark = pytest.mark.django_db(transaction=True)

SIGN_UP = "/compte/inscription/"
BASE = {"email": "lou@exemple.fr", "first_name": "Lou", "last_name": "Le Goff"}
MINOR = {**BASE, "age": "minor", "guardian_name": "Yann Le Goff", "guardian_email": "yann@exemple.fr"}


@pytest.fixture(autouse=True)
def no_limits_left():
    cache.clear()


@pytest.fixture
def sent():
    """(consent, code) of each request, as the outbox hears them."""
    heard = []

    def listen(sender, consent, code, **_):
        heard.append((consent, code))

    consent_requested.connect(listen)
    yield heard
    consent_requested.disconnect(listen)


def born(years):
    today = timezone.localdate()
    day = today.replace(year=today.year - years) - timedelta(days=3)
    return {"birth_date_0": day.day, "birth_date_1": day.month, "birth_date_2": day.year}


def create_minor(**fields):
    return create_user(birth_date=date(2009, 12, 1), **fields)


@pytest.mark.parametrize(
    ("birth_date", "allowed"),
    [(date(2010, 11, 23), True), (date(2010, 11, 24), False), (None, True), (date(2008, 2, 29), True)],
)
def test_one_may_join_from_the_day_of_sixteen(birth_date, allowed):
    assert may_join(birth_date, TODAY) is allowed


@pytest.mark.parametrize("data", [{**BASE, "age": "too_young"}, {**MINOR, **born(15)}])
def test_under_sixteen_leads_to_the_youth_council_and_keeps_nothing(client, mailbox, data):
    response = client.post(SIGN_UP, data, follow=True)
    assert response.redirect_chain == [("/compte/moins-de-16-ans/", 302)]
    assert "conseil municipal de la jeunesse" in response.content.decode()
    assert (User.objects.count(), GuardianConsent.objects.count(), len(mailbox)) == (0, 0, 0)


def test_sixteen_shows_the_three_questions_first_and_keeps_what_was_typed(client, mailbox):
    response = client.post(SIGN_UP, {**BASE, "age": "minor"})
    html = response.content.decode()
    assert 'name="guardian_email"' in html
    assert 'value="Le Goff"' in html
    assert "Erreur" not in html
    assert User.objects.count() == 0


def test_guardian_is_asked_only_once_the_minors_address_is_verified(client, mailbox, sent):
    client.post(SIGN_UP, {**MINOR, **born(16)})
    assert sent == []

    code = code_in(mailbox.to("lou@exemple.fr")[0])
    response = client.post("/compte/verification/", {"code": code}, follow=True)
    assert response.redirect_chain[-1] == ("/compte/accord/", 302)
    assert "En attente d’un accord" in response.content.decode()
    ((consent, code),) = sent
    assert (consent.guardian_email, consent.guardian_name) == ("yann@exemple.fr", "Yann Le Goff")
    assert code not in consent.code_hash
    user = User.objects.get(email="lou@exemple.fr")
    assert user.declared_adult_on is None
    assert is_waiting_for_consent(user)


def test_adult_birth_date_is_refused_and_not_kept(client, mailbox):
    response = client.post(SIGN_UP, {**MINOR, **born(18)})
    assert "vous avez 18 ans ou plus" in response.content.decode()
    assert User.objects.count() == 0


def test_own_address_is_no_guardians_address(client, mailbox):
    response = client.post(SIGN_UP, {**MINOR, **born(16), "guardian_email": BASE["email"]})
    assert "l’adresse de votre parent, pas la vôtre" in response.content.decode()


def test_link_alone_gives_nothing_and_the_code_gives_the_agreement(client, sent):
    minor = create_minor()
    consent, code = request_consent(
        minor, guardian_name="Yann", guardian_email="yann@exemple.fr", now=timezone.now()
    )
    path = f"/compte/accord/{consent_token(consent)}/"
    assert guardian_url(consent) == f"http://testserver{path}"

    assert client.get(path).status_code == 200
    assert "Ce n’est pas le code" in client.post(path, {"code": "12x"}).content.decode()
    assert is_waiting_for_consent(minor)
    assert "Merci, votre accord est enregistré" in client.post(path, {"code": code}).content.decode()
    assert not is_waiting_for_consent(minor)
    given_at = GuardianConsent.objects.get().given_at
    client.post(path, {"code": code})
    assert GuardianConsent.objects.get().given_at == given_at

    assert client.get(path + "x/").status_code == 404
    assert Client().get("/compte/accord/nimporte-quoi/").status_code == 404


def test_code_of_a_guardian_dies_after_five_tries_or_a_fortnight():
    consent, code = request_consent(create_minor(), guardian_name="Y", guardian_email="y@exemple.fr", now=NOW)
    with pytest.raises(ConsentError):
        give_consent(consent, code, now=NOW + timedelta(days=14))
    for _ in range(5):
        with pytest.raises(ConsentError):
            give_consent(consent, "12x", now=NOW)
    with pytest.raises(ConsentError) as caught:
        give_consent(consent, code, now=NOW)
    assert caught.value.message.startswith("Trop d’essais.")
    consent.refresh_from_db()
    assert (consent.given_at, consent.failed_attempts) == (None, 5)


def test_new_request_replaces_the_old_code():
    minor = create_minor()
    old, _ = request_consent(minor, guardian_name="Y", guardian_email="y@exemple.fr", now=NOW)
    new, code = request_consent(minor, guardian_name="Y", guardian_email="y@exemple.fr", now=NOW)
    assert [row.pk for row in GuardianConsent.objects.all()] == [new.pk]
    give_consent(new, code, now=NOW)
    assert consented_or_adult(minor, TODAY)
    revoke_consent(new, now=NOW)
    assert not consented_or_adult(minor, TODAY)


def test_minor_asks_for_another_mail_at_most_once_a_day(client, sent):
    minor = create_minor(email="lou@exemple.fr")
    with time_machine.travel(NOW, tick=False) as clock:
        request_consent(minor, guardian_name="Y", guardian_email="y@exemple.fr", now=NOW)
        client.force_login(minor)
        client.post("/compte/accord/redemander/")
        assert len(sent) == 1
        clock.shift(timedelta(hours=25))
        client.force_login(minor)
        client.post("/compte/accord/redemander/")
        assert len(sent) == 2


def test_only_employed_agents_record_a_paper_form(client):
    minor, agent = create_minor(), create_known()
    civic = create_known()
    grant_role(agent, Role.AGENT, by=None, now=NOW)
    grant_role(civic, Role.CIVIC_SERVICE, by=None, now=NOW)
    with pytest.raises(PermissionDenied):
        record_paper_consent(minor, guardian_name="Yann", by=civic, now=NOW)

    add_totp(agent)
    client.force_login(agent)
    path = f"/compte/accord-papier/{minor.pk}/"
    client.post(path, {"guardian_name": "Yann Le Goff"})
    assert is_waiting_for_consent(minor)
    client.post(path, {"guardian_name": "Yann Le Goff", "is_seen": "on"})
    consent = GuardianConsent.objects.get()
    assert (consent.method, consent.recorded_by, consent.is_in_force) == ("paper", agent, True)
    assert not is_waiting_for_consent(minor)


def test_eighteenth_birthday_ends_the_waiting():
    minor = create_minor()  # born on 1 December 2009
    assert is_waiting_for_consent(minor, date(2027, 11, 30))
    assert not is_waiting_for_consent(minor, date(2027, 12, 1))
