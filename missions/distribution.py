"""The month at once: who is asked for what, so that most places fill, the nearest go, nobody is overasked.

Pure: columns of numbers in, pairs out; monthly.py reads and writes the database. A minimum-cost maximum flow
from people (as many times as they may be asked) to openings (as many as their places), one unit per pair.
"""

from dataclasses import dataclass, field, fields, replace

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

ANYWHERE = -1  # a quartier: the whole town for an opening, « je ne sais pas » for a person
QUARTIER, ADJACENT, TOWN = range(3)  # how far a person goes
# Candidates kept for one place of an opening: half the best, half drawn evenly, so that openings do not all
# look at the same few. Small towns are never cut.
EDGES_A_PLACE = 24
ROUNDS = 3  # of looking further for the openings that are left
# Each weight outweighs all that follow: the order of matching.rank.
FURTHER, NO_TASTE, ASKED_TWICE = 10_000, 3_000, 1_200
MINUTES_STEP, MINUTES_COST, MOST_MINUTES = 15, 40, 600
DAYS_WAITED_MOST, DAY_COST = 365, 2


@dataclass(frozen=True)
class People:
    """One row a person, in any order; `key` is what names them. Sets are bit masks, zero meaning « any »."""

    key: np.ndarray
    quartier: np.ndarray
    reach: np.ndarray
    kinds: np.ndarray
    moments: np.ndarray
    prerequisites: np.ndarray
    is_minor: np.ndarray
    is_met: np.ndarray
    free_from: np.ndarray  # day number: not before the end of a pause
    minutes_lately: np.ndarray
    days_waited: np.ndarray  # since last asked; large when never
    capacity: np.ndarray  # how many times this person may still be asked


@dataclass(frozen=True)
class Openings:
    """One row a slot with places to fill. `at_least`: fewer are not asked at all (two for a pair)."""

    key: np.ndarray
    quartier: np.ndarray
    kind: np.ndarray  # one bit
    moments: np.ndarray
    prerequisites: np.ndarray
    takes_minors: np.ndarray
    wants_met: np.ndarray
    day: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    places: np.ndarray
    at_least: np.ndarray


@dataclass(frozen=True)
class Town:
    people: People
    openings: Openings
    adjacent: np.ndarray  # [quartier, quartier] → bool
    forbidden: dict = field(default_factory=dict)  # opening key → keys of people who must not be asked


@dataclass(frozen=True)
class Edges:
    """Who could be asked for what, by row numbers, and at which cost."""

    person: np.ndarray
    opening: np.ndarray
    cost: np.ndarray


def distribute(town):
    """[(person key, opening key)], whatever the order of the rows. Never fewer pairs than `greedy`."""
    town = in_order(town)
    edges, chosen = best_flow(town)
    kept = feasible(town, edges, chosen)
    if len(kept) < len(chosen):  # two at one hour, or half of a pair: rare, hence repaired by hand
        filled = fill_up(town, edges, kept)
        kept = max(filled, fill_up(town, edges, []), key=len)
    return pairs(town, edges, kept)


def greedy(town):
    """The same, opening after opening, each taking the best who are left: what the flow is measured by."""
    town = in_order(town)
    edges = edges_of(town)
    return pairs(town, edges, fill_up(town, edges, []))


def in_order(town):
    """Rows sorted by key, so that the answer does not hang on how they came."""
    return replace(town, people=_sorted(town.people), openings=_sorted(town.openings))


def best_flow(town):
    """(edges, chosen rows). Where the few looked at do not fill an opening, those still free are looked at
    too and all is weighed again: what a larger search would fill is not lost by having looked at few.
    """
    edges = edges_of(town)
    chosen = flow(edges, town.people.capacity, town.openings.places)
    for _ in range(ROUNDS):
        asked = np.bincount(edges.opening[chosen], minlength=len(town.openings.key))
        missing = np.flatnonzero(asked < town.openings.places)
        times = np.bincount(edges.person[chosen], minlength=len(town.people.key))
        idle = replace(town, people=replace(town.people, capacity=town.people.capacity - times))
        wider = _united(edges, edges_of(idle, rows=missing), len(town.people.key))
        if len(wider.person) == len(edges.person):
            break
        edges = wider
        chosen = flow(edges, town.people.capacity, town.openings.places)
    return edges, chosen


def edges_of(town, *, most=EDGES_A_PLACE, rows=None):
    """Every pair that the rules allow; where there are more than `most` candidates for a place, so many.

    `rows`: only these openings. Sorted by opening.
    """
    buckets, parts = {}, []
    for row in range(len(town.openings.key)) if rows is None else rows:
        bucket_key = (int(town.openings.quartier[row]), int(town.openings.kind[row]))
        if bucket_key not in buckets:
            buckets[bucket_key] = _bucket(town, *bucket_key)
        found, costs = buckets[bucket_key]
        may = _may_come(town, found, row)
        found, costs = found[may], costs[may]
        few = most * int(town.openings.places[row])
        if len(found) > few:
            kept = _few(town, found, costs, row, few)
            found, costs = found[kept], costs[kept]
        parts.append((found, np.full(len(found), row), costs))
    if not parts:
        empty = np.empty(0, dtype=np.int64)
        return Edges(empty, empty, empty)
    return Edges(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def flow(edges, capacity, places):
    """Row numbers of the edges chosen: as many as can be, at the least total cost."""
    if not len(edges.person):
        return []
    people, openings = np.unique(edges.person), np.unique(edges.opening)
    source, sink = len(people) + len(openings), len(people) + len(openings) + 1
    asker = np.searchsorted(people, edges.person)
    asked = len(people) + np.searchsorted(openings, edges.opening)
    solver = SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(asker, asked, np.ones_like(asker), edges.cost)
    nodes = np.arange(len(people))
    # The first time somebody is asked costs nothing, each further time does: invitations spread.
    solver.add_arcs_with_capacity_and_unit_cost(
        np.full(len(people), source), nodes, np.minimum(capacity[people], 1), np.zeros(len(people), int)
    )
    again = np.maximum(capacity[people] - 1, 0)
    solver.add_arcs_with_capacity_and_unit_cost(
        np.full(len(people), source), nodes, again, np.full(len(people), ASKED_TWICE)
    )
    solver.add_arcs_with_capacity_and_unit_cost(
        len(people) + np.arange(len(openings)),
        np.full(len(openings), sink),
        places[openings],
        np.zeros(len(openings), int),
    )
    total = int(min(capacity[people].sum(), places[openings].sum()))
    solver.set_node_supply(source, total)
    solver.set_node_supply(sink, -total)
    if solver.solve_max_flow_with_min_cost() != SimpleMinCostFlow.OPTIMAL:
        raise ArithmeticError("The month's distribution has no optimum.")
    return np.flatnonzero(solver.flows(arcs)).tolist()


def feasible(town, edges, chosen):
    """Of the chosen edges, those without two openings at one hour for a person, nor half of a pair."""
    kept, busy = [], {}
    for edge in sorted(chosen, key=lambda e: (int(edges.cost[e]), e)):
        if _is_free(town, busy, edges, edge):
            busy.setdefault(int(edges.person[edge]), []).append(int(edges.opening[edge]))
            kept.append(edge)
    return _without_halves(town, edges, kept)


def fill_up(town, edges, kept):
    """Add to the edges `kept`, opening after opening, the best candidates who may still be asked."""
    left = town.people.capacity.astype(int).copy()
    missing = town.openings.places.astype(int).copy()
    busy, result = {}, list(kept)
    for edge in kept:
        left[edges.person[edge]] -= 1
        missing[edges.opening[edge]] -= 1
        busy.setdefault(int(edges.person[edge]), []).append(int(edges.opening[edge]))
    taken = {(int(edges.person[e]), int(edges.opening[e])) for e in kept}
    bounds = np.searchsorted(edges.opening, np.arange(len(missing) + 1))
    for row in range(len(missing)):
        had = int(town.openings.places[row]) - missing[row]
        added = _best_left(town, edges, range(bounds[row], bounds[row + 1]), missing[row], left, busy, taken)
        if had + len(added) < town.openings.at_least[row]:
            continue
        for edge in added:
            left[edges.person[edge]] -= 1
            busy.setdefault(int(edges.person[edge]), []).append(row)
        result += added
    return result


def pairs(town, edges, chosen):
    """[(person key, opening key)] in order of opening, then of person."""
    named = [
        (int(town.people.key[edges.person[e]]), int(town.openings.key[edges.opening[e]])) for e in chosen
    ]
    return sorted(named, key=lambda pair: (pair[1], pair[0]))


def _best_left(town, edges, candidates, wanted, left, busy, taken):
    added = []
    if wanted <= 0:
        return added
    for edge in sorted(candidates, key=lambda e: (int(edges.cost[e]), e)):
        person, opening = int(edges.person[edge]), int(edges.opening[edge])
        if left[person] > 0 and (person, opening) not in taken and _is_free(town, busy, edges, edge):
            added.append(edge)
            if len(added) == wanted:
                break
    return added


def _is_free(town, busy, edges, edge):
    starts, ends, row = town.openings.starts, town.openings.ends, edges.opening[edge]
    return all(
        ends[other] <= starts[row] or ends[row] <= starts[other]
        for other in busy.get(int(edges.person[edge]), ())
    )


def _without_halves(town, edges, chosen):
    asked = np.bincount(edges.opening[chosen], minlength=len(town.openings.key)) if chosen else []
    return [e for e in chosen if asked[edges.opening[e]] >= town.openings.at_least[edges.opening[e]]]


def _bucket(town, quartier, kind):
    """(rows, costs) of the people who go to `quartier` and do that kind of thing."""
    people = town.people
    if quartier == ANYWHERE:
        nearness = np.zeros(len(people.key), dtype=np.int64)
        goes = np.ones(len(people.key), dtype=bool)
    else:
        is_near = people.quartier == quartier
        is_next = town.adjacent[quartier][people.quartier] & (people.quartier != ANYWHERE)
        nearness = np.where(is_near, 0, np.where(is_next, 1, 2))
        goes = is_near | (people.quartier == ANYWHERE) | (people.reach == TOWN)
        goes |= (people.reach == ADJACENT) & is_next
    likes = (people.kinds & kind) != 0
    rows = np.flatnonzero(goes & (likes | (people.kinds == 0)) & (people.capacity > 0))
    minutes = np.clip(people.minutes_lately, 0, MOST_MINUTES) // MINUTES_STEP * MINUTES_COST
    waited = (DAYS_WAITED_MOST - np.clip(people.days_waited, 0, DAYS_WAITED_MOST)) * DAY_COST
    costs = nearness * FURTHER + ~likes * NO_TASTE + minutes + waited
    return rows, costs[rows].astype(np.int64)


def _may_come(town, rows, row):
    """Which of the people `rows` no rule keeps from the opening `row`."""
    people, openings = town.people, town.openings
    moments, asked = people.moments[rows], openings.moments[row]
    may = (moments == 0) | ((moments & asked) == asked)
    may &= people.free_from[rows] <= openings.day[row]
    needs = openings.prerequisites[row]
    if needs:
        may &= (people.prerequisites[rows] & needs) == needs
    if not openings.takes_minors[row]:
        may &= ~people.is_minor[rows]
    if openings.wants_met[row]:
        may &= people.is_met[rows]
    if barred := town.forbidden.get(int(openings.key[row])):
        may &= ~np.isin(people.key[rows], list(barred))
    return may


def _few(town, rows, costs, row, most):
    """Half the best and half drawn by a fixed scramble of the keys, which no order of the rows changes."""
    keys = town.people.key[rows].astype(np.uint64)
    mixed = (keys * np.uint64(2654435761) + np.uint64(town.openings.key[row]) * np.uint64(40503)) & np.uint64(
        0xFFFFFFFF
    )
    mixed = ((mixed ^ (mixed >> np.uint64(15))) * np.uint64(2246822519)) & np.uint64(0xFFFFFFFF)
    best = np.argpartition(costs * 4096 + (mixed & np.uint64(4095)).astype(np.int64), most // 2)[: most // 2]
    drawn = np.argpartition(mixed, most // 2)[: most // 2]
    return np.union1d(best, drawn)


def _united(edges, more, width):
    names = np.concatenate([edges.opening, more.opening]) * width + np.concatenate(
        [edges.person, more.person]
    )
    names, first = np.unique(names, return_index=True)
    costs = np.concatenate([edges.cost, more.cost])[first]
    return Edges(names % width, names // width, costs)


def _sorted(table):
    order = np.argsort(table.key, kind="stable")
    return type(table)(**{column.name: getattr(table, column.name)[order] for column in fields(table)})
