"""Working days of a French town hall: Monday to Friday, without the national holidays."""

from datetime import timedelta
from functools import lru_cache

import holidays


@lru_cache(maxsize=64)
def _holidays(year):
    return frozenset(holidays.France(years=year))


def is_working_day(day):
    return day.weekday() < 5 and day not in _holidays(day.year)


def is_holiday(day):
    """A national bank holiday (« jour férié »), Sundays aside."""
    return day in _holidays(day.year)


def add_working_days(day, count):
    """The `count`-th working day after `day`: what comes on a Saturday night counts from Monday."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def working_days_between(first, last):
    """How many working days lie in ]first, last]; 0 when `last` does not come after."""
    days = (last - first).days
    return sum(is_working_day(first + timedelta(days=n)) for n in range(1, days + 1))


def working_days_before(day, count):
    """The latest day that lies at least `count` working days before `day` (0: `day` itself)."""
    while count > 0:
        count -= is_working_day(day)
        day -= timedelta(days=1)
    return day


def move_working_days(day, count):
    """A promised day moved by `count` working days, back when negative; always a working day then."""
    if count >= 0:
        return add_working_days(day, count)
    day = working_days_before(day, -count)
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day
