"""The life of a mission and of its slots."""

from datetime import date, datetime, timedelta

import pytest

from missions.copies import same_weekday
from missions.models import MissionPrerequisite, PrivatePlace
from missions.planning import (
    PlanningError,
    cancel,
    cancel_slot,
    change_slot,
    duplicate,
    finish_past,
    publish,
    refuse_mission,
    resume,
    return_with_question,
    submit,
    suspend,
)
from missions.signups import sign_up
from tests.factories import (
    NOW,
    create_mission,
    create_signup,
    create_slot,
    create_user,
    create_volunteer,
)
from vitre_civique.lib.months import PARIS
from vitre_civique.notifications import calm, kinds
from vitre_civique.notifications.calls import words
from vitre_civique.notifications.models import Notification
from volunteers.models import Prerequisite

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def told():
    return list(Notification.objects.order_by("id").values_list("kind", "recipient_id"))


def states(slot):
    return list(slot.signups.order_by("id").values_list("state", flat=True))


def test_a_proposal_goes_back_and_forth_then_is_published():
    proposer, agent = create_user(), create_user()
    mission = create_mission(state="draft", proposed_by=proposer, organiser="resident")
    create_slot(mission)

    submit(mission, by=proposer, now=NOW)
    return_with_question(mission, by=agent, question="À quelle heure ?", now=NOW)
    submit(mission, by=proposer, now=NOW)
    publish(mission, by=agent, now=NOW)

    assert (mission.state, mission.published_at, mission.public_reason) == (
        "published",
        NOW,
        "À quelle heure ?",
    )
    assert told() == [
        (f"mission_{step}", proposer.pk) for step in ("submitted", "returned", "submitted", "published")
    ]
    assert list(mission.state_changes.values_list("to_state", "by_id")) == [
        ("submitted", proposer.pk),
        ("returned", agent.pk),
        ("submitted", proposer.pk),
        ("published", agent.pk),
    ]


def test_refusing_says_why():
    mission = create_mission(state="submitted", proposed_by=create_user())

    with pytest.raises(PlanningError, match="Dites pourquoi"):
        refuse_mission(mission, by=None, reason=" ", now=NOW)
    refuse_mission(mission, by=None, reason="Déjà fait par la ville.", now=NOW)

    assert (mission.state, mission.public_reason) == ("refused", "Déjà fait par la ville.")
    with pytest.raises(PlanningError, match="la mission est maintenant « Refusée »"):
        publish_with_slot(mission)


def publish_with_slot(mission):
    create_slot(mission)
    return publish(mission, by=None, now=NOW)


def test_publishing_needs_a_slot_to_come():
    mission = create_mission(state="draft")
    create_slot(mission, starts_at=NOW - DAY)
    create_slot(mission, cancelled_at=NOW)

    with pytest.raises(PlanningError, match="créneau à venir"):
        publish(mission, by=None, now=NOW)
    mission.refresh_from_db()
    assert mission.state == "draft"


def test_suspended_mission_keeps_its_people_and_first_date():
    mission = create_mission()
    slot = create_slot(mission)
    sign_up(create_volunteer(), slot, now=NOW)

    suspend(mission, by=None, now=NOW + HOUR)
    resume(mission, by=None, now=NOW + 2 * HOUR)

    assert (mission.state, mission.published_at) == ("published", NOW)
    assert states(slot) == ["confirmed"]
    # Resumed before the first mail left: neither leaves.
    rows = list(Notification.objects.order_by("id").values_list("kind", "state"))
    assert rows == [("signup_confirmed", "queued"), ("mission_paused", "dropped")]


def test_cancelling_tells_each_live_person_once_and_leaves_the_past_alone():
    mission = create_mission(needs_approval=True)
    past = create_signup(create_slot(mission, starts_at=NOW - DAY))
    slot = create_slot(mission, places=2)
    confirmed = create_signup(slot)
    pending, waiting = (sign_up(create_volunteer(), slot, now=NOW) for _ in range(2))
    gone = create_signup(slot, state="withdrawn")
    Notification.objects.all().delete()

    cancel(mission, by=None, message="Il pleut trop.", now=NOW)
    with pytest.raises(PlanningError):
        cancel(mission, by=None, message="Il pleut trop.", now=NOW)

    assert states(slot) == ["withdrawn", "refused", "refused", "withdrawn"]
    assert told() == [("mission_cancelled", s.volunteer.user_id) for s in (confirmed, pending, waiting)]
    assert {c.reason for c in pending.state_changes.filter(to_state="refused")} == {"Il pleut trop."}
    past.refresh_from_db()
    assert (past.state, gone.state_changes.count()) == ("confirmed", 0)
    assert mission.public_reason == "Il pleut trop."
    assert list(mission.slots.values_list("cancelled_at", flat=True)) == [None, NOW]


def test_cancelling_one_slot_leaves_the_others():
    mission = create_mission()
    one, other = create_slot(mission), create_slot(mission)
    create_signup(one)
    create_signup(other)

    cancel_slot(one, by=None, message="Salle prise.", now=NOW)
    with pytest.raises(PlanningError):
        cancel_slot(one, by=None, message="Salle prise.", now=NOW)

    assert (states(one), states(other)) == (["withdrawn"], ["confirmed"])
    mission.refresh_from_db()
    assert mission.state == "published"


def test_moving_a_slot_brings_its_people_along_and_tells_them():
    slot = create_slot(places=1)
    held, waiting = (sign_up(create_volunteer(), slot, now=NOW) for _ in range(2))
    starts_at = slot.starts_at + DAY

    change_slot(slot, starts_at=starts_at, ends_at=starts_at + 2 * HOUR, places=1, by=None, now=NOW)
    change_slot(slot, starts_at=starts_at, ends_at=starts_at + 2 * HOUR, places=1, by=None, now=NOW)

    for signup in (held, waiting):
        signup.refresh_from_db()
        assert (signup.starts_at, signup.ends_at) == (starts_at, starts_at + 2 * HOUR)
    assert told()[2:] == [("mission_changed", s.volunteer.user_id) for s in (held, waiting)]


def test_moving_a_slot_onto_somebody_s_other_mission_is_refused():
    slot, other = create_slot(), create_slot(starts_at=NOW + 5 * DAY)
    signup = create_signup(slot)
    create_signup(other, signup.volunteer)

    with pytest.raises(PlanningError, match="1\xa0personne inscrite a déjà une autre mission"):
        change_slot(slot, starts_at=other.starts_at, ends_at=other.ends_at, places=1, by=None, now=NOW)

    signup.refresh_from_db()
    slot.refresh_from_db()
    assert (signup.starts_at, slot.starts_at) == (NOW + 3 * DAY, NOW + 3 * DAY)


def test_places_may_grow_but_not_below_those_taken():
    slot = create_slot(places=2)
    people = [sign_up(create_volunteer(), slot, now=NOW) for _ in range(3)]
    times = {"starts_at": slot.starts_at, "ends_at": slot.ends_at}

    with pytest.raises(PlanningError, match="2\xa0places sont prises"):
        change_slot(slot, **times, places=1, by=None, now=NOW)
    change_slot(slot, **times, places=3, by=None, now=NOW)

    assert states(slot) == ["confirmed", "confirmed", "offered"]
    assert told()[3:] == [("place_offered", people[2].volunteer.user_id)]


@pytest.mark.parametrize("times", [(-HOUR, HOUR), (2 * DAY, DAY), (DAY, DAY)])
def test_a_slot_moves_only_to_a_future_span(times):
    slot = create_slot()

    with pytest.raises(PlanningError, match="début à venir"):
        change_slot(slot, starts_at=NOW + times[0], ends_at=NOW + times[1], places=1, by=None, now=NOW)


def test_finish_past_waits_for_the_last_slot():
    done, going_on, without = create_mission(), create_mission(), create_mission()
    create_slot(done, starts_at=NOW - DAY)
    create_slot(done, cancelled_at=NOW)
    create_slot(going_on, starts_at=NOW - DAY)
    create_slot(going_on)

    assert finish_past(now=NOW) == 1
    assert finish_past(now=NOW) == 0
    for mission in (done, going_on, without):
        mission.refresh_from_db()
    assert [m.state for m in (done, going_on, without)] == ["done", "published", "published"]


def test_duplicate_to_next_month_keeps_weekday_hours_and_private_place():
    agent, mission = create_user(), create_mission(needs_approval=True, public_reason="autrefois")
    licence = Prerequisite.objects.create(name="Permis")
    MissionPrerequisite.objects.create(mission=mission, prerequisite=licence, position=2)
    PrivatePlace.objects.create(mission=mission, address="3, rue du Canari", instructions="Sonnez fort")
    winter = datetime(2027, 3, 11, 23, 0, tzinfo=PARIS)  # the second Thursday
    create_slot(mission, starts_at=winter, minutes=120, places=4, newcomer_places=1)
    create_slot(mission, starts_at=winter, cancelled_at=NOW)

    copy = duplicate(mission, by=agent, now=NOW, month_shift=1)

    slot = copy.slots.get()
    assert slot.starts_at == datetime(2027, 4, 8, 23, 0, tzinfo=PARIS)
    assert slot.ends_at == datetime(2027, 4, 9, 1, 0, tzinfo=PARIS)
    assert (slot.places, slot.newcomer_places) == (4, 1)
    assert (copy.state, copy.created_by, copy.needs_approval) == ("draft", agent, True)
    assert (copy.title, copy.public_reason, copy.published_at) == (mission.title, "", None)
    assert copy.private_place.address == "3, rue du Canari"
    assert copy.mission_prerequisites.get().position == 2
    mission.refresh_from_db()
    assert (mission.state, mission.slots.count()) == ("published", 2)


def test_a_weekly_series_goes_to_a_shorter_month_without_two_slots_at_once():
    mission = create_mission()
    for day in (2, 9, 16, 23, 30):  # five Mondays in November, four in February
        create_slot(mission, starts_at=datetime(2026, 11, day, 10, 0, tzinfo=PARIS))

    copy = duplicate(mission, by=create_user(), now=NOW, month_shift=3)

    assert [slot.starts_at.astimezone(PARIS).day for slot in copy.slots.order_by("starts_at")] == [
        1,
        8,
        15,
        22,
    ]


@pytest.mark.parametrize(
    ("day", "month", "found"),
    [
        (date(2026, 11, 12), date(2026, 12, 1), date(2026, 12, 10)),
        (date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 28)),  # fifth Monday → last Monday
        (date(2027, 1, 31), date(2027, 2, 1), date(2027, 2, 28)),
        (date(2026, 12, 1), date(2027, 1, 1), date(2027, 1, 5)),
    ],
)
def test_same_weekday_of_another_month(day, month, found):
    assert same_weekday(day, month) == found


def at_home(**fields):
    """A visit with a volunteer, asked for by a daughter for her mother, who has no e-mail."""
    daughter = create_user()
    mother = create_user(email=None, phone="+33299000043", preferred_channel="phone")
    asked = {"kind": "interpersonal", "title": "Une haie", "proposed_by": daughter, "beneficiary": mother}
    slot = create_slot(create_mission(**asked), **fields)
    create_signup(slot)
    return slot, daughter, mother


def neighbours_told():
    rows = Notification.objects.exclude(kind__startswith="mission_").order_by("recipient_id", "id")
    return list(rows.values_list("kind", "recipient_id", "channel"))


def said():
    """What each of them reads or is told."""
    rows = Notification.objects.filter(kind__startswith="visit_").order_by("recipient_id", "id")
    return [words(row, now=NOW).replace("\xa0", " ") for row in rows]


def test_who_waits_at_home_is_told_once_that_the_mairie_cancels():
    slot, daughter, mother = at_home()
    create_slot(slot.mission, starts_at=slot.starts_at + DAY)

    cancel(slot.mission, by=create_user(), message="Rue du Canari coupée.", now=NOW)

    assert neighbours_told() == [
        ("visit_cancelled", daughter.pk, "email"),
        ("visit_cancelled", mother.pk, "phone"),
    ]
    for text in said():
        assert "jeudi 26 novembre 2026, de 10 h à 11 h" in text
        assert "vendredi 27 novembre 2026" in text
        assert "Canari" not in text
    assert len(said()) == 2


def test_who_waits_at_home_is_told_which_visit_is_off_and_which_stays():
    slot, _, mother = at_home()
    stays = create_slot(slot.mission, starts_at=slot.starts_at + DAY)

    cancel_slot(slot, by=slot.mission.proposed_by, message="Pas possible.", now=NOW)

    assert neighbours_told() == [("visit_cancelled", mother.pk, "phone")]  # the daughter did it herself
    (text,) = said()
    assert "Ce qui reste prévu : vendredi 27 novembre 2026" in text
    cancel_slot(stays, by=None, message="Non plus.", now=NOW)
    assert [kind for kind, who, _ in neighbours_told() if who == mother.pk] == ["visit_cancelled"] * 2


def test_who_waits_at_home_is_told_of_a_new_time_once():
    slot, daughter, mother = at_home()
    times = {"starts_at": slot.starts_at + DAY, "ends_at": slot.ends_at + DAY}

    for _ in range(2):
        change_slot(slot, **times, places=1, by=None, now=NOW)
    change_slot(slot, **times, places=2, by=None, now=NOW)

    assert neighbours_told() == [
        ("visit_moved", daughter.pk, "email"),
        ("visit_moved", mother.pk, "phone"),
    ]
    before, after = said()[1].split("prévu maintenant")
    assert ("26 novembre" in before, "27 novembre" in after) == (True, True)


def test_who_waits_at_home_is_told_of_a_pause_and_of_its_end():
    slot, daughter, mother = at_home()

    suspend(slot.mission, by=None, now=NOW)
    assert [kind for kind, *_ in neighbours_told()] == ["visit_paused"] * 2
    assert "Un volontaire a déjà dit oui, et ceci reste prévu : jeudi 26 novembre 2026" in said()[1]
    resume(slot.mission, by=None, now=NOW)
    suspend(slot.mission, by=None, now=NOW)

    told_to_mother = [kind for kind, who, _ in neighbours_told() if who == mother.pk]
    assert told_to_mother == ["visit_paused", "visit_resumed", "visit_paused"]


def test_nobody_waits_at_home_for_a_collective_mission_nor_for_a_draft_that_moves():
    together = create_slot(create_mission(proposed_by=create_user(), organiser="resident"))
    change_slot(together, starts_at=NOW + DAY, ends_at=NOW + DAY + HOUR, places=1, by=None, now=NOW)
    cancel(together.mission, by=None, message="Il pleut.", now=NOW)
    slot, *_ = at_home()
    slot.mission.state = "submitted"
    slot.mission.save(update_fields=["state"])
    change_slot(slot, starts_at=NOW + DAY, ends_at=NOW + DAY + HOUR, places=1, by=None, now=NOW)

    assert neighbours_told() == []


def test_a_call_off_on_the_day_reaches_a_neighbour_at_night_a_later_one_in_the_morning(settings):
    settings.MAIL_QUIET_HOURS = True
    night = datetime(2026, 11, 23, 22, tzinfo=PARIS)
    for hours, leaves in ((10, night), (40, datetime(2026, 11, 24, 8, tzinfo=PARIS))):
        slot, *_ = at_home(starts_at=night + timedelta(hours=hours))
        cancel_slot(slot, by=None, message="Pas possible.", now=night)
        kind, row = kinds.get("visit_cancelled"), Notification.objects.order_by("-id").first()
        message = kind.builder(row, kind.load([row], now=night)[row.pk], now=night)
        assert calm.leaves_at(kind, message.happens_at, night) == leaves


@pytest.mark.parametrize("number", [1, 3])
def test_visits_of_a_batch_are_read_in_three_queries(number, django_assert_num_queries):
    for _ in range(number):
        cancel(at_home()[0].mission, by=None, message="Pas possible.", now=NOW)
    rows = list(Notification.objects.filter(kind="visit_cancelled"))

    with django_assert_num_queries(3):
        assert len(kinds.get("visit_cancelled").load(rows, now=NOW)) == 2 * number
