"""The month's distribution, on thousands of invented towns: what it must never do, whatever the town."""

from collections import Counter
from dataclasses import fields, replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

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


def row_of(table, key):
    (at,) = np.flatnonzero(table.key == key)
    return {column.name: getattr(table, column.name)[at].item() for column in fields(table)}


def is_in_reach(town, person, opening):
    home, place = person["quartier"], opening["quartier"]
    if ANYWHERE in (home, place) or home == place or person["reach"] == TOWN:
        return True
    return person["reach"] == ADJACENT and bool(town.adjacent[place, home])


@settings(max_examples=300, deadline=None)
@given(towns())
def test_never_somebody_a_rule_keeps_away(town):
    for person_key, opening_key in distribute(town):
        person, opening = row_of(town.people, person_key), row_of(town.openings, opening_key)
        assert person_key not in town.forbidden.get(opening_key, ())  # blocked, helped, busy, already asked
        assert person["free_from"] <= opening["day"]  # paused
        assert opening["takes_minors"] or not person["is_minor"]
        assert person["is_met"] or not opening["wants_met"]
        assert person["kinds"] == 0 or person["kinds"] & opening["kind"]
        assert person["moments"] == 0 or person["moments"] & opening["moments"] == opening["moments"]
        assert person["prerequisites"] & opening["prerequisites"] == opening["prerequisites"]
        assert is_in_reach(town, person, opening)


@settings(max_examples=300, deadline=None)
@given(towns())
def test_never_over_a_cap_nor_twice_nor_half_a_pair_nor_at_two_places_at_once(town):
    chosen = distribute(town)
    asked, filled = Counter(p for p, _ in chosen), Counter(o for _, o in chosen)

    assert len(set(chosen)) == len(chosen)
    assert all(number <= row_of(town.people, key)["capacity"] for key, number in asked.items())
    for key, number in filled.items():
        opening = row_of(town.openings, key)
        assert opening["at_least"] <= number <= opening["places"]
    for first_person, first in chosen:
        for other_person, other in chosen:
            if first_person == other_person and first < other:
                a, b = row_of(town.openings, first), row_of(town.openings, other)
                assert a["ends"] <= b["starts"] or b["ends"] <= a["starts"]


@settings(max_examples=300, deadline=None)
@given(towns())
def test_never_fewer_places_than_greedy(town):
    assert len(distribute(town)) >= len(greedy(town))


@settings(max_examples=150, deadline=None)
@given(towns(), st.integers(0, 2**32 - 1))
def test_the_order_of_the_rows_changes_nothing(town, seed):
    assert distribute(shuffled(town, seed)) == distribute(town)


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
