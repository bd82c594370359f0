"""Offers of help, groups, series in a real browser: axe, both themes, 320 px, one answer without scripts."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from missions import help_offers, series
from missions.models import Gesture, Group, HelpOffer, RequestDraft
from tests.browser_checks import (
    AXE_OPTIONS,
    COLOUR_RULES,
    assert_accessible,
    assert_no_horizontal_scroll,
    assert_one_title,
)
from tests.desk.people import client_of, create_staff
from tests.factories import create_mission, create_quartier, create_slot, create_user, create_volunteer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in(page, client, url):
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": url}])


def create_offer(now, **fields):
    gesture, _ = Gesture.objects.get_or_create(
        name="Se promener ensemble", kind="interpersonal", help_kind="company", icon="footprints"
    )
    volunteer = create_volunteer(quartier=create_quartier(), user=create_user(first_name="Annick"))
    offer = HelpOffer(volunteer=volunteer, quartier=volunteer.quartier, gesture=gesture, **fields)
    offer.help_kind, offer.when_text = "company", "le samedi matin"
    help_offers.submit(offer, by=volunteer.user, now=now)
    return offer


def town(now):
    """An offer online and one to read, a group and where it may go, a slot of a series."""
    online = create_offer(now, text="Je marche volontiers une heure, à votre pas.")
    help_offers.publish(online, by=None, now=now)
    create_offer(now, text="Je lis le journal à voix haute.")
    volunteer = online.volunteer
    Group.objects.create(
        name="Conseil municipal de la jeunesse", leader=volunteer, young_count=9, approved_at=now
    )
    mission = create_mission(title="Nettoyer le chemin", is_open_to_groups=True)
    slot = create_slot(mission, starts_at=now + timedelta(days=4), places=20)
    rule = {"every": "week", "until_on": None, "times": 4, "skips_holidays": False}
    series.repeat(slot, **rule, seen=series.print_of([slot]), by=None, now=now)
    return volunteer, online, slot


def look_at(page, url, size):
    page.set_viewport_size(size)
    page.goto(url)
    for scheme, options in (("light", AXE_OPTIONS), ("dark", COLOUR_RULES)):
        page.emulate_media(color_scheme=scheme)
        assert_accessible(page, options)


def test_pages_of_a_volunteer_pass_axe(page, live_site):
    volunteer, offer, slot = town(timezone.now())
    client = Client()
    client.force_login(volunteer.user)
    sign_in(page, client, live_site.url)

    for url in (
        "/offres-d-aide/",
        "/je-propose-mon-aide/",
        "/mes-offres-d-aide/",
        "/mes-groupes/",
        f"/creneaux/{slot.pk}/inscrire-un-groupe/",
        f"/quartiers/{offer.quartier.slug}/",
    ):
        look_at(page, url, {"width": 360, "height": 800})
        assert_one_title(page)
        assert_no_horizontal_scroll(page)


def test_pages_of_an_agent_pass_axe(page, live_site):
    _, offer, slot = town(timezone.now())
    sign_in(page, client_of(create_staff()), live_site.url)

    alone = create_slot(starts_at=timezone.now() + timedelta(days=3))
    for url in (
        "/gestion/missions/helpoffer/",
        f"/gestion/missions/helpoffer/{offer.pk}/change/",
        "/gestion/missions/group/add/",
        f"/gestion/missions/slot/{alone.pk}/repeter/",
        f"/gestion/missions/slot/{slot.pk}/modifier/",
        f"/gestion/missions/slot/{slot.pk}/annuler/",
        f"/gestion/missions/slot/{slot.pk}/feuille/",
    ):
        look_at(page, url, {"width": 1280, "height": 900})


@pytest.mark.parametrize("context_options", [{"locale": "fr-FR", "java_script_enabled": False}])
def test_a_neighbour_answers_an_offer_without_javascript(page, live_site, context_options):
    _, offer, _ = town(timezone.now())
    client, neighbour = Client(), create_user()
    client.force_login(neighbour)
    sign_in(page, client, live_site.url)

    page.goto(f"/quartiers/{offer.quartier.slug}/")
    page.get_by_role("button", name="Ça m’intéresse").click()
    page.get_by_label("Pour moi").check()
    page.get_by_role("button", name="Continuer").click()

    page.get_by_role("heading", name="Quand", exact=False).wait_for()
    assert RequestDraft.objects.get(owner=neighbour).answers["what"]["gesture"] == offer.gesture_id
