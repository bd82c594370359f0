"""What people see of missions before signing up: which slots, in which order. Words: cards.py."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Count, IntegerField, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from vitre_civique.lib import french, prepared
from vitre_civique.lib.months import week_bounds
from volunteers.models import Volunteer

from .cards import public_card
from .listing import COUNTED_AT_MOST, Listing
from .models import Signup, Slot
from .models.signup import HELD, LIVE

PAGE_SIZE = 12
CALENDAR_AT_MOST = 300
COUNTED_AFRESH_AT_MOST = 2000  # missions to come in all
COUNTS_KEY, COUNTS_KEPT_SECONDS = "missions_by_quartier", 60
# What no card shows and every row would carry.
HEAVY = [
    "mission__public_text",
    "mission__internal_note",
    "mission__public_reason",
    "mission__search_text",
    "mission__quartier__boundary",
    "mission__gesture__search_text",
    "mission__gesture__hint",
]


@dataclass(frozen=True)
class Known:
    """What a list must know of its reader, as primary keys and (start, end) of the places held to come."""

    adjacent_ids: list
    prerequisite_ids: list
    slot_ids: list
    busy: list


# One row a live signup, one at least.
KNOWN = """
    SELECT {columns},
        ARRAY(SELECT a.to_quartier_id FROM quartiers_quartier_adjacent a
              WHERE v.reach = 'adjacent' AND a.from_quartier_id = v.quartier_id ORDER BY 1),
        ARRAY(SELECT p.prerequisite_id FROM volunteers_volunteer_prerequisites p
              WHERE p.volunteer_id = v.id ORDER BY 1),
        s.slot_id, s.starts_at, s.ends_at, s.state = ANY(%(held)s)
    FROM volunteers_volunteer v LEFT JOIN missions_signup s
        ON s.volunteer_id = v.id AND s.state = ANY(%(live)s)
    WHERE v.user_id = %(user)s ORDER BY s.starts_at, s.id
"""
# Of the volunteer, what lists look at; anything else is read when asked for.
COLUMNS = ["id", "user_id", "quartier_id", "reach", "kinds", "first_meeting_on"]


class Reader:
    """Who looks: a volunteer, and what the queries need of them, read once and only when needed."""

    def __init__(self, volunteer):
        self.volunteer = volunteer

    @classmethod
    def of(cls, volunteer):
        return None if volunteer is None else cls(volunteer)

    @classmethod
    def of_user(cls, user):
        """The volunteer `user` is, with all that a list needs in one statement; None for anybody else."""
        rows = _known_rows(user.pk) if user.is_authenticated else []
        if not rows:
            return None
        reader = cls(Volunteer.from_db(DEFAULT_DB_ALIAS, COLUMNS, rows[0][: len(COLUMNS)]))
        reader.volunteer.user = user
        reader.known = _known(rows)
        return reader

    @cached_property
    def known(self):
        return _known(_known_rows(self.volunteer.user_id))

    @property
    def adjacent_ids(self):
        return self.known.adjacent_ids


def _known_rows(user_id):
    states = {"live": [str(state) for state in LIVE], "held": [str(state) for state in HELD]}
    with prepared.cursor() as cursor:
        columns = ", ".join(f"v.{name}" for name in COLUMNS)
        cursor.execute(KNOWN.format(columns=columns), {"user": user_id, **states})
        return cursor.fetchall()


def _known(rows):
    adjacent_ids, prerequisite_ids = rows[0][len(COLUMNS) : len(COLUMNS) + 2]
    mine = [row[-4:] for row in rows if row[-4] is not None]
    busy = [(starts_at, ends_at) for _, starts_at, ends_at, is_held in mine if is_held]
    return Known(adjacent_ids, prerequisite_ids, [row[0] for row in mine], busy)


def with_counts(slots, now):
    """`held_count` and `newcomer_count` on each slot: how many places are taken at `now`."""
    held = Signup.objects.holding(now).filter(slot=OuterRef("pk")).order_by().values("slot")
    newcomers = held.filter(is_newcomer=True)
    return slots.annotate(held_count=_seats(held), newcomer_count=_counted(newcomers))


def first_cards(limit, filters, *, now, reader=None, only_open=False, only_mine=False):
    """Cards of the first missions of a Listing; with a reader each says why it suits them."""
    suits = reader if only_mine else None
    lines = Listing(filters, reader=suits, only_open=only_open, now=now).beginning(limit)
    return public_cards(lines, now=now, reader=reader)


def for_calendar(day, *, quartier=None, now):
    """The slots of the week of `day` that may still be chosen, in order."""
    start, end = week_bounds(day)
    slots = Slot.objects.upcoming(now).filter(starts_at__gte=start, starts_at__lt=end)
    if quartier is not None:
        slots = slots.filter(mission__quartier=quartier)
    rows = with_counts(slots, now).select_related("mission__quartier", "mission__gesture")
    return rows.defer(*HEAVY)[:CALENDAR_AT_MOST]


def for_detail(mission, *, now):
    """Every slot of one mission that has not ended, cancelled ones too, in order."""
    return with_counts(mission.slots.filter(ends_at__gt=now).order_by("starts_at", "id"), now)


def counts_by_quartier(*, now):
    """{quartier id: missions to come}, None standing for the whole town.

    Counting takes as long as there are missions: beyond a town's size the numbers are of the last minute.
    """
    if (kept := cache.get(COUNTS_KEY)) is not None:
        return kept
    rows = Slot.objects.upcoming(now).order_by().values_list("mission__quartier")
    counts = dict(rows.annotate(number=Count("mission", distinct=True)))
    if sum(counts.values()) > COUNTED_AFRESH_AT_MOST:
        cache.set(COUNTS_KEY, counts, COUNTS_KEPT_SECONDS)
    return counts


def next_cards(limit, now):
    """Cards of the next missions with a place left, for the home page."""
    return first_cards(limit, {}, only_open=True, now=now)


def meeting_cards(limit, now):
    """Cards of the next meetings with a place left, for whoever the mairie has not met yet."""
    return first_cards(limit, {"rencontre": True}, only_open=True, now=now)


def suggested_cards(volunteer, limit, now):
    """Cards of the next missions this person can do."""
    return first_cards(limit, {}, reader=Reader.of(volunteer), only_mine=True, now=now)


def public_cards(slots, *, now, volunteer=None, reader=None):
    """Dicts for `missions/_mission_card.html`; with a volunteer each says why it suits them."""
    reader = reader or Reader.of(volunteer)
    return [public_card(slot, now=now, reader=reader) for slot in slots]


@dataclass(frozen=True)
class Page:
    """One page of a Listing: its Lines, the cursors of its neighbours (or ""), and how many the list has,
    counted no further than what helps: one more than COUNTED_AT_MOST stands for « plus ».
    """

    slots: list
    before: str
    after: str
    number: int


def page_of(listing, *, after="", before=""):
    """The page after or before a cursor of this function; the first for anything else."""
    if at := _read_cursor(before):
        number, lines = listing.before(*at, PAGE_SIZE + 1)
        has_more, lines = len(lines) > PAGE_SIZE, lines[-PAGE_SIZE:]
        if lines:
            return Page(lines, _cursor(lines[0]) if has_more else "", _cursor(lines[-1]), number)
    at = _read_cursor(after)
    number, lines = listing.after(*at, PAGE_SIZE + 1) if at else listing.first(PAGE_SIZE + 1)
    has_more, lines = len(lines) > PAGE_SIZE, lines[:PAGE_SIZE]
    earlier = _cursor(lines[0]) if at and lines else ""
    return Page(lines, earlier, _cursor(lines[-1]) if has_more else "", number)


def full_count(filters, open_number, *, now):
    """How many missions that fit the filters have no place left, `open_number` being those that have.

    COUNTED_AT_MOST + 1 where the list is longer than it is counted: what is left of it is nobody's number.
    """
    number = Listing(filters, now=now).count()
    return number if number > COUNTED_AT_MOST else max(number - open_number, 0)


def count_sentence(number):
    """« 12 missions trouvées », for a number of `count_at_most`."""
    if number > COUNTED_AT_MOST:
        return f"Plus de {COUNTED_AT_MOST} missions trouvées."
    if not number:
        return "Aucune mission trouvée."
    return french.count(number, "mission trouvée.", "missions trouvées.")


def _counted(rows):
    number = rows.annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(number, output_field=IntegerField()), 0)


def _seats(rows):
    number = rows.annotate(number=Sum("seats")).values("number")
    return Coalesce(Subquery(number, output_field=IntegerField()), 0)


def _cursor(slot):
    return f"{int(slot.starts_at.timestamp() * 1_000_000)}-{slot.pk}"


def _read_cursor(text):
    """(moment, id), or None when nobody but a curious person wrote it."""
    moment, _, pk = text.partition("-")
    if not (moment.isdecimal() and pk.isdecimal() and len(moment) < 18 and len(pk) < 19):
        return None
    return datetime.fromtimestamp(0, tz=UTC) + timedelta(microseconds=int(moment)), int(pk)
