from datetime import UTC, date, datetime, timedelta

import pytest

from missions import alerts
from vitre_civique.lib.months import PARIS
from vitre_civique.notifications import calm


def paris(*parts):
    return datetime(*parts, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("moment", "allowed"),
    [
        (paris(2026, 11, 23, 10), paris(2026, 11, 23, 10)),  # a Monday
        (paris(2026, 11, 23, 7, 59), paris(2026, 11, 23, 8)),
        (paris(2026, 11, 23, 19, 59), paris(2026, 11, 23, 19, 59)),
        (paris(2026, 11, 23, 20), paris(2026, 11, 24, 8)),
        (paris(2026, 11, 28, 20), paris(2026, 11, 30, 8)),  # Saturday evening: over the Sunday
        (paris(2026, 11, 29, 12), paris(2026, 11, 30, 8)),  # Sunday
        (paris(2026, 5, 1, 10), paris(2026, 5, 2, 8)),  # 1 May
        (paris(2026, 4, 30, 21), paris(2026, 5, 2, 8)),
        (paris(2027, 4, 30, 21), paris(2027, 5, 3, 8)),  # 1 May 2027 is a Saturday
        (paris(2026, 12, 24, 22), paris(2026, 12, 26, 8)),  # Christmas
        (paris(2026, 12, 31, 23), paris(2027, 1, 2, 8)),
        # The night of 28 to 29 March 2026 has 23 hours, that of 24 to 25 October 25; both lead to a Sunday.
        (paris(2026, 3, 28, 21), paris(2026, 3, 30, 8)),
        (paris(2026, 10, 24, 21), paris(2026, 10, 26, 8)),
    ],
)
def test_next_allowed(moment, allowed):
    assert calm.next_allowed(moment) == allowed


def test_eight_o_clock_is_eight_in_paris_on_both_sides_of_the_clock_change():
    assert calm.next_allowed(paris(2026, 3, 28, 21)) == datetime(2026, 3, 30, 6, tzinfo=UTC)
    assert calm.next_allowed(paris(2026, 10, 24, 21)) == datetime(2026, 10, 26, 7, tzinfo=UTC)
    assert calm.next_allowed(datetime(2026, 3, 27, 19, 30, tzinfo=UTC)) == datetime(
        2026, 3, 28, 7, tzinfo=UTC
    )


def test_the_repeated_hour_of_october_is_night_twice():
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert calm.is_quiet(first)
    assert calm.is_quiet(first + timedelta(hours=1))


def test_window_spreads_over_what_remains_of_the_day():
    assert calm.window(paris(2026, 11, 23, 10)) == (paris(2026, 11, 23, 10), paris(2026, 11, 23, 20))
    assert calm.window(paris(2026, 11, 29, 10)) == (paris(2026, 11, 30, 8), paris(2026, 11, 30, 20))


def test_the_demonstration_sends_at_any_hour(settings):
    settings.MAIL_QUIET_HOURS = False
    assert calm.next_allowed(paris(2026, 11, 29, 3)) == paris(2026, 11, 29, 3)


@pytest.mark.parametrize(
    ("rhythm", "now", "boundary", "period"),
    [
        ("at_once", paris(2026, 11, 23, 10), paris(2026, 11, 23, 10), "2026-11-23"),
        ("daily", paris(2026, 11, 23, 10), paris(2026, 11, 22, 17), "2026-11-22"),
        ("daily", paris(2026, 11, 23, 17), paris(2026, 11, 23, 17), "2026-11-23"),
        ("weekly", paris(2026, 11, 23, 10), paris(2026, 11, 19, 17), "w2026-11-19"),
        ("weekly", paris(2026, 11, 26, 16), paris(2026, 11, 19, 17), "w2026-11-19"),
        ("weekly", paris(2026, 11, 26, 17), paris(2026, 11, 26, 17), "w2026-11-26"),
        # The clock has changed in between: 17 h in Paris all the same.
        ("weekly", paris(2026, 10, 26, 10), paris(2026, 10, 22, 17), "w2026-10-22"),
    ],
)
def test_period_of_a_digest(rhythm, now, boundary, period):
    assert alerts.period_of(rhythm, now)[:2] == (boundary, period)


def test_bank_holidays_are_the_french_ones():
    assert {
        day for day in map(date.fromisoformat, ["2026-07-14", "2026-07-04"]) if calm.is_quiet_day(day)
    } == {date(2026, 7, 14)}
