"""The ledger: minutes in the month of their local start, corrected by counter-entries, never changed."""

import threading
from datetime import date, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from tests.factories import NOW, create_quartier, create_user, create_volunteer
from vitre_civique.lib.months import PARIS
from volunteers import hours
from volunteers.models import HourEntry

pytestmark = pytest.mark.django_db
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)


def enter(volunteer, minutes=60, starts_at=NOW, subject="signup-1", by=None):
    return hours.enter_signup_minutes(
        volunteer, minutes=minutes, starts_at=starts_at, subject=subject, label="Tailler une haie", by=by
    )


def declare(volunteer, month=NOVEMBER, minutes=60, now=NOW, **fields):
    return hours.declare(
        volunteer, month=month, minutes=minutes, label="Courses", by=volunteer.user, now=now, **fields
    )


def test_minutes_of_a_mission_are_entered_once():
    volunteer = create_volunteer(quartier=create_quartier())
    first = enter(volunteer, 60)
    assert enter(volunteer, 90) == first
    rows = HourEntry.objects.values_list(
        "volunteer", "quartier", "month", "minutes", "source", "subject", "label"
    )
    assert list(rows) == [
        (volunteer.pk, volunteer.quartier_id, NOVEMBER, 60, "signup", "signup-1", "Tailler une haie")
    ]
    assert hours.entry_of_signup("signup-1") == first
    assert hours.entry_of_signup("signup-2") is None


@pytest.mark.parametrize(
    ("starts_at", "month"),
    [
        (datetime(2026, 11, 30, 23, 30, tzinfo=PARIS), NOVEMBER),  # across midnight: the local start counts
        (datetime(2026, 12, 1, 0, 0, tzinfo=PARIS), DECEMBER),
        (datetime(2026, 2, 28, 23, 59, tzinfo=PARIS), date(2026, 2, 1)),
        (datetime(2026, 3, 29, 1, 59, tzinfo=PARIS), date(2026, 3, 1)),  # before the short hour
        (datetime(2026, 10, 25, 2, 30, tzinfo=PARIS, fold=1), date(2026, 10, 1)),  # in the doubled hour
    ],
)
def test_minutes_stand_in_the_month_of_the_local_start(starts_at, month):
    assert enter(create_volunteer(), starts_at=starts_at).month == month


@pytest.mark.parametrize("minutes", [0, -60, 1441])
def test_senseless_minutes_are_refused(minutes):
    volunteer = create_volunteer()
    with pytest.raises(hours.HourError):
        enter(volunteer, minutes)
    with pytest.raises(hours.HourError):
        declare(volunteer, minutes=minutes)
    assert HourEntry.objects.count() == 0


def test_declaring_twice_with_one_token_writes_one_line():
    volunteer = create_volunteer()
    assert declare(volunteer, token="abc") == declare(volunteer, token="abc")
    assert HourEntry.objects.count() == 1


def test_declaring_with_the_token_of_someone_else_is_refused():
    declare(create_volunteer(), token="abc")
    with pytest.raises(hours.HourError):
        declare(create_volunteer(), token="abc")
    assert HourEntry.objects.count() == 1


@pytest.mark.parametrize("month", [DECEMBER, date(2025, 11, 1)])
def test_declaring_for_a_month_to_come_or_too_old_is_refused(month):
    with pytest.raises(hours.HourError):
        declare(create_volunteer(), month=month)
    assert HourEntry.objects.count() == 0


def test_on_the_last_evening_of_the_month_the_month_is_still_that_of_paris():
    volunteer = create_volunteer()
    late = datetime(2026, 11, 30, 23, 30, tzinfo=PARIS)  # 22 h 30 UTC
    with pytest.raises(hours.HourError):
        declare(volunteer, month=DECEMBER, now=late)
    just_after = datetime(2026, 12, 1, 0, 30, tzinfo=PARIS)  # still 30 November in UTC
    assert declare(volunteer, month=DECEMBER, now=just_after).month == DECEMBER


def test_correcting_adds_a_counter_entry_with_author_and_reason():
    volunteer, agent = create_volunteer(), create_user()
    entry = enter(volunteer, 120)
    hours.correct(entry, minutes=90, reason="parti à 16 h", by=agent)
    hours.correct(entry, minutes=60, reason="parti à 15 h 30", by=agent)
    assert list(
        HourEntry.objects.order_by("id").values_list("minutes", "reason", "corrects", "entered_by")
    ) == [
        (120, "", None, None),
        (-30, "parti à 16 h", entry.pk, agent.pk),
        (-30, "parti à 15 h 30", entry.pk, agent.pk),
    ]
    assert hours.minutes_given(volunteer, NOVEMBER) == 60
    assert hours.minutes_of(entry) == 60


def test_correcting_a_correction_corrects_the_first_line():
    volunteer, agent = create_volunteer(), create_user()
    entry = enter(volunteer, 120)
    counter = hours.correct(entry, minutes=90, reason="a", by=agent)
    hours.correct(counter, minutes=0, reason="b", by=agent)
    assert hours.minutes_given(volunteer, NOVEMBER) == 0
    assert set(HourEntry.objects.filter(source="correction").values_list("corrects", flat=True)) == {entry.pk}


def test_correcting_to_what_it_already_is_writes_nothing():
    entry = enter(create_volunteer(), 60)
    assert hours.correct(entry, minutes=60, reason="vérifié", by=create_user()) is None
    assert HourEntry.objects.count() == 1


@pytest.mark.parametrize(("minutes", "reason"), [(-1, "erreur"), (1441, "erreur"), (30, "  ")])
def test_a_correction_without_sense_or_reason_is_refused(minutes, reason):
    entry = enter(create_volunteer(), 60)
    with pytest.raises(hours.HourError):
        hours.correct(entry, minutes=minutes, reason=reason, by=create_user())
    assert HourEntry.objects.count() == 1


def test_minutes_by_month_gives_zero_where_nothing_was_given():
    volunteer = create_volunteer()
    enter(volunteer, 60)
    declare(volunteer, minutes=45)
    enter(create_volunteer(), 600, subject="signup-2")
    assert hours.minutes_by_month(volunteer, date(2026, 10, 1), DECEMBER) == {
        date(2026, 10, 1): 0,
        NOVEMBER: 105,
        DECEMBER: 0,
    }


# --- The database refuses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"minutes": 30},
        {"month": DECEMBER},
        {"source": "declared"},
        {"subject": "signup-9"},
        {"label": "Autre chose"},
        {"label": ""},
        {"volunteer": None},  # a line is detached with its words and its author, or not at all
    ],
)
def test_the_database_refuses_to_change_a_line(change):
    entry = enter(create_volunteer(), 60, by=create_user())
    before = HourEntry.objects.values().get()
    with pytest.raises(IntegrityError), transaction.atomic():
        HourEntry.objects.filter(pk=entry.pk).update(**change)
    assert HourEntry.objects.values().get() == before


def test_the_database_refuses_to_give_a_line_to_someone_else():
    entry = enter(create_volunteer(), 60)
    with pytest.raises(IntegrityError), transaction.atomic():
        HourEntry.objects.filter(pk=entry.pk).update(volunteer=create_volunteer())


def test_the_database_refuses_to_delete_a_line():
    entry = enter(create_volunteer(), 60)
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.delete()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM volunteers_hourentry")
    assert HourEntry.objects.count() == 1


def test_a_person_is_detached_with_words_and_author():
    volunteer = create_volunteer()
    entry = enter(volunteer, 60, by=volunteer.user)
    HourEntry.objects.filter(pk=entry.pk).update(volunteer=None, label="", reason="", entered_by=None)
    assert HourEntry.objects.values_list("volunteer", "minutes", "label").get() == (None, 60, "")


def test_an_author_who_leaves_and_a_quartier_that_goes_are_emptied():
    quartier, agent = create_quartier(), create_user()
    entry = enter(create_volunteer(quartier=quartier), 60, by=agent)
    HourEntry.objects.filter(pk=entry.pk).update(entered_by=None)
    HourEntry.objects.filter(pk=entry.pk).update(quartier=None)
    assert HourEntry.objects.values_list("entered_by", "quartier", "minutes").get() == (None, None, 60)


# --- At the same time ---------------------------------------------------------------------------------------


def at_once(count, work):
    """Runs `work(n)` in `count` threads with connections of their own, together; gives the exceptions."""
    barrier, errors = threading.Barrier(count), []

    def run(n):
        try:
            barrier.wait()
            work(n)
        except Exception as error:  # the test asserts on them
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[n]) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.django_db(transaction=True)
def test_both_sides_confirming_at_once_write_one_line():
    volunteer = create_volunteer()
    assert at_once(8, lambda n: enter(volunteer, 60)) == []
    assert hours.minutes_given(volunteer, NOVEMBER) == 60


@pytest.mark.django_db(transaction=True)
def test_declaring_at_once_counts_each_and_one_form_once():
    volunteer = create_volunteer()
    assert at_once(8, lambda n: declare(volunteer, minutes=15)) == []
    assert hours.minutes_given(volunteer, NOVEMBER) == 120
    assert at_once(8, lambda n: declare(volunteer, minutes=15, token="one")) == []
    assert hours.minutes_given(volunteer, NOVEMBER) == 135


@pytest.mark.django_db(transaction=True)
def test_two_agents_correcting_at_once_leave_the_right_total():
    volunteer, agent = create_volunteer(), create_user()
    entry = enter(volunteer, 120)
    assert at_once(4, lambda n: hours.correct(entry, minutes=60, reason="parti tôt", by=agent)) == []
    assert hours.minutes_given(volunteer, NOVEMBER) == 60
    assert HourEntry.objects.count() == 2
