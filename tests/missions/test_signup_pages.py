"""One's own pages: signing up, answering from a mail, giving the place back, saying what happened."""

from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse
from icalendar import Calendar

from missions.links import coming_url, said_url
from missions.models import Association, CalendarFeed, Signup
from missions.planning import change_slot
from missions.signups import withdraw
from tests.conftest import text_of
from tests.desk.people import create_staff
from tests.factories import NOW, create_mission, create_signup, create_slot, create_user, create_volunteer
from tests.mail.conftest import deliver_all
from vitre_civique.notifications.models import Notification
from volunteers.models import HourEntry

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def volunteer(client):
    found = create_volunteer()
    client.force_login(found.user)
    return found


def url(name, pk):
    return reverse(f"missions:{name}", args=[pk])


def words(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def test_anonymous_click_leads_to_sign_in_and_back(client):
    slot = create_slot()

    response = client.get(url("sign_up", slot.pk))

    assert response.url == f"{reverse('account_login')}?next={url('sign_up', slot.pk)}"
    assert client.post(url("sign_up", slot.pk)).url == response.url
    assert Signup.objects.count() == 0


def test_who_never_pledged_is_led_to_the_pledge(client):
    client.force_login(create_user())

    assert client.post(url("sign_up", create_slot().pk)).url == reverse("volunteers:join")
    assert Signup.objects.count() == 0


def test_check_then_sign_up_then_what_happens_next(client, volunteer):
    slot = create_slot()

    check = client.get(url("sign_up", slot.pk))
    assert Signup.objects.count() == 0
    response = client.post(url("sign_up", slot.pk), follow=True)

    signup = Signup.objects.get()
    assert "Vérifiez, puis inscrivez-vous" in words(check)
    assert response.redirect_chain == [(url("signup", signup.pk), 302)]
    page = words(response)
    for said in (
        "C’est noté, merci !",
        signup.reference,
        "Vous recevez une confirmation",
        "De personne d’autre",
        "Rendez votre place ici",
    ):
        assert said in page
    assert client.get(url("sign_up", slot.pk)).url == url("signup", signup.pk)


def test_refusals_are_sentences_and_write_nothing(client, volunteer):
    past = create_slot(starts_at=NOW - DAY)
    busy = create_slot()
    create_signup(busy, volunteer)
    overlapping = create_slot(starts_at=busy.starts_at)
    volunteer.charter_version = "2020"
    closed = create_slot(create_mission(state="done"), starts_at=NOW + 5 * DAY)

    for slot, sentence in (
        (past, "Ce créneau a déjà commencé."),
        (overlapping, "Vous avez déjà une mission à cette heure-là."),
        (closed, "Cette mission n’est plus ouverte aux inscriptions."),
    ):
        for response in (client.get(url("sign_up", slot.pk)), client.post(url("sign_up", slot.pk))):
            assert sentence in words(response)
    assert Signup.objects.count() == 1
    assert client.get(url("sign_up", 999_999)).status_code == 404


def test_waiting_pending_and_offered_pages_say_their_own_words(client, volunteer):
    slot = create_slot()
    create_signup(slot)
    create_signup(slot, state="waiting", created_at=NOW - DAY)
    client.post(url("sign_up", slot.pk))
    waiting = Signup.objects.get(volunteer=volunteer)
    pending_slot = create_slot(create_mission(needs_approval=True), starts_at=NOW + 9 * DAY)
    client.post(url("sign_up", pending_slot.pk))

    assert "2 e sur la liste d’attente" in words(client.get(url("signup", waiting.pk)))
    pending = Signup.objects.get(slot=pending_slot)
    assert "La mairie vous répond avant le jeudi 26 novembre 2026 à 10 h." in words(
        client.get(url("signup", pending.pk))
    )


def test_accepting_and_declining_an_offer(client, volunteer):
    offers = [
        create_signup(create_slot(starts_at=NOW + n * DAY), volunteer, state="offered", expires_at=NOW + DAY)
        for n in (3, 4)
    ]

    assert "acceptez-la avant le" in words(client.get(url("signup", offers[0].pk)))
    assert "La place est à vous" in words(client.post(url("accept_offer", offers[0].pk), follow=True))
    assert "C’est déjà fait" in words(client.post(url("accept_offer", offers[0].pk), follow=True))
    client.post(url("decline_offer", offers[1].pk))

    assert [Signup.objects.get(pk=o.pk).state for o in offers] == ["confirmed", "withdrawn"]
    assert client.get(url("accept_offer", offers[0].pk)).status_code == 405


def test_withdrawing_shows_another_mission_at_once(client, volunteer):
    signup = create_signup(create_slot(), volunteer)
    create_slot(create_mission(title="Une autre"))

    form = client.get(url("withdraw", signup.pk))
    page = client.post(url("withdraw", signup.pk), {"reason": "Grippe 🤧 <b>"}, follow=True)

    assert "Rendre ma place" in words(form)
    assert "Une autre mission, si le cœur vous en dit" in words(page)
    assert "Une autre" in words(page)
    signup.refresh_from_db()
    assert (signup.state, signup.withdraw_reason) == ("withdrawn", "Grippe 🤧 <b>")
    assert client.get(url("withdraw", signup.pk)).url == url("signup", signup.pk)


def test_a_reason_too_long_is_kept_and_said(client, volunteer):
    signup = create_signup(create_slot(), volunteer)

    response = client.post(url("withdraw", signup.pk), {"reason": "a" * 301})

    assert "a" * 301 in response.content.decode()
    assert "<title>Erreur" in response.content.decode()
    signup.refresh_from_db()
    assert signup.state == "confirmed"


def test_somebody_else_s_signup_is_unknown(client, volunteer):
    other = create_signup()

    for name in ("signup", "withdraw", "signup_ics"):
        assert client.get(url(name, other.pk)).status_code == 404
    for name in ("withdraw", "accept_offer", "decline_offer", "say"):
        assert client.post(url(name, other.pk)).status_code == 404
    other.refresh_from_db()
    assert other.state == "confirmed"


def test_from_a_mail_without_signing_in(client):
    signup = create_signup(create_slot())
    link = coming_url(signup).removeprefix("http://testserver")

    assert "Vous venez toujours ?" in words(client.get(link))
    signup.refresh_from_db()
    assert signup.state == "confirmed"
    assert "on compte sur vous" in words(client.post(link, {"answer": "yes"}))
    assert "Choisissez l’une des deux réponses" in words(client.post(link, {"answer": "?"}))
    assert "votre place est rendue" in words(client.post(link, {"answer": "no"}))
    assert "plus rien à répondre" in words(client.get(link))
    signup.refresh_from_db()
    assert signup.state == "withdrawn"


def test_an_offer_is_accepted_from_a_mail(client):
    signup = create_signup(create_slot(), state="offered", expires_at=NOW + DAY)

    client.post(coming_url(signup).removeprefix("http://testserver"), {"answer": "yes"})

    signup.refresh_from_db()
    assert signup.state == "confirmed"


def test_a_changed_link_or_one_made_for_another_purpose_is_unknown(client):
    signup = create_signup(create_slot())
    token = coming_url(signup).split("/")[-2]

    for path in (f"/reponse/{token}x/", f"/a-t-elle-eu-lieu/{token}/", "/reponse/42/"):
        assert client.get(path).status_code == 404
        assert client.post(path, {"answer": "no"}).status_code == 404


def test_saying_what_happened_from_a_mail_and_from_the_page(client, volunteer):
    by_mail = create_signup(create_slot(starts_at=NOW - DAY))
    link = said_url(by_mail).removeprefix("http://testserver")
    own = create_signup(create_slot(create_mission(tracks_attendance=False), starts_at=NOW - DAY), volunteer)

    client.get(link)
    by_mail.refresh_from_db()
    assert by_mail.volunteer_said == ""
    assert "Écrivez un nombre de minutes" in words(
        client.post(link, {"outcome": "done", "minutes": "beaucoup"})
    )
    assert "Merci de l’avoir dit" in words(client.post(link, {"outcome": "done"}))
    assert "A-t-elle eu lieu ?" in words(client.get(url("signup", own.pk)))
    client.post(url("say", own.pk), {"outcome": "done", "minutes": "45"})

    by_mail.refresh_from_db()
    assert (by_mail.volunteer_said, by_mail.state) == ("done", "confirmed")
    assert HourEntry.objects.get().minutes == 45


def events(response):
    return list(Calendar.from_ical(response.content).walk("VEVENT"))


def test_calendar_files_keep_their_uid_and_cancel(client, volunteer):
    signup = create_signup(create_slot(create_mission(title="Une haie")), volunteer)

    first = events(client.get(url("signup_ics", signup.pk)))[0]
    withdraw(signup, by=volunteer.user, now=NOW)
    second_answer = client.get(url("signup_ics", signup.pk))
    second = events(second_answer)[0]

    assert first["UID"] == second["UID"] == f"inscription-{signup.pk}@testserver"
    assert (str(first["STATUS"]), str(second["STATUS"])) == ("CONFIRMED", "CANCELLED")
    assert "METHOD:CANCEL" in second_answer.content.decode()
    assert first["DTSTART"].dt == signup.starts_at
    assert str(first["LOCATION"]) == "Jardin public, Vitré"


def test_private_feed_is_made_changed_and_revoked(client, volunteer):
    create_signup(create_slot(), volunteer)
    gone = create_signup(create_slot(starts_at=NOW + 5 * DAY), volunteer, state="withdrawn")

    client.get(reverse("missions:my_feed"))
    assert CalendarFeed.objects.count() == 0
    client.post(reverse("missions:my_feed"))
    first = reverse("missions:feed", args=[CalendarFeed.objects.get().token])
    client.post(reverse("missions:my_feed"), {"act": "renew"})
    second = reverse("missions:feed", args=[CalendarFeed.objects.get().token])
    client.logout()

    assert client.get(first).status_code == 404
    statuses = {str(event["UID"]): str(event["STATUS"]) for event in events(client.get(second))}
    assert statuses[f"inscription-{gone.pk}@testserver"] == "CANCELLED"
    assert sorted(statuses.values()) == ["CANCELLED", "CONFIRMED"]
    client.force_login(volunteer.user)
    client.post(reverse("missions:my_feed"), {"act": "revoke"})
    assert client.get(second).status_code == 404


def test_sheet_is_for_agents_and_the_proposer_who_sees_first_names(client):
    proposer = create_user()
    slot = create_slot(create_mission(proposed_by=proposer), starts_at=NOW - DAY / 12)
    person = create_volunteer(user=create_user(first_name="Zoé", last_name="Delacour"))
    signup = create_signup(slot, person)

    client.force_login(person.user)
    assert client.get(url("attendance", slot.pk)).status_code == 403
    assert client.post(url("record", signup.pk), {"outcome": "attended"}).status_code == 403
    client.force_login(proposer)
    sheet = words(client.get(url("attendance", slot.pk)))
    assert ("Zoé" in sheet, "Delacour" in sheet) == (True, False)
    client.post(url("record", signup.pk), {"outcome": "attended"})
    signup.refresh_from_db()
    assert (signup.state, signup.minutes, HourEntry.objects.get().minutes) == ("attended", 60, 60)
    assert client.post(url("record", signup.pk), {"outcome": "absent", "reason": "x"}).status_code == 403


def test_agent_corrects_with_a_reason(client, secured_agent):
    signup = create_signup(create_slot(starts_at=NOW - DAY), state="attended", minutes=60)

    refused = client.post(url("record", signup.pk), {"outcome": "absent"}, follow=True)
    client.post(url("record", signup.pk), {"outcome": "attended", "minutes": "30", "reason": "Partie tôt"})
    nonsense = client.post(url("record", signup.pk), {"outcome": "attended", "minutes": "9999"}, follow=True)

    assert "dites pourquoi" in words(refused)
    assert "entre une minute et 24 heures" in words(nonsense)
    signup.refresh_from_db()
    assert signup.minutes == 30
    assert "Delacour" not in words(client.get(url("printable", signup.slot_id)))


@pytest.fixture
def secured_agent(client):
    """An agent with a second factor, signed in."""
    agent = create_staff("agent")
    client.force_login(agent)
    return agent


@pytest.mark.parametrize("number", [1, 3])
def test_sheet_costs_the_same_however_many(client, django_assert_num_queries, number):
    proposer = create_user()
    client.force_login(proposer)
    slot = create_slot(create_mission(proposed_by=proposer), places=5, starts_at=NOW - DAY / 12)
    for _ in range(number):
        create_signup(slot)
    client.get(url("attendance", slot.pk))

    with django_assert_num_queries(6):
        client.get(url("attendance", slot.pk))


@pytest.mark.django_db
def test_a_title_opens_no_line_of_its_own_in_a_calendar(client, settings):
    title = "Haie\rATTACH:https://exemple.fr/\r\nORGANIZER:mailto:x@exemple.fr\u2028X:y\x85Z:y"
    slot = create_slot(create_mission(title=title))

    lines = client.get(reverse("missions:ics", args=[slot.pk])).content.decode().splitlines()

    ours = f'ORGANIZER;CN="Mairie de Vitré":mailto:{settings.TOWN["email"]}'
    assert [line for line in lines if line.startswith(("ATTACH", "ORGANIZER", "X:", "Z:"))] == [ours]


def test_a_yes_said_again_from_a_mail_stands_on_the_sheet_until_the_slot_moves(client):
    proposer = create_user()
    signup = create_signup(create_slot(create_mission(proposed_by=proposer)))
    link = coming_url(signup).removeprefix("http://testserver")

    client.get(link)
    signup.refresh_from_db()
    assert signup.coming_said_at is None
    for _ in range(2):
        assert "on compte sur vous" in words(client.post(link, {"answer": "yes"}))
    signup.refresh_from_db()
    assert (signup.state, signup.coming_said_at) == ("confirmed", NOW)
    client.force_login(proposer)
    assert "A redit oui le 23 novembre" in words(client.get(url("attendance", signup.slot_id)))

    there = {"starts_at": NOW + 4 * DAY, "ends_at": NOW + 4 * DAY + DAY / 24}
    change_slot(signup.slot, **there, places=1, by=proposer, now=NOW)

    signup.refresh_from_db()
    assert signup.coming_said_at is None


def test_a_no_from_a_mail_takes_a_reason_shows_another_mission_and_tells_the_organiser(client, mailbox):
    proposer, agent = create_user(), create_staff("agent")
    mission = create_mission(title="Repeindre la buvette", proposed_by=proposer, created_by=agent)
    signup = create_signup(create_slot(mission, places=2))
    create_slot(create_mission(title="Une autre mission"))
    link = coming_url(signup).removeprefix("http://testserver")

    too_long = client.post(link, {"answer": "no", "reason": "a" * 301})
    assert ("Plus court" in words(too_long), "a" * 301 in too_long.content.decode()) == (True, True)
    signup.refresh_from_db()
    assert signup.state == "confirmed"
    answer = words(client.post(link, {"answer": "no", "reason": "Un mariage ce jour-là"}))

    assert "Une autre mission" in answer
    signup.refresh_from_db()
    assert (signup.state, signup.withdraw_reason) == ("withdrawn", "Un mariage ce jour-là")
    told = Notification.objects.filter(kind="place_given_back").values_list("recipient", flat=True)
    assert set(told) == {proposer.pk, agent.pk}
    deliver_all(NOW)
    (message,) = [one for one in mailbox.messages if one["To"] == proposer.email]
    body = text_of(message)
    assert "Places prises\N{NO-BREAK SPACE}: 0 sur 2" in body
    assert "mariage" not in body
    client.force_login(proposer)
    sheet = words(client.get(url("attendance", signup.slot_id)))
    assert "« Un mariage ce jour-là »" in sheet


def test_an_association_is_told_at_its_address_and_the_last_day_stays_an_alarm(mailbox):
    host = Association.objects.create(name="Le Fournil", contact_email="fournil@exemple.fr")
    mission = create_mission(kind="association", organiser="association", association=host)
    early, late = create_slot(mission), create_slot(mission, starts_at=NOW + DAY / 2)
    for slot in (early, late):
        signup = create_signup(slot)
        withdraw(signup, by=signup.volunteer.user, now=NOW)

    rows = Notification.objects.filter(kind="place_given_back")
    assert list(rows.values_list("recipient", "to_email")) == [(None, "fournil@exemple.fr")]
    deliver_all(NOW)
    (message,) = [one for one in mailbox.messages if one["To"] == "fournil@exemple.fr"]
    assert "http" not in text_of(message).split("Places prises")[1].split("Mairie")[0]


def test_a_new_charter_is_read_again_before_a_mission(client, volunteer, settings):
    slot = create_slot()
    settings.CHARTER_VERSION = "2027-1"

    refused = client.post(url("sign_up", slot.pk))
    link = BeautifulSoup(refused.content, "html.parser").find("a", string="Lire et accepter la charte")[
        "href"
    ]
    assert "La charte a changé" in words(client.get(reverse("missions:my_hour")))
    assert "Cochez la case" in words(client.post(link, {"next": url("sign_up", slot.pk)}))
    volunteer.refresh_from_db()
    assert volunteer.charter_version == "2026-1"
    accepted = client.post(link, {"accepted": "on", "next": url("sign_up", slot.pk)})

    assert accepted.url == url("sign_up", slot.pk)
    volunteer.refresh_from_db()
    assert (volunteer.charter_version, volunteer.charter_accepted_at) == ("2027-1", NOW)
    client.post(url("sign_up", slot.pk))
    assert Signup.objects.get().state == "confirmed"
    elsewhere = client.post(link, {"accepted": "on", "next": "https://ailleurs.exemple.fr/"})
    assert elsewhere.url == reverse("volunteers:profile")
