"""The front page of the demonstration: accounts with the code of the moment, and nothing of it elsewhere."""

import time

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from tests.browser_checks import assert_accessible, assert_no_horizontal_scroll, assert_one_title
from vitre_civique.demo.accounts import DEMO_ACCOUNTS, PASSWORD
from vitre_civique.demo.town_pages import code_at

INDEX = "/demo/"
AGENT = next(account for account in DEMO_ACCOUNTS if account.key == "agent")


def test_page_and_banner_exist_in_the_demonstration_only(client, db, settings):
    settings.DEMO = False
    assert client.get(INDEX).status_code == 404
    assert INDEX not in client.get("/").content.decode()

    settings.DEMO = True
    assert client.get(INDEX).status_code == 200
    assert f'href="{INDEX}"' in client.get("/").content.decode()


def test_the_shown_code_opens_the_desk(client, demo_town, settings):
    settings.DEMO = True
    page = client.get(INDEX).content.decode()
    code = code_at(AGENT.totp_secret, time.time())
    assert all(account.email in page for account in DEMO_ACCOUNTS)
    assert Authenticator.objects.count() == sum(account.has_totp for account in DEMO_ACCOUNTS)

    client.post(reverse("accounts:password_sign_in"), {"login": AGENT.email, "password": PASSWORD})
    client.post(reverse("mfa_authenticate"), {"code": code})

    assert client.get(reverse("admin:index")).status_code == 200


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_page_is_accessible(page, settings):
    settings.DEMO = True
    page.goto(INDEX)

    assert_accessible(page)
    assert_one_title(page)
    assert_no_horizontal_scroll(page)
