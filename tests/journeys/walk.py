"""The steps people take on the pages, in their words: what is filled, what is pressed, which mail is read."""

import re
import time

from django.urls import reverse
from playwright.sync_api import expect

from tests.conftest import text_of
from vitre_civique.demo.accounts import DEMO_ACCOUNTS
from vitre_civique.demo.town_pages import code_at
from vitre_civique.notifications.models import Notification

ACCOUNTS = {account.key: account for account in DEMO_ACCOUNTS}
PATIENCE = 40  # seconds a mail or a row may take on a busy machine


def until(page, condition, what):
    """Look again until `condition()` gives something; the browser goes on living meanwhile."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := condition():
            return found
        page.wait_for_timeout(200)
    raise AssertionError(f"Waited in vain for {what() if callable(what) else what}")


def mail_with(page, mailbox, address, words):
    """The newest mail to `address` whose subject carries `words`, as soon as it is there."""

    def look():
        found = [message for message in mailbox.to(address) if words in " ".join(message["Subject"].split())]
        return found and found[-1]

    return until(page, look, lambda: f"« {words} » to {address}, {what_is_there(mailbox, address)}")


def what_is_there(mailbox, address):
    rows = Notification.objects.filter(recipient__email=address).values_list("kind", "state", "last_error")
    return f"mails {[each['Subject'] for each in mailbox.to(address)]}, outbox {list(rows)}"


def code_in(message):
    return re.search(r"(?<!\d)\d{6}(?!\d)", text_of(message)).group()


def links_in(message):
    return re.findall(r"https?://[^\s<>\"]+", text_of(message))


def press(page, name):
    page.get_by_role("button", name=name).first.click()


def follow(page, name):
    page.get_by_role("link", name=name).first.click()


def sign_up(page, mailbox, *, email, first_name, last_name):
    """From the page « Créer mon compte » to the page one came from."""
    page.get_by_label("Votre adresse e-mail").fill(email)
    page.get_by_label("Votre prénom").fill(first_name)
    page.get_by_label("Votre nom", exact=True).fill(last_name)
    page.get_by_label("J’ai 18 ans ou plus").check()
    press(page, "Continuer")
    expect(page.get_by_role("heading", level=1)).to_have_text("Vérifions votre adresse")
    page.get_by_label("Code reçu par e-mail").fill(
        code_in(until(page, lambda: mailbox.to(email), "a code")[-1])
    )
    press(page, "Valider le code")


def sign_in_with_code(page, key, *, to):
    """A member of the staff: password, then the code of the authenticator app."""
    account = ACCOUNTS[key]
    page.goto(f"{reverse('accounts:password_sign_in')}?next={to}")
    page.get_by_label("Votre adresse e-mail").fill(account.email)
    page.get_by_label("Votre mot de passe").fill(account.password)
    press(page, "Me connecter")
    page.locator("input[name=code]").fill(code_at(account.totp_secret, time.time()))
    press(page, "Me connecter")
    expect(page).to_have_url(re.compile(re.escape(to)))
