"""On which days a mission comes back, and at which instants: dates in, dates out, no database.

The weekday and the hour on the wall stay, whatever the clocks do; a fifth Saturday becomes the last one in
the months that have four, as when a mission is copied to the next month.
"""

from datetime import UTC, datetime, timedelta

from vitre_civique.lib import french
from vitre_civique.lib.months import PARIS, add_months, month_of, next_month
from vitre_civique.lib.working_days import is_holiday

from .copies import same_weekday
from .models.series import Every

SLOTS_AT_MOST = 60
DAYS_AHEAD = 400
RANKS = ("premier", "deuxième", "troisième", "quatrième", "cinquième")
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def is_last_of_month(day):
    return (day + timedelta(weeks=1)).month != day.month


def days(first, every, *, until=None, times=None, skips_holidays=False):
    """(kept, skipped): the days of the series, `first` among them, and the bank holidays left out.

    Ends after `until`, or once `times` days are kept; never beyond SLOTS_AT_MOST days nor DAYS_AHEAD.
    """
    furthest = first + timedelta(days=DAYS_AHEAD)
    kept, skipped = [], []
    for day in _walk(first, every, min(until or furthest, furthest)):
        if len(kept) == min(times or SLOTS_AT_MOST, SLOTS_AT_MOST):
            break
        # The first day was chosen by a person: a bank holiday too, if they say so.
        is_skipped = skips_holidays and day != first and is_holiday(day)
        (skipped if is_skipped else kept).append(day)
    return kept, skipped


def days_between(first, every, *, since, until, skips_holidays=False):
    """The days of the same series in ]since, until], however long ago it began."""
    return [
        day for day in _walk(first, every, until) if day > since and not (skips_holidays and is_holiday(day))
    ]


def _walk(first, every, last):
    step = 0
    while (day := _nth_day(first, every, step)) <= last:
        yield day
        step += 1


def _nth_day(first, every, step):
    if every == Every.WEEK:
        return first + timedelta(weeks=step)
    if every == Every.FORTNIGHT:
        return first + timedelta(weeks=2 * step)
    month = add_months(month_of(first), step)
    if every == Every.MONTH:
        return same_weekday(first, month)
    last = next_month(month) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - first.weekday()) % 7)


def bounds(day, hour, minutes):
    """Aware (start, end) in Paris: that hour on the wall of that day, and `minutes` that really pass.

    In the night when 2 h 30 does not exist it is 3 h 30; in the one where it comes twice, the first.
    """
    start = datetime.combine(day, hour, tzinfo=PARIS).astimezone(UTC)
    return start.astimezone(PARIS), (start + timedelta(minutes=minutes)).astimezone(PARIS)


def in_words(series):
    """« Chaque semaine, le samedi à 10 h », « chaque mois, le deuxième samedi à 10 h »."""
    weekday = WEEKDAYS[series.first_on.weekday()]
    start, _ = bounds(series.first_on, series.starts_at_hour, series.minutes)
    at = f"{weekday} à {french.hour(start)}"
    return {
        Every.WEEK: f"Chaque semaine, le {at}",
        Every.FORTNIGHT: f"Toutes les deux semaines, le {at}",
        Every.MONTH: f"Chaque mois, le {RANKS[(series.first_on.day - 1) // 7]} {at}",
        Every.LAST: f"Chaque mois, le dernier {at}",
    }[Every(series.every)]
