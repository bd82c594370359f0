"""How long a session lasts, what signing out clears, who is limited, what is kept when it ends (ID-09…13)."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from tests.accounts.people import ask_code, create_known, sign_in
from tests.factories import NOW
from vitre_civique.accounts.roles import Role, grant_role

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_limits_left():
    cache.clear()


def is_signed_in(client):
    return client.get("/compte/bienvenue/").status_code == 200


@pytest.mark.parametrize(("extra", "minutes"), [({}, 120), ({"shared": "on"}, 15)])
def test_session_ends_after_its_idle_limit_and_a_page_starts_it_anew(client, mailbox, extra, minutes):
    user = create_known()
    with time_machine.travel(NOW, tick=False) as clock:
        sign_in(client, mailbox, user.email, **extra)
        clock.shift(timedelta(minutes=minutes - 1))
        assert is_signed_in(client)
        clock.shift(timedelta(minutes=minutes - 1))
        assert is_signed_in(client)
        clock.shift(timedelta(minutes=minutes + 1))
        assert not is_signed_in(client)


def test_staff_sessions_end_after_thirty_minutes(client):
    user = create_known()
    grant_role(user, Role.AGENT, by=None, now=NOW)
    with time_machine.travel(NOW, tick=False) as clock:
        client.force_login(user)
        clock.shift(timedelta(minutes=29))
        assert client.get("/compte/").status_code == 200
        clock.shift(timedelta(minutes=31))
        assert client.get("/compte/").status_code == 302


def test_pages_within_a_minute_write_no_session(client, django_assert_num_queries):
    client.force_login(create_known())
    with django_assert_num_queries(2):
        client.get("/compte/bienvenue/")


def test_signing_out_is_a_post_that_clears_the_browser(client):
    client.force_login(create_known())
    assert client.get("/compte/deconnexion/").status_code == 200
    assert is_signed_in(client)
    response = client.post("/compte/deconnexion/")
    assert (response.status_code, response.url) == (302, "/")
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_signed_in(client)


def test_signed_in_pages_are_never_stored(client):
    client.force_login(create_known())
    assert "no-store" in client.get("/compte/").headers["Cache-Control"]


def test_my_connections_lists_devices_and_closes_the_others(client, mailbox):
    user = create_known()
    phone = Client(HTTP_USER_AGENT="Mozilla/5.0 (Android 15) Firefox/140.0")
    laptop = Client(HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537")
    sign_in(phone, mailbox, user.email)
    sign_in(laptop, mailbox, user.email)

    html = laptop.get("/compte/connexions/").content.decode()
    assert "Firefox sur Android" in html
    assert "Chrome sur Windows" in html

    laptop.post("/compte/connexions/")
    assert (is_signed_in(phone), is_signed_in(laptop)) == (False, True)


@pytest.mark.parametrize("count", [0, 1])
def test_rate_limits_see_the_client_behind_one_trusted_proxy(settings, count):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = count
    statuses = []
    for n in range(31):  # thirty sign-ins a minute for one address
        visitor = Client(HTTP_X_FORWARDED_FOR=f"203.0.113.{n}", REMOTE_ADDR="10.0.0.2")
        statuses.append(visitor.post("/compte/connexion/", {"login": "pas une adresse"}).status_code)
    assert statuses == [200] * 30 + [200 if count else 429]


def test_forged_forwarding_does_not_escape_the_limit(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for n in range(30):
        Client(HTTP_X_FORWARDED_FOR=f"198.51.100.{n}, 203.0.113.9").post("/compte/connexion/", {"login": "x"})
    response = Client(HTTP_X_FORWARDED_FOR="198.51.100.99, 203.0.113.9").post(
        "/compte/connexion/", {"login": "x"}
    )
    assert response.status_code == 429
    assert "Un instant, s’il vous plaît" in response.content.decode()
    assert response.headers["Retry-After"] == "300"


def test_one_address_gets_at_most_three_codes_a_minute(client, mailbox):
    user = create_known()
    for _ in range(3):
        ask_code(Client(), user.email)
    html = ask_code(Client(), user.email).content.decode()
    assert "Trop d’essais" in html
    assert len(mailbox) == 3


# --- What is typed survives (A11Y-35) ---------------------------------------------------------------------

DETAILS = {
    "first_name": "Anne-Laure",
    "last_name": "D’Hervé",
    "phone": "02 99 00 00 00",
    "preferred_channel": "phone",
    "postal_address": "",
}


def test_typed_data_survive_an_expired_session(client, mailbox):
    user = create_known()
    response = client.post("/compte/coordonnees/", DETAILS)
    assert response.url == "/compte/connexion/?next=/compte/reprendre/"
    assert "ce que vous avez écrit est gardé" in client.get(response.url).content.decode()
    user.refresh_from_db()
    assert user.first_name == "Camille"

    assert sign_in(client, mailbox, user.email).url == "/compte/reprendre/"
    page = client.get("/compte/reprendre/")
    assert page.context["fields"] == list(DETAILS.items())

    client.post("/compte/coordonnees/", dict(page.context["fields"]))
    user.refresh_from_db()
    assert (user.first_name, user.phone) == ("Anne-Laure", "+33299000000")


def test_kept_data_are_short_lived_without_secrets_and_can_be_forgotten(client, mailbox):
    user = create_known()
    with time_machine.travel(NOW, tick=False) as clock:
        client.post("/compte/coordonnees/", {**DETAILS, "password1": "secret", "csrfmiddlewaretoken": "x"})
        assert set(client.session["kept_answers"]["fields"]) == set(DETAILS)
        clock.shift(timedelta(minutes=16))
        assert sign_in(client, mailbox, user.email).url == "/"
        assert "kept_answers" not in client.session

    visitor = Client()
    visitor.post("/compte/coordonnees/", DETAILS)
    mailbox.clear()
    cache.clear()
    sign_in(visitor, mailbox, user.email)
    visitor.post("/compte/reprendre/oublier/")
    assert visitor.get("/compte/reprendre/").url == "/compte/"


def test_what_one_person_typed_is_not_offered_to_the_next_on_a_shared_computer(client, mailbox):
    first, second = create_known(), create_known()
    sign_in(client, mailbox, first.email)
    del client.cookies["session"]  # what a browser does when the limit has passed
    assert client.post("/compte/coordonnees/", DETAILS).url == "/compte/connexion/?next=/compte/reprendre/"
    mailbox.clear()
    cache.clear()

    answer = sign_in(client, mailbox, second.email)
    page = client.get("/compte/reprendre/", follow=True).content.decode()

    assert answer.url == "/"
    assert ("D’Hervé" in page, "02 99 00 00 00" in page) == (False, False)
    assert "kept_answers" not in client.session


def test_what_one_person_typed_is_offered_to_that_person(client, mailbox):
    user = create_known()
    sign_in(client, mailbox, user.email)
    del client.cookies["session"]
    client.post("/compte/coordonnees/", DETAILS)
    mailbox.clear()
    cache.clear()

    assert sign_in(client, mailbox, user.email).url == "/compte/reprendre/"


def test_large_posts_are_not_kept(client):
    client.post("/compte/coordonnees/", {**DETAILS, "postal_address": "x" * 30_000})
    assert "kept_answers" not in client.session
