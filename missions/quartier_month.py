"""The month of each quartier in figures: hours, missions, reports answered, stories. Small cells are masked.

A cell is masked under five, and a second one beside it when the town's total would give the first away.
"""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from quartiers.models import NeedReport, NeedState, Quartier, Story
from vitre_civique.lib import french
from vitre_civique.lib.months import month_bounds
from volunteers.models import HourEntry

from .models import Mission, MissionState

SMALLEST = 5
MASKED = "moins de 5"
HELD_BACK = "non publié"
COLUMNS = ("minutes", "missions", "answered", "stories")
LABELS = {
    "minutes": "Heures données",
    "missions": "Missions",
    "answered": "Remontées qui ont reçu une réponse",
    "stories": "Récits",
}
ANSWERED = [NeedState.RESOLVED, NeedState.CLOSED]


@dataclass(frozen=True)
class Cell:
    """`text` as people read it; `value` None when masked, so that no template can show it."""

    label: str
    value: int | None
    text: str


def months_of_quartiers(month):
    """[(quartier, {column: Cell})] by name, and the town's {column: Cell}. Five queries."""
    quartiers = list(Quartier.objects.active().order_by("name", "id"))
    counted = _counts(month)
    columns = {name: _cells(name, quartiers, counted[name]) for name in COLUMNS}
    rows = [(quartier, {name: columns[name][0][quartier.pk] for name in COLUMNS}) for quartier in quartiers]
    return rows, {name: columns[name][1] for name in COLUMNS}


def _counts(month):
    """{column: {quartier pk or None: (value, how many it speaks of)}}."""
    start, end = month_bounds(month)
    during = {"gte": start, "lt": end}

    def by_quartier(rows, **sums):
        return rows.order_by().values("quartier").annotate(**sums)

    hours = by_quartier(
        HourEntry.objects.filter(month=month),
        value=Sum("minutes", default=0),
        people=Count("volunteer", distinct=True),
        erased=Count("pk", filter=Q(volunteer__isnull=True)),
    )
    missions = Mission.objects.filter(
        state__in=[MissionState.PUBLISHED, MissionState.DONE],
        slots__cancelled_at__isnull=True,
        **{f"slots__starts_at__{name}": at for name, at in during.items()},
    )
    answered = NeedReport.objects.public().filter(
        state__in=ANSWERED, **{f"ended_at__{name}": at for name, at in during.items()}
    )
    stories = Story.objects.public().filter(**{f"published_at__{name}": at for name, at in during.items()})
    counted = {
        "missions": by_quartier(missions, value=Count("pk", distinct=True)),
        "answered": by_quartier(answered, value=Count("pk")),
        "stories": by_quartier(stories, value=Count("pk")),
    }
    told = {
        name: {row["quartier"]: (row["value"], row["value"]) for row in rows}
        for name, rows in counted.items()
    }
    # Whoever was erased still counts as somebody.
    given = {row["quartier"]: (row["value"], row["people"] + min(row["erased"], 1)) for row in hours}
    return {"minutes": given, **told}


def _cells(name, quartiers, counted):
    """The cells of a column and its total. Missions and stories are public one by one: never masked."""
    values = {quartier.pk: counted.get(quartier.pk, (0, 0)) for quartier in quartiers}
    elsewhere = [pair for pk, pair in counted.items() if pk not in values]
    parts = [*values.items(), *((f"other-{rank}", pair) for rank, pair in enumerate(elsewhere))]
    hidden = _hidden(dict(parts)) if name in ("minutes", "answered") else set()
    cells = {}
    for pk, (value, of) in values.items():
        if pk in hidden:
            cells[pk] = Cell(LABELS[name], None, MASKED if 0 < of < SMALLEST else HELD_BACK)
        else:
            cells[pk] = Cell(LABELS[name], value, _words(name, value))
    total, people = sum(v for _, (v, _) in parts), sum(of for _, (_, of) in parts)
    if 0 < people < SMALLEST and name in ("minutes", "answered"):
        return cells, Cell(LABELS[name], None, MASKED)
    return cells, Cell(LABELS[name], total, _words(name, total))


def _hidden(parts):
    """Keys to mask: those that speak of one to four, and, by difference, as many more as it takes.

    With the total published, one masked cell alone is the total less the others; and several that together
    speak of fewer than five would still tell about so few. A cell of zero hides nothing: the next is taken.
    """
    hidden = {key for key, (_, of) in parts.items() if 0 < of < SMALLEST}
    others = sorted((of, str(key), key) for key, (_, of) in parts.items() if key not in hidden and of)
    while hidden and others and (len(hidden) < 2 or sum(parts[key][1] for key in hidden) < SMALLEST):
        hidden.add(others.pop(0)[2])
    return hidden


def _words(name, value):
    if name != "minutes":
        return str(value)
    return french.hours(max(value, 0))
