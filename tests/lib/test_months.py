"""Months, days and weeks in Paris: the arithmetic that every ledger and reminder rests on."""

from datetime import UTC, date, datetime, timedelta

import pytest

from vitre_civique.lib import months


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        (datetime(2026, 10, 31, 22, 59, tzinfo=UTC), date(2026, 10, 1)),  # 23:59 in Paris, winter time
        (datetime(2026, 10, 31, 23, 0, tzinfo=UTC), date(2026, 11, 1)),  # midnight in Paris
        (datetime(2026, 7, 31, 21, 59, tzinfo=UTC), date(2026, 7, 1)),  # 23:59 in Paris, summer time
        (datetime(2026, 7, 31, 22, 0, tzinfo=UTC), date(2026, 8, 1)),
        (date(2028, 2, 29), date(2028, 2, 1)),
    ],
)
def test_month_of_is_the_month_in_paris(moment, month):
    assert months.month_of(moment) == month


@pytest.mark.parametrize(
    ("month", "hours"),
    [(date(2026, 3, 1), 743), (date(2026, 10, 1), 745), (date(2026, 2, 1), 672), (date(2028, 2, 1), 696)],
)
def test_month_bounds_follow_daylight_saving(month, hours):
    start, end = months.month_bounds(month)

    assert (end.astimezone(UTC) - start.astimezone(UTC)) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)]
)
def test_day_bounds_follow_daylight_saving(day, hours):
    start, end = months.day_bounds(day)

    assert (end.astimezone(UTC) - start.astimezone(UTC)) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("count", "month"),
    [(0, date(2026, 11, 1)), (1, date(2026, 12, 1)), (2, date(2027, 1, 1)), (-11, date(2025, 12, 1))],
)
def test_add_months_crosses_years(count, month):
    assert months.add_months(date(2026, 11, 1), count) == month


def test_months_between_includes_both_ends_and_may_be_empty():
    assert months.months_between(date(2026, 12, 1), date(2027, 2, 1)) == [
        date(2026, 12, 1),
        date(2027, 1, 1),
        date(2027, 2, 1),
    ]
    assert months.months_between(date(2027, 2, 1), date(2026, 12, 1)) == []


def test_week_runs_from_monday_to_monday():
    start, end = months.week_bounds(date(2026, 11, 29))

    assert (start.date(), end.date()) == (date(2026, 11, 23), date(2026, 11, 30))


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "26-11", "2026-1", "2026-11-01", "abcd-ef"])
def test_parse_month_refuses_what_is_not_a_month(text):
    with pytest.raises(ValueError, match=".*"):
        months.parse_month(text)


def test_parse_month_reads_its_own_writing():
    assert months.parse_month("2026-11") == date(2026, 11, 1)
