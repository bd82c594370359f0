"""Who is queued for what: once per pledge and month, per signup, per person and period."""

import threading
from datetime import date, datetime, timedelta

import pytest
from django.db import connection

from missions import reminders
from missions.alerts import queue_alerts, queue_digests
from missions.models import SignupState
from missions.reminders import queue_how_did_it_go, queue_monthly_reminders, queue_slot_reminders
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
from vitre_civique.accounts.models import GuardianConsent
from vitre_civique.demo.town import seed_town
from vitre_civique.lib.months import PARIS
from vitre_civique.notifications.models import Notification, Preference
from volunteers.models import HourEntry, Pledge, SkippedMonth

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


def old_volunteer(**fields):
    """One who promised in October, and whose rows were made long before NOW."""
    volunteer = create_volunteer(from_month=OCTOBER, **fields)
    made_at = NOW - timedelta(days=60)
    Pledge.objects.filter(volunteer=volunteer).update(made_at=made_at)
    type(volunteer).objects.filter(pk=volunteer.pk).update(created_at=made_at)
    return volunteer


def queued(kind):
    return set(Notification.objects.filter(kind=kind).values_list("recipient__volunteer", flat=True))


@pytest.mark.django_db
def test_monthly_reminder_is_queued_once_per_pledge_and_month():
    volunteer = old_volunteer()

    assert queue_monthly_reminders(now=NOW) == 1
    assert queue_monthly_reminders(now=NOW + timedelta(hours=3)) == 0
    assert queue_monthly_reminders(now=NOW + timedelta(days=7)) == 0

    row = Notification.objects.get()
    pledge = volunteer.pledges.get()
    assert (row.kind, row.dedupe_key) == ("monthly_reminder", f"monthly_reminder:{pledge.pk}:2026-11")
    assert (row.recipient, row.channel, row.data) == (
        volunteer.user,
        "email",
        {"pledge": pledge.pk, "month": "2026-11"},
    )
    assert NOW <= row.due_at <= datetime(2026, 11, 23, 20, tzinfo=PARIS)
    assert row.expires_at == datetime(2026, 12, 1, tzinfo=PARIS)
    assert queue_monthly_reminders(now=datetime(2026, 12, 1, 8, tzinfo=PARIS)) == 1


@pytest.mark.django_db
def test_monthly_reminder_asks_only_those_who_have_nothing_this_month():
    expected = old_volunteer()
    paused, stopped, skipped, planned, gave, declared = (old_volunteer() for _ in range(6))
    type(paused).objects.filter(pk=paused.pk).update(paused_until=date(2027, 1, 1))
    type(paused).objects.filter(pk=stopped.pk).update(stopped_at=NOW)
    SkippedMonth.objects.create(volunteer=skipped, month=NOVEMBER)
    create_signup(volunteer=planned)
    create_signup(
        slot=create_slot(starts_at=NOW - timedelta(days=3)),
        volunteer=gave,
        state=SignupState.ATTENDED,
        minutes=60,
    )
    HourEntry.objects.create(volunteer=declared, month=NOVEMBER, minutes=60, source="declared")
    never, ended, future, closed = (old_volunteer() for _ in range(4))
    Preference.objects.create(user=never.user, kind="monthly_reminder", rhythm="never")
    Pledge.objects.filter(volunteer=ended).update(until_month=NOVEMBER)
    Pledge.objects.filter(volunteer=future).update(from_month=date(2026, 12, 1))
    type(closed.user).objects.filter(pk=closed.user.pk).update(is_active=False)
    waiting_list = old_volunteer()
    create_signup(volunteer=waiting_list, state=SignupState.WAITING)
    last_month = old_volunteer()
    HourEntry.objects.create(volunteer=last_month, month=OCTOBER, minutes=60, source="declared")

    queue_monthly_reminders(now=NOW)

    assert queued("monthly_reminder") == {expected.pk, waiting_list.pk, last_month.pk}


@pytest.mark.django_db
def test_monthly_reminder_leaves_in_peace_who_has_just_promised():
    volunteer = create_volunteer(from_month=NOVEMBER)
    Pledge.objects.update(made_at=NOW - timedelta(days=1))

    assert queue_monthly_reminders(now=NOW) == 0
    assert queue_monthly_reminders(now=NOW + timedelta(days=2)) == 1
    assert queued("monthly_reminder") == {volunteer.pk}


@pytest.mark.django_db
def test_a_minor_without_agreement_is_not_reminded():
    minor = old_volunteer(user=create_user(birth_date=date(2009, 11, 24)))
    of_age_today = old_volunteer(user=create_user(birth_date=date(2008, 11, 23)))

    queue_monthly_reminders(now=NOW)
    assert queued("monthly_reminder") == {of_age_today.pk}
    GuardianConsent.objects.create(minor=minor.user, guardian_name="P", method="email", given_at=NOW)
    queue_monthly_reminders(now=NOW)
    assert queued("monthly_reminder") == {of_age_today.pk, minor.pk}


@pytest.mark.django_db
def test_the_last_evening_of_a_month_queues_nothing_for_a_month_that_is_over():
    old_volunteer()
    assert queue_monthly_reminders(now=datetime(2026, 11, 30, 21, tzinfo=PARIS)) == 0


@pytest.mark.django_db
def test_28_february_and_both_clock_changes_give_one_reminder_a_month():
    old_volunteer()
    Pledge.objects.update(from_month=date(2026, 1, 1), made_at=datetime(2026, 1, 1, tzinfo=PARIS))
    nights = [(2026, 2, 28, 9), (2026, 3, 28, 9), (2026, 3, 30, 9), (2026, 10, 24, 9), (2026, 10, 26, 9)]

    counts = [queue_monthly_reminders(now=datetime(*night, tzinfo=PARIS)) for night in nights]

    assert counts == [1, 1, 0, 1, 0]


@pytest.mark.django_db
def test_after_three_unanswered_reminders_one_question_then_silence():
    volunteer = old_volunteer()
    for month in (8, 9, 10):
        at = datetime(2026, month, 5, 9, tzinfo=PARIS)
        Notification.objects.create(
            recipient=volunteer.user,
            kind="monthly_reminder",
            dedupe_key=f"old:{month}",
            state="sent",
            due_at=at,
            sent_at=at,
        )
    long_ago = datetime(2026, 7, 1, tzinfo=PARIS)
    Pledge.objects.update(made_at=long_ago)
    type(volunteer).objects.update(created_at=long_ago)

    assert queue_monthly_reminders(now=NOW) == 1
    assert queued("stay_or_leave") == {volunteer.pk}
    assert queued("monthly_reminder") == {volunteer.pk}  # the old ones
    for later in (timedelta(days=1), timedelta(days=10), timedelta(days=40), timedelta(days=100)):
        assert queue_monthly_reminders(now=NOW + later) == 0

    volunteer.user.last_login = NOW + timedelta(days=60)
    volunteer.user.save(update_fields=["last_login"])
    assert queue_monthly_reminders(now=NOW + timedelta(days=100)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_queue_each_once():
    for _ in range(30):
        old_volunteer()
    start, results = threading.Barrier(2), []

    def sweep():
        start.wait()
        results.append(queue_monthly_reminders(now=NOW))
        connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (sum(results), Notification.objects.count()) == (30, 30)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [3, 300])
def test_queueing_is_one_statement_whatever_the_number(count, django_assert_num_queries):
    people = [create_user() for _ in range(count)]
    for user in people:
        create_volunteer(user=user, from_month=OCTOBER)
    with django_assert_num_queries(1):
        assert queue_monthly_reminders(now=NOW) == count
    create_slot(create_mission(published_at=NOW - timedelta(days=5)))
    with django_assert_num_queries(3):
        assert queue_alerts(now=NOW) == count


@pytest.mark.django_db
def test_slot_reminders_come_two_days_before_then_the_day_before():
    thursday = datetime(2026, 11, 26, 14, tzinfo=PARIS)
    signup = create_signup(create_slot(starts_at=thursday), created_at=NOW - timedelta(days=10))

    assert queue_slot_reminders(now=NOW) == 0  # Monday 10 h
    tuesday = datetime(2026, 11, 24, 14, tzinfo=PARIS)
    assert queue_slot_reminders(now=tuesday) == 1
    assert queue_slot_reminders(now=tuesday + timedelta(hours=1)) == 0
    wednesday = datetime(2026, 11, 25, 9, tzinfo=PARIS)
    assert queue_slot_reminders(now=wednesday) == 1
    assert queue_slot_reminders(now=wednesday) == 0
    rows = {row.kind: row for row in Notification.objects.all()}
    assert {row.dedupe_key for row in rows.values()} == {
        f"signup_reminder:{signup.pk}",
        f"signup_day_before:{signup.pk}",
    }
    assert rows["signup_reminder"].expires_at == thursday - timedelta(hours=24)
    assert rows["signup_day_before"].expires_at == thursday


@pytest.mark.django_db
def test_slot_reminders_leave_before_a_sunday_rather_than_too_late():
    monday = datetime(2026, 11, 30, 9, tzinfo=PARIS)
    create_signup(create_slot(starts_at=monday), created_at=NOW - timedelta(days=10))
    tuesday = datetime(2026, 12, 1, 9, tzinfo=PARIS)
    create_signup(create_slot(starts_at=tuesday), created_at=NOW - timedelta(days=10))
    saturday = datetime(2026, 11, 28, 9, tzinfo=PARIS)

    queue_slot_reminders(now=saturday)
    assert (
        list(Notification.objects.order_by("id").values_list("kind", "due_at"))
        == [("signup_reminder", saturday)] * 2
    )
    queue_slot_reminders(now=datetime(2026, 11, 28, 19, 30, tzinfo=PARIS))  # late enough to say « lundi »
    assert Notification.objects.filter(kind="signup_reminder").count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["pending", "waiting", "withdrawn", "refused"])
def test_only_confirmed_signups_are_reminded(state):
    create_signup(
        state=state,
        created_at=NOW - timedelta(days=10),
        expires_at=NOW + timedelta(days=2) if state == "pending" else None,
    )
    assert queue_slot_reminders(now=NOW + timedelta(days=1, hours=1)) == 0


@pytest.mark.django_db
def test_how_did_it_go_is_asked_once_after_the_end():
    slot = create_slot(starts_at=NOW - timedelta(hours=3))
    silent = create_signup(slot)
    create_signup(slot, volunteer_said="done")
    create_signup(create_slot(starts_at=NOW - timedelta(minutes=30)))
    create_signup(create_slot(starts_at=NOW - timedelta(days=20)))

    assert queue_how_did_it_go(now=NOW) == 1
    assert queue_how_did_it_go(now=NOW + timedelta(minutes=10)) == 0
    assert Notification.objects.get().data == {"signup": silent.pk}


def volunteer_who_wants(rhythm, **fields):
    volunteer = create_volunteer(**fields)
    Preference.objects.create(user=volunteer.user, kind="mission_alert", rhythm=rhythm)
    return volunteer


@pytest.mark.django_db
def test_alert_at_once_tells_each_new_mission_once():
    volunteer = volunteer_who_wants("at_once")
    first = create_slot(create_mission(published_at=NOW - timedelta(minutes=1))).mission

    assert queue_alerts(now=NOW) == 1
    assert queue_alerts(now=NOW) == 0
    second = create_slot(create_mission(published_at=NOW + timedelta(hours=1))).mission
    assert queue_alerts(now=NOW + timedelta(hours=2)) == 0  # one a day
    assert queue_alerts(now=NOW + timedelta(days=1)) == 1

    rows = Notification.objects.order_by("id")
    assert [(row.recipient, row.data) for row in rows] == [
        (volunteer.user, {"missions": [first.pk]}),
        (volunteer.user, {"missions": [second.pk]}),
    ]


@pytest.mark.django_db
def test_daily_and_weekly_digests_wait_for_their_hour():
    volunteer_who_wants("daily")
    create_volunteer()  # weekly, by default
    volunteer_who_wants("never")
    create_slot(create_mission(published_at=NOW), starts_at=NOW + timedelta(days=9))

    assert queue_alerts(now=NOW + timedelta(hours=6)) == 0
    assert queue_digests("daily", now=NOW + timedelta(hours=7)) == 1
    assert queue_digests("weekly", now=NOW + timedelta(days=2)) == 0
    thursday = datetime(2026, 11, 26, 17, 5, tzinfo=PARIS)
    assert queue_digests("weekly", now=thursday) == 1
    assert queue_alerts(now=thursday + timedelta(days=1)) == 0


@pytest.mark.django_db
def test_alerts_tell_only_what_suits():
    here, next_door, far = (create_quartier() for _ in range(3))
    here.adjacent.add(next_door)
    volunteer = volunteer_who_wants("at_once", quartier=here, kinds=["garden", "town"], reach="adjacent")
    told = [
        create_mission(quartier=quartier, help_kind=kind)
        for quartier, kind in [(here, "garden"), (next_door, "town"), (None, "town")]
    ]
    not_told = [
        create_mission(quartier=far),
        create_mission(quartier=here, help_kind="lift"),
        create_mission(state="suspended"),
    ]
    for mission in told + not_told:
        create_slot(mission)
    full = create_slot(places=1)
    create_signup(full)
    create_signup(create_slot(), volunteer)
    create_slot(starts_at=NOW - timedelta(days=1))

    queue_alerts(now=NOW)

    assert set(Notification.objects.get().data["missions"]) == {mission.pk for mission in told}


def pages_read_per_row(count):
    """What PostgreSQL touches to queue the reminders of a new town of this size, for one row."""
    seed_town(volunteers=count, missions=10, seed=3, today=TODAY, say=lambda words: None)
    Notification.objects.all().delete()
    with connection.cursor() as cursor:
        read = []

        def explained(execute, sql, params, many, context):
            execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params, many, context)
            plan = context["cursor"].fetchone()[0][0]["Plan"]
            read.append(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])

        cursor.execute("ANALYZE")
        with connection.execute_wrapper(explained):
            reminders.queue_monthly_reminders(now=NOW)
    return sum(read) / Notification.objects.count()


@pytest.mark.django_db
def test_queueing_costs_the_same_per_row_in_a_town_four_times_as_large():
    assert pages_read_per_row(2400) < 1.3 * pages_read_per_row(600)
