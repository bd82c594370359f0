"""Collections in a real browser: axe in both themes, 320 px, counting without JavaScript."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from missions.models import Tally
from tests.browser_checks import LOOKS, assert_accessible, assert_no_horizontal_scroll, assert_one_title
from tests.factories import (
    create_collection,
    create_mission,
    create_point,
    create_quartier,
    create_signup,
    create_slot,
    create_tally,
)
from tests.missions.test_browser import sign_in
from vitre_civique.lib.months import local_day

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("SHOTS")
DAY = timedelta(days=1)


@pytest.fixture
def noel(db):
    """A collection under way with three points, slots to come, and a volunteer of the day."""
    now = timezone.now()
    today = local_day(now)
    collection = create_collection(
        title="Noël solidaire",
        slug="noel-solidaire",
        what_to_bring="Quelque chose de chaud : bonnet, écharpe, gants\nQuelque chose de bon, qui se garde",
        what_not_to_bring="Alcool, produits frais",
        starts_on=today - 9 * DAY,
        ends_on=today + 20 * DAY,
    )
    for name in ("Salle du Temple", "Accueil de la médiathèque", "Maison de quartier de la Fleuriais"):
        point = create_point(
            collection,
            public_place=name,
            quartier=create_quartier(),
            is_accessible=True,
            hours=((0, 6, 9, 12), (0, 4, 14, 18)),
        )
    create_tally(point, count=320, at=now), create_tally(point, count=320, at=now)
    create_tally(point, kind="handed_out", count=60, at=now)
    create_collection(title="Noël d’avant", state="done", slug="avant")
    mission = create_mission(collection=collection, title="Trier les boîtes")
    create_slot(mission, starts_at=now + 2 * DAY, places=4)
    today_slot = create_slot(mission, starts_at=now - timedelta(minutes=20), places=4)
    volunteer = create_signup(today_slot).volunteer
    tally = create_tally(point, by=volunteer.user, at=now, note="dont trois sans jeu")
    pages = ["/", "/collectes/", "/collectes/noel-solidaire/", mission.get_absolute_url()]
    own = ["/collectes/noel-solidaire/compter/", f"/comptages/{tally.pk}/corriger/"]
    return {"user": volunteer.user, "pages": pages, "own": own}


def visited(page, noel):
    """Each page, the public ones as nobody, then one's own signed in."""
    for path in [*noel["pages"], *noel["own"]]:
        if path == noel["own"][0]:
            sign_in(page, noel["user"])
        page.goto(path)
        yield path


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_pages_have_no_known_defect_never_scroll_sideways_and_stay_silent(page, noel, width, scheme):
    said = []
    page.on("console", lambda message: said.append((message.text, message.location)))
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    for path in visited(page, noel):
        assert_no_horizontal_scroll(page)
        page.set_viewport_size({"width": width, "height": 800})
        if SHOTS:
            name = path.strip("/").replace("/", "-")
            page.screenshot(path=f"{SHOTS}/{name}-{width}-{scheme}.png", full_page=True)
        assert (path, said) == (path, [])
        assert_accessible(page)
        assert_one_title(page)
        said.clear()  # axe itself tries inline styles


def test_counting_on_a_phone_without_javascript(browser, live_site, noel):
    context = browser.new_context(
        base_url=live_site.url,
        java_script_enabled=False,
        locale="fr-FR",
        viewport={"width": 360, "height": 740},
    )
    page = context.new_page()
    page.goto("/collectes/noel-solidaire/")
    sign_in(page, noel["user"])
    page.reload()
    page.get_by_role("link", name="Noter un comptage").click()
    page.get_by_label("Combien de boîtes").fill("14")
    page.get_by_label("Salle du Temple").check()
    page.get_by_role("button", name="Noter").click()

    assert page.get_by_text("C’est noté : 14").is_visible()
    page.get_by_role("link", name="Corriger 14").click()
    page.get_by_label("Le bon nombre").fill("4")
    page.get_by_label("Pourquoi").fill("un 1 de trop")
    page.get_by_role("button", name="Corriger").click()

    assert page.get_by_text("C’est corrigé : 4").is_visible()
    assert sorted(Tally.objects.filter(by=noel["user"]).values_list("count", flat=True)) == [-10, 12, 14]
    context.close()
