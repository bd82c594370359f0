"""What people see of missions before signing up: which slots, in which order. Words: cards.py."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from django.core.cache import cache
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from vitre_civique.lib import french
from vitre_civique.lib.months import day_bounds, local_day, week_bounds
from vitre_civique.lib.search import plain
from volunteers.models import Reach

from .cards import public_card
from .models import MissionKind, MissionPrerequisite, Signup, Slot
from .models.signup import HELD, LIVE

PAGE_SIZE = 12
COUNTED_AT_MOST = 300
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
LENGTHS = {
    "courte": (timedelta(0), timedelta(minutes=45)),
    "une-heure": (timedelta(minutes=45), timedelta(minutes=75)),
    "longue": (timedelta(minutes=75), timedelta(days=366)),
}


@dataclass(frozen=True)
class Reader:
    """Who looks: a volunteer with what the queries need of them, read once and only when needed."""

    volunteer: object

    @classmethod
    def of(cls, volunteer):
        return None if volunteer is None else cls(volunteer)

    @cached_property
    def adjacent_ids(self):
        volunteer = self.volunteer
        near = volunteer.quartier is not None and volunteer.reach == Reach.ADJACENT
        return frozenset(volunteer.quartier.adjacent.values_list("pk", flat=True) if near else ())


def with_counts(slots, now):
    """`held_count` and `newcomer_count` on each slot: how many places are taken at `now`."""
    held = Signup.objects.holding(now).filter(slot=OuterRef("pk")).order_by().values("slot")
    newcomers = held.filter(is_newcomer=True)
    return slots.annotate(held_count=_seats(held), newcomer_count=_counted(newcomers))


def with_room(slots, now):
    """Those with a place left at `now`."""
    held = Signup.objects.holding(now).filter(slot=OuterRef("pk")).order_by().values("slot")
    return slots.alias(places_held=_seats(held)).filter(places_held__lt=F("places"))


def matching(filters, *, reader=None, only_mine=False, only_open=False, now):
    """One slot per mission, the next that fits the filters; nothing of what a card shows is read.

    `only_open` keeps those with a place left; what fits a person (`only_mine`) always has one.
    """
    slots = _filtered(Slot.objects.upcoming(now), filters, now)
    if only_mine and reader is not None:
        slots = fitting(slots, reader, now)
    elif only_open:
        slots = with_room(slots, now)
    earlier = slots.filter(mission=OuterRef("mission")).filter(
        Q(starts_at__lt=OuterRef("starts_at")) | Q(starts_at=OuterRef("starts_at"), pk__lt=OuterRef("pk"))
    )
    return slots.filter(~Exists(earlier.order_by()))


def for_cards(slots, *, now):
    """`slots` in order of start, with all that their cards need."""
    others = Slot.objects.upcoming(now).filter(mission=OuterRef("mission")).order_by().values("mission")
    return (
        with_counts(slots.order_by("starts_at", "id"), now)
        .annotate(dates_count=_counted(others))
        .select_related("mission__quartier", "mission__gesture")
        .defer(*HEAVY)
    )


def first_cards(limit, filters, *, now, reader=None, **kept):
    """Cards of the first slots of `matching()`."""
    slots = for_cards(matching(filters, reader=reader, now=now, **kept), now=now)[:limit]
    return public_cards(slots, now=now, reader=reader)


def fitting(slots, reader, now):
    """« Seulement ce que je peux faire »: within reach, allowed, free then, with a place left."""
    volunteer = reader.volunteer
    missing = MissionPrerequisite.objects.filter(mission=OuterRef("mission")).exclude(
        prerequisite__in=volunteer.prerequisites.values("pk")
    )
    mine = Signup.objects.filter(volunteer=volunteer)
    on_it = mine.filter(slot=OuterRef("pk"), state__in=LIVE)
    busy = mine.filter(state__in=HELD, starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at"))
    slots = with_room(slots, now).filter(~Exists(missing), ~Exists(on_it), ~Exists(busy))
    if volunteer.first_meeting_on is None:
        slots = slots.exclude(mission__kind=MissionKind.INTERPERSONAL)
    if volunteer.user.is_minor_on(local_day(now)):
        slots = slots.filter(mission__is_open_to_minors=True)
    if volunteer.reach == Reach.TOWN or volunteer.quartier_id is None:
        return slots
    near = {volunteer.quartier_id, *reader.adjacent_ids}
    return slots.filter(Q(mission__quartier__in=near) | Q(mission__quartier__isnull=True))


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
    """One page of a list in order of (start, id): rows, the cursors of its neighbours (or ""), and how many
    the list has, counted no further than what helps: one more than COUNTED_AT_MOST stands for « plus ».
    """

    slots: list
    before: str
    after: str
    number: int


def page_of(slots, *, after="", before="", now):
    """The page of `matching()` after or before a cursor of this function; the first for anything else."""
    if not (_read_cursor(before) or _read_cursor(after)):
        return _first_page(slots, now)
    number, slots = count_at_most(slots), for_cards(slots, now=now)
    if at := _read_cursor(before):
        rows = list(slots.filter(_is_before(*at)).order_by("-starts_at", "-id")[: PAGE_SIZE + 1])
        has_more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE][::-1]
        if rows:
            return Page(rows, _cursor(rows[0]) if has_more else "", _cursor(rows[-1]), number)
    at = _read_cursor(after)
    rows = list((slots.filter(_is_after(*at)) if at else slots)[: PAGE_SIZE + 1])
    has_more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    return Page(rows, _cursor(rows[0]) if at and rows else "", _cursor(rows[-1]) if has_more else "", number)


def _first_page(slots, now):
    """What everybody sees first: counted and chosen in one query, drawn from another."""
    pks = list(slots.order_by("starts_at", "id").values_list("pk", flat=True)[: COUNTED_AT_MOST + 1])
    rows = list(for_cards(Slot.objects.filter(pk__in=pks[:PAGE_SIZE]), now=now))
    return Page(rows, "", _cursor(rows[-1]) if len(pks) > PAGE_SIZE else "", len(pks))


def count_at_most(slots):
    """How many, counted no further than what helps: one more than COUNTED_AT_MOST stands for « plus »."""
    return slots.order_by()[: COUNTED_AT_MOST + 1].count()


def full_count(filters, open_number, *, now):
    """How many missions that fit the filters have no place left, `open_number` being those that have."""
    return max(count_at_most(matching(filters, now=now)) - open_number, 0)


def count_sentence(number):
    """« 12 missions trouvées », for a number of `count_at_most`."""
    if number > COUNTED_AT_MOST:
        return f"Plus de {COUNTED_AT_MOST} missions trouvées."
    if not number:
        return "Aucune mission trouvée."
    return french.count(number, "mission trouvée.", "missions trouvées.")


def _filtered(slots, filters, now):
    """`filters`: the cleaned data of FilterForm; what is absent or empty filters nothing."""
    chosen = {name: value for name, value in filters.items() if value}
    equal = {"genre": "mission__kind", "aide": "mission__help_kind", "quartier": "mission__quartier"}
    slots = slots.filter(**{column: chosen[name] for name, column in equal.items() if name in chosen})
    if "a_deux" in chosen:
        slots = slots.filter(mission__is_in_pairs=True)
    if "rencontre" in chosen:
        slots = slots.filter(mission__is_meeting=True)
    if "accessible" in chosen:
        slots = slots.filter(mission__is_accessible=True)
    if "duree" in chosen:
        shortest, longest = LENGTHS[chosen["duree"]]
        slots = slots.filter(ends_at__gt=F("starts_at") + shortest, ends_at__lte=F("starts_at") + longest)
    if "quand" in chosen:
        start, end = dates(chosen["quand"], local_day(now))
        slots = slots.filter(starts_at__gte=start, starts_at__lt=end)
    for word in plain(chosen.get("mots", "")).split()[:8]:
        slots = slots.filter(mission__search_text__contains=word)
    return slots


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


def _is_after(moment, pk):
    return Q(starts_at__gt=moment) | Q(starts_at=moment, pk__gt=pk)


def _is_before(moment, pk):
    return Q(starts_at__lt=moment) | Q(starts_at=moment, pk__lt=pk)
