"""The first hour: a stranger pledges, is told of a mission, takes part, and the hour stands everywhere."""

import re
from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from missions.models import Mission, Signup, Slot
from missions.statistics import month_figures, shown
from tests.journeys.conftest import ask_worker
from tests.journeys.walk import (
    follow,
    links_in,
    mail_with,
    press,
    sign_in_with_code,
    sign_up,
    until,
)
from vitre_civique.accounts.models import User
from vitre_civique.lib import french
from vitre_civique.lib.months import local_day, month_of
from vitre_civique.notifications.models import Notification, Preference
from volunteers.models import HourEntry, Pledge, Volunteer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

STRANGER = "nolwenn.essai@exemple.fr"
TITLE = "Accrocher les lanternes du Val"


@pytest.fixture(params=[True, False], ids=["javascript", "no_script"])
def context_options(context_options, request):
    return {**context_options, "java_script_enabled": request.param}


@pytest.fixture
def office(browser, live_site, context_options):
    """The agent's own browser."""
    context = browser.new_context(base_url=live_site.url, **context_options)
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()


def test_first_hour(page, office, town, worker, mailbox):
    pledge_an_hour(page, mailbox)
    want_alerts_at_once(page)
    mission = publish_a_mission(office)
    signup = answer_the_alert(page, mailbox, mission)
    let_days_pass(signup)
    say_it_took_place(page, mailbox, signup)
    agent_confirms(office, signup)
    hour_stands_everywhere(page, office, signup)
    others_are_reminded(page, mailbox)
    unsubscribe_without_a_session(page, mailbox)


def pledge_an_hour(page, mailbox):
    page.goto("/")
    follow(page, "Je donne une heure")
    if page.url.endswith(reverse("pages:give")):
        follow(page, re.compile("donne|promets|commence", re.IGNORECASE))
    page.get_by_label("Villaudin – Le Val").check()
    page.get_by_label("Dans toute la ville").check()
    press(page, "Continuer")
    page.get_by_label("Agir pour la commune").check()
    page.get_by_label("Cela dépend").check()
    press(page, "Continuer")
    follow(page, "Créer mon compte")
    sign_up(page, mailbox, email=STRANGER, first_name="Nolwenn", last_name="Essai")
    page.get_by_label("J’ai lu la charte et je l’accepte").check()
    press(page, "Je promets une heure par mois")
    expect(page.get_by_role("heading", level=1)).to_have_text("C’est promis, merci Nolwenn !")
    volunteer = Volunteer.objects.get(user__email=STRANGER)
    assert (volunteer.quartier.slug, volunteer.reach, volunteer.kinds) == (
        "villaudin-le-val",
        "town",
        ["town"],
    )
    assert volunteer.pledges.get().minutes_per_month == 60
    mail_with(page, mailbox, STRANGER, "Merci pour votre heure")


def want_alerts_at_once(page):
    page.goto(reverse("notifications:preferences"))
    page.locator("input[name=mission_alert][value=at_once]").check()
    press(page, "Garder ces choix")
    assert Preference.objects.get(user__email=STRANGER, kind="mission_alert").rhythm == "at_once"


def publish_a_mission(office):
    """In the desk, with the authenticator's code. The slot begins in three days."""
    add = reverse("admin:missions_mission_add")
    sign_in_with_code(office, "agent", to=add)
    starts_at = timezone.localtime() + timedelta(days=3)
    office.locator("[name=title]").fill(TITLE)
    office.locator("[name=public_text]").fill("Une échelle, vingt lanternes, et un chocolat à la fin.")
    office.locator("[name=public_place]").fill("Place du Val")
    office.locator("[name=kind]").select_option("collective")
    office.locator("[name=help_kind]").select_option("town")
    office.locator("[name=slots-0-starts_at_0]").fill(f"{starts_at:%Y-%m-%d}")
    office.locator("[name=slots-0-starts_at_1]").fill("14:00")
    office.locator("[name=slots-0-ends_at_0]").fill(f"{starts_at:%Y-%m-%d}")
    office.locator("[name=slots-0-ends_at_1]").fill("15:00")
    office.locator("[name=slots-0-places]").fill("3")
    press(office, "Enregistrer et publier")
    expect(office.get_by_text("La mission est publiée")).to_be_visible()
    return Mission.objects.get(title=TITLE, state="published")


def answer_the_alert(page, mailbox, mission):
    ask_worker("missions.tasks.queue_alerts")
    alert = mail_with(page, mailbox, STRANGER, "De nouvelles missions")
    link = next(link for link in links_in(alert) if f"/missions/{mission.pk}/" in link)
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    follow(page, "Je m’inscris")
    press(page, "Je m’inscris")
    signup = Signup.objects.get(slot__mission=mission)
    assert (signup.state, signup.volunteer.user.email) == ("confirmed", STRANGER)
    confirmation = until(page, lambda: confirmations(mailbox), "the confirmation")[0]
    assert [part.get_content_type() for part in confirmation.iter_attachments()] == ["text/calendar"]
    return signup


def confirmations(mailbox):
    return [each for each in mailbox.to(STRANGER) if any(each.iter_attachments())]


def let_days_pass(signup):
    """Four days go by: everything that was dated is four days older."""
    back = timedelta(days=4)
    Slot.objects.filter(pk=signup.slot_id).update(
        starts_at=F("starts_at") - back, ends_at=F("ends_at") - back
    )
    Signup.objects.filter(pk=signup.pk).update(
        starts_at=F("starts_at") - back, ends_at=F("ends_at") - back, created_at=F("created_at") - back
    )
    Pledge.objects.filter(volunteer=signup.volunteer).update(made_at=F("made_at") - back)
    signup.refresh_from_db()


def say_it_took_place(page, mailbox, signup):
    ask_worker("missions.tasks.queue_how_did_it_go")
    question = mail_with(page, mailbox, STRANGER, "a-t-elle eu lieu")
    link = next(link for link in links_in(question) if "/a-t-elle-eu-lieu/" in link)
    page.goto(link)
    assert Signup.objects.get(pk=signup.pk).volunteer_said == ""
    press(page, "C’est fait")
    expect(page.get_by_role("heading", level=1)).to_have_text("Merci de l’avoir dit")
    assert Signup.objects.get(pk=signup.pk).volunteer_said == "done"


def agent_confirms(office, signup):
    office.goto(reverse("missions:attendance", args=[signup.slot_id]))
    press(office, "Présence de Nolwenn Essai")
    row = Signup.objects.get(pk=signup.pk)
    assert (row.state, row.organiser_said, row.minutes) == ("attended", "done", 60)


def hour_stands_everywhere(page, office, signup):
    month = month_of(signup.starts_at)
    entry = HourEntry.objects.get(subject=f"signup-{signup.pk}")
    assert (entry.month, entry.minutes, entry.volunteer) == (month, 60, signup.volunteer)
    page.goto(reverse("missions:my_hour"))
    if month != month_of(local_day(timezone.now())):
        expect(page.locator("main")).to_contain_text(french.month(month))  # among the twelve last months
        return
    expect(page.locator("main")).to_contain_text(f"Votre heure {french.of_month(month)} est donnée")
    given = shown(month_figures(month, now=timezone.now()), hides_small=False)[0]
    office.goto(reverse("admin:index"))
    expect(office.locator(".desk-figures")).to_contain_text(given.value)


def others_are_reminded(page, mailbox):
    """Everyone who promised and has nothing this month; not the one whose hour is given."""
    ask_worker("missions.tasks.queue_monthly_reminders")
    until(page, lambda: Notification.objects.filter(kind="monthly_reminder").exists(), "the reminders")
    reminders = Notification.objects.filter(kind="monthly_reminder")
    reminded = set(reminders.values_list("recipient__volunteer", flat=True))
    assert len(reminded) > 10
    this_month = month_of(timezone.localdate())
    given = set(HourEntry.objects.filter(month=this_month).values_list("volunteer", flat=True))
    assert reminded & given == set()
    if month_of(hour_of_the_stranger()) == this_month:
        assert Volunteer.objects.get(user__email=STRANGER).pk in given
    first = Notification.objects.filter(kind="monthly_reminder", channel="email").earliest("due_at", "id")
    message = mail_with(page, mailbox, first.recipient.email, "Votre heure")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def hour_of_the_stranger():
    return Signup.objects.get(volunteer__user__email=STRANGER).starts_at


def unsubscribe_without_a_session(page, mailbox):
    """What a mail program does: a POST to the address of the header, with no cookie at all."""
    row = Notification.objects.filter(kind="monthly_reminder", channel="email").earliest("due_at", "id")
    message = mail_with(page, mailbox, row.recipient.email, "Votre heure")
    path = re.search(r"<https?://[^/]+(/[^>]+)>", message["List-Unsubscribe"]).group(1)
    machine = Client(enforce_csrf_checks=True)
    assert machine.get(path).status_code == 200
    assert not Preference.objects.filter(user=row.recipient, kind="monthly_reminder").exists()

    answer = machine.post(path, {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert Preference.objects.get(user=row.recipient, kind="monthly_reminder").rhythm == "never"
    assert User.objects.get(pk=row.recipient.pk).is_active
