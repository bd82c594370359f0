"""The month's distribution on invented towns, beside first come first served, greedy and the optimum.

    .venv/bin/python -m benchmarks.matching [numbers of people: 2000 18000 200000]

Prints a table, then one JSON line per figure. Each size runs in a process of its own, for its peak memory.
"""

import json
import os
import platform
import resource
import sys
import time
from collections import Counter, namedtuple
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from multiprocessing import get_context

import numpy as np

from missions import distribution
from missions.distribution import ADJACENT, ANYWHERE, TOWN
from tests.missions.towns import make_town

# people, missions, quartiers, places of a mission (from, below), months simulated
SIZES = [
    (2_000, 300, 9, (1, 4), 3),
    (2_000, 300, 9, (4, 9), 0),
    (18_000, 2_000, 9, (1, 4), 3),
    (18_000, 2_000, 9, (5, 12), 0),
    (200_000, 20_000, 100, (1, 4), 0),
    (200_000, 20_000, 100, (5, 12), 0),
]
OPTIMUM_UP_TO = 18_000  # every pair as an edge: more would not fit in memory
STEP_KM, WITHIN_KM = 0.8, 0.4
ACCEPTED = 0.4


@dataclass
class Result:
    method: str
    people: int
    missions: int
    places: int
    filled: int
    share: float
    km_each: float
    seconds: float  # of this process's own work: other work on the machine does not count
    waited: float  # on the clock


def measure(size):
    people, missions, quartiers, places, months = size
    town = make_town(people, missions, quartiers=quartiers, places=places, seed=35500)
    before = peak_mb()
    flow = timed("flow", distribution.distribute, town)
    memory = peak_mb()  # before the other methods add theirs
    rows = [timed("first come", first_come, town), timed("greedy", distribution.greedy, town), flow]
    if people <= OPTIMUM_UP_TO:
        rows.append(timed("optimum", optimum, town))
    evenness = quarter(size) if months else None
    return rows, {"peak_mb": memory, "before_mb": before}, evenness


def timed(name, method, town):
    start, own = time.perf_counter(), time.process_time()
    chosen = method(town)
    waited, seconds = time.perf_counter() - start, time.process_time() - own
    total = int(town.openings.places.sum())
    return Result(
        name,
        len(town.people.key),
        len(town.openings.key),
        total,
        len(chosen),
        round(100 * len(chosen) / total, 1),
        round(kilometres(town, chosen) / max(1, len(chosen)), 2),
        round(seconds, 2),
        round(waited, 2),
    )


def optimum(town):
    """The flow over every pair the rules allow; pairs and overlapping hours left aside: an upper bound."""
    town = distribution.in_order(town)
    edges = distribution.edges_of(town, most=10**9)
    chosen = distribution.flow(edges, town.people.capacity, town.openings.places)
    return distribution.pairs(town, edges, chosen)


def first_come(town):
    """People arrive one after the other and take the nearest mission they can do that has a place."""
    people, openings = plain_rows(town.people), plain_rows(town.openings)
    by_place = {}
    for row, opening in enumerate(openings):
        by_place.setdefault((opening.quartier, opening.kind), []).append(row)
    left, chosen = [opening.places for opening in openings], []
    to_fill = sum(left)
    for number in np.random.default_rng(1).permutation(len(people)).tolist():
        person, mine = people[number], []
        for row in _in_sight(town, person, by_place) if to_fill else ():
            opening = openings[row]
            if len(mine) >= person.capacity:
                break
            is_free = all(each.ends <= opening.starts or opening.ends <= each.starts for each in mine)
            if left[row] > 0 and is_free and _may_come(person, opening):
                left[row] -= 1
                to_fill -= 1
                mine.append(opening)
                if not left[row]:
                    by_place[opening.quartier, opening.kind].remove(row)
        chosen += [(person.key, opening.key) for opening in mine]
    return chosen


def plain_rows(table):
    """Rows of plain numbers: one person after the other is quicker without arrays."""
    names = [column.name for column in fields(table)]
    row = namedtuple("Row", names)
    return [row(*each) for each in zip(*(getattr(table, name).tolist() for name in names), strict=True)]


def _may_come(person, opening):
    """The rules of distribution._may_come, for one pair."""
    return (
        (person.moments == 0 or person.moments & opening.moments == opening.moments)
        and person.free_from <= opening.day
        and person.prerequisites & opening.prerequisites == opening.prerequisites
        and (opening.takes_minors or not person.is_minor)
        and (person.is_met or not opening.wants_met)
    )


def _in_sight(town, person, by_place):
    """Missions of the kinds a person likes, the nearest quartiers first."""
    home, reach = person.quartier, person.reach
    everywhere = range(len(town.adjacent))
    near = [home] if home != ANYWHERE else []
    if home == ANYWHERE or reach == TOWN:
        near += [q for q in everywhere if q != home]
    elif reach == ADJACENT:
        near += np.flatnonzero(town.adjacent[home]).tolist()
    likes = person.kinds or -1
    for quartier in [*near[:1], ANYWHERE, *near[1:]]:
        for bit in range(10):
            if likes >> bit & 1:
                yield from tuple(by_place.get((quartier, 1 << bit), ()))


def kilometres(town, chosen):
    side = round(len(town.adjacent) ** 0.5)
    home = dict(zip(town.people.key.tolist(), town.people.quartier.tolist(), strict=True))
    place = dict(zip(town.openings.key.tolist(), town.openings.quartier.tolist(), strict=True))
    total = 0.0
    for person, opening in chosen:
        a, b = home[person], place[opening]
        if ANYWHERE in (a, b):
            total += STEP_KM
        else:
            total += WITHIN_KM + STEP_KM * float(np.hypot(a // side - b // side, a % side - b % side))
    return total


def quarter(size):
    """Three months in a row: who is asked how often, when four in ten say yes."""
    people, missions, quartiers, places, months = size
    rng, asked, most = np.random.default_rng(5), Counter(), 0
    town = make_town(people, missions, quartiers=quartiers, places=places, seed=1)
    everyone = replace(town.people, capacity=np.ones(people, int), days_waited=np.full(people, 400))
    minutes, waited = np.zeros(people, int), np.full(people, 400)
    for number in range(months):
        fresh = make_town(people, missions, quartiers=quartiers, places=places, seed=100 + number)
        month = replace(fresh, people=replace(everyone, minutes_lately=minutes, days_waited=waited))
        times = Counter(person for person, _ in distribution.distribute(month))
        asked.update(times)
        most = max(most, *times.values())
        rows = np.array(sorted(times)) - 1
        waited = waited + 30
        waited[rows] = 15
        minutes = minutes + 0
        minutes[rows] += 60 * (rng.random(len(rows)) < ACCEPTED)
    able = len(everyone.key)
    spread = Counter(asked.get(int(key), 0) for key in everyone.key)
    return {
        "most_in_a_month": most,
        "asked_at_least_once": round(100 * len(asked) / able, 1),
        "could_at_most": round(min(100, 100 * sum(asked.values()) / able), 1),
        "times": dict(sorted(spread.items())),
    }


def peak_mb():
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def machine():
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}"


def main():
    wanted = {int(word) for word in sys.argv[1:]} or {size[0] for size in SIZES}
    print(f"{date.today()}, {machine()}")  # noqa: DTZ011 (a label on a report)
    print("  people missions   places method        filled      %  km each   cpu s   clock")
    lines = []
    for size in SIZES:
        if size[0] not in wanted:
            continue
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            rows, memory, evenness = pool.submit(measure, size).result()
        for row in rows:
            print(
                f"{row.people:>8} {row.missions:>8} {row.places:>8} {row.method:<11} {row.filled:>8} "
                f"{row.share:>6} {row.km_each:>8} {row.seconds:>7} {row.waited:>7}",
                flush=True,
            )
            lines.append({"bench": "matching", **asdict(row)})
        lines.append({"bench": "matching.memory", "people": size[0], "missions": size[1], **memory})
        print(f"{'':>26} peak {memory['peak_mb']} MB (before the flow {memory['before_mb']} MB)")
        if evenness:
            print(f"{'':>26} a quarter: {evenness}", flush=True)
            lines.append({"bench": "matching.quarter", "people": size[0], "missions": size[1], **evenness})
    for line in lines:
        print(json.dumps(line))


if __name__ == "__main__":
    main()
