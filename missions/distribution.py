"""The month at once: who is asked for what, so that most places fill, the nearest go, nobody is overasked.

Pure: columns of numbers in, pairs out; monthly.py reads and writes the database. A minimum-cost maximum flow
from people (as many times as they may be asked) to openings (as many as their places), one unit per pair.
"""

from dataclasses import dataclass, field, fields, replace
from math import gcd

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

ANYWHERE = -1  # a quartier: the whole town for an opening, « je ne sais pas » for a person
QUARTIER, ADJACENT, TOWN = range(3)  # how far a person goes
# Candidates looked at for one place of an opening: half among the best, half drawn evenly from all who could,
# so that openings do not all look at the same few. Small towns are never cut; very large ones look at fewer.
EDGES_A_PLACE_LEAST, EDGES_A_PLACE_MOST, EDGES_IN_ALL = 12, 24, 480_000
POOL_A_PLACE = 3  # how many of the best, for each place to fill of one kind in one quartier
GOLDEN = 0.618  # of a circle: steps of it come back to no place before they have been everywhere
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


@dataclass(frozen=True)
class Crowd:
    """People who do one kind of thing, in order of cost: their rows, and what decides how far they go."""

    rows: np.ndarray
    costs: np.ndarray
    home: np.ndarray
    reach: np.ndarray


def distribute(town):
    """[(person key, opening key)], whatever the order of the rows. Never fewer pairs than `greedy`."""
    town = in_order(town)
    first = edges_of(town)
    edges, chosen = best_flow(town, first)
    kept = feasible(town, edges, chosen)
    if len(kept) < len(chosen):  # two at one hour, or half of a pair: rare, hence repaired by hand
        kept = fill_up(town, edges, kept)
    if len(kept) < len(chosen):  # no greedy answer has more pairs than the flow
        simple = fill_up(town, first, [])
        if len(simple) > len(kept):
            return pairs(town, first, simple)
    return pairs(town, edges, kept)


def greedy(town):
    """The same, opening after opening, each taking the best who are left: what the flow is measured by."""
    town = in_order(town)
    edges = edges_of(town)
    return pairs(town, edges, fill_up(town, edges, []))


def in_order(town):
    """Rows sorted by key, so that the answer does not hang on how they came."""
    return replace(town, people=_sorted(town.people), openings=_sorted(town.openings))


def best_flow(town, edges):
    """(edges, chosen rows). Where the few looked at do not fill an opening, those still free are looked at
    too and all is weighed again: what a larger search would fill is not lost by having looked at few.
    """
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


def edges_of(town, *, most=None, rows=None):
    """Every pair that the rules allow; where there are more than `most` candidates for a place, so many.

    `rows`: only these openings. Sorted by opening. `most` follows the size of the town unless given. People
    are put in order once for a kind of help, and walked through only as far as an opening needs.
    """
    rows = np.arange(len(town.openings.key)) if rows is None else rows
    if most is None:
        share = EDGES_IN_ALL // max(1, int(town.openings.places.sum()))
        most = min(max(share, EDGES_A_PLACE_LEAST), EDGES_A_PLACE_MOST)
    parts = [(np.empty(0, np.int32),) * 3]
    for kind in np.unique(town.openings.kind[rows]):
        of_kind = rows[town.openings.kind[rows] == kind]
        crowd = _crowd(town.people, kind)
        for quartier in np.unique(town.openings.quartier[of_kind]):
            here = of_kind[town.openings.quartier[of_kind] == quartier]
            parts += _looked_at(town, here, *_within_reach(_circles(town, quartier), crowd), most)
    person, opening, cost = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.argsort(opening, kind="stable")
    return Edges(person[order], opening[order], cost[order])


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
    rows = np.asarray(chosen, dtype=np.int64)
    for edge in rows[np.lexsort((rows, edges.cost[rows]))].tolist():
        if _is_free(town, busy, edges, edge):
            busy.setdefault(int(edges.person[edge]), []).append(int(edges.opening[edge]))
            kept.append(edge)
    return _without_halves(town, edges, kept)


def fill_up(town, edges, kept):
    """Add to the edges `kept`, opening after opening, the best candidates who may still be asked."""
    left = town.people.capacity.tolist()
    missing = town.openings.places.tolist()
    busy, result, taken = {}, list(kept), set()
    for person, opening in zip(edges.person[kept].tolist(), edges.opening[kept].tolist(), strict=True):
        left[person] -= 1
        missing[opening] -= 1
        busy.setdefault(person, []).append(opening)
        taken.add((person, opening))
    bounds = np.searchsorted(edges.opening, np.arange(len(missing) + 1))
    for row in np.flatnonzero(np.array(missing, dtype=int) > 0).tolist():
        had = int(town.openings.places[row]) - missing[row]
        added = _best_left(town, edges, bounds[row : row + 2], missing[row], left, busy, taken)
        if had + len(added) < town.openings.at_least[row]:
            continue
        for edge in added:
            person = int(edges.person[edge])
            left[person] -= 1
            busy.setdefault(person, []).append(row)
        result += added
    return result


def pairs(town, edges, chosen):
    """[(person key, opening key)] in order of opening, then of person."""
    named = [
        (int(town.people.key[edges.person[e]]), int(town.openings.key[edges.opening[e]])) for e in chosen
    ]
    return sorted(named, key=lambda pair: (pair[1], pair[0]))


def _best_left(town, edges, bounds, wanted, left, busy, taken):
    added, (first, last) = [], bounds.tolist()
    for edge in (np.argsort(edges.cost[first:last], kind="stable") + first).tolist():
        person, opening = int(edges.person[edge]), int(edges.opening[edge])
        if left[person] > 0 and (person, opening) not in taken and _is_free(town, busy, edges, edge):
            added.append(edge)
            if len(added) == wanted:
                break
    return added


def _is_free(town, busy, edges, edge):
    others = busy.get(int(edges.person[edge]))
    if not others:
        return True
    starts, ends, row = town.openings.starts, town.openings.ends, edges.opening[edge]
    return all(ends[other] <= starts[row] or ends[row] <= starts[other] for other in others)


def _without_halves(town, edges, chosen):
    asked = np.bincount(edges.opening[chosen], minlength=len(town.openings.key)) if chosen else []
    return [e for e in chosen if asked[edges.opening[e]] >= town.openings.at_least[edges.opening[e]]]


def _crowd(people, kind):
    """Those who do that kind of thing and may still be asked, the best first."""
    likes = (people.kinds & kind) != 0
    rows = np.flatnonzero((likes | (people.kinds == 0)) & (people.capacity > 0)).astype(np.int32)
    minutes = np.clip(people.minutes_lately[rows], 0, MOST_MINUTES) // MINUTES_STEP * MINUTES_COST
    waited = (DAYS_WAITED_MOST - np.clip(people.days_waited[rows], 0, DAYS_WAITED_MOST)) * DAY_COST
    costs = (~likes[rows] * NO_TASTE + minutes + waited).astype(np.int32)
    order = np.lexsort((_mixed(people.key[rows]), costs))
    rows = rows[order]
    home = people.quartier[rows].astype(np.int16)
    reach = np.where(home == ANYWHERE, TOWN, people.reach[rows]).astype(np.int8)
    return Crowd(rows, costs[order], home, reach)


def _circles(town, quartier):
    """For each quartier one may live in, how far it is from `quartier`; the last line: « je ne sais pas »."""
    if quartier == ANYWHERE:
        return np.zeros(len(town.adjacent) + 1, dtype=np.int8)
    circles = np.append(np.where(town.adjacent[quartier], ADJACENT, TOWN), TOWN).astype(np.int8)
    circles[quartier] = QUARTIER
    return circles


def _within_reach(circles, crowd):
    """(rows, costs) of those of an ordered crowd who go as far, the nearest circle first."""
    how_far = circles[crowd.home]
    goes = how_far <= crowd.reach
    found = [np.flatnonzero(goes & (how_far == circle)) for circle in (QUARTIER, ADJACENT, TOWN)]
    further = np.repeat(np.arange(3, dtype=np.int32) * FURTHER, [len(circle) for circle in found])
    order = np.concatenate(found)
    return crowd.rows[order], crowd.costs[order] + further


def _looked_at(town, openings, found, costs, most):
    """One (people, openings, costs) for each of the `openings` of one kind and quartier."""
    pool = POOL_A_PLACE * int(town.openings.places[openings].sum())
    starts = _mixed(town.openings.key[openings])
    for row, start in zip(openings.tolist(), starts.tolist(), strict=True):
        few = most * int(town.openings.places[row])
        if len(found) <= few:
            at = np.flatnonzero(_may_come(town, found, row))
        else:
            at = _drawn(town, found[: pool + few], row, few // 2, start)
            at = np.concatenate([at, _drawn(town, found, row, few - len(at), start, but=at)])
        yield found[at], np.full(len(at), row, dtype=np.int32), costs[at]


def _drawn(town, found, row, wanted, start, *, but=None):
    """Places in `found` of up to `wanted` people who may come, `but` some: evenly, in an order that is always
    the same but for its start.
    """
    size, taken, number, seen = len(found), [np.empty(0, dtype=np.int64)], 0, 0
    step = max(1, int(size * GOLDEN))
    while gcd(step, size) != 1:
        step += 1
    if but is not None:
        is_known = np.zeros(size, dtype=bool)
        is_known[but] = True
    while number < wanted and seen < size:
        more = max(4 * (wanted - number), seen)
        at = (start + np.arange(seen, min(seen + more, size)) * step) % size
        seen += more
        at = at[_may_come(town, found[at], row)]
        if but is not None:
            at = at[~is_known[at]]
        taken.append(at[: wanted - number])
        number += len(taken[-1])
    return np.concatenate(taken)


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


def _mixed(keys):
    """A fixed scramble of keys, which no order of the rows changes."""
    mixed = keys.astype(np.uint64) * np.uint64(2654435761) & np.uint64(0xFFFFFFFF)
    return ((mixed ^ (mixed >> np.uint64(15))) * np.uint64(2246822519)) & np.uint64(0xFFFFFFFF)


def _united(edges, more, width):
    opening, person = (
        np.concatenate([getattr(edges, name), getattr(more, name)]) for name in ("opening", "person")
    )
    _, first = np.unique(opening.astype(np.int64) * width + person, return_index=True)
    return Edges(person[first], opening[first], np.concatenate([edges.cost, more.cost])[first])


def _sorted(table):
    order = np.argsort(table.key, kind="stable")
    return type(table)(**{column.name: getattr(table, column.name)[order] for column in fields(table)})
