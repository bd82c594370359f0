"""Stories, referrals, months, Open311’s page in a real browser: axe, themes, sizes, 320 px, no JavaScript."""

import re
from datetime import date

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from quartiers.models import Story
from tests.browser_checks import LOOKS, assert_accessible, assert_no_horizontal_scroll, assert_one_title
from tests.desk.people import client_of, create_staff
from tests.factories import create_user, create_volunteer
from tests.missions.test_browser import make_quartiers
from tests.quartiers.factories import create_category
from tests.quartiers.test_referrals import create_referral
from tests.quartiers.test_stories import create_story
from volunteers.models import HourEntry

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 360, "height": 760}


@pytest.fixture
def town(db, settings):
    settings.AIPD_VALIDEE_LE = date(2026, 10, 1)
    quartiers = make_quartiers()
    story = create_story(quartier=quartiers[0], author=create_user())
    Story.objects.update(published_at=timezone.now())
    create_category(code="banc", name="Banc cassé")
    month = timezone.localdate().replace(day=1)
    for _ in range(6):
        HourEntry.objects.create(
            volunteer=create_volunteer(), quartier=quartiers[0], month=month, minutes=60, source="declared"
        )
    own = create_story("submitted", quartier=quartiers[1])
    slug = quartiers[0].slug
    public = [
        "/recits/",
        f"/recits/{story.pk}/",
        f"/recits/{story.pk}/mot-a-glisser/",
        "/le-mois/",
        f"/quartiers/{slug}/le-mois/",
        "/open311/",
    ]
    signed_in = [
        f"/recits/{story.pk}/",
        f"/recits/{own.pk}/",
        "/recits/raconter/",
        "/mes-recits/",
        "/orienter-une-personne/",
        "/orienter-une-personne/envoye/",
    ]
    return {"person": own.author, "public": public, "signed_in": signed_in, "own": own}


def sign_in(page, live_site, client):
    name = django_settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_site.url}])


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_pages_are_accessible(town, page, live_site, width, scheme):
    client = Client()
    client.force_login(town["person"])
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    for paths in (town["public"], town["signed_in"]):
        for path in paths:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.goto(path).status == 200
            assert_accessible(page)
            assert_one_title(page)
            assert_no_horizontal_scroll(page)
        sign_in(page, live_site, client)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_desk_pages_are_accessible(town, page, live_site, width, scheme):
    referral, ccas = create_referral(), create_staff("ccas")
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, live_site, client_of(ccas))
    for path in (
        "/gestion/quartiers/referral/",
        f"/gestion/quartiers/referral/{referral.pk}/change/",
        "/gestion/quartiers/story/",
        f"/gestion/quartiers/story/{town['own'].pk}/change/",
        f"/gestion/quartiers/story/{town['own'].pk}/faire/refuser/",
    ):
        assert page.goto(path).status == 200
        assert_accessible(page)
    sign_in(page, live_site, client_of(create_staff("agent")))
    for path in ("/gestion/quartiers/reportimport/", "/gestion/quartiers/reportimport/nouveau/"):
        assert page.goto(path).status == 200
        assert_accessible(page)


@pytest.mark.parametrize("context_options", [{"java_script_enabled": False, "viewport": PHONE}])
def test_a_story_is_told_without_javascript(town, page, live_site):
    client = Client()
    client.force_login(create_user())
    sign_in(page, live_site, client)
    page.goto("/recits/raconter/")
    page.select_option("#id_quartier", index=1)
    page.fill("#id_offered", "Porter un colis.")
    page.fill("#id_knocked", "J’ai dit bonjour dans l’escalier.")
    page.fill("#id_learnt", "Commencer par bonjour.")
    page.fill("#id_title", "Le colis")
    page.click("text=Envoyer mon récit")
    expect(page).to_have_title(re.compile("^Erreur"))  # waits for the answer
    page.check("#id_has_changed_names")
    page.check("#id_has_consent")
    page.click("text=Envoyer mon récit")
    assert "La mairie relit votre récit" in page.content()
    assert Story.objects.get(title="Le colis").knocked == "J’ai dit bonjour dans l’escalier."
