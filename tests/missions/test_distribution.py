"""The month's distribution, on thousands of invented towns: what it must never do, whatever the town."""

from collections import Counter
from dataclasses import fields, replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions import distribution
from missions.distribution import ADJACENT, ANYWHERE, TOWN, distribute, greedy

from .towns import make_town


@st.composite
def towns(draw):
    """A small town, with pairs of people who must not meet."""
    town = make_town(
        draw(st.integers(0, 40)),
        draw(st.integers(0, 15)),
        quartiers=draw(st.integers(1, 9)),
        seed=draw(st.integers(0, 2**32 - 1)),
    )
    barred = draw(
        st.dictionaries(st.integers(1, 15), st.frozensets(st.integers(1, 40), max_size=20), max_size=15)
    )
    return replace(town, forbidden=barred)


def shuffled(town, seed):
    rng = np.random.default_rng(seed)

    def mixed(table):
        order = rng.permutation(len(table.key))
        return type(table)(**{column.name: getattr(table, column.name)[order] for column in fields(table)})

    return replace(town, people=mixed(town.people), openings=mixed(town.openings))


def rows_of(table):
    """{key: that row as plain values}."""
    names = [column.name for column in fields(table)]
    columns = [getattr(table, name).tolist() for name in names]
    return {row[0]: dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)}


def is_in_reach(town, person, opening):
    home, place = person["quartier"], opening["quartier"]
    if ANYWHERE in (home, place) or home == place or person["reach"] == TOWN:
        return True
    return person["reach"] == ADJACENT and bool(town.adjacent[place, home])


def assert_no_rule_is_broken(town, person, opening):
    assert person["key"] not in town.forbidden.get(opening["key"], ())  # blocked, helped, busy, already asked
    assert person["free_from"] <= opening["day"]  # paused
    assert opening["takes_minors"] or not person["is_minor"]
    assert person["is_met"] or not opening["wants_met"]
    assert person["kinds"] == 0 or person["kinds"] & opening["kind"]
    assert person["moments"] == 0 or person["moments"] & opening["moments"] == opening["moments"]
    assert person["prerequisites"] & opening["prerequisites"] == opening["prerequisites"]
    assert is_in_reach(town, person, opening)


def assert_nobody_is_at_two_places_at_once(chosen, openings):
    by_person = {}
    for person, opening in chosen:
        by_person.setdefault(person, []).append(openings[opening])
    for theirs in by_person.values():
        for one, other in combinations(theirs, 2):
            assert one["ends"] <= other["starts"] or other["ends"] <= one["starts"]


@settings(max_examples=200, deadline=None)
@given(towns(), st.integers(0, 2**32 - 1))
def test_whatever_the_town_and_the_order_of_its_rows(town, seed):
    """Never over a cap, nor half a pair, nor at two places at once; never a minor where adults only, nor
    somebody blocked or otherwise kept away; never fewer places than greedy; the same for any order of rows.
    """
    people, openings = rows_of(town.people), rows_of(town.openings)

    chosen = distribute(town)

    assert len(set(chosen)) == len(chosen)
    for person, number in Counter(person for person, _ in chosen).items():
        assert number <= people[person]["capacity"]
    for opening, number in Counter(opening for _, opening in chosen).items():
        assert openings[opening]["at_least"] <= number <= openings[opening]["places"]
    for person, opening in chosen:
        assert_no_rule_is_broken(town, people[person], openings[opening])
    assert_nobody_is_at_two_places_at_once(chosen, openings)
    assert len(chosen) >= len(greedy(town))
    assert distribute(shuffled(town, seed)) == chosen


@settings(max_examples=60, deadline=None)
@given(towns(), st.integers(1, 3))
def test_looking_at_few_keeps_the_rules_and_still_beats_greedy(town, few):
    """What a town of 200,000 goes through: each place looks at a few candidates, then further if it must."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distribution, "EDGES_A_PLACE_LEAST", few)
        patch.setattr(distribution, "EDGES_A_PLACE_MOST", few)
        chosen, simple, again = distribute(town), greedy(town), distribute(shuffled(town, few))

    people, openings = rows_of(town.people), rows_of(town.openings)
    for person, opening in chosen:
        assert_no_rule_is_broken(town, people[person], openings[opening])
    assert_nobody_is_at_two_places_at_once(chosen, openings)
    assert len(chosen) >= len(simple)
    assert again == chosen


def test_a_larger_town_is_cut_to_the_best_few_and_still_beats_greedy():
    town = make_town(3000, 400, seed=7)

    assert distribute(shuffled(town, 3)) == distribute(town)
    assert len(distribute(town)) >= len(greedy(town)) > 0


def test_one_person_for_two_missions_leaves_the_easy_one_to_whoever_can_do_nothing_else():
    """Greedy would send the only gardener to the walk; the flow sends each where needed."""
    town = make_town(2, 2, quartiers=1, seed=1)
    people = replace(
        town.people,
        quartier=np.array([0, 0]),
        kinds=np.array([0b11, 0b01]),
        moments=np.array([0, 0]),
        is_minor=np.array([False, False]),
        is_met=np.array([True, True]),
        free_from=np.array([0, 0]),
        minutes_lately=np.array([0, 60]),
        days_waited=np.array([400, 400]),
        capacity=np.array([1, 1]),
    )
    openings = replace(
        town.openings,
        quartier=np.array([0, 0]),
        kind=np.array([0b01, 0b10]),
        prerequisites=np.array([0, 0]),
        places=np.array([1, 1]),
        at_least=np.array([1, 1]),
    )
    town = replace(town, people=people, openings=openings)

    assert greedy(town) == [(1, 1)]
    assert distribute(town) == [(2, 1), (1, 2)]
