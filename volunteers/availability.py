"""Availability as codes 0…20: weekday (Monday 0) × 3 + part of the day, in Paris. Words, grid and spans."""

from datetime import time, timedelta

from vitre_civique.lib.months import PARIS, midnight

from .models import PartOfDay

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
CODES = range(21)
# Each part begins here and ends where the next begins; the night before dawn belongs to the morning.
PART_STARTS = {
    PartOfDay.MORNING: time(0),
    PartOfDay.AFTERNOON: time(12),
    PartOfDay.EVENING: time(18),
}


def code_of(weekday, part):
    return weekday * 3 + part


def label(code):
    """« mardi après-midi »."""
    return f"{WEEKDAYS[code // 3]} {PartOfDay(code % 3).label}"


def grid():
    """Rows of the table people tick: (weekday name, [(code, « lundi matin »), …])."""
    return [
        (name, [(code_of(weekday, part), f"{name} {part.label}") for part in PartOfDay])
        for weekday, name in enumerate(WEEKDAYS)
    ]


def in_words(codes):
    """« lundi matin et soir, samedi toute la journée » ; « cela dépend » when nothing is ticked."""
    if not codes:
        return "cela dépend"
    days = []
    for weekday, name in enumerate(WEEKDAYS):
        parts = [part.label for part in PartOfDay if code_of(weekday, part) in codes]
        if len(parts) == 3:
            days.append(f"{name} toute la journée")
        elif parts:
            days.append(f"{name} {' et '.join(parts)}")
    return ", ".join(days)


def codes_covering(starts_at, ends_at):
    """The codes that the span [starts_at, ends_at) touches, in Paris; at most three when it is short.

    >>> codes_covering(Monday 11 h, Monday 12 h 30)  →  {0, 1}
    """
    codes = set()
    day = starts_at.astimezone(PARIS).date()
    while midnight(day) < ends_at:
        for part, begin, end in _parts_of(day):
            if begin < ends_at and starts_at < end:
                codes.add(code_of(day.weekday(), part))
        day += timedelta(days=1)
    return codes


def _parts_of(day):
    """(part, start, end) of a Paris day, as aware datetimes: right on the nights the clock changes."""
    starts = [midnight(day).replace(hour=start.hour) for start in PART_STARTS.values()]
    ends = [*starts[1:], midnight(day + timedelta(days=1))]
    return zip(PART_STARTS, starts, ends, strict=True)


def is_available(codes, starts_at, ends_at):
    """Whether someone who ticked `codes` can come to the whole span; nothing ticked means « ask me »."""
    return not codes or codes_covering(starts_at, ends_at) <= set(codes)
