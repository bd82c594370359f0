"""The days of a series and its instants: both nights of the clocks, month ends, a fifth weekday, 29 Feb."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from missions.models import Series
from missions.recurrence import bounds, days, days_between, in_words


def short(found):
    return [f"{day:%d/%m}" for day in found]


@pytest.mark.parametrize(
    ("first", "every", "rule", "found"),
    [
        (date(2026, 12, 5), "week", {"times": 5}, ["05/12", "12/12", "19/12", "26/12", "02/01"]),
        (date(2028, 2, 22), "week", {"times": 3}, ["22/02", "29/02", "07/03"]),
        (date(2026, 12, 5), "week", {"until": date(2026, 12, 19)}, ["05/12", "12/12", "19/12"]),
        (date(2026, 12, 5), "week", {"until": date(2026, 12, 18)}, ["05/12", "12/12"]),
        (date(2026, 12, 5), "fortnight", {"times": 3}, ["05/12", "19/12", "02/01"]),
        (date(2026, 12, 12), "month", {"times": 4}, ["12/12", "09/01", "13/02", "13/03"]),
        # A fifth Saturday: the last one where there are four.
        (date(2026, 10, 31), "month", {"times": 4}, ["31/10", "28/11", "26/12", "30/01"]),
        # The fifth Tuesday of a February of 29 days, then the same rank again.
        (date(2028, 2, 29), "month", {"times": 4}, ["29/02", "28/03", "25/04", "30/05"]),
        (date(2027, 12, 26), "last", {"times": 4}, ["26/12", "30/01", "27/02", "26/03"]),
        (date(2026, 12, 5), "week", {"until": date(2026, 12, 4)}, []),
    ],
)
def test_days_of_a_series(first, every, rule, found):
    assert short(days(first, every, **rule)[0]) == found


def test_bank_holidays_are_left_out_and_said():
    # Fridays: Christmas Day and New Year's Day 2026–2027.
    kept, skipped = days(date(2026, 12, 18), "week", times=3, skips_holidays=True)
    assert (short(kept), short(skipped)) == (["18/12", "08/01", "15/01"], ["25/12", "01/01"])
    kept, skipped = days(date(2026, 12, 25), "week", times=2, skips_holidays=True)
    assert (short(kept), short(skipped)) == (["25/12", "08/01"], ["01/01"])


def test_a_series_has_an_end_whatever_is_asked():
    assert len(days(date(2026, 12, 5), "week", times=5000)[0]) == 58  # thirteen months
    assert len(days(date(2026, 12, 5), "week", until=date(2126, 1, 1))[0]) == 58
    assert len(days(date(2026, 12, 5), "month", times=60)[0]) == 14


def test_going_on_keeps_the_rank_of_the_first_day():
    rule = {"since": date(2027, 1, 2), "until": date(2027, 5, 31)}
    found = days_between(date(2026, 10, 31), "month", **rule)
    assert short(found) == ["30/01", "27/02", "27/03", "24/04", "29/05"]


@pytest.mark.parametrize(
    ("day", "hour", "minutes", "start", "end"),
    [
        # 14 h stays 14 h on each side of both nights: 12:00 or 13:00 UTC.
        (date(2027, 3, 27), time(14), 60, "2027-03-27T13:00", "2027-03-27T14:00"),
        (date(2027, 3, 28), time(14), 60, "2027-03-28T12:00", "2027-03-28T13:00"),
        (date(2026, 10, 24), time(14), 60, "2026-10-24T12:00", "2026-10-24T13:00"),
        (date(2026, 10, 25), time(14), 60, "2026-10-25T13:00", "2026-10-25T14:00"),
        # 2 h 30 does not exist that night: 3 h 30. In autumn it comes twice: the first.
        (date(2027, 3, 28), time(2, 30), 60, "2027-03-28T01:30", "2027-03-28T02:30"),
        (date(2026, 10, 25), time(2, 30), 60, "2026-10-25T00:30", "2026-10-25T01:30"),
        # A night round with soup really lasts four hours.
        (date(2027, 3, 27), time(23), 240, "2027-03-27T22:00", "2027-03-28T02:00"),
        (date(2026, 10, 24), time(23), 240, "2026-10-24T21:00", "2026-10-25T01:00"),
    ],
)
def test_instants_of_a_slot(day, hour, minutes, start, end):
    found = [moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") for moment in bounds(day, hour, minutes)]
    assert found == [start, end]


@pytest.mark.parametrize(
    ("every", "words"),
    [
        ("week", "Chaque semaine, le samedi à 14 h 30"),
        ("fortnight", "Toutes les deux semaines, le samedi à 14 h 30"),
        ("month", "Chaque mois, le deuxième samedi à 14 h 30"),
        ("last", "Chaque mois, le dernier samedi à 14 h 30"),
    ],
)
def test_in_words(every, words):
    series = Series(every=every, first_on=date(2026, 12, 12), starts_at_hour=time(14, 30), minutes=60)
    assert in_words(series).replace("\u00a0", " ") == words


def test_every_day_of_a_year_keeps_its_weekday_and_hour():
    """From any first day, whatever the rule: same weekday, same hour on the wall, in order, no day twice."""
    for n in range(366):
        first = date(2028, 1, 1) + timedelta(days=n)
        for every in ("week", "fortnight", "month"):
            found, _ = days(first, every, times=13)
            assert {day.weekday() for day in found} == {first.weekday()}
            assert found == sorted(set(found))
            starts = [bounds(day, time(9, 15), 45)[0] for day in found]
            assert {(start.hour, start.minute) for start in starts} == {(9, 15)}
    assert datetime(2028, 2, 29).date() in days(date(2028, 2, 1), "week", times=6)[0]  # noqa: DTZ001
