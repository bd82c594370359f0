"""One door for states: a table, one conditional UPDATE, one trace; two clicks cannot both win."""

import threading

import pytest
from django.db import connection

from missions.models import Mission, MissionState
from tests.factories import NOW, create_mission, create_user
from vitre_civique.lib.states import TransitionError, can_move, move


@pytest.mark.django_db
def test_move_changes_state_and_writes_who_when_why():
    agent, mission = create_user(), create_mission()

    move(mission, MissionState.SUSPENDED, now=NOW, by=agent, reason="Orage annoncé")

    mission.refresh_from_db()
    change = mission.state_changes.get()
    assert mission.state == MissionState.SUSPENDED
    assert (change.from_state, change.to_state, change.at, change.by, change.reason) == (
        "published",
        "suspended",
        NOW,
        agent,
        "Orage annoncé",
    )


@pytest.mark.django_db
def test_a_move_outside_the_table_writes_nothing():
    mission = create_mission(state=MissionState.CANCELLED)

    with pytest.raises(TransitionError):
        move(mission, MissionState.PUBLISHED, now=NOW)

    assert not can_move(mission, MissionState.PUBLISHED)
    assert Mission.objects.get(pk=mission.pk).state == MissionState.CANCELLED
    assert mission.state_changes.count() == 0


@pytest.mark.django_db
def test_a_stale_row_loses():
    mission = create_mission()
    stale = Mission.objects.get(pk=mission.pk)
    move(mission, MissionState.SUSPENDED, now=NOW)

    with pytest.raises(TransitionError):
        move(stale, MissionState.CANCELLED, now=NOW)

    assert Mission.objects.get(pk=mission.pk).state == MissionState.SUSPENDED
    assert mission.state_changes.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_agents_at_once_one_wins():
    mission = create_mission()
    barrier, results = threading.Barrier(8), []

    def click():
        row = Mission.objects.get(pk=mission.pk)
        barrier.wait()
        try:
            move(row, MissionState.SUSPENDED, now=NOW)
            results.append("won")
        except TransitionError:
            results.append("lost")
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]

    assert sorted(results) == ["lost"] * 7 + ["won"]
    assert mission.state_changes.count() == 1
