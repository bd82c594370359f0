"""What the pages of missions need beside their rows: filters in addresses, slots with actions, weeks."""

from datetime import timedelta

from django.urls import reverse

from vitre_civique.lib import french
from vitre_civique.lib.months import PARIS

from . import browse
from .cards import icon_of, places_in_words, when
from .eligibility import ALREADY, own_signups, reasons_by_slot

PARTS = (("matin", 0, 12), ("après-midi", 12, 18), ("soir", 18, 24))


def query(request, **changes):
    """The address of this page with some parameters changed; an empty value removes one."""
    values = request.GET.copy()
    for name, value in changes.items():
        if value:
            values[name] = value
        else:
            values.pop(name, None)
    return f"{request.path}?{values.urlencode()}" if values else request.path


def slot_rows(mission, reader, now, *, asked=None):
    """Each slot of a mission page: words, the reader's own signup, reasons against, is it open.

    `asked`: what eligibility.prerequisites_asked() said for this reader, when it has been read.
    """
    slots = list(browse.for_detail(mission, now=now))
    for slot in slots:
        slot.mission = mission
    reasons, mine = {}, {}
    if reader is not None and slots:
        live = own_signups(reader.volunteer, now=now)
        reasons = reasons_by_slot(reader.volunteer, mission, slots, now=now, mine=live, asked=asked)
        mine = {signup.slot_id: signup for signup in live}
    return [_slot_row(slot, mine.get(slot.pk), reasons.get(slot.pk, []), now) for slot in slots]


def _slot_row(slot, signup, reasons, now):
    is_open = slot.cancelled_at is None and slot.starts_at > now
    return {
        "slot": slot,
        "when": when(slot, now),
        "span": french.span(slot.starts_at, slot.ends_at),
        "places": places_in_words(slot, now) if is_open else "",
        "is_full": slot.held_count >= slot.places,
        "is_open": is_open,
        "is_cancelled": slot.cancelled_at is not None,
        "signup": signup,
        "reasons": [reason for reason in reasons if reason != ALREADY],
        "url": reverse("missions:sign_up", args=[slot.pk]),
        "ics_url": reverse("missions:ics", args=[slot.pk]),
    }


def week_rows(slots, monday, now):
    """The days of a week from today on, each with its entries by part of the day: a row of the table, and a
    heading of the list."""
    today = now.astimezone(PARIS).date()
    days = [day for day in (monday + timedelta(days=n) for n in range(7)) if day >= today]
    entries = [_entry(slot, now) for slot in slots]
    return [
        {
            "day": day,
            "words": french.day(day).rsplit(" ", 1)[0],
            "entries": [entry for entry in entries if entry["day"] == day],
            "parts": [
                [e for e in entries if e["day"] == day and first <= e["hour"] < last]
                for _, first, last in PARTS
            ],
        }
        for day in days
    ]


def _entry(slot, now):
    local = slot.starts_at.astimezone(PARIS)
    return {
        "day": local.date(),
        "hour": local.hour,
        "at": french.hour(slot.starts_at),
        "lasts": french.duration(slot.minutes),
        "title": slot.mission.title,
        "url": slot.mission.get_absolute_url(),
        "icon": icon_of(slot.mission),
        "where": slot.mission.where,
        "places": places_in_words(slot, now),
    }
