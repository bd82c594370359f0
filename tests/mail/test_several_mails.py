"""One mail for several places of one person: a mission paused and resumed, a series moved or cancelled."""

from datetime import time, timedelta

import pytest
from icalendar import Calendar

from missions import series
from missions.models import Signup
from missions.planning import cancel, resume, suspend
from missions.series import print_of
from missions.signups import sign_up, withdraw
from tests.conftest import html_of, text_of
from tests.factories import NOW, create_mission, create_signup, create_slot, create_volunteer
from tests.missions.test_series import create_series
from vitre_civique.notifications import kinds
from vitre_civique.notifications.calls import mark_told
from vitre_civique.notifications.models import Notification

from .conftest import deliver_all

pytestmark = pytest.mark.django_db
PAUSED = "Mission en pause\u00a0: votre place est gardée"
RESUMED = "La mission reprend\u00a0: votre place vous attend"
DAY = timedelta(days=1)


def subjects_to(mailbox, volunteer):
    return [message["Subject"] for message in mailbox.to(volunteer.user.email)]


def two_days(**fields):
    mission = create_mission(title="Trier la <banque>", **fields)
    return mission, [create_slot(mission, starts_at=NOW + n * DAY, places=5) for n in (3, 4)]


def rows():
    return dict(Notification.objects.order_by("id").values_list("kind", "state"))


# --- A pause ---


def test_who_is_confirmed_is_told_once_of_a_pause_with_every_date_and_then_that_it_goes_on(mailbox):
    mission, (first, second) = two_days()
    twice, waiting = create_volunteer(), create_volunteer()
    signups = [create_signup(slot, volunteer=twice) for slot in (first, second)]
    create_signup(first, volunteer=waiting, state="waiting")
    create_signup(volunteer=create_volunteer())

    suspend(mission, by=None, now=NOW)
    assert deliver_all(NOW) == {"sent": 1}
    (paused,) = mailbox.messages
    resume(mission, by=None, now=NOW + DAY)
    deliver_all(NOW + DAY)

    assert subjects_to(mailbox, twice) == [PAUSED, RESUMED]
    assert PAUSED not in subjects_to(mailbox, waiting)
    for message in mailbox.to(twice.user.email):
        assert "jeudi 26\u00a0novembre 2026, de 10\u00a0h à 11\u00a0h" in text_of(message)
        assert "vendredi 27\u00a0novembre 2026, de 10\u00a0h à 11\u00a0h" in html_of(message)
        assert "Voir mes inscriptions\u00a0:\nhttp://testserver/inscriptions/\n" in text_of(message).replace(
            "\r\n", "\n"
        )
        assert "Trier la &lt;banque&gt;" in html_of(message)
    assert "Votre place est gardée" in text_of(paused)
    assert "Nous vous dirons quand elle reprend, ou si elle est annulée." in text_of(paused)
    assert {Signup.objects.get(pk=one.pk).state for one in signups} == {"confirmed"}


def test_resumed_before_the_first_mail_left_neither_leaves(mailbox):
    mission, (slot, _) = two_days()
    create_signup(slot)

    suspend(mission, by=None, now=NOW)
    resume(mission, by=None, now=NOW)

    assert rows() == {"mission_paused": "dropped"}
    assert deliver_all(NOW) == {}
    assert len(mailbox) == 0


def test_each_pause_is_told_and_an_old_one_is_no_longer_true(mailbox):
    mission, (slot, _) = two_days()
    volunteer = create_signup(slot).volunteer
    for _ in range(2):
        suspend(mission, by=None, now=NOW)
        deliver_all(NOW)
        resume(mission, by=None, now=NOW)
        deliver_all(NOW)
    assert subjects_to(mailbox, volunteer) == [PAUSED, RESUMED] * 2

    suspend(mission, by=None, now=NOW)
    last = Notification.objects.latest("id")
    older = Notification(kind=last.kind, recipient=last.recipient, data={**last.data, "turn": 2}, pk=0)
    kind = kinds.get("mission_paused")
    facts = kind.load([last, older], now=NOW)
    assert kind.builder(last, facts[last.pk], now=NOW) is not None
    assert kind.builder(older, facts[older.pk], now=NOW) is None


def test_a_pause_that_a_worker_holds_counts_as_told():
    mission, (slot, _) = two_days()
    create_signup(slot)
    suspend(mission, by=None, now=NOW)
    held = {"state": "leased", "lease_token": "0" * 32, "lease_until": NOW + DAY}
    Notification.objects.update(**held)

    resume(mission, by=None, now=NOW)

    assert rows() == {"mission_paused": "leased", "mission_resumed": "queued"}


@pytest.mark.parametrize("then", ["withdraw", "cancel"])
def test_who_has_left_or_is_told_of_the_end_hears_no_more_of_the_pause(mailbox, then):
    mission, (slot, _) = two_days()
    signup = create_signup(slot)
    suspend(mission, by=None, now=NOW)
    if then == "withdraw":
        withdraw(signup, by=None, now=NOW)
    else:
        cancel(mission, by=None, message="Il pleut.", now=NOW)

    deliver_all(NOW)
    assert rows()["mission_paused"] == "dropped"
    assert len(mailbox) == 1


def test_by_telephone_the_pause_said_is_followed_by_the_end_said():
    mission, (slot, _) = two_days()
    volunteer = create_signup(slot).volunteer
    type(volunteer.user).objects.update(preferred_channel="phone")
    suspend(mission, by=None, now=NOW)
    assert mark_told(Notification.objects.get(), now=NOW)

    resume(mission, by=None, now=NOW)
    assert rows() == {"mission_paused": "sent", "mission_resumed": "queued"}


@pytest.mark.parametrize("count", [1, 3])
def test_queries_of_a_pause_do_not_grow(count, django_assert_num_queries):
    pairs = [create_signup(create_slot(create_mission())) for _ in range(count)]
    queued = [
        Notification(
            pk=n,
            kind="mission_paused",
            data={"mission": one.slot.mission_id, "volunteer": one.volunteer_id, "turn": 1},
        )
        for n, one in enumerate(pairs)
    ]
    with django_assert_num_queries(3):
        assert len(kinds.get("mission_paused").load(queued, now=NOW)) == count


# --- A series in one click ---


def test_a_series_moved_is_one_mail_a_person_with_the_new_dates(mailbox):
    _, slots = create_series()
    often, once = create_volunteer(), create_volunteer()
    mine = [sign_up(often, slot, now=NOW) for slot in slots[:3]]
    sign_up(once, slots[3], now=NOW)
    deliver_all(NOW)
    mailbox.clear()

    values = {"hour": time(14, 30), "minutes": 90, "places": 8}
    series.change_following(slots[0], **values, seen=print_of(slots), by=None, now=NOW)
    withdraw(mine[2], by=None, now=NOW)
    deliver_all(NOW)

    changed, withdrawn = mailbox.to(often.user.email)
    assert changed["Subject"] == "Changement\u00a0: 2 de vos créneaux"
    assert withdrawn["Subject"] == "Votre désistement est noté"
    for body in (text_of(changed), html_of(changed)):
        for signup in mine[:2]:
            assert f"http://testserver/inscriptions/{signup.pk}/" in body
        assert "samedi 28\u00a0novembre 2026, de 14\u00a0h\u00a030 à 16\u00a0h" in body
        assert "samedi 5\u00a0décembre 2026, de 14\u00a0h\u00a030 à 16\u00a0h" in body
        assert "12\u00a0décembre" not in body
    (part,) = changed.iter_attachments()
    events = Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
    assert [event["uid"] for event in events] == [f"inscription-{one.pk}@testserver" for one in mine[:2]]
    assert subjects_to(mailbox, once) == ["Changement\u00a0: votre mission est samedi 19\u00a0décembre 2026"]


def test_a_series_cancelled_is_one_mail_a_person_with_the_dates_and_the_word_of_the_mairie(mailbox):
    _, slots = create_series()
    often, once = create_volunteer(), create_volunteer()
    mine = [sign_up(often, slot, now=NOW) for slot in slots[1:3]]
    sign_up(once, slots[3], now=NOW)
    deliver_all(NOW)
    mailbox.clear()

    word, seen = "La salle est prise.", print_of(slots)
    series.cancel_from(slots[0], only_this=False, message=word, seen=seen, by=None, now=NOW)
    deliver_all(NOW)

    (message,) = mailbox.to(often.user.email)
    assert message["Subject"] == "Annulation de 2 de vos créneaux\u00a0: ne vous déplacez pas"
    for body in (text_of(message), html_of(message)):
        assert "5\u00a0décembre 2026" in body
        assert "12\u00a0décembre 2026" in body
        assert "19\u00a0décembre" not in body
        assert word in body
    # A file each: some calendars take only the first event of a CANCEL.
    calendars = [Calendar.from_ical(part.get_payload(decode=True)) for part in message.iter_attachments()]
    assert [(one["method"], len(one.walk("VEVENT"))) for one in calendars] == [("CANCEL", 1)] * len(mine)
    uids = [one.walk("VEVENT")[0]["uid"].split("@")[0] for one in calendars]
    assert uids == [f"inscription-{signup.pk}" for signup in mine]
    assert len(mailbox.to(once.user.email)) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_queries_of_a_list_do_not_grow(count, django_assert_num_queries):
    _, slots = create_series(times=4)
    lists = [[create_signup(slot, volunteer=create_volunteer()).pk for slot in slots] for _ in range(count)]
    queued = [
        Notification(pk=n, kind="slots_changed", data={"signups": signups}) for n, signups in enumerate(lists)
    ]
    with django_assert_num_queries(2):
        assert len(kinds.get("slots_changed").load(queued, now=NOW)) == count
