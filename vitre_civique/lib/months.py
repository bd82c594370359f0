"""Months and days as the town lives them: a month is its first day, bounds are half-open, in Europe/Paris."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def local_day(moment):
    """The calendar day of an aware datetime in Paris."""
    return moment.astimezone(PARIS).date()


def month_of(moment):
    """First day of the month in which `moment` (aware datetime, or date) falls, in Paris."""
    day = local_day(moment) if isinstance(moment, datetime) else moment
    return day.replace(day=1)


def add_months(month, count):
    """The first day of the month `count` months after (or before, when negative) `month`."""
    index = month.year * 12 + month.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


def next_month(month):
    return add_months(month, 1)


def previous_month(month):
    return add_months(month, -1)


def months_before(moment, count):
    """Midnight in Paris of the day `count` months before `moment`; the 31st becomes the last day there is."""
    day = local_day(moment)
    month = add_months(day.replace(day=1), -count)
    last_day = (add_months(month, 1) - month).days
    return midnight(month.replace(day=min(day.day, last_day)))


def months_between(first, last):
    """Every month from `first` to `last`, both included; empty when `last` comes before."""
    return [add_months(first, n) for n in range((last.year - first.year) * 12 + last.month - first.month + 1)]


def day_bounds(day):
    """Aware (start, end) of a Paris day, half-open: 23, 24 or 25 hours long."""
    return midnight(day), midnight(day + timedelta(days=1))


def month_bounds(month):
    """Aware (start, end) of a Paris month, half-open."""
    return midnight(month), midnight(next_month(month))


def week_bounds(day):
    """Aware (start, end) of the Monday-to-Sunday week of `day`, half-open."""
    monday = day - timedelta(days=day.weekday())
    return midnight(monday), midnight(monday + timedelta(days=7))


def midnight(day):
    return datetime.combine(day, time(), tzinfo=PARIS)


def parse_month(text):
    """« 2026-11 » → date(2026, 11, 1); ValueError otherwise."""
    year, _, month = text.partition("-")
    if len(year) != 4 or len(month) != 2:
        raise ValueError(text)
    return date(int(year), int(month), 1)
