"""The pages of invitations in a real browser: axe, themes, 320 px, an answer without JavaScript."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from missions.invitations import decline, propose, send
from missions.links import invitation_url
from missions.models import Invitation
from tests.browser_checks import LOOKS, assert_accessible, assert_no_horizontal_scroll, assert_one_title
from tests.desk.people import client_of, create_staff
from tests.factories import create_mission, create_quartier, create_slot, create_volunteer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def session_of(client, url):
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    return [{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": url}]


def town():
    """One volunteer with a question to answer and one answered; a mission with asked, proposed and others."""
    now, quartier = timezone.now(), create_quartier(name="Le Rachapt")
    volunteer = create_volunteer(quartier=quartier)
    slots = [
        create_slot(
            create_mission(quartier=quartier, title=title), starts_at=now + timedelta(days=5), places=3
        )
        for title in ("Tailler une haie", "Porter des livres")
    ]
    for slot in slots:
        propose([(volunteer, slot, 1, ["habite le quartier"])], now=now)
        propose([(create_volunteer(quartier=quartier), slot, 2, ["habite le quartier"])], now=now)
        send(slot, now=now)
        propose([(create_volunteer(quartier=quartier), slot, 3, ["aime bricoler, porter"])], now=now)
        create_volunteer(quartier=quartier)
    first, second = Invitation.objects.filter(volunteer=volunteer).order_by("pk")
    decline(second, now=now)
    return volunteer, first


def look_at(page, url):
    page.goto(url)
    for width, scheme in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        assert_accessible(page)


def test_pages_of_a_volunteer_pass_axe(page, live_site):
    volunteer, invitation = town()
    client = Client()
    client.force_login(volunteer.user)
    page.context.add_cookies(session_of(client, live_site.url))

    for url in ("/mes-invitations/", invitation_url(invitation)):
        look_at(page, url)
        assert_one_title(page)
        assert_no_horizontal_scroll(page)


def test_pages_of_an_agent_pass_axe(page, live_site):
    _, invitation = town()
    page.context.add_cookies(session_of(client_of(create_staff()), live_site.url))

    for url in (
        "/gestion/missions/invitation/a-relire/",
        f"/gestion/missions/mission/{invitation.mission_id}/qui/",
        "/gestion/missions/invitation/",
    ):
        look_at(page, url)


@pytest.mark.parametrize("context_options", [{"locale": "fr-FR", "java_script_enabled": False}])
def test_one_tap_from_the_mail_without_javascript(page, live_site, context_options):
    _, invitation = town()

    page.goto(invitation_url(invitation))
    page.get_by_role("button", name="Non merci").click()

    page.get_by_role("heading", name="C’est noté").wait_for()
    assert Invitation.objects.get(pk=invitation.pk).state == "declined"
