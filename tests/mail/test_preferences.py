"""What people receive: the page of choices, and « ne plus recevoir » without a session."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import create_user
from vitre_civique.notifications.models import Notification, Preference
from vitre_civique.notifications.unsubscribing import token_for

pytestmark = pytest.mark.django_db
PAGE = "/mes-messages/preferences/"


def choices(user):
    return dict(Preference.objects.filter(user=user).values_list("kind", "rhythm"))


def test_preferences_show_the_defaults_and_keep_what_is_chosen(client):
    user = create_user()
    client.force_login(user)

    form = client.get(PAGE).context["form"]
    assert {name: field.initial for name, field in form.fields.items()} == {
        "monthly_reminder": "at_once",
        "mission_alert": "weekly",
        "substitute_wanted": "at_once",
        "invitation": "at_once",
    }
    chosen = {
        "monthly_reminder": "never",
        "mission_alert": "daily",
        "substitute_wanted": "at_once",
        "invitation": "never",
    }
    response = client.post(PAGE, chosen)
    assert (response.status_code, response.url) == (302, PAGE)
    assert choices(user) == chosen


@pytest.mark.parametrize("value", ["", "hourly", "<script>", "daily" * 1000, "🙂"])
def test_preferences_refuse_what_is_not_a_choice(client, value):
    user = create_user()
    client.force_login(user)

    response = client.post(PAGE, {"monthly_reminder": value, "mission_alert": "never"})

    assert response.status_code == 200
    assert set(response.context["form"].errors) == {
        "monthly_reminder",
        "substitute_wanted",
        "invitation",
    }
    assert choices(user) == {}


def test_preferences_are_of_the_person_who_is_signed_in(client):
    response = client.get(PAGE)
    assert (response.status_code, response.url.startswith("/compte/")) == (302, True)


@pytest.fixture
def url():
    user = create_user()
    return user, reverse("notifications:unsubscribe", args=[token_for(user, "mission_alert")])


def test_get_and_head_change_nothing(client, url):
    user, link = url

    response = client.get(link)
    client.head(link)

    assert response.status_code == 200
    assert "Rien n’est encore changé." in response.content.decode()
    assert choices(user) == {}


def test_post_works_without_session_cookie_or_csrf_token(url):
    user, link = url
    machine = Client(enforce_csrf_checks=True)

    first = machine.post(link, {"List-Unsubscribe": "One-Click"})
    second = machine.post(link, {"List-Unsubscribe": "One-Click"})

    assert (first.status_code, second.status_code) == (200, 200)
    assert choices(user) == {"mission_alert": "never"}
    assert first.cookies == {}
    assert Notification.objects.count() == 0


@pytest.mark.parametrize("change", [lambda t: t + "x", lambda t: "x" + t, lambda t: "a:b:c", lambda t: "é"])
def test_an_altered_token_is_not_found(client, url, change):
    user, _ = url
    token = change(token_for(user, "mission_alert"))

    assert client.post(reverse("notifications:unsubscribe", args=[token])).status_code == 404
    assert choices(user) == {}


def test_the_token_of_somebody_who_left_is_not_found(client, url):
    user, link = url
    user.is_active = False
    user.save(update_fields=["is_active"])

    assert client.post(link).status_code == 404
