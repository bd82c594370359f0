"""Signing up and in by a mailed code: digits, tries, time, session; one answer for all (ID-01, ID-08)."""

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache

from tests.accounts.people import ask_code, code_in, create_known, has_code, sign_in
from tests.conftest import html_of, text_of
from tests.factories import NOW, create_user
from vitre_civique import settings as site
from vitre_civique.accounts.models import User
from vitre_civique.accounts.roles import Role, grant_role

pytestmark = pytest.mark.django_db(transaction=True)

LOGIN, CONFIRM = "/compte/connexion/", "/compte/connexion/code/"
VERIFY = "/compte/verification/"
NEWCOMER = {"email": "lea@exemple.fr", "first_name": "Léa", "last_name": "D’Hervé", "age": "adult"}


@pytest.fixture(autouse=True)
def no_limits_left():
    cache.clear()


def is_signed_in(client):
    return "_auth_user_id" in client.session


def words(response):
    """The page without what differs by nature: tokens and the address itself."""
    html = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", response.content.decode())
    return re.sub(r"\S+@exemple\.fr", "ADRESSE", html)


def test_sign_up_asks_a_code_and_creates_an_adult_without_birth_date(client, mailbox):
    response = client.post("/compte/inscription/", NEWCOMER)
    assert (response.status_code, response.url) == (302, VERIFY)
    assert not is_signed_in(client)

    message = mailbox.to("lea@exemple.fr")[0]
    response = client.post(VERIFY, {"code": code_in(message)})

    assert (response.status_code, response.url) == (302, "/compte/bienvenue/")
    assert is_signed_in(client)
    user = User.objects.get()
    assert (user.email, user.first_name, user.last_name) == ("lea@exemple.fr", "Léa", "D’Hervé")
    assert (user.birth_date, user.has_usable_password()) == (None, False)
    assert user.declared_adult_on is not None
    assert len(mailbox) == 1


def test_code_mail_is_french_in_two_parts_with_the_town_hall(client, mailbox):
    client.post("/compte/inscription/", NEWCOMER)
    message = mailbox.messages[0]
    code = code_in(message)
    assert code not in message["Subject"]  # it would show on a locked phone
    assert message["Reply-To"] == "info@mairie-vitre.fr"
    for part in (text_of(message), html_of(message)):
        assert code in part
        assert "5, place du Château" in part
    assert message["List-Unsubscribe"] is None


def test_code_signs_in_once(client, mailbox):
    user = create_known()
    response = sign_in(client, mailbox, user.email)
    assert (response.status_code, response.url, is_signed_in(client)) == (302, "/", True)

    code = code_in(mailbox.messages[0])
    client.post("/compte/deconnexion/")
    response = client.post(CONFIRM, {"code": code})
    assert (response.status_code, is_signed_in(client)) == (302, False)


def test_code_typed_with_a_space_is_the_same_code(client, mailbox):
    user = create_known()
    ask_code(client, user.email)
    code = code_in(mailbox.messages[0])
    client.post(CONFIRM, {"code": f" {code[:3]} {code[3:]} "})
    assert is_signed_in(client)


def test_code_dies_after_three_wrong_tries(client, mailbox):
    user = create_known()
    ask_code(client, user.email)
    code = code_in(mailbox.messages[0])
    wrong = "000000" if code != "000000" else "111111"
    assert client.post(CONFIRM, {"code": wrong}).status_code == 200
    assert client.post(CONFIRM, {"code": wrong}).status_code == 200
    assert client.post(CONFIRM, {"code": wrong}).url == LOGIN
    client.post(CONFIRM, {"code": code})
    assert not is_signed_in(client)


@pytest.mark.parametrize(("seconds", "works"), [(590, True), (610, False)])
def test_code_lives_ten_minutes(client, mailbox, seconds, works):
    user = create_known()
    start = datetime(2026, 11, 23, 9, 0, tzinfo=NOW.tzinfo)
    with time_machine.travel(start, tick=False) as clock:
        ask_code(client, user.email)
        clock.shift(timedelta(seconds=seconds))
        client.post(CONFIRM, {"code": code_in(mailbox.messages[0])})
        assert is_signed_in(client) is works


def test_code_belongs_to_the_session_that_asked(client, mailbox):
    user = create_known()
    ask_code(client, user.email)
    other = type(client)()
    ask_code(other, "autre@exemple.fr")
    other.post(CONFIRM, {"code": code_in(mailbox.to(user.email)[0])})
    assert not is_signed_in(other)


def test_signing_in_answers_the_same_for_unknown_addresses(client, mailbox):
    known = create_known()
    answers = []
    for email in (known.email, "inconnue@exemple.fr"):
        visitor = type(client)()
        asked = ask_code(visitor, email)
        page = visitor.get(asked.url)
        wrong = visitor.post(CONFIRM, {"code": "12x"})
        answers.append((asked.status_code, asked.url, words(page), words(wrong)))
    assert answers[0] == answers[1]
    (message,) = mailbox.to("inconnue@exemple.fr")
    assert (has_code(message), "/compte/inscription/" in text_of(message)) == (False, True)


def test_signing_up_answers_the_same_for_known_addresses(client, mailbox):
    known = create_known()
    count = User.objects.count()
    answers = []
    for email in (known.email, "nouvelle@exemple.fr"):
        visitor = type(client)()
        asked = visitor.post("/compte/inscription/", {**NEWCOMER, "email": email})
        page = visitor.get(asked.url)
        wrong = [visitor.post(VERIFY, {"code": "12x"}) for _ in range(3)]
        answers.append(
            (asked.status_code, asked.url, words(page), [words(one) for one in wrong[:2]], wrong[2].url)
        )
    assert answers[0] == answers[1]
    assert User.objects.count() == count + 1  # the new one, unverified
    (message,) = mailbox.to(known.email)
    assert (has_code(message), "/compte/connexion/" in text_of(message)) == (False, True)
    known.refresh_from_db()
    assert known.first_name == "Camille"


def test_password_sign_in_answers_the_same_for_unknown_addresses(client):
    known = create_known(password="une phrase bien longue")
    pages = [
        words(
            type(client)().post("/compte/connexion/mot-de-passe/", {"login": email, "password": "faux mot"})
        )
        for email in (known.email, "inconnue@exemple.fr")
    ]
    assert pages[0] == pages[1]
    assert "L’adresse ou le mot de passe n’est pas le bon" in pages[0]


def test_password_reset_answers_the_same_for_unknown_addresses(client, mailbox):
    known = create_known()
    answers = []
    for email in (known.email, "inconnue@exemple.fr"):
        visitor = type(client)()
        asked = visitor.post("/compte/mot-de-passe/oublie/", {"email": email})
        answers.append((asked.status_code, asked.url, words(visitor.get(asked.url))))
    assert answers[0] == answers[1]


def test_person_registered_by_an_agent_signs_in_with_one_code(client, mailbox):
    user = create_user()  # no verified address yet
    response = sign_in(client, mailbox, user.email)
    assert (response.url, is_signed_in(client), len(mailbox)) == ("/", True, 1)


def test_unverified_sign_up_can_still_sign_in_later(client, mailbox):
    client.post("/compte/inscription/", NEWCOMER)
    visitor = type(client)()
    mailbox.clear()
    sign_in(visitor, mailbox, NEWCOMER["email"])
    assert is_signed_in(visitor)
    assert User.objects.count() == 1


def test_next_leads_back_and_never_elsewhere(client, mailbox):
    user = create_known()
    client.post(f"{LOGIN}?next=/compte/connexions/", {"login": user.email, "next": "/compte/connexions/"})
    code = code_in(mailbox.messages[-1])
    response = client.post(CONFIRM, {"code": code, "next": "/compte/connexions/"})
    assert response.url == "/compte/connexions/"

    visitor = type(client)()
    visitor.post(LOGIN, {"login": user.email, "next": "https://mechant.example/"})
    code = code_in(mailbox.messages[-1])
    assert visitor.post(CONFIRM, {"code": code, "next": "https://mechant.example/"}).url == "/"


def test_closed_account_gets_no_code(client, mailbox):
    user = create_known(is_active=False)
    ask_code(client, user.email)
    assert [has_code(message) for message in mailbox.messages] == [False]


@pytest.mark.parametrize(
    ("password", "ok"),
    [("onze signes", False), ("douze signes", True), ("motdepasse12345", True), ("q1w2e3r4t5y6", False)],
)
def test_residents_choose_twelve_signs_that_are_not_common(client, mailbox, password, ok):
    user = create_known()
    sign_in(client, mailbox, user.email)
    client.post("/compte/mot-de-passe/choisir/", {"password1": password, "password2": password})
    user.refresh_from_db()
    assert user.has_usable_password() is ok
    if ok:
        assert user.password.startswith("argon2$argon2id$")
    assert site.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]


def test_staff_passwords_have_fifteen_signs(client, mailbox):
    user = create_known(password="quatorze signe")
    grant_role(user, Role.AGENT, by=None, now=NOW)
    response = client.post(
        "/compte/connexion/mot-de-passe/", {"login": user.email, "password": "quatorze signe"}
    )
    assert response.status_code == 200
    assert "trop court pour un compte de la mairie" in response.content.decode()
    assert not is_signed_in(client)

    user.set_password("quinze signes !!")
    user.save()
    client.post("/compte/connexion/mot-de-passe/", {"login": user.email, "password": "quinze signes !!"})
    assert is_signed_in(client)


def test_honeypot_refuses_openly_and_creates_nothing(client, mailbox):
    response = client.post("/compte/inscription/", {**NEWCOMER, "website": "https://robot.example"})
    assert response.status_code == 200
    assert "il sert à écarter les robots" in response.content.decode()
    assert (User.objects.count(), len(mailbox)) == (0, 0)


def test_trap_is_hidden_by_a_class_and_never_by_a_style(client):
    html = client.get("/compte/inscription/").content.decode()
    assert re.search(r'class="field trap"', html)
    assert "style=" not in html


BAD = [
    ({"email": ""}, "Écrivez votre adresse e-mail."),
    ({"email": "lea@"}, "Cette adresse e-mail n’est pas complète."),
    ({"email": "x" * 300 + "@exemple.fr"}, "caractères"),
    ({"first_name": ""}, "Écrivez votre prénom"),
    ({"first_name": "<script>alert(1)</script>"}, "Écrivez ce nom avec des lettres"),
    ({"last_name": "🙂"}, "Écrivez ce nom avec des lettres"),
    ({"last_name": "é" * 200}, "caractères"),
    ({"age": ""}, "Dites-nous si vous avez 18 ans"),
    ({"age": "centenaire"}, "choix"),
]


@pytest.mark.parametrize(("change", "sentence"), BAD)
def test_sign_up_refuses_in_french_and_keeps_what_was_typed(client, mailbox, change, sentence):
    typed = {**NEWCOMER, **change}
    response = client.post("/compte/inscription/", typed)
    html = response.content.decode()
    assert response.status_code == 200
    assert sentence in html
    assert "<title>Erreur" in html
    assert "<script>alert" not in html
    kept = "Léa" if "first_name" not in change else "lea@exemple.fr"
    assert f'value="{kept}"' in html
    assert (User.objects.count(), len(mailbox)) == (0, 0)
