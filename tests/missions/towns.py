"""Invented towns of any size as columns of numbers, for the property test and the benchmark."""

import numpy as np

from missions.distribution import ANYWHERE, Openings, People, Town

KINDS = 10
MONTH_STARTS = 739_000  # a day number
HOUR = 3600


def make_town(people, openings, *, quartiers=8, seed=1, places=(1, 4)):
    """A town on a grid: people like two to five kinds of things, go near or far."""
    rng = np.random.default_rng(seed)
    side = max(1, int(np.ceil(np.sqrt(quartiers))))
    adjacent = _grid(side)
    return Town(_people(rng, people, side * side), _openings(rng, openings, side * side, places), adjacent)


def _grid(side):
    x, y = np.divmod(np.arange(side * side), side)
    return np.abs(x[:, None] - x) + np.abs(y[:, None] - y) == 1


def _masks(rng, rows, width, least, most, share_any):
    chosen = np.zeros(rows, dtype=np.int64)
    for turn in range(most):
        bits = np.int64(1) << rng.integers(0, width, rows)
        chosen = np.where((turn < least) | (rng.random(rows) < 0.5), chosen | bits, chosen)
    return np.where(rng.random(rows) < share_any, 0, chosen)


def _people(rng, rows, quartiers):
    return People(
        key=np.arange(1, rows + 1),
        quartier=np.where(rng.random(rows) < 0.05, ANYWHERE, rng.integers(0, quartiers, rows)).astype(int),
        reach=rng.choice(3, rows, p=[0.25, 0.35, 0.4]),
        kinds=_masks(rng, rows, KINDS, 2, 5, 0.1),
        moments=_masks(rng, rows, 21, 3, 10, 0.15),
        prerequisites=rng.integers(0, 8, rows),
        is_minor=rng.random(rows) < 0.02,
        is_met=rng.random(rows) < 0.67,
        free_from=np.where(rng.random(rows) < 0.06, MONTH_STARTS + rng.integers(5, 60, rows), 0),
        minutes_lately=rng.choice([0, 0, 0, 60, 60, 90, 120, 240], rows),
        days_waited=rng.choice([400, 400, 20, 45, 75, 120], rows),
        capacity=rng.choice([0, 1, 1, 1, 1, 2], rows),
    )


def _openings(rng, rows, quartiers, places):
    starts = (MONTH_STARTS + rng.integers(1, 29, rows)) * 24 * HOUR + rng.integers(8, 19, rows) * HOUR
    count = rng.integers(*places, rows)
    is_visit = rng.random(rows) < 0.4
    return Openings(
        key=np.arange(1, rows + 1),
        quartier=np.where(rng.random(rows) < 0.15, ANYWHERE, rng.integers(0, quartiers, rows)).astype(int),
        kind=np.int64(1) << rng.integers(0, KINDS, rows),
        moments=np.int64(1) << rng.integers(0, 21, rows),
        prerequisites=np.where(rng.random(rows) < 0.08, np.int64(1) << rng.integers(0, 3, rows), 0),
        takes_minors=~is_visit & (rng.random(rows) < 0.4),
        wants_met=is_visit,
        day=starts // (24 * HOUR),
        starts=starts,
        ends=starts + HOUR,
        places=count,
        at_least=np.where((rng.random(rows) < 0.08) & (count > 1), 2, 1),
    )
