"""Real threads on real connections: nobody gets a place that somebody else has, and nobody deadlocks."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import pytest
from django.db import connection, connections, transaction

from missions.models import Mission, Signup
from missions.planning import cancel, require_home_suits
from missions.signups import (
    AlreadySignedUp,
    OverlappingSignup,
    SignupError,
    accept_offer,
    approve,
    lapse_expired,
    promote_waiting,
    sign_up,
    withdraw,
)
from tests.factories import NOW, create_mission, create_slot, create_user, create_volunteer
from vitre_civique.notifications.models import Notification

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def at_once(*calls):
    """Run the calls at the same instant, each on its own connection: what each gave, exceptions included."""
    barrier = Barrier(len(calls))

    def run(call):
        try:
            connection.ensure_connection()
            barrier.wait()
            return call()
        except Exception as error:  # noqa: BLE001 (the outcome is what the test looks at)
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def kinds_of(outcomes):
    return Counter(type(outcome).__name__ for outcome in outcomes)


def states(slot):
    return Counter(slot.signups.values_list("state", flat=True))


def again(signup):
    """The same row as another process would read it."""
    return Signup.objects.get(pk=signup.pk)


def test_fifty_people_on_five_places():
    slot = create_slot(places=5)
    people = [create_volunteer(pledged=False) for _ in range(50)]

    outcomes = at_once(*(lambda v=v: sign_up(v, slot, now=NOW) for v in people))

    assert kinds_of(outcomes) == {"Signup": 50}
    assert states(slot) == {"confirmed": 5, "waiting": 45}
    assert Notification.objects.count() == 50


def test_one_person_in_two_tabs():
    slot, volunteer = create_slot(places=5), create_volunteer()

    outcomes = at_once(*[lambda: sign_up(volunteer, slot, now=NOW)] * 8)

    assert kinds_of(outcomes) == {"Signup": 1, AlreadySignedUp.__name__: 7}
    assert states(slot) == {"confirmed": 1}


def test_one_person_on_overlapping_slots_in_two_tabs():
    volunteer, slots = create_volunteer(), [create_slot(), create_slot(), create_slot()]

    outcomes = at_once(*(lambda s=s: sign_up(volunteer, s, now=NOW) for s in slots))

    assert kinds_of(outcomes) == {"Signup": 1, OverlappingSignup.__name__: 2}
    assert Signup.objects.count() == 1


def test_accepting_an_offer_twice():
    slot = create_slot(starts_at=NOW + 9 * DAY)
    first, second = (sign_up(create_volunteer(), slot, now=NOW) for _ in range(2))
    withdraw(first, by=None, now=NOW)

    outcomes = at_once(*[lambda: accept_offer(again(second), by=None, now=NOW)] * 4)

    assert kinds_of(outcomes) == {"Signup": 1, SignupError.__name__: 3}
    assert second.state_changes.filter(to_state="confirmed").count() == 1


def test_withdrawing_while_promoting():
    slot = create_slot(places=3)
    holders = [sign_up(create_volunteer(), slot, now=NOW) for _ in range(3)]
    for _ in range(5):
        sign_up(create_volunteer(), slot, now=NOW)

    outcomes = at_once(
        *(lambda s=s: withdraw(again(s), by=None, now=NOW) for s in holders),
        *[lambda: promote_waiting(slot, now=NOW)] * 3,
    )

    assert kinds_of(outcomes) == {"Signup": 3, "list": 3}
    assert states(slot) == {"withdrawn": 3, "offered": 3, "waiting": 2}


def test_two_agents_approving():
    slot = create_slot(create_mission(needs_approval=True))
    signup, agents = sign_up(create_volunteer(), slot, now=NOW), [create_user(), create_user()]

    outcomes = at_once(*(lambda a=a: approve(again(signup), by=a, now=NOW) for a in agents))

    assert kinds_of(outcomes) == {"Signup": 1, SignupError.__name__: 1}
    assert signup.state_changes.filter(to_state="confirmed").count() == 1
    assert Notification.objects.filter(kind="signup_confirmed").count() == 1


def test_sweep_against_accept_just_before_and_at_the_limit():
    slots = [create_slot(starts_at=NOW + 9 * DAY) for _ in range(2)]
    offered = []
    for slot in slots:
        first, second = (sign_up(create_volunteer(), slot, now=NOW) for _ in range(2))
        withdraw(first, by=None, now=NOW)
        offered.append(second)
    limit = NOW + DAY

    in_time = at_once(
        lambda: lapse_expired(now=limit - timedelta(seconds=1)),
        lambda: accept_offer(again(offered[0]), by=None, now=limit - timedelta(seconds=1)),
    )
    too_late = at_once(
        lambda: lapse_expired(now=limit), lambda: accept_offer(again(offered[1]), by=None, now=limit)
    )

    assert kinds_of(in_time) == {"int": 1, "Signup": 1}
    assert kinds_of(too_late) == {"int": 1, SignupError.__name__: 1}
    assert [again(s).state for s in offered] == ["confirmed", "lapsed"]


def test_two_sweeps_at_once_lapse_and_offer_once():
    slot = create_slot(starts_at=NOW + 9 * DAY)
    first, *_ = (sign_up(create_volunteer(), slot, now=NOW) for _ in range(4))
    withdraw(first, by=None, now=NOW)

    outcomes = at_once(*[lambda: lapse_expired(now=NOW + DAY)] * 3)

    assert sum(outcomes) == 1
    assert states(slot) == {"withdrawn": 1, "lapsed": 1, "offered": 1, "waiting": 1}
    assert Notification.objects.filter(kind="place_offered").count() == 2


def test_signing_up_while_the_mission_is_cancelled_leaves_nobody_on_it():
    mission = create_mission()
    slots = [create_slot(mission, places=3, starts_at=NOW + (2 + n) * DAY) for n in range(2)]
    people = [create_volunteer() for _ in range(6)]

    outcomes = at_once(
        *(lambda v=v, s=s: sign_up(v, s, now=NOW) for v in people for s in slots),
        lambda: cancel(mission, by=None, message="La pluie.", now=NOW),
    )

    made = Signup.objects.count()
    assert kinds_of(outcomes) == Counter({"Mission": 1, "Signup": made, "NotAllowed": 12 - made}) - Counter()
    assert not Signup.objects.live().exists()
    # One mail a person: of the place, or of both.
    cancelled = Notification.objects.filter(kind__in=["mission_cancelled", "slots_cancelled"])
    assert sum(len(row.data.get("signups", ["one"])) for row in cancelled) == made
    assert cancelled.count() == cancelled.values("recipient").distinct().count()


def test_becoming_a_mission_at_a_neighbours_while_people_sign_up_leaves_nobody_who_may_not_go():
    mission = create_mission()
    slots = [create_slot(mission, places=5, starts_at=NOW + (2 + n) * DAY) for n in range(2)]
    people = [create_volunteer(first_meeting_on=None) for _ in range(4)]

    def change():
        with transaction.atomic():
            require_home_suits(mission, now=NOW)
            Mission.objects.filter(pk=mission.pk).update(kind="interpersonal")
        return "changed"

    outcomes = at_once(*(lambda v=v, s=s: sign_up(v, s, now=NOW) for v in people for s in slots), change)

    mission.refresh_from_db()
    is_home, expected = mission.kind == "interpersonal", Signup.objects.live().count()
    assert "changed" in outcomes or kinds_of(outcomes)["PlanningError"] == 1
    assert (is_home, expected) in [(True, 0), (False, 8)]


def test_becoming_a_mission_at_a_neighbours_and_cancelling_it_never_deadlock():
    slot = create_slot(places=5)
    mission, is_held, is_looked_at = slot.mission, Event(), Event()

    def cancelling():
        with transaction.atomic():
            Mission.objects.select_for_update(of=("self",), no_key=True).get(pk=mission.pk)
            is_held.set()
            is_looked_at.wait(timeout=1)  # seconds: never, where the other waits for the mission first
            cancel(mission, by=None, message="Annulée.", now=NOW)
        return "cancelled"

    def becoming():
        is_held.wait(timeout=10)
        with transaction.atomic():
            require_home_suits(Mission.objects.get(pk=mission.pk), now=NOW)
            is_looked_at.set()
            Mission.objects.filter(pk=mission.pk).update(kind="interpersonal")
        return "changed"

    assert at_once(cancelling, becoming) == ["cancelled", "changed"]


def test_people_crossing_between_slots_never_deadlock():
    slots = [create_slot(places=1, starts_at=NOW + (3 + n) * DAY) for n in range(3)]
    people = [create_volunteer() for _ in range(4)]

    def wander(volunteer, order):
        for slot in order:
            withdraw(sign_up(volunteer, slot, now=NOW), by=None, now=NOW)
        return "done"

    outcomes = at_once(
        *(lambda v=v, n=n: wander(v, slots[n % 3 :] + slots[: n % 3]) for n, v in enumerate(people)),
        *[lambda: lapse_expired(now=NOW)] * 2,
    )

    assert outcomes == ["done"] * 4 + [0, 0]
    assert not Signup.objects.live().exists()
