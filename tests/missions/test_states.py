"""Every state × state of missions and signups, and each constraint of the database broken once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from missions.models import Mission, MissionPrerequisite, MissionState, Signup, SignupState, Slot
from tests.factories import NOW, create_mission, create_signup, create_slot, create_volunteer
from vitre_civique.lib.states import TransitionError, move
from volunteers.models import Prerequisite

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)

MISSION_MOVES = {
    ("draft", "submitted"),
    ("draft", "published"),
    ("draft", "cancelled"),
    ("submitted", "published"),
    ("submitted", "returned"),
    ("submitted", "refused"),
    ("submitted", "cancelled"),
    ("returned", "submitted"),
    ("returned", "refused"),
    ("returned", "cancelled"),
    ("published", "suspended"),
    ("published", "done"),
    ("published", "cancelled"),
    ("suspended", "published"),
    ("suspended", "cancelled"),
}
SIGNUP_MOVES = {
    *(("pending", to) for to in ("confirmed", "refused", "withdrawn", "lapsed")),
    *(("waiting", to) for to in ("offered", "refused", "withdrawn", "lapsed")),
    *(("offered", to) for to in ("confirmed", "pending", "refused", "withdrawn", "lapsed")),
    *(("confirmed", to) for to in ("withdrawn", "refused", "attended", "excused", "absent", "unknown")),
    *(
        (one, to)
        for one in ("attended", "excused", "absent", "unknown")
        for to in ("attended", "excused", "absent", "unknown")
        if one != to
    ),
}


def moved(row, target, **changes):
    try:
        move(row, target, now=NOW, **changes)
    except TransitionError:
        return False
    return True


@pytest.mark.parametrize("source", MissionState.values)
def test_mission_state_matrix(source):
    mission = create_mission(state=source)

    for target in MissionState.values:
        Mission.objects.filter(pk=mission.pk).update(state=source)
        mission.refresh_from_db()
        assert moved(mission, target) == ((source, target) in MISSION_MOVES), (source, target)
        mission.refresh_from_db()
        assert mission.state == (target if (source, target) in MISSION_MOVES else source)


@pytest.mark.parametrize("source", SignupState.values)
def test_signup_state_matrix(source):
    signup = create_signup(state=source, minutes=60, expires_at=NOW + HOUR)

    for target in SignupState.values:
        Signup.objects.filter(pk=signup.pk).update(state=source)
        signup.refresh_from_db()
        assert moved(signup, target) == ((source, target) in SIGNUP_MOVES), (source, target)


def test_two_who_saw_the_same_state_cannot_both_move():
    signup = create_signup()
    one, other = Signup.objects.get(pk=signup.pk), Signup.objects.get(pk=signup.pk)

    assert (moved(one, "withdrawn"), moved(other, "absent")) == (True, False)
    assert signup.state_changes.count() == 1


def refused_by(name, write):
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        write()
    assert refusal.value.__cause__.diag.constraint_name == name


def test_constraints_of_missions():
    licence = Prerequisite.objects.create(name="Permis")
    other = Prerequisite.objects.create(name="Première rencontre")
    mission = create_mission()
    MissionPrerequisite.objects.create(mission=mission, prerequisite=licence, position=1)

    def ask(prerequisite, position):
        MissionPrerequisite.objects.create(mission=mission, prerequisite=prerequisite, position=position)

    refused_by("mission_association_named", lambda: create_mission(organiser="association"))
    refused_by(
        "mission_minor_never_alone_in_a_home",
        lambda: create_mission(kind="interpersonal", is_open_to_minors=True),
    )
    refused_by("mission_prerequisite_position_once", lambda: ask(other, 1))
    refused_by("mission_prerequisite_once", lambda: ask(licence, 2))
    refused_by("mission_prerequisite_at_most_three", lambda: ask(other, 4))


def test_constraints_of_slots():
    mission = create_mission()

    refused_by("slot_ends_after_start", lambda: create_slot(mission, minutes=0))
    refused_by("slot_places_sensible", lambda: create_slot(mission, places=0))
    refused_by("slot_places_sensible", lambda: create_slot(mission, places=501))
    refused_by("slot_newcomer_places_fit", lambda: create_slot(mission, places=1, newcomer_places=2))
    assert Slot.objects.count() == 0


def test_constraints_of_signups():
    signup = create_signup()
    slot, volunteer = signup.slot, signup.volunteer
    same_time = create_slot(starts_at=slot.starts_at + HOUR / 2)

    refused_by("signup_one_live_per_slot", lambda: create_signup(slot, volunteer, state="waiting"))
    refused_by("signup_no_two_places_at_once", lambda: create_signup(same_time, volunteer))
    refused_by("signup_hold_has_an_end", lambda: create_signup(slot, state="pending"))
    refused_by("signup_hold_has_an_end", lambda: create_signup(slot, state="offered"))
    refused_by(
        "signup_live_has_a_volunteer", lambda: Signup.objects.filter(pk=signup.pk).update(volunteer=None)
    )
    refused_by("signup_attended_has_minutes", lambda: create_signup(slot, state="attended"))
    assert Signup.objects.count() == 1


def test_an_erased_person_leaves_the_outcome_behind():
    signup = create_signup(state="attended", minutes=60)

    signup.volunteer.delete()

    signup.refresh_from_db()
    assert (signup.volunteer, signup.state, signup.minutes) == (None, "attended", 60)


def test_same_hours_for_two_people_and_touching_hours_for_one():
    slot = create_slot()
    volunteer = create_volunteer()
    create_signup(slot, volunteer)
    create_signup(slot)
    create_signup(create_slot(starts_at=slot.ends_at), volunteer)

    assert Signup.objects.live().count() == 3
