"""Each page type of missions in a real browser: axe, themes, sizes, 320 px, keyboard, no JavaScript."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from missions import thanks
from missions.catalogue import load_catalogue
from missions.feeds import renew_feed
from missions.links import coming_url, said_url
from missions.models import Association, Gesture, MissionPrerequisite, PrivatePlace
from quartiers.models import Quartier
from tests.browser_checks import LOOKS, assert_accessible, assert_no_horizontal_scroll, assert_one_title
from tests.factories import create_mission, create_signup, create_slot, create_user, create_volunteer
from volunteers.models import Prerequisite

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TOWN = Path(__file__).resolve().parents[2] / "vitre_civique" / "demo" / "data" / "quartiers_demo.geojson"
SHOTS = os.environ.get("SHOTS")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def town(db):
    """Eight quartiers, a dozen missions to come, and one volunteer with a signup in each state."""
    quartiers = make_quartiers()
    load_catalogue()
    volunteer = create_volunteer(quartier=quartiers[0], reach="town", kinds=["garden", "company"])
    missions = make_missions(quartiers)
    return {"volunteer": volunteer, "pages": make_pages(volunteer, missions, quartiers)}


def make_quartiers():
    made = []
    for feature in json.loads(TOWN.read_text(encoding="utf-8"))["features"]:
        facts = feature["properties"]
        longitude, latitude = feature["geometry"]["coordinates"][0][0]
        made.append(
            Quartier.objects.create(
                name=facts["name"],
                slug=facts["slug"],
                boundary=feature["geometry"],
                centre_longitude=facts.get("centre", [longitude, latitude])[0],
                centre_latitude=facts.get("centre", [longitude, latitude])[1],
            )
        )
    return made


def make_missions(quartiers):
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + DAY
    made = []
    for n, name in enumerate(
        [
            "Tailler une haie",
            "Se promener ensemble",
            "Fleurir une place",
            "Distribuer des colis",
            "Faire les courses",
        ]
    ):
        gesture = Gesture.objects.get(name=name)
        mission = create_mission(
            title=name,
            gesture=gesture,
            kind=gesture.kind,
            help_kind=gesture.help_kind,
            public_text=f"{gesture.hint} On se retrouve sur place, l’outil est prêt et le café aussi.",
            quartier=quartiers[n % len(quartiers)] if n != 2 else None,
            public_place="" if gesture.needs_address else "Devant la médiathèque",
        )
        create_slot(mission, starts_at=start + n * DAY, minutes=45 * (1 + n % 3), places=1 + n)
        create_slot(mission, starts_at=start + (n + 7) * DAY, places=3)
        made.append(mission)
    return made


def make_pages(volunteer, missions, quartiers):
    licence = Prerequisite.objects.create(
        name="Permis de conduire", explanation="la mairie le regarde une fois"
    )
    MissionPrerequisite.objects.create(mission=missions[3], prerequisite=licence, position=1)
    PrivatePlace.objects.create(mission=missions[0], address="3, rue du Canari", instructions="Portail vert")
    stand = create_mission(
        title="Tenir un stand",
        kind="association",
        organiser="association",
        association=Association.objects.create(name="Les Jardins du Val"),
        is_in_pairs=True,
        is_accessible=True,
        is_open_to_minors=True,
        needs_approval=True,
    )
    full = create_slot(stand, starts_at=timezone.now() + 20 * DAY)
    create_signup(full)
    confirmed = create_signup(missions[0].slots.first(), volunteer)
    offered = create_signup(
        missions[1].slots.first(), volunteer, state="offered", expires_at=timezone.now() + DAY
    )
    create_signup(missions[4].slots.first(), volunteer, state="withdrawn")
    past_mission = create_mission(title="Nettoyer un chemin", proposed_by=volunteer.user)
    past = create_slot(past_mission, starts_at=timezone.now() - DAY, places=5)
    said = create_signup(past, volunteer)
    for name in ("Zoé", "Marcel"):
        create_signup(past, create_volunteer(user=create_user(first_name=name)))
    create_signup(past, state="attended", minutes=60)
    hedge = create_mission(title="Tailler une haie", proposed_by=create_user(first_name="Monique"))
    came = create_slot(hedge, starts_at=timezone.now() - 2 * DAY)
    came = create_signup(came, volunteer, state="attended", minutes=60)
    row = thanks.write(came, by=hedge.proposed_by, text="Merci pour la haie !", now=timezone.now())
    thanks.pass_on(row, by=None, now=timezone.now())
    returned = create_mission(
        state="returned",
        proposed_by=volunteer.user,
        title="Une haie",
        public_reason="Avez-vous une échelle ?",
    )
    create_slot(returned)
    cancelled = create_mission(
        state="cancelled", title="Centre de vaccination", public_reason="Il n’ouvre pas."
    )
    renew_feed(volunteer.user)
    return {
        "liste": "/missions/",
        "semaine": "/missions/calendrier/",
        "carte": "/quartiers/",
        "quartier": f"/quartiers/{quartiers[1].slug}/",
        "mission": stand.get_absolute_url(),
        "mission-voisin": missions[0].get_absolute_url(),
        "mission-permis": missions[3].get_absolute_url(),
        "mission-annulee": cancelled.get_absolute_url(),
        "reponse": coming_url(confirmed).removeprefix(settings.SITE_URL),
        "dire": said_url(said).removeprefix(settings.SITE_URL),
        "signaler": "/signaler-un-probleme/",
        "moi-mercis": "/mes-mercis/",
        "moi-remercier": f"/inscriptions/{came.pk}/merci/",
        "moi-verifier": f"/creneaux/{missions[2].slots.first().pk}/inscription/",
        "moi-attente": f"/creneaux/{full.pk}/inscription/",
        "moi-refus": f"/creneaux/{missions[3].slots.first().pk}/inscription/",
        "moi-confirmee": f"/inscriptions/{confirmed.pk}/",
        "moi-offerte": f"/inscriptions/{offered.pk}/",
        "moi-passee": f"/inscriptions/{said.pk}/",
        "moi-rendre": f"/inscriptions/{confirmed.pk}/se-desister/",
        "moi-liste": "/inscriptions/",
        "moi-agenda": "/mon-agenda/",
        "moi-proposer": "/proposer-une-mission/",
        "moi-propositions": "/mes-propositions/",
        "moi-proposition": f"/mes-propositions/{returned.pk}/",
        "moi-modifier": f"/mes-propositions/{returned.pk}/modifier/",
        "moi-presence": f"/creneaux/{past.pk}/presence/",
        "moi-imprimer": f"/creneaux/{past.pk}/liste/",
        "moi-missions": "/missions/",
    }


def sign_in(page, user):
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    origin = "/".join(page.url.split("/")[:3])
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": origin}])


def visited(page, town):
    """Each page, the public ones first as nobody, then the others signed in."""
    page.goto("/missions/")
    page.context.clear_cookies()
    is_signed_in = False
    for name, path in town["pages"].items():
        if name.startswith("moi-") and not is_signed_in:
            sign_in(page, town["volunteer"].user)
            is_signed_in = True
        page.goto(path)
        yield name


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_pages_have_no_known_defect_never_scroll_sideways_and_stay_silent(page, town, scheme, width):
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    for name in visited(page, town):
        assert_no_horizontal_scroll(page)
        page.set_viewport_size({"width": width, "height": 800})
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}-{width}-{scheme}.png", full_page=True)
        assert (page.url, said) == (page.url, [])
        assert_accessible(page)
        assert_one_title(page)
        said.clear()  # axe itself tries inline styles


def test_signing_up_and_back_with_the_keyboard_alone(page, town):
    page.goto("/missions/")
    sign_in(page, town["volunteer"].user)
    page.goto(town["pages"]["moi-verifier"])

    press_until(page, "Je m’inscris")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inscriptions/*/")
    assert page.get_by_text("C’est noté, merci !").is_visible()
    press_until(page, "Je ne peux plus venir…")
    page.keyboard.press("Enter")
    page.wait_for_url("**/se-desister/")
    press_until(page, "Rendre ma place")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inscriptions/*/")

    assert page.get_by_text("votre place est rendue").is_visible()


def press_until(page, words):
    """Tab to the control that says `words`; its focus must be seen."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == words:
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"Tab never reached « {words} »")


@pytest.fixture
def without_script(browser, live_site):
    context = browser.new_context(base_url=live_site.url, java_script_enabled=False, locale="fr-FR")
    yield context.new_page()
    context.close()


def test_filtering_and_signing_up_without_javascript(without_script, town):
    page = without_script
    page.goto("/missions/")
    page.locator("summary", has_text="Choisir selon mes goûts").click()
    page.get_by_label("Quoi faire").select_option("garden")
    page.get_by_role("button", name="Voir les résultats").click()
    assert "aide=garden" in page.url
    assert page.get_by_text("1 mission trouvée.").is_visible()
    sign_in(page, town["volunteer"].user)
    page.goto(town["pages"]["moi-attente"])
    page.get_by_role("button", name="Je me mets sur la liste").click()

    assert page.get_by_text("En liste d’attente").is_visible()
