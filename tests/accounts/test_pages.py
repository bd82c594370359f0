"""Each account page: French, labelled, without placeholder, inline style or script (requirements §0)."""

import re

import pytest
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.urls import reverse

from tests.accounts.people import add_totp, ask_code, create_known, sign_in

pytestmark = pytest.mark.django_db(transaction=True)

ENTRANCE = [
    "/compte/connexion/",
    "/compte/connexion/?next=/compte/",
    "/compte/connexion/mot-de-passe/",
    "/compte/inscription/",
    "/compte/mot-de-passe/oublie/",
    "/compte/mot-de-passe/oublie/fait/",
    "/compte/moins-de-16-ans/",
    "/compte/ferme/",
]
MANAGE = [
    "/compte/",
    "/compte/coordonnees/",
    "/compte/bienvenue/",
    "/compte/deconnexion/",
    "/compte/adresse-e-mail/",
    "/compte/mot-de-passe/choisir/",
    "/compte/connexions/",
    "/compte/protection/",
    "/compte/protection/application/",
    "/compte/protection/cles/",
    "/compte/protection/cles/ajouter/",
    "/compte/protection/secours/nouveaux/",
    "/compte/confirmer/code/",
    "/compte/seconde-protection/",
]
ENGLISH = re.compile(
    r"\b(email|sign|password|code is|please|your|account|submit|cancel|the|authenticator|security key)\b",
    re.I,
)


@pytest.fixture(autouse=True)
def no_limits_left():
    cache.clear()


def check(response):
    assert response.status_code == 200
    soup = BeautifulSoup(response.content, "html.parser")
    assert len(soup.find_all("h1")) == 1
    assert soup.select("[style], [placeholder]") == []
    assert [tag for tag in soup.select("*") if any(name.startswith("on") for name in tag.attrs)] == []
    assert [tag for tag in soup.find_all("script") if not tag.get("src")] == []
    for control in soup.main.find_all(["input", "select", "textarea"]):
        if control.get("type") not in ("hidden", "submit"):
            assert soup.find("label", attrs={"for": control["id"]}), control
    words = " ".join(soup.main.get_text(" ").split())
    assert ENGLISH.findall(re.sub(r"\S+@\S+|[\w-]+e-mail", "", words.replace("e-mail", ""))) == []
    return soup


@pytest.mark.parametrize("path", ENTRANCE)
def test_page_of_a_visitor(client, path):
    check(client.get(path))


@pytest.mark.parametrize("path", MANAGE)
def test_page_of_a_person_signed_in(client, mailbox, path):
    sign_in(client, mailbox, create_known().email)
    check(client.get(path))


def test_pages_of_codes_bring_the_digits_of_phones(client, mailbox):
    ask_code(client, create_known().email)
    soup = check(client.get("/compte/connexion/code/"))
    field = soup.find("input", attrs={"name": "code"})
    assert (field["inputmode"], field["autocomplete"]) == ("numeric", "one-time-code")


def test_address_fields_have_their_tokens(client):
    sign_in_page = check(client.get("/compte/connexion/"))
    assert sign_in_page.find("input", attrs={"name": "login"})["autocomplete"] == "username webauthn"
    sign_up_page = check(client.get("/compte/inscription/"))
    tokens = {
        name: sign_up_page.find("input", attrs={"name": name})["autocomplete"]
        for name in ("email", "first_name", "last_name")
    }
    assert tokens == {"email": "email", "first_name": "given-name", "last_name": "family-name"}


def test_pages_of_people_with_a_second_factor(client, mailbox):
    user = create_known(password="une phrase assez longue")
    add_totp(user)
    sign_in(client, mailbox, user.email)
    check(client.get("/compte/connexion/seconde-etape/"))
    client.force_login(user)
    check(client.get("/compte/protection/"))
    check(client.get(client.get("/compte/protection/application/retirer/").url))
    check(client.get("/compte/mot-de-passe/"))


def test_account_page_leads_to_what_exists(client):
    user = create_known(phone="+33612345678")
    client.force_login(user)
    soup = check(client.get(reverse("accounts:home")))
    assert "06 12 34 56 78" in soup.main.get_text()
    links = {link["href"] for link in soup.main.find_all("a")}
    assert {"/compte/coordonnees/", "/compte/adresse-e-mail/", "/compte/connexions/"} <= links


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"phone": "12"}, "Écrivez un numéro de téléphone complet"),
        ({"preferred_channel": "phone"}, "Écrivez votre numéro"),
        ({"preferred_channel": "post"}, "Écrivez votre adresse"),
        ({"first_name": "<script>"}, "Écrivez ce nom avec des lettres"),
        ({"postal_address": "x" * 400}, "300"),
    ],
)
def test_details_refuse_in_french_and_write_nothing(client, change, sentence):
    user = create_known()
    client.force_login(user)
    data = {"first_name": "Zoé", "last_name": "Le Bris", "phone": "", "preferred_channel": "email"}
    html = client.post("/compte/coordonnees/", data | change).content.decode()
    assert sentence in html
    user.refresh_from_db()
    assert user.first_name == "Camille"
