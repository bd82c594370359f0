"""What happened, who said so, and the minutes it makes."""

from datetime import date, datetime, timedelta

import pytest

from missions.attendance import AttendanceError, organiser_says, record, settle_silent, volunteer_says
from missions.models import Signup
from tests.factories import NOW, create_mission, create_signup, create_slot, create_user
from vitre_civique.lib.months import PARIS
from vitre_civique.notifications.models import Notification
from volunteers.models import HourEntry

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


def create_past_signup(*, minutes=60, starts_at=None, tracks_attendance=True, **fields):
    mission = create_mission(tracks_attendance=tracks_attendance)
    return create_signup(create_slot(mission, starts_at=starts_at or NOW - DAY, minutes=minutes), **fields)


def paris(*parts):
    return datetime(*parts, tzinfo=PARIS)


def ledger(signup):
    """(month, minutes, reason, who wrote) of every line about this signup, oldest first."""
    entries = HourEntry.objects.filter(subject=f"signup-{signup.pk}").order_by("id")
    return list(entries.values_list("month", "minutes", "reason", "entered_by"))


def told():
    return list(Notification.objects.order_by("id").values_list("kind", flat=True))


def now_is(signup):
    found = Signup.objects.get(pk=signup.pk)
    return found.state, found.minutes


@pytest.mark.parametrize(
    ("outcome", "minutes", "stored", "entries"),
    [
        ("attended", None, 90, [90]),
        ("attended", 40, 40, [40]),
        ("excused", None, None, []),
        ("absent", None, None, []),
        ("unknown", None, None, []),
    ],
)
def test_record_writes_outcome_and_ledger_once(outcome, minutes, stored, entries):
    signup, agent = create_past_signup(minutes=90), create_user()

    record(signup, outcome, minutes=minutes, by=agent, now=NOW)
    record(signup, outcome, minutes=minutes, by=agent, now=NOW)

    assert now_is(signup) == (outcome, stored)
    assert [line[1] for line in ledger(signup)] == entries
    assert told() == ["outcome_settled"]


def test_correcting_needs_a_reason_and_adds_counter_entries():
    signup, agent = create_past_signup(), create_user()
    month = date(2026, 11, 1)
    record(signup, "attended", by=agent, now=NOW)

    with pytest.raises(AttendanceError, match="dites pourquoi"):
        record(signup, "attended", minutes=30, by=agent, now=NOW)
    record(signup, "attended", minutes=30, by=agent, reason="Partie plus tôt", now=NOW)
    record(signup, "absent", by=agent, reason="Erreur de nom", now=NOW)
    record(signup, "attended", by=agent, reason="Finalement venue", now=NOW)

    assert ledger(signup) == [
        (month, 60, "", agent.pk),
        (month, -30, "Partie plus tôt", agent.pk),
        (month, -30, "Erreur de nom", agent.pk),
        (month, 60, "Finalement venue", agent.pk),
    ]
    assert now_is(signup) == ("attended", 60)


@pytest.mark.parametrize("state", ["pending", "waiting", "withdrawn", "refused", "lapsed", "offered"])
def test_only_who_was_expected_has_an_outcome(state):
    signup = create_past_signup(state=state, expires_at=NOW)

    with pytest.raises(AttendanceError, match="n’attend pas"):
        record(signup, "attended", by=None, now=NOW)
    assert (now_is(signup), ledger(signup)) == ((state, None), [])


def test_nothing_is_said_before_the_start_and_minutes_stay_sensible():
    early, past = create_signup(), create_past_signup()

    with pytest.raises(AttendanceError, match="pas encore commencé"):
        volunteer_says(early, "done", now=NOW)
    for minutes in (0, -5, 1441):
        with pytest.raises(AttendanceError, match="entre une minute"):
            record(past, "attended", minutes=minutes, by=None, now=NOW)
    with pytest.raises(AttendanceError, match="dans la liste"):
        record(past, "withdrawn", by=None, now=NOW)
    assert ledger(past) == []


def test_both_say_done():
    signup, organiser = create_past_signup(), create_user()

    volunteer_says(signup, "done", minutes=75, now=NOW)
    assert (now_is(signup), ledger(signup)) == (("confirmed", 75), [])
    organiser_says(signup, "done", by=organiser, now=NOW)
    organiser_says(signup, "done", by=organiser, now=NOW)

    assert now_is(signup) == ("attended", 75)
    assert [line[1] for line in ledger(signup)] == [75]


def test_the_organiser_alone_is_enough_and_the_volunteer_may_add_nothing():
    signup = create_past_signup()

    organiser_says(signup, "done", by=create_user(), now=NOW)
    volunteer_says(signup, "done", now=NOW)

    assert now_is(signup) == ("attended", 60)
    assert told() == ["outcome_settled"]


def test_both_say_it_did_not_take_place():
    signup = create_past_signup()

    volunteer_says(signup, "not_done", now=NOW)
    organiser_says(signup, "not_done", by=create_user(), now=NOW)

    assert (now_is(signup), ledger(signup)) == (("excused", None), [])


def test_disagreement_is_left_to_the_mairie_and_takes_the_minutes_back():
    signup = create_past_signup()
    organiser_says(signup, "done", by=create_user(), now=NOW)

    volunteer_says(signup, "not_done", now=NOW)

    assert now_is(signup) == ("unknown", None)
    assert [line[1] for line in ledger(signup)] == [60, -60]


def test_a_volunteer_noted_absent_who_says_done_is_a_disagreement():
    signup = create_past_signup()
    record(signup, "absent", by=create_user(), now=NOW)

    volunteer_says(signup, "done", now=NOW)

    assert (now_is(signup), ledger(signup)) == (("unknown", None), [])


def test_a_mission_nobody_tracks_believes_the_volunteer():
    signup = create_past_signup(tracks_attendance=False)

    volunteer_says(signup, "done", now=NOW)

    assert now_is(signup) == ("attended", 60)


def test_after_seven_days_it_settles_itself_and_says_so():
    said, not_held, silent = create_past_signup(), create_past_signup(), create_past_signup()
    volunteer_says(said, "done", minutes=50, now=NOW)
    volunteer_says(not_held, "not_done", now=NOW)
    almost = said.ends_at + WEEK - timedelta(seconds=1)

    assert settle_silent(now=almost) == 0
    assert settle_silent(now=said.ends_at + WEEK) == 3
    assert settle_silent(now=said.ends_at + WEEK) == 0

    assert [now_is(s) for s in (said, not_held, silent)] == [
        ("attended", 50),
        ("excused", None),
        ("unknown", None),
    ]
    change = said.state_changes.get()
    assert (change.by, change.reason.startswith("Confirmée d’elle-même")) == (None, True)
    assert told() == ["outcome_settled"] * 3
    volunteer_says(silent, "done", now=NOW + 2 * WEEK)
    assert now_is(silent) == ("attended", 60)


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "month", "minutes"),
    [
        # across midnight, the start counts
        (paris(2026, 10, 31, 23, 30), paris(2026, 11, 1, 0, 30), date(2026, 10, 1), 60),
        (paris(2026, 2, 28, 23, 45), paris(2026, 3, 1, 0, 30), date(2026, 2, 1), 45),
        # the night of 25 hours, then the one of 23
        (paris(2026, 10, 25, 1, 30), paris(2026, 10, 25, 3, 30), date(2026, 10, 1), 180),
        (paris(2026, 3, 29, 1, 30), paris(2026, 3, 29, 3, 30), date(2026, 3, 1), 60),
    ],
)
def test_minutes_are_elapsed_and_the_month_is_that_of_the_local_start(starts_at, ends_at, month, minutes):
    signup = create_signup(create_slot(starts_at=starts_at, ends_at=ends_at))

    record(signup, "attended", by=None, now=NOW)

    assert [line[:2] for line in ledger(signup)] == [(month, minutes)]
