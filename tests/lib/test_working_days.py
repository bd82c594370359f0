"""Working days with French holidays: Easter moves, and a holiday on a Saturday costs nobody a day."""

from datetime import date

import pytest

from vitre_civique.lib.working_days import (
    add_working_days,
    is_holiday,
    is_working_day,
    move_working_days,
    working_days_between,
)


@pytest.mark.parametrize(
    ("day", "count", "due"),
    [
        (date(2026, 11, 23), 0, date(2026, 11, 23)),
        (date(2026, 11, 23), 5, date(2026, 11, 30)),
        (date(2026, 11, 21), 1, date(2026, 11, 23)),  # a Saturday night
        (date(2026, 4, 2), 2, date(2026, 4, 7)),  # Easter Monday is 6 April 2026
        (date(2027, 4, 30), 1, date(2027, 5, 3)),  # 1 May 2027 is a Saturday
        (date(2026, 12, 31), 1, date(2027, 1, 4)),
    ],
)
def test_add_working_days(day, count, due):
    assert add_working_days(day, count) == due


def test_between_is_the_inverse_of_add():
    start = date(2026, 4, 2)

    assert [working_days_between(start, add_working_days(start, n)) for n in range(12)] == list(range(12))
    assert working_days_between(start, date(2026, 4, 1)) == 0


def test_holidays_and_weekends_are_not_worked():
    assert [is_working_day(date(2026, 5, day)) for day in (1, 2, 3, 4)] == [False, False, False, True]
    assert is_holiday(date(2026, 7, 14))
    assert not is_holiday(date(2026, 7, 15))


@pytest.mark.parametrize("filed", [date(2026, 4, 2), date(2026, 11, 21), date(2027, 4, 29)])
def test_a_promise_moved_is_the_promise_of_the_other_delay(filed):
    """Around Easter, from a Saturday, around 1 May on a Saturday: forwards and backwards."""
    for before in range(1, 12):
        for after in range(1, 12):
            moved = move_working_days(add_working_days(filed, before), after - before)
            assert moved == add_working_days(filed, after)
