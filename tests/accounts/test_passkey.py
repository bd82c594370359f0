"""In a real browser, under the real CSP: sign up with a code, add a passkey, sign out, come back with it."""

import pytest
from django.core.cache import cache

from tests.accounts.people import code_in
from vitre_civique.accounts.models import User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def refused(page):
    """What the content security policy refused, and errors of scripts."""
    found = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


@pytest.fixture
def device(page):
    """A phone that recognises its owner (Chromium's virtual authenticator)."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, added["authenticatorId"]


def credentials(device):
    session, identifier = device
    return session.send("WebAuthn.getCredentials", {"authenticatorId": identifier})["credentials"]


def open_on_localhost(page, live_site, path):
    """Passkeys belong to a name, never to an IP address."""
    page.goto(live_site.url.replace("127.0.0.1", "localhost") + path)


def test_passkey_replaces_the_code(page, live_site, settings, mailbox, device, refused):
    cache.clear()
    settings.CSRF_TRUSTED_ORIGINS = [live_site.url, live_site.url.replace("127.0.0.1", "localhost")]
    open_on_localhost(page, live_site, "/compte/inscription/")
    page.get_by_label("Votre adresse e-mail").fill("lea@exemple.fr")
    page.get_by_label("Votre prénom").fill("Léa")
    page.get_by_label("Votre nom").fill("Le Goff")
    page.get_by_label("J’ai 18 ans ou plus").check()
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Code reçu par e-mail").fill(code_in(mailbox.messages[0]))
    page.get_by_role("button", name="Valider le code").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Bienvenue, Léa\u202f!"

    page.get_by_role("link", name="ajoutez une clé d’accès").click()
    page.get_by_role("button", name="Créer ma clé d’accès").click()
    page.get_by_role("heading", name="Vos codes de secours").wait_for()
    assert len(credentials(device)) == 1

    open_on_localhost(page, live_site, "/compte/deconnexion/")
    page.get_by_role("button", name="Me déconnecter").click()
    page.get_by_text("Vous êtes déconnecté").wait_for()

    open_on_localhost(page, live_site, "/compte/connexion/?next=/compte/")
    page.get_by_role("button", name="Utiliser ma clé d’accès").click()
    page.get_by_role("heading", name="Mon compte", level=1).wait_for()
    assert page.get_by_text("lea@exemple.fr").is_visible()
    assert User.objects.count() == 1
    assert len(mailbox) == 2  # the code, then the notice of the key
    assert refused == []


@pytest.fixture
def context_options(context_options, request):
    if "without_script" in request.node.name:
        return {**context_options, "java_script_enabled": False}
    return context_options


def test_sign_in_page_without_script_offers_the_code_alone(page, live_site):
    cache.clear()
    page.goto(f"{live_site.url}/compte/connexion/")
    assert page.get_by_role("button", name="Recevoir mon code").is_visible()
    assert not page.get_by_role("button", name="Utiliser ma clé d’accès").is_visible()
    assert page.get_by_role("link", name="Utiliser mon mot de passe").is_visible()
