"""A daughter asks for her mother by phone; three neighbours are asked; one comes, then another instead.

The mother's address is shown to those two alone. Afterwards it is looked for everywhere else.
"""

import re
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from missions import waves
from missions.catalogue import load_catalogue
from missions.feeds import renew_feed
from missions.models import (
    DisclosureLog,
    Introduction,
    Invitation,
    Mission,
    PrivatePlace,
    Signup,
    Slot,
)
from tests.conftest import html_of, text_of
from tests.desk.people import client_of, create_staff
from tests.factories import create_quartier, create_user, create_volunteer
from tests.journeys.walk import follow, links_in, press
from tests.missions.test_browser import sign_in
from tests.missions.test_private_place import unzipped
from vitre_civique.accounts.models import User
from vitre_civique.lib.months import month_of
from vitre_civique.notifications.delivery import deliver_batch
from vitre_civique.notifications.models import Notification
from vitre_civique.personal_export import archive
from volunteers.models import HourEntry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
ADDRESS, PHONE = "7, venelle des Canaris", "02 99 00 00 77"
SECRETS = ["venelle des Canaris", "Canaris", "99000077", "99 00 00 77", "sonnette du Serin", "Serin"]


@pytest.fixture(params=[True, False], ids=["javascript", "no_script"])
def context_options(context_options, request):
    return {**context_options, "java_script_enabled": request.param}


@pytest.fixture
def agent(mailbox):
    load_catalogue()
    return create_staff("agent", first_name="Agathe")


@pytest.fixture
def office(browser, live_site, context_options, agent):
    """The agent's own browser, signed in with a second factor."""
    context = browser.new_context(base_url=live_site.url, **context_options)
    name = django_settings.SESSION_COOKIE_NAME
    value = client_of(agent).cookies[name].value
    context.add_cookies([{"name": name, "value": value, "url": live_site.url}])
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page
    context.close()


@pytest.fixture
def neighbours(agent):
    """Solenn, Malo and Anaïs next door, Erwan who has given a lot already; and some who may not come."""
    now = timezone.now()
    quartier = create_quartier(name="Le Rachapt", slug="rachapt")
    people = {}
    for name in ("Solenn", "Malo", "Anaïs", "Erwan"):
        user = create_user(email=f"{name[:3].lower()}@exemple.fr", first_name=name, last_name="Essai")
        people[name] = create_volunteer(
            user=user, quartier=quartier, from_month=month_of(now), charter_accepted_at=now
        )
    HourEntry.objects.create(
        volunteer=people["Erwan"], month=month_of(now - timedelta(days=31)), minutes=180, source="declared"
    )
    unmet = create_volunteer(quartier=quartier, first_meeting_on=None, from_month=month_of(now))
    away = create_quartier(name="Loin", slug="loin")
    create_volunteer(quartier=away, reach="quartier", from_month=month_of(now))
    return {**people, "unmet": unmet}


def test_a_daughter_asks_for_her_mother(page, office, agent, neighbours, mailbox):
    page.set_default_timeout(20_000)
    mission = file_by_phone(office)
    publish_for_three(office, mission)
    the_month_proposes_three(office, neighbours)
    one_declines(page, mailbox, neighbours["Solenn"])
    signup = one_accepts(page, mailbox, neighbours["Anaïs"])
    one_is_silent_and_the_next_is_asked(neighbours)
    nothing_is_shown_before_both_agreed(page, signup)
    agree(page, signup)
    agent_hears_the_mother(office, signup)
    read_the_address(page, signup)
    she_withdraws_that_morning(page, mailbox, agent, signup)
    substitute = a_substitute_takes_over(page, mailbox, office, neighbours["Erwan"], mission)
    both_confirm(page, office, substitute)
    only_two_were_shown(signup, substitute)
    address_stands_nowhere_else(mailbox, agent, mission, neighbours)


def file_by_phone(office):
    office.goto(reverse("admin:missions_mission_assist"))
    office.locator("[name=first_name]").fill("Marguerite")
    office.locator("[name=last_name]").fill("Essai")
    office.locator("[name=phone]").fill(PHONE)
    office.locator("[name=called_by]").fill("sa fille, Anne")
    office.locator("[name=gesture]").select_option(label="Tailler une haie")
    office.locator("[name=day_1]").select_option(index=7)  # in a week: the month that is planned now
    office.locator("[name=quartier]").select_option(label="Le Rachapt")
    office.locator("[name=address]").fill(ADDRESS)
    office.locator("[name=instructions]").fill("La sonnette du Serin")
    office.locator("[name=agrees]").check()
    press(office, "Noter la demande")
    expect(office.get_by_text("est notée.")).to_be_visible()
    mission = Mission.objects.get()
    mother = mission.beneficiary
    assert (mission.state, mission.origin, mission.created_by.first_name) == ("submitted", "phone", "Agathe")
    assert (mother.email, mother.notice_read_at is None, mission.agreed_at is None) == (None, False, False)
    return mission


def publish_for_three(office, mission):
    """A long hedge: the agent makes room for three."""
    follow(office, re.compile("En faire un créneau"))
    press(office, "Garder ce créneau")
    expect(office.get_by_text("Le créneau est prêt et publié.")).to_be_visible()
    office.locator("[name=slots-0-places]").fill("3")
    press(office, "Enregistrer")
    mission.refresh_from_db()
    assert (mission.state, mission.slots.get().places, mission.is_open_to_minors) == ("published", 3, False)


def the_month_proposes_three(office, neighbours):
    office.goto(reverse("admin:missions_invitation_review"))
    press(office, re.compile("^Proposer pour"))
    expect(office.get_by_text("3 invitations proposées, à relire avant l’envoi.")).to_be_visible()
    asked = Invitation.objects.order_by("rank").values_list("volunteer__user__first_name", flat=True)
    assert sorted(asked) == ["Anaïs", "Malo", "Solenn"]
    expect(office.get_by_text("habite le quartier").first).to_be_visible()
    press(office, "Tout envoyer (3)")
    expect(office.get_by_text("3 invitations envoyées.")).to_be_visible()
    deliver()


def deliver():
    while deliver_batch(now=timezone.now()):
        pass


def open_link(page, mailbox, volunteer, words):
    """The page behind the link of the newest mail to `volunteer` that has one with `words`."""
    mails = mailbox.to(volunteer.user.email)
    page.goto([link for mail in mails for link in links_in(mail) if words in link][-1])


def one_declines(page, mailbox, solenn):
    open_link(page, mailbox, solenn, "/invitation/")
    press(page, re.compile("^Non merci"))
    expect(page.get_by_role("heading", level=1)).to_have_text("C’est noté")
    assert Invitation.objects.get(volunteer=solenn).state == "declined"


def one_accepts(page, mailbox, anais):
    open_link(page, mailbox, anais, "/invitation/")
    press(page, re.compile("^Oui, je viens"))
    expect(page.get_by_role("heading", level=1)).to_have_text("C’est noté")
    signup = Signup.objects.get()
    assert (signup.volunteer, signup.state, signup.invitation.wave) == (anais, "confirmed", 1)
    return signup


def one_is_silent_and_the_next_is_asked(neighbours):
    """Three days later."""
    back = timedelta(days=3)
    Invitation.objects.update(sent_at=F("sent_at") - back, expires_at=F("expires_at") - back)
    assert waves.go_on(now=timezone.now()) == 1
    assert Invitation.objects.get(volunteer=neighbours["Malo"]).state == "expired"
    next_one = Invitation.objects.get(wave=2)
    assert (next_one.volunteer, next_one.state) == (neighbours["Erwan"], "sent")
    assert Invitation.objects.filter(volunteer=neighbours["unmet"]).count() == 0
    deliver()


def nothing_is_shown_before_both_agreed(page, signup):
    sign_in(page, signup.volunteer.user)
    page.goto(reverse("missions:signup", args=[signup.pk]))
    follow(page, "Ouvrir la mise en relation")
    expect(page.get_by_role("heading", level=1)).to_have_text("Marguerite et vous")
    assert page.get_by_role("button", name="Voir les coordonnées").count() == 0
    assert [
        secret for secret in [*SECRETS, "02 99", "+332"] if secret in page.locator("main").inner_text()
    ] == []


def agree(page, signup):
    page.goto(reverse("missions:introduction", args=[signup.introduction.pk]))
    page.get_by_label("Numéro de téléphone").check()
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
    expect(office.get_by_text("L’accord est noté, avec votre nom et l’heure.")).to_be_visible()
    row.refresh_from_db()
    assert (row.state, row.neighbour_shares, row.answered_by.first_name) == ("shared", ["address"], "Agathe")
    deliver()


def read_the_address(page, signup):
    page.goto(reverse("missions:introduction", args=[signup.introduction.pk]))
    assert ADDRESS not in page.content()
    press(page, "Voir les coordonnées")
    expect(page.get_by_text(ADDRESS)).to_be_visible()
    expect(page.get_by_text("La sonnette du Serin")).to_be_visible()
    assert "99 00 00 77" not in page.locator("main").inner_text()  # she chose her address alone
    log = DisclosureLog.objects.get(introduction__signup=signup)
    assert (log.viewer, log.details) == (signup.volunteer.user, ["address"])


def move_slot(to):
    """The days that pass: the slot and its signups begin at `to`."""
    slot = Slot.objects.get()
    shift = to - slot.starts_at
    for rows in (Slot.objects.all(), Signup.objects.all()):
        rows.update(starts_at=F("starts_at") + shift, ends_at=F("ends_at") + shift)
    # Days have gone by since the invitations: one alert a day is the most anybody gets.
    Notification.objects.exclude(alert_on=None).update(alert_on=F("alert_on") - timedelta(days=4))


def she_withdraws_that_morning(page, mailbox, agent, signup):
    move_slot(timezone.now() + timedelta(hours=5))
    page.goto(reverse("missions:withdraw", args=[signup.pk]))
    press(page, "Rendre ma place")
    expect(page.get_by_text("C’est noté : votre place est rendue.")).to_be_visible()
    page.goto(reverse("missions:introduction", args=[signup.introduction.pk]))
    assert page.get_by_role("button", name="Voir les coordonnées").count() == 0
    told = Notification.objects.get(kind="nobody_comes")  # on the call list
    assert (told.channel, told.recipient.phone, told.state) == ("phone", "+33299000077", "queued")
    deliver()
    assert any("désist" in mail["Subject"].lower() for mail in mailbox.to(agent.email))
    page.context.clear_cookies()


def a_substitute_takes_over(page, mailbox, office, erwan, mission):
    sign_in(page, erwan.user)
    open_link(page, mailbox, erwan, "/inscription/")
    press(page, "Je m’inscris")
    signup = Signup.objects.get(volunteer=erwan)
    assert (signup.state, signup.introduction.state) == ("confirmed", "proposed")
    agree(page, signup)
    agent_hears_the_mother(office, signup)
    read_the_address(page, signup)
    page.goto(reverse("missions:introduction_card", args=[signup.introduction.pk]))
    expect(page.get_by_text(signup.introduction.code, exact=True)).to_be_visible()
    return signup


def both_confirm(page, office, signup):
    move_slot(timezone.now() - timedelta(hours=3))
    page.goto(reverse("missions:signup", args=[signup.pk]))
    press(page, "C’est fait")
    expect(page.get_by_text("Merci de l’avoir dit.")).to_be_visible()
    office.goto(reverse("missions:attendance", args=[signup.slot_id]))
    press(office, re.compile("^Présence de Erwan"))
    signup.refresh_from_db()
    assert (signup.volunteer_said, signup.organiser_said, signup.state) == ("done", "done", "attended")
    assert HourEntry.objects.get(subject=f"signup-{signup.pk}").minutes == signup.slot.minutes
    deliver()


def only_two_were_shown(first, second):
    shown = DisclosureLog.objects.order_by("id").values_list("viewer", "details")
    assert list(shown) == [(row.volunteer.user_id, ["address"]) for row in (first, second)]


def address_stands_nowhere_else(mailbox, agent, mission, neighbours):
    """In the whole database, in each mail that really left, in each export and each feed."""
    assert tables_with("Canaris") == {"missions_privateplace", "accounts_user"}
    assert tables_with("Serin") == {"missions_privateplace"}
    assert tables_with("99000077") == {"missions_privateplace", "accounts_user"}
    place, mother = PrivatePlace.objects.get(), mission.beneficiary
    assert (place.mission, place.address, mother.postal_address) == (mission, ADDRESS, ADDRESS)
    documents = {
        **{f"session {row.pk[:4]}": str(row.get_decoded()) for row in Session.objects.all()},
        **{f"mail {rank}": whole(mail) for rank, mail in enumerate(mailbox.messages)},
        **exports(agent, mission, neighbours),
        **feeds(mission, neighbours),
    }
    kinds = {name.split()[0] for name in documents}
    assert kinds == {"session", "mail", "archive", "csv", "feed", "page"}
    assert len(mailbox) >= 10
    assert [(name, secret) for name, said in documents.items() for secret in SECRETS if secret in said] == []
    own = unzipped(archive(mother, now=timezone.now())).decode()
    assert "Canaris" in own  # the search does find it, in what she alone may ask for


def tables_with(words):
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{words}%"])  # noqa: S608 (our own tables)
            if cursor.fetchone()[0]:
                found.add(table)
    return found


def whole(mail):
    """Headers, both bodies and what is attached, decoded."""
    attached = [part.get_content() for part in mail.iter_attachments()]
    return "\n".join([str(mail.items()), text_of(mail), html_of(mail), *map(str, attached)])


def exports(agent, mission, neighbours):
    now, office = timezone.now(), client_of(agent)
    people = User.objects.exclude(pk=mission.beneficiary_id).order_by("pk")
    yield_of = {f"archive {user.pk}": unzipped(archive(user, now=now)).decode() for user in people}
    reason = {"file_format": "csv", "reason": "Déclaration à l’assureur de la ville"}
    urls = {
        "missions": reverse("admin:missions_mission_export"),
        "insurer": reverse("admin:missions_mission_insurer", args=[mission.pk]),
        "volunteers": reverse("admin:volunteers_volunteer_export"),
    }
    for name, url in urls.items():
        answer = office.post(url, reason)
        assert answer["Content-Type"].startswith("text/csv"), name
        yield_of[f"csv {name}"] = answer.content.decode()
    assert "Erwan" in yield_of["csv insurer"]
    return yield_of


def feeds(mission, neighbours):
    slot, anonymous = mission.slots.get(), Client()
    urls = [reverse("missions:feed", args=[renew_feed(each.user).token]) for each in neighbours.values()]
    urls += [reverse("missions:ics", args=[slot.pk]), *public_feeds()]
    pages = [mission.get_absolute_url(), f"{reverse('missions:list')}?voir=tout&mots=canaris", "/"]
    pages += [reverse("missions:quartier", args=["rachapt"]), reverse("missions:town_month")]
    answers = {f"feed {url}": anonymous.get(url) for url in urls} | {
        f"page {url}": anonymous.get(url) for url in pages
    }
    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code != 200} == {}
    return {name: answer.content.decode() for name, answer in answers.items()}


def public_feeds():
    names = ("reports_atom", "reports_geojson", "works_ics")
    quartier = [reverse(f"quartiers:{name}", args=["rachapt"]) for name in names]
    return [*quartier, *(reverse("open311:requests", args=[fmt]) for fmt in ("json", "xml"))]
