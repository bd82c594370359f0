"""Staff and referents add a second factor first, and use it each time (ID-02, ID-03)."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from quartiers.models import Mandate
from tests.accounts.people import SECRET, add_totp, create_known, sign_in, totp_code
from tests.factories import NOW, create_quartier
from vitre_civique.accounts.roles import Role, grant_role

pytestmark = pytest.mark.django_db(transaction=True)

ENROL = "/compte/seconde-protection/"
DESK = reverse("admin:index")


@pytest.fixture(autouse=True)
def no_limits_left():
    cache.clear()


def create_agent(**fields):
    user = create_known(**fields)
    grant_role(user, Role.AGENT, by=None, now=NOW)
    return user


def test_first_sign_in_of_an_agent_leads_to_enrolment_and_nowhere_else(client, mailbox):
    agent = create_agent()
    assert sign_in(client, mailbox, agent.email).url == ENROL
    for path in ("/", DESK, f"{DESK}accounts/user/"):
        assert client.get(path).url == ENROL
    for path in (ENROL, "/compte/", "/compte/protection/", "/aide/"):
        assert client.get(path).status_code == 200


def test_agent_enrols_with_an_app_then_needs_it_each_time(client, mailbox):
    agent = create_agent()
    sign_in(client, mailbox, agent.email)
    secret = client.get("/compte/protection/application/").context["form"].secret
    response = client.post("/compte/protection/application/", {"code": totp_code(secret)})
    assert response.url == "/compte/protection/secours/"
    assert client.get(response.url).status_code == 200
    assert client.get(DESK).status_code == 200

    client.post("/compte/deconnexion/")
    cache.clear()  # the app's code of this half-minute may serve again
    assert sign_in(client, mailbox, agent.email).url == "/compte/connexion/seconde-etape/"
    assert client.get(DESK, follow=True).redirect_chain[-1][0].startswith("/compte/connexion/")
    assert client.post("/compte/connexion/seconde-etape/", {"code": "000000"}).status_code == 200
    assert client.post("/compte/connexion/seconde-etape/", {"code": totp_code(secret)}).url == "/"
    assert client.get(DESK).status_code == 200


def test_a_session_opened_before_the_second_factor_ends_when_it_is_added(client, mailbox):
    """Else whoever reads the mails of an agent waits, signed in, for the agent to enrol."""
    agent = create_agent()
    waiting = Client()
    sign_in(waiting, mailbox, agent.email)
    mailbox.clear()
    cache.clear()
    sign_in(client, mailbox, agent.email)
    secret = client.get("/compte/protection/application/").context["form"].secret

    client.post("/compte/protection/application/", {"code": totp_code(secret)})

    assert client.get(DESK).status_code == 200
    assert "_auth_user_id" not in waiting.session
    assert waiting.get(DESK, follow=True).redirect_chain[-1][0] == f"/compte/connexion/?next={DESK}"


def test_password_alone_never_opens_the_desk(client):
    agent = create_agent(password="une phrase assez longue")
    add_totp(agent)
    response = client.post(
        "/compte/connexion/mot-de-passe/", {"login": agent.email, "password": "une phrase assez longue"}
    )
    assert response.url == "/compte/connexion/seconde-etape/"
    assert client.get(DESK, follow=True).redirect_chain[-1][0].startswith("/compte/connexion/")


def test_admin_has_no_sign_in_of_its_own(client):
    agent = create_agent(password="une phrase assez longue")
    add_totp(agent)
    data = {"username": agent.email, "password": "une phrase assez longue"}
    assert client.get(f"{DESK}login/").url == f"/compte/connexion/?next={DESK}"
    assert client.post(f"{DESK}login/", data).url == f"/compte/connexion/?next={DESK}"
    assert "_auth_user_id" not in client.session

    other = create_agent(password="une autre phrase longue")
    add_totp(other)
    client.force_login(agent)
    client.post(f"{DESK}login/", {"username": other.email, "password": "une autre phrase longue"})
    assert client.session["_auth_user_id"] == str(agent.pk)


def test_resident_is_not_asked_and_costs_no_query(client, mailbox, django_assert_num_queries):
    user = create_known()
    client.force_login(user)
    assert client.get("/compte/bienvenue/").status_code == 200
    with django_assert_num_queries(2):  # the session, the person
        client.get("/compte/bienvenue/")
    assert client.get(DESK).status_code in (302, 403)


def test_referent_with_a_mandate_in_force_must_enrol(client, mailbox):
    user = create_known()
    today = timezone.localdate()
    Mandate.objects.create(
        referent=user, quartier=create_quartier(), from_on=today - timedelta(days=1), charter_signed_on=today
    )
    assert sign_in(client, mailbox, user.email).url == ENROL
    assert client.get("/").url == ENROL


def test_last_factor_of_an_agent_cannot_be_removed(client, mailbox):
    agent = create_agent()
    sign_in(client, mailbox, agent.email)
    secret = client.get("/compte/protection/application/").context["form"].secret
    client.post("/compte/protection/application/", {"code": totp_code(secret)})
    cache.clear()
    page = client.get("/compte/protection/application/retirer/", follow=True)
    if page.redirect_chain:  # a fresh proof by the second factor comes first
        page = client.post(page.redirect_chain[-1][0], {"code": totp_code(secret)}, follow=True)
    response = client.post("/compte/protection/application/retirer/")
    assert "ajoutez-en une autre avant de retirer" in response.content.decode()
    assert Authenticator.objects.filter(user=agent, type="totp").count() == 1


def test_secrets_of_apps_are_encrypted_at_rest():
    authenticator = add_totp(create_known())
    assert SECRET not in str(authenticator.data)
    assert decrypt(authenticator.data["secret"]) == SECRET


def test_app_picture_is_a_data_image_with_words_beside(client, mailbox):
    sign_in(client, mailbox, create_agent().email)
    html = client.get("/compte/protection/application/").content.decode()
    assert 'src="data:image/svg+xml;base64,' in html
    assert client.get("/compte/protection/application/").context["form"].secret
