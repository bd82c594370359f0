"""Before what matters: confirm who one is, also without a password (ID-10)."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core.cache import cache

from tests.accounts.people import (
    add_totp,
    code_in,
    confirm_identity,
    create_known,
    has_code,
    sign_in,
    totp_code,
)
from tests.conftest import text_of
from tests.factories import NOW
from vitre_civique.accounts.roles import Role, grant_role

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL, BY_CODE = "/compte/adresse-e-mail/", "/compte/confirmer/code/"
SENSITIVE = [
    EMAIL,
    "/compte/mot-de-passe/choisir/",
    "/compte/protection/application/",
    "/compte/protection/cles/ajouter/",
    "/compte/protection/secours/nouveaux/",
]


@pytest.fixture(autouse=True)
def no_limits_left():
    cache.clear()


@pytest.mark.parametrize("path", SENSITIVE)
def test_people_without_password_confirm_by_a_mailed_code(client, mailbox, path):
    user = create_known()
    client.force_login(user)
    asked = client.get(path)
    assert asked.status_code == 302
    assert asked.url.startswith(f"{BY_CODE}?next=")
    assert len(mailbox) == 0  # opening the page sends nothing

    client.post(asked.url, {"send": "1"})
    wrong = client.post(asked.url, {"code": "12x"})
    assert "Ce n’est pas le bon code" in wrong.content.decode()
    response = client.post(asked.url, {"code": code_in(mailbox.messages[0])})
    assert (response.status_code, response.url) == (302, path)
    assert client.get(path).status_code == 200


def test_confirmation_code_has_three_tries_and_ten_minutes(client, mailbox):
    client.force_login(create_known())
    with time_machine.travel(NOW, tick=False) as clock:
        client.post(BY_CODE, {"send": "1"})
        code = code_in(mailbox.messages[0])
        for _ in range(3):
            client.post(BY_CODE, {"code": "12x"})
        client.post(BY_CODE, {"code": code})
        assert client.get(EMAIL).status_code == 302

        cache.clear()
        client.post(BY_CODE, {"send": "1"})
        clock.shift(timedelta(minutes=11))
        client.post(BY_CODE, {"code": code_in(mailbox.messages[-1])})
        assert client.get(EMAIL).status_code == 302


def test_recent_sign_in_counts_for_ten_minutes(client, mailbox):
    user = create_known()
    with time_machine.travel(NOW, tick=False) as clock:
        sign_in(client, mailbox, user.email)
        clock.shift(timedelta(minutes=9))
        assert client.get(EMAIL).status_code == 200
        clock.shift(timedelta(minutes=2))
        assert client.get(EMAIL).status_code == 302


def test_password_holders_choose_between_password_and_code(client):
    client.force_login(create_known(password="une phrase assez longue"))
    asked = client.get(EMAIL)
    assert asked.url.startswith("/compte/confirmer/mot-de-passe/?next=")
    html = client.get(asked.url).content.decode()
    assert "Recevoir un code par e-mail" in html
    response = client.post(asked.url, {"password": "une phrase assez longue", "next": EMAIL})
    assert response.url == EMAIL
    assert client.get(EMAIL).status_code == 200


def test_people_with_a_second_factor_use_it_and_nothing_weaker(client, mailbox):
    user = create_known(password="une phrase assez longue")
    add_totp(user)
    client.force_login(user)
    asked = client.get(EMAIL)
    assert asked.url.startswith("/compte/confirmer/application/")
    assert client.post(BY_CODE, {"send": "1"}).status_code == 403
    assert len(mailbox) == 0
    client.post(asked.url, {"code": totp_code(), "next": EMAIL})
    assert client.get(EMAIL).status_code == 200


@pytest.mark.parametrize("with_factor", [False, True])
def test_address_changes_by_a_code_at_the_new_one_and_the_old_one_is_told(client, mailbox, with_factor):
    user = create_known(email="ancienne@exemple.fr")
    sign_in(client, mailbox, user.email)
    if with_factor:
        secret = client.get("/compte/protection/application/").context["form"].secret
        client.post("/compte/protection/application/", {"code": totp_code(secret)})
    mailbox.clear()

    response = client.post(EMAIL, {"action_add": "1", "email": "nouvelle@exemple.fr"})
    assert response.url == "/compte/verification/"
    user.refresh_from_db()
    assert user.email == "ancienne@exemple.fr"

    client.post("/compte/verification/", {"code": code_in(mailbox.to("nouvelle@exemple.fr")[0])})
    user.refresh_from_db()
    assert user.email == "nouvelle@exemple.fr"
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [
        ("nouvelle@exemple.fr", True, True)
    ]
    (told,) = mailbox.to("ancienne@exemple.fr")
    assert not has_code(told)
    assert "nouvelle@exemple.fr" not in text_of(told)


def test_changing_to_somebody_elses_address_tells_nothing(client, mailbox):
    other = create_known(email="prise@exemple.fr")
    user = create_known(email="ancienne@exemple.fr")
    sign_in(client, mailbox, user.email)
    taken = client.post(EMAIL, {"action_add": "1", "email": "prise@exemple.fr"})
    assert (taken.status_code, taken.url) == (302, "/compte/verification/")
    assert client.get(taken.url).status_code == 200
    client.post(taken.url, {"code": code_in(mailbox.to("prise@exemple.fr")[-1])})
    user.refresh_from_db()
    other.refresh_from_db()
    assert (user.email, other.email) == ("ancienne@exemple.fr", "prise@exemple.fr")


def test_lists_with_names_ask_staff_again(client):
    agent = create_known()
    grant_role(agent, Role.AGENT, by=None, now=NOW)
    add_totp(agent)
    client.force_login(agent)
    path = "/gestion/volunteers/volunteer/export/"
    assert client.get(path).url.startswith("/compte/confirmer/application/?next=%2Fgestion%2F")
    confirm_identity(client, agent)
    assert client.get(path).status_code == 200


def test_the_code_is_not_in_the_subject(client, mailbox):
    """A locked phone shows subjects."""
    client.force_login(create_known())
    client.post(BY_CODE, {"send": "1"})

    assert mailbox.subjects() == ["Votre code pour confirmer que c’est bien vous"]
