"""The days a drill lives through: a night of daylight saving, quiet days and a month's end."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time

from vitre_civique.lib.months import PARIS, month_of


@dataclass(frozen=True)
class Calendar:
    first_day: date  # a Saturday: the night that follows has 23 or 25 hours
    quiet_day: date
    first_opening: date  # the first day after it on which mails may leave
    last_day: date  # of the month
    second_opening: date  # the first day of the next month on which mails may leave
    is_short: bool = False  # the drill ends with the first month

    @property
    def month(self):
        return month_of(self.first_day)

    @property
    def second_month(self):
        return month_of(self.second_opening)

    @property
    def start(self):
        return at(self.first_day, 9)

    @property
    def opening(self):
        return at(self.first_opening, 8)


def at(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute, second), tzinfo=PARIS)


# Easter falls on the night of 23 hours; the month ends on a Wednesday.
SPRING = Calendar(
    date(2027, 3, 27), date(2027, 3, 28), date(2027, 3, 30), date(2027, 3, 31), date(2027, 4, 1)
)
# The night of 25 hours; the month ends before a Sunday which is All Saints’ Day.
AUTUMN = Calendar(
    date(2026, 10, 24), date(2026, 10, 25), date(2026, 10, 26), date(2026, 10, 31), date(2026, 11, 2)
)


def calendar_of(seed: int, *, is_short: bool = False) -> Calendar:
    return replace(SPRING if seed % 2 else AUTUMN, is_short=is_short)
