"""Asking and answering: states, waves, the cap of two a month, what a cancelled or full mission does."""

from collections import Counter
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from missions import erasure, invitations, monthly, waves
from missions.invitations import InvitationError, accept, decline, not_this_month, propose, send
from missions.models import Distribution, Invitation, InvitationState, MissionState, Signup
from missions.planning import cancel
from missions.signups import NotAllowed, SlotFull, sign_up
from tests.factories import (
    NOW,
    create_mission,
    create_quartier,
    create_signup,
    create_slot,
    create_user,
    create_volunteer,
)
from tests.missions.test_races import at_once, kinds_of
from vitre_civique.lib.states import TransitionError, move
from vitre_civique.notifications.models import Notification

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ALL = list(InvitationState)


def people(number, **fields):
    return [create_volunteer(**fields) for _ in range(number)]


def asked(slot, volunteer=None, *, now=NOW, **fields):
    """An invitation that has been sent."""
    volunteer = volunteer or create_volunteer()
    propose([(volunteer, slot, 1, ["habite le quartier"])], now=now, **fields)
    send(slot, now=now)
    return Invitation.objects.get(slot=slot, volunteer=volunteer)


def states(**filters):
    return Counter(Invitation.objects.filter(**filters).values_list("state", flat=True))


@pytest.mark.parametrize("source", ALL)
@pytest.mark.parametrize("target", ALL)
def test_each_move_is_what_the_table_says(source, target):
    slot = create_slot()
    invitation = Invitation.objects.create(
        mission=slot.mission,
        slot=slot,
        volunteer=create_volunteer(),
        state=source,
        month=date(2026, 11, 1),
        proposed_at=NOW,
        sent_at=NOW,
        expires_at=NOW + DAY,
    )

    if target in Invitation.TRANSITIONS[source]:
        move(invitation, target, now=NOW)
        assert Invitation.objects.get().state == target
    else:
        with pytest.raises(TransitionError):
            move(invitation, target, now=NOW)
        assert Invitation.objects.get().state == source


def test_one_invitation_per_person_and_mission_whatever_the_slot():
    mission, volunteer = create_mission(), create_volunteer()
    first, second = create_slot(mission), create_slot(mission)

    assert len(propose([(volunteer, first, 1, [])], now=NOW)) == 1
    assert propose([(volunteer, second, 1, [])], now=NOW) == []
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.create(
            mission=mission, slot=second, volunteer=volunteer, month=date(2026, 11, 1), proposed_at=NOW
        )


def test_a_third_one_the_same_month_is_passed_over_and_the_next_month_begins_anew():
    volunteer = create_volunteer()
    slots = [create_slot(starts_at=NOW + 20 * DAY) for _ in range(4)]

    written = propose([(volunteer, slot, 1, []) for slot in slots], now=NOW)

    assert [row.slot_id for row in written] == [slot.pk for slot in slots[:2]]
    assert propose([(volunteer, slots[3], 1, [])], now=NOW) == []
    assert len(propose([(volunteer, slots[3], 1, [])], now=NOW + 10 * DAY)) == 1


def test_sending_writes_one_message_and_a_delay_to_answer():
    slot, agent = create_slot(), create_user()
    volunteer = create_volunteer()
    propose([(volunteer, slot, 1, ["habite le quartier"])], by=agent, now=NOW)

    sent = send(slot, by=agent, now=NOW)

    row = Invitation.objects.get()
    assert [each.pk for each in sent] == [row.pk]
    assert (row.state, row.sent_at, row.expires_at) == ("sent", NOW, NOW + 3 * DAY - timedelta(hours=3))
    assert [c.to_state for c in row.state_changes.all()] == ["proposed", "sent"]
    assert list(Notification.objects.values_list("kind", "recipient", "dedupe_key", "expires_at")) == [
        ("invitation", volunteer.user_id, f"invitation:{row.pk}", row.expires_at)
    ]
    assert send(slot, by=agent, now=NOW) == []
    assert Notification.objects.count() == 1


def test_what_is_no_longer_right_is_withdrawn_instead_of_sent():
    slot, volunteer = create_slot(places=2), create_volunteer()
    paused = create_volunteer()
    propose([(volunteer, slot, 1, []), (paused, slot, 2, [])], now=NOW)
    paused.stopped_at = NOW
    paused.save(update_fields=["stopped_at"])

    assert [row.volunteer_id for row in send(slot, now=NOW)] == [volunteer.pk]
    assert states() == {"sent": 1, "cancelled": 1}

    full = create_slot(places=1)
    propose([(create_volunteer(), full, 1, [])], now=NOW)
    create_signup(full)
    assert send(full, now=NOW) == []
    assert states(slot=full) == {"cancelled": 1}


def test_accepting_takes_the_place_and_frees_the_others_of_their_question():
    slot = create_slot(places=1)
    first, second = asked(slot), asked(slot)

    signup = accept(first, now=NOW)

    assert (signup.state, signup.volunteer_id) == ("confirmed", first.volunteer_id)
    assert Invitation.objects.get(pk=first.pk).signup_id == signup.pk
    assert (first.state, Invitation.objects.get(pk=second.pk).state) == ("accepted", "cancelled")
    with pytest.raises(InvitationError):
        accept(second, now=NOW)
    with pytest.raises(InvitationError):
        accept(first, now=NOW)
    assert Signup.objects.count() == 1


def test_accepting_what_was_filled_otherwise_says_so_and_makes_no_waiting_list():
    slot = create_slot(places=1)
    invitation = asked(slot)
    sign_up(create_volunteer(), slot, now=NOW)

    with pytest.raises(SlotFull):
        accept(invitation, now=NOW)

    assert Invitation.objects.get().state == "cancelled"
    assert list(slot.signups.values_list("state", flat=True)) == ["confirmed"]


def test_a_rule_that_blocks_meanwhile_leaves_the_invitation_open_and_says_why():
    invitation = asked(create_slot())
    invitation.volunteer.charter_version = "2020-1"
    invitation.volunteer.save(update_fields=["charter_version"])

    with pytest.raises(NotAllowed) as refusal:
        accept(invitation, now=NOW)

    assert len(refusal.value.reasons) == 1
    assert Invitation.objects.get().state == "sent"


def test_no_and_not_this_month_need_no_reason_and_answer_once():
    slot = create_slot(places=3)
    no, later = asked(slot), asked(slot)

    decline(no, now=NOW)
    not_this_month(later, now=NOW)

    assert states() == {"declined": 1, "not_this_month": 1}
    with pytest.raises(InvitationError):
        not_this_month(no, now=NOW)
    assert Signup.objects.count() == 0
    other = create_slot(starts_at=NOW + 5 * DAY)
    assert [r.volunteer_id for r in waves.propose_wave(other, now=NOW)] == [no.volunteer_id]


def test_silence_expires_once_and_too_late_is_too_late():
    slot = create_slot(starts_at=NOW + 10 * DAY)
    invitation = asked(slot)

    with pytest.raises(InvitationError, match="délai"):
        accept(invitation, now=NOW + 3 * DAY)
    assert invitations.expire_silent(now=NOW + 3 * DAY - timedelta(seconds=1)) == 0
    assert invitations.expire_silent(now=NOW + 3 * DAY) == 1
    assert invitations.expire_silent(now=NOW + 3 * DAY) == 0
    assert Invitation.objects.get().state == "expired"


def test_first_wave_asks_twice_the_free_places_then_the_next_few_after_a_delay():
    slot = create_slot(starts_at=NOW + 20 * DAY, places=2)
    create_signup(slot)
    people(7)

    assert len(waves.send_wave(slot, now=NOW)) == 2
    assert waves.go_on(now=NOW + DAY) == 0
    assert waves.go_on(now=NOW + 2 * DAY) == 0  # two still have to answer for one place
    assert waves.go_on(now=NOW + 3 * DAY) == 2
    assert waves.go_on(now=NOW + 3 * DAY) == 0
    assert sorted(Invitation.objects.values_list("wave", "rank", "state")) == [
        (1, 1, "expired"),
        (1, 2, "expired"),
        (2, 3, "sent"),
        (2, 4, "sent"),
    ]


def test_next_wave_leaves_at_once_when_all_said_no_and_none_once_it_is_full():
    slot = create_slot(starts_at=NOW + 20 * DAY)
    people(5)
    for invitation in waves.send_wave(slot, now=NOW):
        decline(invitation, now=NOW)

    assert waves.go_on(now=NOW) == 2
    accept(Invitation.objects.filter(state="sent").order_by("rank").first(), now=NOW)
    assert waves.go_on(now=NOW + 9 * DAY) == 0
    assert states() == {"declined": 2, "accepted": 1, "cancelled": 1}


def test_a_mission_nobody_was_asked_for_is_not_asked_for_by_the_sweep():
    create_slot()
    people(2)

    assert waves.go_on(now=NOW) == 0
    assert Invitation.objects.count() == 0


def test_cancelling_the_mission_withdraws_its_invitations():
    mission = create_mission()
    slot = create_slot(mission, places=2)
    asked(slot)
    propose([(create_volunteer(), slot, 2, [])], now=NOW)

    cancel(mission, by=create_user(), message="Il pleut.", now=NOW)

    assert states() == {"cancelled": 2}


def test_erasing_someone_withdraws_and_detaches_their_invitations():
    invitation = asked(create_slot())
    agent = create_user()
    mine = asked(create_slot(), by=agent)

    erasure.erase_person(invitation.volunteer.user, now=NOW)

    row = Invitation.objects.get(pk=invitation.pk)
    assert (row.state, row.volunteer_id, row.reasons) == ("cancelled", None, [])
    assert Invitation.objects.get(pk=mine.pk).volunteer_id == mine.volunteer_id


def test_the_month_is_proposed_once_for_an_agent_to_read(settings):
    settings.MATCHING_BY_ITSELF = False
    quartier = create_quartier()
    home = people(3, quartier=quartier)
    here = create_slot(create_mission(quartier=quartier), starts_at=NOW + 3 * DAY, places=2)
    create_slot(create_mission(state=MissionState.DRAFT))
    create_slot(starts_at=NOW + 30 * DAY)

    rows = monthly.propose_when_due(now=NOW)

    assert monthly.propose_when_due(now=NOW) == []
    assert [(r.slot_id, r.rank, r.state) for r in rows] == [
        (here.pk, 1, "proposed"),
        (here.pk, 2, "proposed"),
    ]
    assert len({r.volunteer_id for r in rows} & {v.pk for v in home}) == 2
    assert rows[0].reasons[0] == "habite le quartier"
    made = Distribution.objects.get()
    assert (made.month, made.places_count, made.invitations_count) == (date(2026, 11, 1), 2, 2)
    assert Notification.objects.count() == 0
    assert monthly.propose_month(by=create_user(), now=NOW) == []
    assert monthly.send_all(now=NOW) == 2
    assert states() == {"sent": 2}


def test_the_month_leaves_by_itself_where_the_town_wants_it(settings):
    settings.MATCHING_BY_ITSELF = True
    people(2)
    create_slot()

    monthly.propose_when_due(now=NOW)

    assert states() == {"sent": 1}
    assert Notification.objects.filter(kind="invitation").count() == 1


def test_the_month_passes_over_the_same_people_as_the_ranking():
    """One rule, two readings: whoever is no candidate of the slot is never in the month's distribution."""
    helped = create_volunteer()
    mission = create_mission(beneficiary=helped.user, kind="interpersonal")
    slot = create_slot(mission, places=9)
    good = create_volunteer()
    create_volunteer(first_meeting_on=None)
    create_volunteer(paused_until=date(2026, 12, 15))
    create_volunteer(availability=[0])
    create_volunteer(kinds=["animals"])
    create_signup(slot, create_volunteer(), state="withdrawn")
    busy = create_volunteer()
    create_signup(
        create_slot(create_mission(state="suspended"), starts_at=slot.starts_at), busy, state="waiting"
    )
    create_volunteer(user=create_user(birth_date=date(2009, 6, 1)))

    assert [row.volunteer_id for row in monthly.propose_month(by=None, now=NOW)] == [good.pk]
    Invitation.objects.all().delete()
    assert [row.volunteer_id for row in waves.propose_wave(slot, now=NOW)] == [good.pk]


@pytest.mark.django_db(transaction=True)
def test_two_agents_send_the_same_wave_at_once():
    slot = create_slot(starts_at=NOW + 20 * DAY, places=2)
    people(9)

    outcomes = at_once(*[lambda: waves.send_wave(slot, now=NOW)] * 4)

    assert kinds_of(outcomes) == {"list": 4}
    assert sorted(len(outcome) for outcome in outcomes) == [0, 0, 0, 4]
    assert states() == {"sent": 4}
    assert Notification.objects.filter(kind="invitation").count() == 4


@pytest.mark.django_db(transaction=True)
def test_the_cap_holds_when_eight_missions_ask_the_same_person_at_once():
    volunteer = create_volunteer()
    slots = [create_slot(starts_at=NOW + 20 * DAY) for _ in range(8)]

    at_once(*(lambda s=s: propose([(volunteer, s, 1, [])], now=NOW) for s in slots))

    assert states() == {"proposed": 2}


@pytest.mark.django_db(transaction=True)
def test_two_accept_the_last_place_at_once():
    slot = create_slot(places=1)
    rows = [asked(slot) for _ in range(6)]

    outcomes = at_once(*(lambda r=r: accept(Invitation.objects.get(pk=r.pk), now=NOW) for r in rows))

    found = kinds_of(outcomes)
    assert found["Signup"] == 1
    assert set(found) <= {"Signup", "SlotFull", "InvitationError"}
    assert states() == {"accepted": 1, "cancelled": 5}
    assert list(slot.signups.values_list("state", flat=True)) == ["confirmed"]


@pytest.mark.django_db(transaction=True)
def test_accepting_while_the_mission_is_cancelled():
    for _ in range(5):
        mission = create_mission()
        slot, agent = create_slot(mission), create_user()
        row = asked(slot)

        outcomes = at_once(
            lambda r=row: accept(Invitation.objects.get(pk=r.pk), now=NOW),
            lambda m=mission, a=agent: cancel(m, by=a, message="Il pleut.", now=NOW),
        )

        assert type(outcomes[1]).__name__ == "Mission"
        signup = slot.signups.first()
        state = Invitation.objects.get(pk=row.pk).state
        assert (signup and signup.state, state) in [(None, "cancelled"), ("withdrawn", "accepted")]
