"""What everybody may read of a year of reports, as tables: open and ended, days to a first answer.

Public reports only, a whole year always; what is under five is hidden, also where a difference would tell.
"""

from dataclasses import dataclass

from django.db.models import Count, DurationField, F, Q

from vitre_civique.lib import french
from vitre_civique.lib.small_cells import SMALLEST_PUBLISHED, masked

from .deadlines import ANSWERS
from .models import Family
from .models.needs import OPEN_STATES
from .statistics import FAMILIES, Median, first_move, year_reports

TOTAL = "Toute la ville"
HIDDEN = f"moins de {SMALLEST_PUBLISHED}"
HELD_BACK = "non publié"


@dataclass(frozen=True)
class Tables:
    """`counts`: [(quartier, [open, ended of each family, total])], the town last; `delays`: [(who, words)]"""

    counts: list
    delays: list


def public_reports(year):
    return year_reports(year).public().order_by()


def tables(year):
    """The Tables of a year, empty when nothing was reported. Three queries."""
    counts = _counts(year)
    if not counts:
        return Tables([], [])
    rows = masked(list(counts.values()), SMALLEST_PUBLISHED)
    whole = [[*row, sum(row)] for row in counts.values()]
    whole.append([sum(column) for column in zip(*whole, strict=True)])
    told = [
        (name, [_words(shown, number) for shown, number in zip(row, numbers, strict=True)])
        for name, row, numbers in zip([*counts, TOTAL], rows, whole, strict=True)
    ]
    labels = {family.value: family.label for family in Family}
    by_family = [(labels[family], words) for family, words in _delays(year, "category__family")]
    return Tables(told, [*by_family, *_delays(year, "quartier__name")])


def _counts(year):
    """{quartier name: [open, ended of each family]}, by name."""
    is_open = Q(state__in=OPEN_STATES)
    rows = (
        public_reports(year)
        .values("quartier__name", "category__family")
        .annotate(open=Count("pk", filter=is_open), ended=Count("pk", filter=~is_open))
    )
    found = {}
    for row in sorted(rows, key=lambda row: row["quartier__name"]):
        cells = found.setdefault(row["quartier__name"], [0] * (2 * len(FAMILIES)))
        place = 2 * FAMILIES.index(row["category__family"])
        cells[place : place + 2] = row["open"], row["ended"]
    return found


def _delays(year, group):
    """[(value of `group`, « 4 jours » or why it is not said)]: the median of five answers or more."""
    rows = (
        public_reports(year)
        .annotate(delay=first_move(*ANSWERS) - F("filed_at"))
        .values(group)
        .annotate(answers=Count("delay"), median=Median("delay", output_field=DurationField()))
    )
    return [(row[group], _delay_words(row)) for row in sorted(rows, key=lambda row: row[group])]


def _delay_words(row):
    if row["answers"] < SMALLEST_PUBLISHED:
        return f"moins de {SMALLEST_PUBLISHED} réponses"
    days = round(row["median"].total_seconds() / 86400)
    return french.count(days, "jour", "jours") if days else "le jour même"


def _words(shown, number):
    if shown is not None:
        return str(shown)
    return HIDDEN if number < SMALLEST_PUBLISHED else HELD_BACK
