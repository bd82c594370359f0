"""The evaluation as tables: whole for the desk, small cells hidden for élus; bars; rows for a file."""

from dataclasses import dataclass

import tablib

from vitre_civique.lib.french import month as month_words
from vitre_civique.lib.small_cells import SMALLEST_FOR_ELECTED, masked

from .models import Family
from .statistics import FAMILIES

TOTAL = "Toute la ville"
HIDDEN = f"moins de {SMALLEST_FOR_ELECTED}"
BAR_WIDTH, BAR_HEIGHT, BAR_GAP = 400, 22, 12


@dataclass(frozen=True)
class Bar:
    """One quartier of the chart: its words, and where its bar lies in the picture."""

    label: str
    value: int
    y: int
    width: int


def family_rows(lines, *, hides_small):
    """[(quartier, [by family…, total])], the town last; hidden cells as words when `hides_small`."""
    counts = [[line.by_family[family] for family in FAMILIES] for line in lines]
    table = masked(counts, SMALLEST_FOR_ELECTED if hides_small else 0) if counts else []
    names = [*(line.quartier for line in lines), TOTAL]
    return [
        (name, [HIDDEN if cell is None else cell for cell in row])
        for name, row in zip(names, table, strict=False)
    ]


def quality_rows(lines, *, hides_small):
    """[(quartier, [first answer, resolution, reopened, satisfied, missions, stories])] in words."""
    return [(line.quartier, _quality(line, hides_small=hides_small)) for line in lines]


def _quality(line, *, hides_small):
    few = SMALLEST_FOR_ELECTED if hides_small else 0
    return [
        _days(line.answer_days) if line.reports >= few else HIDDEN,
        _days(line.resolution_days) if line.ended >= few else HIDDEN,
        _share(line.reopened, line.ended, few),
        _share(line.satisfied, line.said, few),
        line.missions if line.missions >= few else HIDDEN,
        "—" if line.stories is None else (line.stories if line.stories >= few else HIDDEN),
    ]


def _share(part, whole, few):
    """« 42 % ». For élus neither side may be small: a share and its whole give both."""
    if not whole:
        return HIDDEN if few else "—"
    if few and (part < few or whole - part < few):
        return HIDDEN
    return f"{round(100 * part / whole)} %"


def _days(days):
    return "—" if days is None else f"{days:g} j".replace(".", ",")


def bars(rows):
    """Bars of the totals of family_rows, the town's own left out; hidden totals have none."""
    totals = [(name, cells[-1]) for name, cells in rows[:-1] if isinstance(cells[-1], int)]
    most = max((total for _, total in totals), default=0) or 1
    return [
        Bar(name, total, index * (BAR_HEIGHT + BAR_GAP), round(BAR_WIDTH * total / most))
        for index, (name, total) in enumerate(totals)
    ]


def chart_height(found):
    return max(len(found) * (BAR_HEIGHT + BAR_GAP), BAR_HEIGHT)


HEADERS = (
    "Quartier",
    "Mois",
    *(Family(family).label for family in FAMILIES),
    "Remontées",
    "Première réponse (jours, médiane)",
    "Règlement (jours, médiane)",
    "Terminées",
    "Rouvertes",
    "Ont répondu « Est-ce réglé ? »",
    "Réglé pour elles",
    "Missions nées",
    "Récits",
)


def dataset(lines):
    """The whole evaluation, a line for each quartier and month: for the desk only."""
    data = tablib.Dataset(headers=HEADERS)
    for line in lines:
        data.append(
            [
                line.quartier,
                month_words(line.month),
                *(line.by_family[family] for family in FAMILIES),
                line.reports,
                line.answer_days,
                line.resolution_days,
                line.ended,
                line.reopened,
                line.said,
                line.satisfied,
                line.missions,
                line.stories,
            ]
        )
    return data
