"""Signing up, waiting, withdrawing: the verbs one after the other. Races are in test_races.py."""

from datetime import date, timedelta

import pytest

from missions.eligibility import (
    ADULTS_ONLY,
    CANCELLED,
    CHARTER,
    CLOSED,
    CONSENT,
    GONE,
    STOPPED,
    TOO_MANY,
    TOO_YOUNG,
)
from missions.models import MissionPrerequisite, Signup
from missions.places import allot, offer_ends_at
from missions.signups import (
    AlreadySignedUp,
    NotAllowed,
    OverlappingSignup,
    SignupError,
    SlotFull,
    SlotPast,
    accept_offer,
    approve,
    decline_offer,
    lapse_expired,
    promote_waiting,
    reasons_against,
    refuse,
    sign_up,
    withdraw,
)
from tests.factories import (
    NOW,
    create_mission,
    create_quartier,
    create_signup,
    create_slot,
    create_user,
    create_volunteer,
)
from vitre_civique.accounts.models import GuardianConsent
from vitre_civique.accounts.roles import grant_role
from vitre_civique.notifications.models import Notification
from volunteers.models import Prerequisite

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def told():
    """(kind, recipient) of every row of the outbox, in order of writing."""
    return list(Notification.objects.order_by("id").values_list("kind", "recipient_id"))


def states(slot):
    return list(slot.signups.order_by("id").values_list("state", flat=True))


def create_agent():
    agent = create_user()
    grant_role(agent, "agent", by=None, now=NOW)
    return agent


def test_sign_up_confirms_and_tells_once():
    volunteer, slot = create_volunteer(), create_slot()

    signup = sign_up(volunteer, slot, now=NOW)

    assert (signup.state, signup.expires_at, signup.is_newcomer) == ("confirmed", None, True)
    assert (signup.starts_at, signup.ends_at) == (slot.starts_at, slot.ends_at)
    assert signup.made_by == volunteer.user
    assert list(signup.state_changes.values_list("from_state", "to_state", "by_id")) == [
        ("", "confirmed", volunteer.user_id)
    ]
    assert told() == [("signup_confirmed", volunteer.user_id)]


def test_sign_up_twice_is_refused_and_writes_nothing():
    volunteer, slot = create_volunteer(), create_slot(places=5)
    sign_up(volunteer, slot, now=NOW)

    with pytest.raises(AlreadySignedUp, match="déjà inscrit"):
        sign_up(volunteer, slot, now=NOW)

    assert states(slot) == ["confirmed"]
    assert len(told()) == 1


def test_full_slot_gives_the_waiting_list():
    slot = create_slot(places=1)
    sign_up(create_volunteer(), slot, now=NOW)

    signup = sign_up(create_volunteer(), slot, now=NOW)

    assert signup.state == "waiting"
    assert told()[-1] == ("signup_waiting", signup.volunteer.user_id)


def test_approval_holds_a_place_for_three_days_or_until_the_start():
    mission = create_mission(needs_approval=True)
    near, far = create_slot(mission, starts_at=NOW + DAY), create_slot(mission, starts_at=NOW + 9 * DAY)

    held = [sign_up(create_volunteer(), slot, now=NOW) for slot in (near, far)]

    assert [(s.state, s.expires_at) for s in held] == [
        ("pending", near.starts_at),
        ("pending", NOW + timedelta(hours=72)),
    ]
    assert sign_up(create_volunteer(), near, now=NOW).state == "waiting"


def test_begun_slot_is_past():
    with pytest.raises(SlotPast):
        sign_up(create_volunteer(), create_slot(starts_at=NOW), now=NOW)


def test_overlap_is_refused_and_touching_slots_are_not():
    volunteer, first = create_volunteer(), create_slot()
    sign_up(volunteer, first, now=NOW)

    with pytest.raises(OverlappingSignup, match="déjà une mission à cette heure"):
        sign_up(volunteer, create_slot(starts_at=first.starts_at + HOUR / 2), now=NOW)
    touching = sign_up(volunteer, create_slot(starts_at=first.ends_at), now=NOW)

    assert touching.state == "confirmed"


def test_kept_places_wait_for_newcomers_until_three_days_before():
    slot = create_slot(places=2, newcomer_places=1, starts_at=NOW + 10 * DAY)
    veterans = [create_volunteer() for _ in range(3)]
    for veteran in veterans:
        create_signup(create_slot(starts_at=NOW - DAY), veteran, state="attended", minutes=60)
    newcomers = [create_volunteer(), create_volunteer()]

    first = [sign_up(person, slot, now=NOW).state for person in [*veterans[:2], *newcomers]]
    assert first == ["confirmed", "waiting", "confirmed", "waiting"]

    other = create_slot(places=1, newcomer_places=1, starts_at=NOW + 3 * DAY)
    assert sign_up(veterans[2], other, now=NOW).state == "confirmed"


def test_kept_place_is_offered_to_the_line_when_its_time_is_over():
    slot = create_slot(places=1, newcomer_places=1, starts_at=NOW + 10 * DAY)
    veteran = create_volunteer()
    create_signup(create_slot(starts_at=NOW - DAY), veteran, state="attended", minutes=60)
    sign_up(veteran, slot, now=NOW)

    lapse_expired(now=NOW + 6 * DAY)
    assert states(slot) == ["waiting"]
    lapse_expired(now=NOW + 7 * DAY)
    assert states(slot) == ["offered"]


@pytest.mark.parametrize(
    ("free", "kept", "queue", "ranks"),
    [
        (0, 0, "v", []),
        (1, 0, "vv", [0]),
        (1, 1, "vn", [1]),
        (2, 1, "vvn", [0, 2]),
        (2, 1, "nvv", [0, 1]),
        (-1, 0, "nv", []),
        (4, 0, "gv", [0]),
        (3, 0, "gvv", [1, 2]),
        (5, 1, "gn", [0, 1]),
        (4, 1, "gv", [1]),
        (8, 0, "ggv", [0, 1]),
    ],
)
def test_allot_gives_places_down_the_line(free, kept, queue, ranks):
    """« v » has come before, « n » has not, « g » is a group of four seats, all or none."""
    queue = [(each == "n", 4 if each == "g" else 1) for each in queue]
    assert allot(free, kept, queue) == ranks


@pytest.mark.parametrize(
    ("before_start", "lasts"),
    [(5 * DAY, DAY), (30 * HOUR, 18 * HOUR), (13 * HOUR, HOUR), (2 * HOUR, HOUR), (HOUR / 2, HOUR / 2)],
)
def test_offer_lasts_a_day_less_when_the_start_is_near(before_start, lasts):
    slot = create_slot(starts_at=NOW + before_start)

    assert offer_ends_at(slot, NOW) == NOW + lasts


@pytest.mark.parametrize(
    ("freed_at", "ends_at"),
    [
        # Monday 23 November at 22 h: told on Tuesday at 8 h, until Wednesday at 8 h.
        (NOW.replace(hour=22), NOW.replace(day=25, hour=8)),
        # Saturday at 23 h: told on Monday at 8 h.
        (NOW.replace(day=28, hour=23), NOW.replace(day=30, hour=8) + DAY),
        # By day: from now on.
        (NOW, NOW + DAY),
    ],
)
def test_an_offer_made_at_night_runs_from_the_morning(settings, freed_at, ends_at):
    settings.MAIL_QUIET_HOURS = True
    slot = create_slot(starts_at=NOW + 20 * DAY)

    assert offer_ends_at(slot, freed_at) == ends_at


def test_withdrawing_offers_the_place_to_the_first_in_line_only():
    slot = create_slot(places=1)
    first, second, third = (sign_up(create_volunteer(), slot, now=NOW) for _ in range(3))

    withdraw(first, by=first.volunteer.user, reason="Empêchement", now=NOW + HOUR)

    assert states(slot) == ["withdrawn", "offered", "waiting"]
    assert (first.state, first.withdraw_reason) == ("withdrawn", "Empêchement")
    second.refresh_from_db()
    assert second.expires_at == NOW + HOUR + DAY
    assert told()[3:] == [
        ("signup_withdrawn", first.volunteer.user_id),
        ("place_offered", second.volunteer.user_id),
    ]
    assert promote_waiting(slot, now=NOW + HOUR) == []
    assert third.volunteer.user_id not in dict.fromkeys(u for k, u in told() if k == "place_offered")


def test_withdrawing_twice_or_after_the_start_is_refused():
    signup = sign_up(create_volunteer(), create_slot(), now=NOW)
    begun = create_signup(create_slot(starts_at=NOW))
    withdraw(signup, by=None, now=NOW)

    with pytest.raises(SignupError, match="rien à annuler"):
        withdraw(signup, by=None, now=NOW)
    with pytest.raises(SlotPast):
        withdraw(begun, by=None, now=NOW)

    begun.refresh_from_db()
    assert begun.state == "confirmed"


def test_one_may_sign_up_again_after_withdrawing():
    volunteer, slot = create_volunteer(), create_slot()
    withdraw(sign_up(volunteer, slot, now=NOW), by=None, now=NOW)

    assert sign_up(volunteer, slot, now=NOW + HOUR).state == "confirmed"
    assert states(slot) == ["withdrawn", "confirmed"]


def test_late_withdrawal_calls_agents_and_the_best_substitutes():
    home, away = create_quartier(), create_quartier()
    proposer = create_user()
    mission = create_mission(quartier=home, help_kind="garden", kind="interpersonal", proposed_by=proposer)
    agent, slot = create_agent(), create_slot(mission, starts_at=NOW + 20 * HOUR)
    neighbour = create_volunteer(quartier=home, kinds=["garden"])
    far_with_reach = create_volunteer(quartier=away, kinds=["garden"], reach="town")
    create_volunteer(quartier=away, kinds=["garden"], reach="quartier")
    create_volunteer(quartier=home, kinds=["papers"])
    create_volunteer(quartier=home, kinds=["garden"], paused_until=date(2027, 1, 1))
    create_volunteer(quartier=home, user=create_user(birth_date=date(2010, 1, 1)))
    busy = create_volunteer(quartier=home)
    create_signup(create_slot(starts_at=slot.starts_at), busy)
    signup = sign_up(create_volunteer(quartier=home), slot, now=NOW)

    withdraw(signup, by=signup.volunteer.user, now=NOW)

    assert told()[1:] == [
        ("introduction_proposed", proposer.pk),
        ("signup_withdrawn", signup.volunteer.user_id),
        ("late_withdrawal", agent.pk),
        ("nobody_comes", proposer.pk),
        ("substitute_wanted", neighbour.user_id),
        ("substitute_wanted", far_with_reach.user_id),
    ]


def test_early_withdrawal_or_a_waiting_list_asks_no_substitute():
    create_agent()
    create_volunteer()
    early = sign_up(create_volunteer(), create_slot(starts_at=NOW + DAY), now=NOW)
    near = create_slot(starts_at=NOW + 2 * HOUR)
    late = sign_up(create_volunteer(), near, now=NOW)
    sign_up(create_volunteer(), near, now=NOW)

    withdraw(early, by=None, now=NOW)
    withdraw(late, by=None, now=NOW)

    kinds = [kind for kind, _ in told()]
    assert kinds.count("late_withdrawal") == 1
    assert kinds.count("substitute_wanted") == 0
    assert states(near) == ["withdrawn", "offered"]


def test_accepting_an_offer_confirms_once_and_not_after_the_delay():
    slot = create_slot(places=1, starts_at=NOW + 9 * DAY)
    first, second, third = (sign_up(create_volunteer(), slot, now=NOW) for _ in range(3))
    withdraw(first, by=None, now=NOW)

    accept_offer(second, by=second.volunteer.user, now=NOW + HOUR)
    with pytest.raises(SignupError, match="déjà fait"):
        accept_offer(second, by=second.volunteer.user, now=NOW + HOUR)
    withdraw(second, by=None, now=NOW + DAY)
    with pytest.raises(SignupError, match="délai"):
        accept_offer(third, by=third.volunteer.user, now=NOW + 2 * DAY)

    assert states(slot) == ["withdrawn", "withdrawn", "offered"]


def test_accepting_where_an_agent_approves_makes_it_pending():
    slot = create_slot(create_mission(needs_approval=True), starts_at=NOW + 9 * DAY)
    first, second = (sign_up(create_volunteer(), slot, now=NOW) for _ in range(2))
    refuse(first, by=None, reason="Complet", now=NOW)

    accept_offer(second, by=None, now=NOW + HOUR)

    assert (second.state, second.expires_at) == ("pending", NOW + HOUR + timedelta(hours=72))


def test_declining_passes_the_place_on():
    slot = create_slot(places=1)
    first, second, _third = (sign_up(create_volunteer(), slot, now=NOW) for _ in range(3))
    withdraw(first, by=None, now=NOW)

    decline_offer(second, by=None, now=NOW)

    assert states(slot) == ["withdrawn", "withdrawn", "offered"]


def test_approve_and_refuse():
    slot = create_slot(create_mission(needs_approval=True), places=2)
    yes, no = (sign_up(create_volunteer(), slot, now=NOW) for _ in range(2))
    agent = create_agent()

    approve(yes, by=agent, now=NOW)
    with pytest.raises(SignupError, match="Dites pourquoi"):
        refuse(no, by=agent, reason=" ", now=NOW)
    refuse(no, by=agent, reason="Le groupe est complet.", now=NOW)
    with pytest.raises(SignupError, match="déjà été traitée"):
        approve(no, by=agent, now=NOW)

    assert states(slot) == ["confirmed", "refused"]
    assert no.state_changes.last().reason == "Le groupe est complet."


def test_lapsed_hold_may_still_be_approved_while_a_place_is_left():
    slot = create_slot(create_mission(needs_approval=True), places=1, starts_at=NOW + 9 * DAY)
    first = sign_up(create_volunteer(), slot, now=NOW)
    later = NOW + 4 * DAY
    second = sign_up(create_volunteer(), slot, now=later)

    assert second.state == "pending"
    with pytest.raises(SlotFull):
        approve(first, by=None, now=later)
    withdraw(second, by=None, now=later)
    assert approve(first, by=None, now=later).state == "confirmed"


def test_lapse_sweep_passes_the_place_on_and_finds_nothing_twice():
    slot = create_slot(places=1, starts_at=NOW + 9 * DAY)
    first, _second, _third = (sign_up(create_volunteer(), slot, now=NOW) for _ in range(3))
    withdraw(first, by=None, now=NOW)

    assert lapse_expired(now=NOW + DAY) == 1
    assert lapse_expired(now=NOW + DAY) == 0
    assert states(slot) == ["withdrawn", "lapsed", "offered"]
    assert lapse_expired(now=NOW + 10 * DAY) == 1
    assert states(slot) == ["withdrawn", "lapsed", "lapsed"]


def test_waiting_list_ends_quietly_when_the_mission_begins():
    slot = create_slot(places=1)
    sign_up(create_volunteer(), slot, now=NOW)
    sign_up(create_volunteer(), slot, now=NOW)

    assert lapse_expired(now=slot.starts_at) == 1
    assert states(slot) == ["confirmed", "lapsed"]
    assert [kind for kind, _ in told()] == ["signup_confirmed", "signup_waiting"]


def test_own_expired_hold_elsewhere_does_not_stand_in_the_way():
    volunteer, slot = create_volunteer(), create_slot(starts_at=NOW + 9 * DAY)
    other = create_slot(create_mission(needs_approval=True), starts_at=slot.starts_at)
    held = sign_up(volunteer, other, now=NOW)

    assert sign_up(volunteer, slot, now=NOW + 4 * DAY).state == "confirmed"
    held.refresh_from_db()
    assert held.state == "lapsed"


def test_who_is_busy_elsewhere_is_skipped_in_the_line():
    slot = create_slot(places=1)
    holder, busy, free = (sign_up(create_volunteer(), slot, now=NOW) for _ in range(3))
    sign_up(busy.volunteer, create_slot(starts_at=slot.starts_at), now=NOW)

    withdraw(holder, by=None, now=NOW)

    assert states(slot) == ["withdrawn", "waiting", "offered"]
    assert free.pk == Signup.objects.get(state="offered").pk


def test_reasons_speak_french_and_name_what_is_missing():
    mission, user = create_mission(), create_user()
    licence = Prerequisite.objects.create(name="Permis de conduire")
    MissionPrerequisite.objects.create(mission=mission, prerequisite=licence, position=1)
    slot = create_slot(mission)
    volunteer = create_volunteer(user=user, paused_until=date(2026, 12, 1), charter_version="2020-1")

    reasons = reasons_against(volunteer, mission, slot, now=NOW)

    assert reasons == [
        "Vous êtes en pause jusqu’au 1 décembre 2026. Reprenez quand vous voulez depuis « Mon profil ».",
        CHARTER,
        "Il faut d’abord\xa0: Permis de conduire. La mairie le vérifie avec vous.",
    ]
    with pytest.raises(NotAllowed) as refusal:
        sign_up(volunteer, slot, now=NOW)
    assert refusal.value.reasons == reasons
    volunteer.prerequisites.add(licence)
    assert reasons_against(volunteer, mission, slot, now=NOW) == reasons[:2]


@pytest.mark.parametrize(
    ("user_fields", "volunteer_fields", "reason"),
    [
        ({"erased_at": NOW}, {}, GONE),
        ({"is_active": False}, {}, GONE),
        ({}, {"stopped_at": NOW}, STOPPED),
        ({}, {"charter_version": ""}, CHARTER),
        ({"birth_date": date(2011, 1, 1)}, {}, TOO_YOUNG),
    ],
)
def test_reasons_about_the_person(user_fields, volunteer_fields, reason):
    slot = create_slot()
    volunteer = create_volunteer(user=create_user(**user_fields), **volunteer_fields)

    assert reasons_against(volunteer, slot.mission, slot, now=NOW) == [reason]


@pytest.mark.parametrize(
    "state", ["draft", "submitted", "returned", "refused", "suspended", "done", "cancelled"]
)
def test_only_a_published_mission_takes_signups(state):
    slot = create_slot(create_mission(state=state))

    with pytest.raises(NotAllowed) as refusal:
        sign_up(create_volunteer(), slot, now=NOW)
    assert refusal.value.reasons == [CLOSED]


def test_cancelled_slot_takes_no_signup():
    slot = create_slot(cancelled_at=NOW)

    assert reasons_against(create_volunteer(), slot.mission, slot, now=NOW) == [CANCELLED]


def test_sixteen_needs_consent_an_open_mission_and_an_agent():
    user = create_user(birth_date=date(2010, 6, 1))
    volunteer, closed = create_volunteer(user=user), create_slot()
    opened = create_slot(create_mission(is_open_to_minors=True))

    assert reasons_against(volunteer, closed.mission, closed, now=NOW) == [ADULTS_ONLY, CONSENT]
    assert reasons_against(volunteer, opened.mission, opened, now=NOW) == [CONSENT]
    GuardianConsent.objects.create(minor=user, guardian_name="Parent", method="email", given_at=NOW)
    assert sign_up(volunteer, opened, now=NOW).state == "pending"


def test_twenty_signups_an_hour_by_oneself_and_none_counted_by_phone():
    volunteer, agent = create_volunteer(), create_user()
    slots = [create_slot(starts_at=NOW + timedelta(days=n + 1)) for n in range(23)]
    for slot in slots[:19]:
        sign_up(volunteer, slot, now=NOW)
    withdraw(sign_up(volunteer, slots[19], now=NOW), by=volunteer.user, now=NOW)

    with pytest.raises(NotAllowed) as refusal:
        sign_up(volunteer, slots[20], by=volunteer.user, now=NOW + timedelta(minutes=59))
    assert refusal.value.reasons == [TOO_MANY]
    assert sign_up(volunteer, slots[21], by=agent, now=NOW).state == "confirmed"
    assert sign_up(create_volunteer(), slots[20], now=NOW).state == "confirmed"
    assert sign_up(volunteer, slots[22], now=NOW + timedelta(hours=1)).state == "confirmed"
