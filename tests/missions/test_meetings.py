"""Meetings: whoever the mairie noted as present has been met; shown as « Rencontre » wherever it stands."""

from datetime import timedelta

import pytest
import time_machine
from django.db.models import Sum
from django.test import Client

from missions.attendance import AttendanceError, add_present, record, settle_silent, volunteer_says
from missions.eligibility import MEETING, reasons_against
from missions.models import Invitation, Signup
from missions.signups import sign_up
from tests.desk.forms import text_of
from tests.desk.people import client_of, create_staff
from tests.factories import (
    NOW,
    TODAY,
    create_mission,
    create_quartier,
    create_signup,
    create_slot,
    create_user,
    create_volunteer,
)
from vitre_civique.lib.months import local_day
from volunteers.models import HourEntry, Volunteer

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def create_meeting(**fields):
    return create_mission(title="Première rencontre", is_meeting=True, **fields)


def expected(*, days_ago=0, volunteer=None, mission=None):
    slot = create_slot(
        mission or create_meeting(), starts_at=NOW - DAY * days_ago - timedelta(hours=2), places=9
    )
    return create_signup(slot, volunteer or create_volunteer(first_meeting_on=None))


def met_on(signup):
    return Volunteer.objects.get(pk=signup.volunteer_id).first_meeting_on


@time_machine.travel(NOW, tick=False)
def test_one_tap_on_the_phone_opens_neighbours_missions():
    signup = expected()
    at_home = create_slot(create_mission(kind="interpersonal", title="Une haie"))
    assert MEETING in reasons_against(signup.volunteer, at_home.mission, at_home, now=NOW)
    agent = client_of(create_staff("civic_service"))
    page = agent.get(f"/creneaux/{signup.slot_id}/presence/")
    assert str(signup.volunteer.user) in text_of(page)

    agent.post(f"/inscriptions/{signup.pk}/noter/", {"outcome": "attended"})

    assert met_on(signup) == TODAY
    volunteer = Volunteer.objects.get(pk=signup.volunteer_id)
    assert sign_up(volunteer, at_home, now=NOW).state == "confirmed"


def test_an_earlier_date_stays_a_later_one_gives_way():
    agent = create_staff()
    early = expected(volunteer=create_volunteer(first_meeting_on=TODAY - DAY * 90))
    late = expected(volunteer=create_volunteer(first_meeting_on=TODAY + DAY))
    for signup in (early, late):
        record(signup, "attended", by=agent, now=NOW)
    assert (met_on(early), met_on(late)) == (TODAY - DAY * 90, TODAY)


@pytest.mark.parametrize("outcome", ["absent", "excused", "unknown"])
def test_whoever_was_not_there_has_not_been_met(outcome):
    signup = expected()
    record(signup, outcome, by=create_staff(), now=NOW)
    assert met_on(signup) is None


def test_a_correction_takes_back_what_it_gave_and_only_that():
    agent, volunteer = create_staff(), create_volunteer(first_meeting_on=None)
    mission = create_meeting()
    first, second = (expected(days_ago=n, volunteer=volunteer, mission=mission) for n in (9, 2))
    for signup in (first, second):
        record(signup, "attended", by=agent, now=NOW)
    assert met_on(first) == TODAY - DAY * 9
    record(first, "absent", by=agent, reason="Une autre personne du même nom.", now=NOW)
    assert met_on(first) == local_day(second.starts_at)
    record(second, "absent", by=agent, reason="Erreur de feuille.", now=NOW)
    assert met_on(first) is None


def test_nobody_opens_doors_by_saying_that_they_came():
    signup = expected(days_ago=9)
    volunteer_says(signup, "done", now=NOW)
    settle_silent(now=NOW)
    signup.refresh_from_db()
    assert (signup.state, met_on(signup)) == ("attended", None)
    by_resident = expected(mission=create_meeting(organiser="resident", proposed_by=create_user()))
    record(by_resident, "attended", by=by_resident.slot.mission.proposed_by, now=NOW)
    assert met_on(by_resident) is None


def test_an_ordinary_mission_is_no_meeting():
    signup = expected(mission=create_mission())
    record(signup, "attended", by=create_staff(), now=NOW)
    assert met_on(signup) is None


@time_machine.travel(NOW, tick=False)
def test_shown_as_a_meeting_everywhere_and_offered_to_whoever_needs_one(client):
    meeting = create_slot(create_meeting(), places=9, starts_at=NOW + DAY * 4)
    create_slot(create_mission(title="Ramasser les feuilles"), starts_at=NOW + DAY * 5)
    found = client.get("/missions/?rencontre=on")
    assert [card["kind_label"] for card in found.context["cards"]] == ["Rencontre"]
    assert "Rencontre" in text_of(client.get(meeting.mission.get_absolute_url()))

    volunteer = create_volunteer(first_meeting_on=None)
    client.force_login(volunteer.user)
    at_home = create_slot(create_mission(kind="interpersonal", title="Une haie"), starts_at=NOW + DAY * 6)
    page = client.get(f"/creneaux/{at_home.pk}/inscription/")
    assert [card["title"] for card in page.context["meetings"]] == ["Première rencontre"]
    assert "Les prochaines rencontres" in text_of(page)

    Invitation.objects.create(
        mission=meeting.mission,
        slot=meeting,
        volunteer=volunteer,
        month=TODAY.replace(day=1),
        state="sent",
        proposed_at=NOW,
        sent_at=NOW,
        expires_at=NOW + DAY,
    )
    assert "Rencontre" in text_of(client.get("/mes-invitations/"))
    sign_up(volunteer, meeting, now=NOW)
    assert "Rencontre" in text_of(client.get("/mon-heure/"))


# --- Whoever walks in without having signed up ---


def begun(**fields):
    return create_slot(create_meeting(), starts_at=NOW - timedelta(hours=1), places=1, **fields)


@time_machine.travel(NOW, tick=False)
def test_whoever_walks_in_is_found_by_name_and_noted_as_present():
    slot = begun()
    create_signup(slot)  # the only place is taken: present is present
    nearby = create_volunteer(user=create_user(first_name="Hélène", last_name="Essai"), first_meeting_on=None)
    create_volunteer(user=create_user(first_name="Paul", last_name="Autre"))
    agent = client_of(create_staff("civic_service"))
    sheet = f"/creneaux/{slot.pk}/presence/"
    assert f"{sheet}sans-inscription/" in agent.get(sheet).content.decode()

    found = agent.post(f"{sheet}sans-inscription/", {"name": "helene"})
    assert [volunteer.pk for volunteer in found.context["found"]] == [nearby.pk]
    for _ in range(2):
        assert agent.post(f"{sheet}ajouter/", {"volunteer": nearby.pk}).url == sheet

    signup = nearby.signups.get()
    assert (signup.state, signup.minutes, signup.organiser_said) == ("attended", slot.minutes, "done")
    assert [change.reason for change in signup.state_changes.all()] == ["Venue sans inscription."]
    assert met_on(signup) == TODAY
    assert HourEntry.objects.filter(volunteer=nearby).aggregate(n=Sum("minutes"))["n"] == slot.minutes
    page = text_of(agent.get(sheet))
    assert "Venue sans inscription" in page
    assert agent.post(f"{sheet}sans-inscription/", {"name": "helene"}).context["found"] == []


def test_walking_in_ends_a_place_on_the_waiting_list_and_is_taken_back_by_a_correction():
    slot, agent, volunteer = begun(), create_staff(), create_volunteer(first_meeting_on=None)
    waiting = create_signup(slot, volunteer, state="waiting")

    signup = add_present(slot, volunteer, by=agent, now=NOW)

    waiting.refresh_from_db()
    assert (waiting.state, signup.state, met_on(signup)) == ("lapsed", "attended", TODAY)
    record(signup, "absent", by=agent, reason="Une autre personne du même nom.", now=NOW)
    assert met_on(signup) is None


def test_nobody_is_added_twice_before_the_start_nor_elsewhere_than_at_a_meeting():
    agent, volunteer = create_staff(), create_volunteer()
    there = begun()
    create_signup(there, volunteer)
    to_come = create_slot(create_meeting(), starts_at=NOW + DAY)
    off, ordinary = begun(cancelled_at=NOW), create_slot(starts_at=NOW - DAY)
    for slot, words in ((there, "déjà"), (to_come, "commencé"), (off, "annulé"), (ordinary, "rencontre")):
        with pytest.raises(AttendanceError, match=words):
            add_present(slot, volunteer, by=agent, now=NOW)
    assert Signup.objects.count() == 1


@time_machine.travel(NOW, tick=False)
def test_only_staff_search_the_names_of_volunteers():
    slot = begun()
    asker = create_user()
    slot.mission.proposed_by = asker
    slot.mission.save(update_fields=["proposed_by"])
    volunteer, client = create_volunteer(), Client()
    client.force_login(asker)
    sheet = f"/creneaux/{slot.pk}/presence/"
    assert "sans-inscription" not in client.get(sheet).content.decode()
    assert client.post(f"{sheet}sans-inscription/", {"name": volunteer.user.first_name}).status_code == 403
    assert client.post(f"{sheet}ajouter/", {"volunteer": volunteer.pk}).status_code == 403
    agent = client_of(create_staff())
    assert agent.post(f"{sheet}sans-inscription/", {"name": "é"}).context["found"] == []
    assert agent.post(f"{sheet}ajouter/", {"volunteer": "x"}).status_code == 404
    assert not Signup.objects.exists()


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("number", [1, 3])
def test_search_costs_the_same_for_one_and_three(django_assert_num_queries, number):
    slot, agent = begun(), client_of(create_staff())
    for _ in range(number):
        create_volunteer(user=create_user(last_name="Essai"), quartier=create_quartier())
    url = f"/creneaux/{slot.pk}/presence/sans-inscription/"
    agent.post(url, {"name": "rien"})
    with django_assert_num_queries(WALK_IN_QUERIES):
        assert len(agent.post(url, {"name": "essai"}).context["found"]) == number


WALK_IN_QUERIES = 7
