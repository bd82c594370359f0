"""The words by which the demonstration's data says when: « sam+1 14:00 90 » from today."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from vitre_civique.lib.months import PARIS

WEEKDAYS = {"lun": 0, "mar": 1, "mer": 2, "jeu": 3, "ven": 4, "sam": 5, "dim": 6}


@dataclass(frozen=True)
class PlannedSlot:
    """A slot as the data describes it, and who stands on it: (state, number or @account)."""

    starts_at: datetime
    ends_at: datetime
    places: int
    newcomer_places: int
    people: list


def day_of(words, today):
    """« +1 » tomorrow, « -3 »; « sam+1 » next Saturday after today, « sam-2 » the last but one before;
    « 12-13 » (month-day) the last such day before today."""
    if words[:3] in WEEKDAYS:
        return weekday_of(WEEKDAYS[words[:3]], int(words[3:]), today)
    if words[0] in "+-" or words == "0":
        return today + timedelta(days=int(words))
    month, number = map(int, words.split("-"))
    this_year = date(today.year, month, number)
    return this_year if this_year < today else date(today.year - 1, month, number)


def weekday_of(weekday, weeks, today):
    if weeks > 0:
        return today + timedelta(days=(weekday - today.weekday()) % 7 or 7, weeks=weeks - 1)
    return today - timedelta(days=(today.weekday() - weekday) % 7 or 7) + timedelta(weeks=weeks + 1)


def parse_slot(words, today):
    """« sam+1 14:00 90 6 kept=1 : confirmed 3, waiting @volontaire » → PlannedSlot."""
    when, _, people = words.partition(" : ")
    day, hour, minutes, places, *kept = when.split()
    starts_at = datetime.combine(day_of(day, today), time.fromisoformat(hour), tzinfo=PARIS)
    return PlannedSlot(
        starts_at=starts_at,
        ends_at=(starts_at.astimezone(UTC) + timedelta(minutes=int(minutes))).astimezone(PARIS),
        places=int(places),
        newcomer_places=int(kept[0].removeprefix("kept=")) if kept else 0,
        people=[tuple(part.split()) for part in people.split(", ") if part],
    )
