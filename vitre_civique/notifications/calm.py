"""When a message may leave: quiet hours, Sundays, bank holidays, caps, the only exceptions (EM-07, EM-08).

Pure functions on Paris time; the clock is an argument.
"""

import functools
from datetime import datetime, time, timedelta

import holidays
from django.conf import settings

from vitre_civique.lib.months import PARIS

FIRST_HOUR = 8
LAST_HOUR = 20  # excluded
NEAR = timedelta(hours=24)
ALERTS_PER_DAY = 1
ALERTS_PER_MONTH = 4


@functools.cache
def _bank_holidays(year):
    return frozenset(holidays.country_holidays("FR", years=year))


def is_quiet_day(day) -> bool:
    """A Sunday or a French bank holiday."""
    return day.weekday() == 6 or day in _bank_holidays(day.year)


def is_quiet(moment: datetime) -> bool:
    local = moment.astimezone(PARIS)
    return is_quiet_day(local.date()) or not FIRST_HOUR <= local.hour < LAST_HOUR


def next_allowed(moment: datetime) -> datetime:
    """`moment` itself when nobody is disturbed, else 8 o’clock in Paris of the next ordinary day."""
    if not settings.MAIL_QUIET_HOURS or not is_quiet(moment):
        return moment
    local = moment.astimezone(PARIS)
    day = local.date()
    if local.hour >= FIRST_HOUR:
        day += timedelta(days=1)
    while is_quiet_day(day):
        day += timedelta(days=1)
    return opening(day)


def opening(day) -> datetime:
    return datetime.combine(day, time(FIRST_HOUR), tzinfo=PARIS)


def closing(day) -> datetime:
    return datetime.combine(day, time(LAST_HOUR), tzinfo=PARIS)


def next_day(moment: datetime) -> datetime:
    """The first allowed moment of a day after the Paris day of `moment`."""
    return next_allowed(opening(moment.astimezone(PARIS).date() + timedelta(days=1)))


def is_exempt(kind, happens_at: datetime | None, now: datetime) -> bool:
    """The exceptions: codes and safety notices; what is cancelled less than 24 hours before."""
    if kind.is_urgent:
        return True
    return kind.is_urgent_when_near and happens_at is not None and happens_at - now < NEAR


def leaves_at(kind, happens_at: datetime | None, now: datetime) -> datetime:
    """When a message of `kind` may leave, `now` or later."""
    return now if is_exempt(kind, happens_at, now) else next_allowed(now)


def window(now: datetime) -> tuple[datetime, datetime]:
    """(start, end) of the allowed hours that contain `now` or come next, for a mass of messages."""
    start = next_allowed(now)
    if not settings.MAIL_QUIET_HOURS:
        return start, start
    return start, max(start, closing(start.astimezone(PARIS).date()))
