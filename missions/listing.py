"""One card a mission, the next slot that fits: the lists of missions to come, each read by one statement.

By hand, because the page that everybody opens asked for it: building the same SQL from a queryset cost three
times what PostgreSQL takes to answer. Pages and counts in words are browse.py's, a card's words cards.py's.
"""

from collections import namedtuple
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from vitre_civique.lib import prepared
from vitre_civique.lib.months import day_bounds, local_day, week_bounds
from vitre_civique.lib.search import plain
from volunteers.models import Reach

from .models import Slot
from .models.mission import mission_url, where_in_words
from .models.signup import OUTCOMES

COUNTED_AT_MOST = 100
WORDS_AT_MOST = 8
LENGTHS = {
    "courte": (timedelta(0), timedelta(minutes=45)),
    "une-heure": (timedelta(minutes=45), timedelta(minutes=75)),
    "longue": (timedelta(minutes=75), timedelta(days=366)),
}
OUTCOMES_TEXT = [str(state) for state in OUTCOMES]

OPEN_SLOT = "{slot}.starts_at > %(now)s AND {slot}.cancelled_at IS NULL"
# SignupQuerySet.holding(), in SQL: an offer that has expired holds nothing.
HOLDING = """(h.state = 'confirmed' OR h.state = ANY(%(outcomes)s)
              OR h.state IN ('pending', 'offered') AND h.expires_at > %(now)s)"""
WITH_ROOM = f"""{{slot}}.places > (
    SELECT COALESCE(sum(h.seats), 0) FROM missions_signup h WHERE h.slot_id = {{slot}}.id AND {HOLDING})"""  # noqa: S608 (constants)
# OFFSET 0 keeps it a question about one row: turned into a join, planning it takes longer than all the rest.
HAS_WHAT_IT_TAKES = """NOT EXISTS (
    SELECT FROM missions_missionprerequisite r
    WHERE r.mission_id = m.id AND r.prerequisite_id <> ALL(%(prerequisites)s) OFFSET 0)"""
LASTS = (
    "{slot}.ends_at > {slot}.starts_at + %(shortest)s AND {slot}.ends_at <= {slot}.starts_at + %(longest)s"
)
OF_MISSION = {
    "genre": "m.kind = %(genre)s",
    "aide": "m.help_kind = %(aide)s",
    "quartier": "m.quartier_id = %(quartier)s",
    "a_deux": "m.is_in_pairs",
    "rencontre": "m.is_meeting",
    "accessible": "m.is_accessible",
}

# The first slot of a mission that fits: none of its earlier ones does. So fenced (OFFSET 0), PostgreSQL walks
# slots in the order of their index and stops when it has enough, whatever it guesses of the conditions.
CHOSEN = """
    SELECT s.id, s.starts_at, s.ends_at, s.places, s.newcomer_places, m.id AS mission_id,
        m.title, m.kind, m.help_kind, m.is_meeting, m.public_place, m.quartier_id, m.gesture_id
    FROM missions_slot s CROSS JOIN LATERAL (
        SELECT * FROM missions_mission m
        WHERE m.id = s.mission_id AND m.state = 'published' AND {of_mission} OFFSET 0) m
    WHERE {of_slot} AND {with_room} AND NOT EXISTS (
        SELECT FROM missions_slot e
        WHERE e.mission_id = s.mission_id AND (e.starts_at, e.id) < (s.starts_at, s.id) AND {of_earlier}
        OFFSET 0)
"""
# What is counted and what is shown, together: `chosen` is the whole list as far as it is counted. Names come
# from questions about one row, as above.
PAGE = """
    WITH chosen AS MATERIALIZED ({chosen} ORDER BY s.starts_at, s.id LIMIT {count_at_most}),
    shown AS MATERIALIZED ({shown})
    SELECT (SELECT count(*) FROM chosen), c.id, c.starts_at, c.ends_at, c.places, c.newcomer_places,
        taken.held, taken.newcomers,
        (SELECT count(*) FROM missions_slot o WHERE o.mission_id = c.mission_id AND {open_other}),
        c.mission_id, c.title, c.kind, c.help_kind, c.is_meeting, c.public_place, c.quartier_id,
        (SELECT q.name FROM quartiers_quartier q WHERE q.id = c.quartier_id),
        (SELECT t.icon FROM missions_gesture t WHERE t.id = c.gesture_id)
    FROM shown c CROSS JOIN LATERAL (
        SELECT COALESCE(sum(h.seats), 0) AS held, count(*) FILTER (WHERE h.is_newcomer) AS newcomers
        FROM missions_signup h WHERE h.slot_id = c.id AND {holding}) taken
    ORDER BY c.starts_at, c.id
"""
FROM_THE_START = "SELECT * FROM chosen ORDER BY starts_at, id LIMIT {limit}"
AFTER = "{chosen} AND (s.starts_at, s.id) > (%(at)s, %(at_id)s) ORDER BY s.starts_at, s.id LIMIT {limit}"
BEFORE = """{chosen} AND (s.starts_at, s.id) < (%(at)s, %(at_id)s)
    ORDER BY s.starts_at DESC, s.id DESC LIMIT {limit}"""
COUNT = "SELECT count(*) FROM ({chosen} LIMIT {count_at_most}) counted"


Icon = namedtuple("Icon", "icon")


@dataclass(slots=True)
class ListedMission:
    """Of a mission what a card says; the same names as Mission's."""

    pk: int
    title: str
    kind: str
    help_kind: str
    is_meeting: bool
    public_place: str
    quartier_id: int | None
    quartier_name: str | None
    gesture: Icon | None

    @property
    def where(self):
        return where_in_words(self.public_place, self.quartier_name)

    def get_absolute_url(self):
        return mission_url(self.pk)


@dataclass(slots=True)
class Line:
    """A slot of a list with how many places are taken and how many dates its mission has; as Slot's names."""

    pk: int
    starts_at: datetime
    ends_at: datetime
    places: int
    newcomer_places: int
    held_count: int
    newcomer_count: int
    dates_count: int
    mission: ListedMission

    minutes = Slot.minutes


class Listing:
    """The missions that fit `filters` (FilterForm's cleaned data), each by its next slot that does.

    `only_open` keeps those with a place left; a `reader` (browse.Reader) those that this person can do, which
    always have one.
    """

    def __init__(self, filters, *, reader=None, only_open=False, now):
        self.values = {"now": now, "outcomes": OUTCOMES_TEXT}
        self.of_slot, self.of_mission = [OPEN_SLOT], ["TRUE"]
        self._filter({name: value for name, value in filters.items() if value}, now)
        self.only_open = only_open or reader is not None
        if reader is not None:
            self._only_what_suits(reader, now)

    def first(self, limit):
        """(how many at most COUNTED_AT_MOST + 1, the first `limit` Lines)."""
        return self._page(FROM_THE_START, limit=limit)

    def beginning(self, limit):
        """The first `limit` Lines, nothing counted: PostgreSQL looks no further."""
        return self._page(FROM_THE_START, limit=limit, counted=limit)[1]

    def after(self, moment, pk, limit):
        """As `first()`, beginning after the slot that starts at `moment`."""
        return self._page(AFTER, limit=limit, at=moment, at_id=pk)

    def before(self, moment, pk, limit):
        """As `first()`, the last `limit` Lines before that slot."""
        return self._page(BEFORE, limit=limit, at=moment, at_id=pk)

    def count(self):
        """How many, counted no further than COUNTED_AT_MOST + 1."""
        ((number,),) = self._rows(COUNT.format(chosen=self._chosen(), count_at_most=COUNTED_AT_MOST + 1))
        return number

    def _page(self, shown, *, limit, counted=COUNTED_AT_MOST + 1, **values):
        sql = PAGE.format(
            chosen=self._chosen(),
            shown=shown.format(chosen=self._chosen(), limit=int(limit)),
            count_at_most=counted,
            open_other=OPEN_SLOT.format(slot="o"),
            holding=HOLDING,
        )
        rows = self._rows(sql, values)
        return rows[0][0] if rows else self._counted_alone(shown), [_line(row) for row in rows]

    def _counted_alone(self, shown):
        """A page without rows says nothing of the list, unless it is the first."""
        return 0 if shown is FROM_THE_START else self.count()

    def _rows(self, sql, values=None):
        with prepared.cursor() as cursor:
            cursor.execute(sql, {**self.values, **(values or {})})
            return cursor.fetchall()

    def _chosen(self):
        of_slot, room = " AND ".join(self.of_slot), WITH_ROOM if self.only_open else "TRUE"
        return CHOSEN.format(
            of_slot=of_slot.format(slot="s"),
            with_room=room.format(slot="s"),
            of_earlier=f"{of_slot} AND {room}".format(slot="e"),
            of_mission=" AND ".join(self.of_mission),
        )

    def _filter(self, chosen, now):
        for name, condition in OF_MISSION.items():
            if name in chosen:
                self.of_mission.append(condition)
                self.values[name] = getattr(chosen[name], "pk", chosen[name])
        if "duree" in chosen:
            self.of_slot.append(LASTS)
            self.values["shortest"], self.values["longest"] = LENGTHS[chosen["duree"]]
        if "quand" in chosen:
            self.of_slot.append("{slot}.starts_at >= %(from)s AND {slot}.starts_at < %(until)s")
            self.values["from"], self.values["until"] = dates(chosen["quand"], local_day(now))
        for n, word in enumerate(plain(chosen.get("mots", "")).split()[:WORDS_AT_MOST]):
            self.of_mission.append(f"m.search_text LIKE %(word{n})s")
            self.values[f"word{n}"] = f"%{connection.ops.prep_for_like_query(word)}%"

    def _only_what_suits(self, reader, now):
        """« Seulement ce que je peux faire »: within reach, allowed, free then, with a place left."""
        volunteer, known = reader.volunteer, reader.known
        self.of_mission.append(HAS_WHAT_IT_TAKES)
        self.values |= {"prerequisites": known.prerequisite_ids, "mine": known.slot_ids}
        self.of_slot.append("{slot}.id <> ALL(%(mine)s)")
        for n, (starts_at, ends_at) in enumerate(known.busy):
            self.of_slot.append(
                f"({{slot}}.starts_at >= %(busy_until{n})s OR {{slot}}.ends_at <= %(busy_from{n})s)"
            )
            self.values |= {f"busy_from{n}": starts_at, f"busy_until{n}": ends_at}
        if volunteer.first_meeting_on is None:
            self.of_mission.append("m.kind <> 'interpersonal'")
        if volunteer.user.is_minor_on(local_day(now)):
            self.of_mission.append("m.is_open_to_minors")
        if volunteer.reach != Reach.TOWN and volunteer.quartier_id is not None:
            self.of_mission.append("(m.quartier_id IS NULL OR m.quartier_id = ANY(%(near)s))")
            self.values["near"] = [volunteer.quartier_id, *known.adjacent_ids]


def _line(row):
    _, pk, starts_at, ends_at, places, kept, held, newcomers, dates_count, *mission, icon = row
    return Line(
        *(pk, starts_at, ends_at, places, kept, held, newcomers, dates_count),
        ListedMission(*mission, icon and Icon(icon)),
    )


def dates(choice, today):
    """Aware (start, end) of « aujourdhui », « demain », « semaine », « week-end », « semaine-prochaine »."""
    monday = today - timedelta(days=today.weekday())
    if choice == "aujourdhui":
        return day_bounds(today)
    if choice == "demain":
        return day_bounds(today + timedelta(days=1))
    if choice == "week-end":
        return day_bounds(monday + timedelta(days=5))[0], day_bounds(monday + timedelta(days=6))[1]
    return week_bounds(today + timedelta(days=7 if choice == "semaine-prochaine" else 0))
