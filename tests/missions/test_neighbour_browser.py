"""Asking for help and being introduced, in a real browser: axe, themes, sizes, 320 px, without JavaScript."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from missions.catalogue import load_catalogue
from missions.models import Gesture, Mission, PrivatePlace, RequestDraft, Suspension, Thread
from tests.browser_checks import LOOKS, assert_accessible, assert_no_horizontal_scroll, assert_one_title
from tests.factories import (
    create_introduction,
    create_mission,
    create_quartier,
    create_signup,
    create_slot,
    create_user,
)
from tests.missions.test_browser import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def town(db):
    """Anne, who asks; two introductions of hers, one waiting and one shared; a draft; a suspension."""
    load_catalogue()
    now, quartier = timezone.now(), create_quartier(name="Le Rachapt")
    anne = create_user(first_name="Anne")
    mission = create_mission(kind="interpersonal", title="Une haie", proposed_by=anne, beneficiary=anne)
    PrivatePlace.objects.create(mission=mission, address="3, rue du Canari")
    slot = create_slot(mission, starts_at=now + timedelta(days=3), places=2)
    waiting = create_introduction(create_signup(slot, created_at=now), state="proposed", created_at=now)
    shared = create_introduction(
        create_signup(slot, created_at=now), volunteer_shares=["phone", "email"], created_at=now
    )
    thread = Thread.objects.create(introduction=shared, created_at=now)
    thread.messages.create(author=anne, text="Bonjour, le café sera prêt.", sent_at=now)
    thread.messages.create(author=shared.signup.volunteer.user, text="Merci, à jeudi.", sent_at=now)
    Suspension.objects.create(person=anne, reason="Le temps de nous parler.", from_at=now)
    day = (timezone.localdate(now) + timedelta(days=4)).isoformat()
    answers = {
        "who": {"for_whom": "me", "first_name": "", "agrees": False},
        "what": {
            "gesture": Gesture.objects.get(name="Tailler une haie").pk,
            "text": "",
            "for_agent_only": False,
        },
        "when": {"wishes": [[day, "morning"]]},
        "where": {"quartier": quartier.pk, "address": "3, rue du Canari", "instructions": ""},
    }
    RequestDraft.objects.create(
        owner=anne, answers=answers, created_at=now, expires_at=now + timedelta(days=7)
    )
    return anne, waiting, shared


def pages_of(waiting, shared):
    for step in ("who", "what", "when", "where", "check", "resume"):
        yield reverse(f"missions:ask_{step}")
    yield reverse("pages:ask")
    yield reverse("missions:messages")
    yield reverse("missions:appeal")
    for row in (waiting, shared):
        yield reverse("missions:introduction", args=[row.pk])
        yield reverse("missions:conversation", args=[row.pk])
    yield reverse("missions:introduction_card", args=[shared.pk])
    yield reverse("missions:report_conversation", args=[shared.pk])


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_pages_have_no_known_defect(page, town, scheme, width):
    anne, waiting, shared = town
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/")
    sign_in(page, anne)
    for path in pages_of(waiting, shared):
        page.goto(path)
        assert_accessible(page)
        assert_one_title(page)
        if width == 360:
            assert_no_horizontal_scroll(page)
            page.set_viewport_size({"width": width, "height": 800})
    page.goto(reverse("missions:introduction", args=[waiting.pk]))
    page.get_by_role("button", name="Continuer").click()
    assert_accessible(page)
    page.goto(reverse("missions:introduction", args=[shared.pk]))
    page.get_by_role("button", name="Voir les coordonnées").click()
    assert_accessible(page)


@pytest.fixture
def context_options(context_options):
    return {**context_options, "reduced_motion": "reduce"}


def test_asking_without_an_account_nor_javascript(browser, live_site):
    load_catalogue()
    create_quartier(name="Le Rachapt")
    context = browser.new_context(base_url=live_site.url, java_script_enabled=False, locale="fr-FR")
    page = context.new_page()
    page.goto(reverse("pages:ask"))
    page.get_by_role("link", name="Je demande un coup de main").click()
    page.get_by_label("Pour moi").check()
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Chercher un mot").fill("haie")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_label("Tailler une haie").check()
    page.get_by_role("button", name="Continuer").click()
    page.locator("[name=day_1]").select_option(index=3)
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Le Rachapt").check()
    page.get_by_label("L’adresse exacte").fill("3, rue du Canari")
    page.get_by_role("button", name="Continuer").click()
    assert_accessible_without_script(page)
    page.get_by_label("Votre prénom").fill("Yvonne")
    page.get_by_label("Votre numéro de téléphone").fill("02 99 00 00 42")
    page.get_by_role("button", name="Rappelez-moi").click()
    page.wait_for_url("**/c-est-envoye/")
    mission = Mission.objects.get()
    assert page.get_by_text(mission.request_reference).is_visible()
    assert (mission.state, mission.beneficiary.phone) == ("submitted", "+33299000042")
    context.close()


def assert_accessible_without_script(page):
    """axe needs scripts: here the headings and the reference alone are looked at."""
    assert page.get_by_role("heading", level=1).inner_text() == "Vérifiez, puis c’est envoyé"
