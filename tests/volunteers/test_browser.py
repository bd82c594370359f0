"""The volunteer’s pages in a real browser, under the real CSP: axe, sizes, themes, keyboard, no script."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from tests.browser_checks import LOOKS, assert_accessible, assert_no_horizontal_scroll, assert_one_title
from tests.factories import (
    create_mission,
    create_quartier,
    create_signup,
    create_slot,
    create_user,
    create_volunteer,
)
from vitre_civique.lib.months import add_months, month_of
from volunteers import hours
from volunteers.models import Pledge, Volunteer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WHERE, WHAT = "/je-donne-une-heure/", "/je-donne-une-heure/quoi-et-quand/"
CHECK, JOINED = "/je-donne-une-heure/verifier/", "/je-donne-une-heure/c-est-note/"
OWN = [
    JOINED,
    "/mon-heure/",
    "/mon-heure/declarer/",
    "/mon-profil/",
    "/mon-profil/ou/",
    "/mon-profil/quoi-et-quand/",
    "/mon-profil/arreter/",
    "/mes-donnees/",
    "/mes-donnees/effacer/",
]


@pytest.fixture
def town():
    names = ["Centre historique", "Le Rachapt", "La Gare", "Les Artisans", "La Hodeyère", "Maison Rouge"]
    return [create_quartier(name=name, slug=f"q{n}") for n, name in enumerate(names)]


@pytest.fixture
def volunteer(town):
    """Someone with a year behind, an hour planned, one in the waiting list."""
    user = create_user(first_name="Anne", last_name="Prigent")
    volunteer = create_volunteer(
        user=user,
        quartier=town[1],
        kinds=["garden", "company"],
        wont_do="pas d’échelle",
        availability=[3, 4, 16],
    )
    now = timezone.now()
    month = month_of(now)
    for back, minutes in ((1, 60), (2, 45), (4, 180)):
        hours.declare(
            volunteer, month=add_months(month, -back), minutes=minutes, label="Courses", by=user, now=now
        )
    hedge = create_mission(title="Tailler une haie avec Monique", kind="interpersonal", quartier=town[1])
    create_signup(create_slot(hedge, starts_at=now + timedelta(days=2)), volunteer)
    create_signup(create_slot(starts_at=now + timedelta(days=4)), volunteer, state="waiting")
    return volunteer


def sign_in(page, user):
    client = Client()
    client.force_login(user)
    session = client.session
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session["account_authentication_methods"] = [{"method": "code", "at": timezone.now().timestamp()}]
    session.save()
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.goto("/")
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": page.url}])


def look(page, width, scheme):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})


def fill_where(page):
    page.get_by_label("Le Rachapt").check()
    page.get_by_label("Dans toute la ville").check()
    page.get_by_role("button", name="Continuer").click()


def fill_what(page):
    page.get_by_label("Jardiner, tailler une haie").check()
    page.get_by_label("Ce que je ne fais pas").fill("pas d’échelle")
    page.get_by_label("mardi après-midi").check()
    page.get_by_role("button", name="Continuer").click()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_joining_has_no_known_defect(page, town, width, scheme):
    sign_in(page, create_user())
    look(page, width, scheme)
    for fill in (fill_where, fill_what):
        page.goto(WHERE if fill is fill_where else WHAT)
        assert_accessible(page)
        assert_one_title(page)
        page.get_by_role("button", name="Continuer").click()
        assert_accessible(page)  # with its errors
        fill(page)
    assert page.url.endswith(CHECK)
    assert_accessible(page)
    assert_one_title(page)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_own_pages_have_no_known_defect_and_never_scroll_sideways(page, volunteer, width, scheme):
    sign_in(page, volunteer.user)
    for path in OWN:
        page.goto(path)
        assert page.url.endswith(path)
        assert_no_horizontal_scroll(page)
        look(page, width, scheme)
        page.evaluate("document.querySelectorAll('main details').forEach((d) => { d.open = true })")
        assert_accessible(page)
        assert_one_title(page)


def test_strangers_never_scroll_sideways(page, town):
    page.goto(WHERE)
    assert_no_horizontal_scroll(page)
    fill_where(page)
    assert_no_horizontal_scroll(page)
    fill_what(page)
    assert_no_horizontal_scroll(page)
    assert_accessible(page)


def test_pledging_by_keyboard_alone(page, town):
    user = create_user()
    sign_in(page, user)
    page.goto(WHERE)
    page.get_by_label("Centre historique").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_label("Faire des courses").focus()
    page.keyboard.press("Space")
    page.get_by_label("Cela dépend").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_label("J’ai lu la charte").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{JOINED}")
    assert Volunteer.objects.values_list("user", "kinds", "availability").get() == (user.pk, ["errands"], [])


@pytest.mark.parametrize("javascript", [True, False])
def test_home_to_pledge_in_three_pages(browser, live_site, context_options, town, javascript):
    context = browser.new_context(base_url=live_site.url, java_script_enabled=javascript, **context_options)
    page = context.new_page()
    user = create_user(first_name="Anne")
    sign_in(page, user)
    visited = []
    page.on("load", lambda _: visited.append(page.url))
    page.goto("/")
    page.get_by_role("link", name="Je donne une heure").first.click()
    fill_where(page)
    fill_what(page)
    page.get_by_label("J’ai lu la charte").check()
    page.get_by_role("button", name="Je promets une heure par mois").click()
    page.wait_for_url(f"**{JOINED}")
    paths = [url.removeprefix(live_site.url) for url in visited]
    assert paths == ["/", WHERE, WHAT, CHECK, JOINED]
    assert Pledge.objects.get().volunteer.user == user
    context.close()


def test_skipping_and_taking_it_back_without_javascript(browser, live_site, context_options, town):
    volunteer = create_volunteer(quartier=town[0])
    context = browser.new_context(base_url=live_site.url, java_script_enabled=False, **context_options)
    page = context.new_page()
    sign_in(page, volunteer.user)
    page.goto("/mon-heure/")
    page.get_by_role("button", name="Passer ce mois-ci").click()
    assert volunteer.skipped_months.count() == 1
    page.get_by_role("button", name="Finalement, ne pas passer").click()
    assert volunteer.skipped_months.count() == 0
    context.close()
