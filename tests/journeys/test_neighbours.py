"""A daughter asks for her mother by phone; a volunteer comes; one person alone is shown the address."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from missions.models import DisclosureLog, Introduction, Mission, Signup, Slot
from missions.signups import sign_up, withdraw
from tests.journeys.walk import follow, press, sign_in_with_code
from tests.missions.test_browser import sign_in
from vitre_civique.accounts.models import User
from vitre_civique.notifications.models import Notification
from volunteers.models import Volunteer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
ADDRESS = "7, venelle des Canaris"


@pytest.fixture
def office(browser, live_site, context_options):
    context = browser.new_context(base_url=live_site.url, **context_options)
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()


def test_a_daughter_asks_for_her_mother(page, office, town):
    mission = file_by_phone(office)
    publish_the_wish(office, mission)
    first, second = two_volunteers()
    signup = sign_up(first, Slot.objects.get(mission=mission), now=timezone.now())
    volunteer_agrees(page, signup)
    assert ADDRESS not in page.content()
    agent_hears_the_mother(office, signup)
    read_the_address(page, signup)
    withdraw(signup, by=first.user, now=signup.starts_at - timedelta(hours=5))
    nothing_is_shown_any_more(page, signup)
    substitute = sign_up(second, signup.slot, now=timezone.now())
    assert Introduction.objects.get(signup=substitute).state == "proposed"
    address_stands_nowhere_else()


def file_by_phone(office):
    url = reverse("admin:missions_mission_assist")
    sign_in_with_code(office, "agent", to=url)
    office.locator("[name=first_name]").fill("Marguerite")
    office.locator("[name=last_name]").fill("Essai")
    office.locator("[name=phone]").fill("02 99 00 00 77")
    office.locator("[name=called_by]").fill("sa fille, Anne")
    office.locator("[name=gesture]").select_option(label="Tailler une haie")
    office.locator("[name=day_1]").select_option(index=5)
    office.locator("[name=address]").fill(ADDRESS)
    office.locator("[name=agrees]").check()
    press(office, "Noter la demande")
    expect(office.get_by_text("est notée.")).to_be_visible()
    mission = Mission.objects.get(private_place__address=ADDRESS)
    assert (mission.state, mission.beneficiary.email, mission.beneficiary.origin) == (
        "submitted",
        None,
        "phone",
    )
    return mission


def publish_the_wish(office, mission):
    follow(office, re.compile("En faire un créneau"))
    press(office, "Garder ce créneau")
    expect(office.get_by_text("Le créneau est prêt et publié.")).to_be_visible()
    mission.refresh_from_db()
    assert (mission.state, mission.slots.count()) == ("published", 1)


def two_volunteers():
    now = timezone.now()
    made = []
    for name in ("Solenn", "Malo"):
        user = User.objects.create_user(
            f"{name.lower()}.essai@exemple.fr", first_name=name, last_name="Essai"
        )
        made.append(
            Volunteer.objects.create(
                user=user,
                charter_version="2026-1",
                charter_accepted_at=now,
                first_meeting_on=now.date(),  # met by the mairie: who goes to a neighbour's home must be
            )
        )
    return made


def volunteer_agrees(page, signup):
    page.goto("/")
    sign_in(page, signup.volunteer.user)
    page.goto(reverse("missions:signup", args=[signup.pk]))
    follow(page, "Ouvrir la mise en relation")
    press(page, "Continuer")
    press(page, "Je suis d’accord")
    assert Introduction.objects.get(signup=signup).state == "one_agreed"


def agent_hears_the_mother(office, signup):
    row = Introduction.objects.get(signup=signup)
    office.goto(reverse("admin:missions_introduction_change", args=[row.pk]))
    follow(office, "Noter l’accord du voisin")
    office.get_by_label("Adresse exacte, et comment trouver").check()
    office.get_by_label("La personne me l’a dit elle-même").check()
    press(office, "Noter")
    row.refresh_from_db()
    assert (row.state, row.neighbour_shares) == ("shared", ["address"])


def read_the_address(page, signup):
    page.goto(reverse("missions:introduction", args=[signup.introduction.pk]))
    assert ADDRESS not in page.content()
    press(page, "Voir les coordonnées")
    expect(page.get_by_text(ADDRESS)).to_be_visible()
    assert DisclosureLog.objects.get(introduction__signup=signup).details == ["address"]


def nothing_is_shown_any_more(page, signup):
    page.goto(reverse("missions:introduction", args=[signup.introduction.pk]))
    assert page.get_by_role("button", name="Voir les coordonnées").count() == 0
    told = Notification.objects.get(kind="nobody_comes")
    assert (told.channel, told.recipient.phone) == ("phone", "+33299000077")
    assert Signup.objects.get(pk=signup.pk).state == "withdrawn"


def address_stands_nowhere_else():
    """In the whole database: her private place and her own row."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{ADDRESS}%"])  # noqa: S608
            if cursor.fetchone()[0]:
                found.add(table)
    assert found == {"missions_privateplace", "accounts_user"}
