"""Codes of availability, and which ones a span of time touches, also on the nights the clock changes."""

from datetime import date, datetime

import pytest

from vitre_civique.lib.months import PARIS
from volunteers.availability import CODES, code_of, codes_covering, grid, in_words, is_available, label


def paris(year, month, day, hour=0, minute=0, fold=0):
    return datetime(year, month, day, hour, minute, tzinfo=PARIS, fold=fold)


def test_grid_holds_each_code_once_in_order():
    codes = [code for _, cells in grid() for code, _ in cells]
    assert codes == list(CODES)
    assert grid()[1] == ("mardi", [(3, "mardi matin"), (4, "mardi après-midi"), (5, "mardi soir")])


def test_label_is_words():
    assert label(code_of(1, 1)) == "mardi après-midi"
    assert label(20) == "dimanche soir"


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ([], "cela dépend"),
        ([0], "lundi matin"),
        ([0, 2, 15, 16, 17], "lundi matin et soir, samedi toute la journée"),
    ],
)
def test_in_words(codes, words):
    assert in_words(codes) == words


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "codes"),
    [
        (paris(2026, 11, 23, 9), paris(2026, 11, 23, 10), {0}),
        (paris(2026, 11, 23, 11), paris(2026, 11, 23, 12), {0}),  # half-open: noon is not touched
        (paris(2026, 11, 23, 11), paris(2026, 11, 23, 12, 1), {0, 1}),
        (paris(2026, 11, 23, 18), paris(2026, 11, 23, 19), {2}),
        (paris(2026, 11, 30, 23), paris(2026, 12, 1, 1), {2, 3}),  # across midnight at month's end
        (paris(2026, 2, 28, 23), paris(2026, 3, 1, 0), {17}),  # 28 February
        (paris(2026, 3, 29, 1), paris(2026, 3, 29, 4), {18}),  # the short night
        (paris(2026, 10, 25, 2, fold=0), paris(2026, 10, 25, 2, 30, fold=1), {18}),  # the long night
        (paris(2026, 10, 24, 23), paris(2026, 10, 25, 13), {17, 18, 19}),
        (paris(2026, 3, 28, 17), paris(2026, 3, 30, 0), {16, 17, 18, 19, 20}),
    ],
)
def test_codes_covering(starts_at, ends_at, codes):
    assert codes_covering(starts_at, ends_at) == codes


def test_a_week_covers_everything():
    monday = date(2026, 11, 23)
    assert codes_covering(paris(2026, 11, monday.day), paris(2026, 11, 30)) == set(CODES)


def test_is_available_needs_every_part_and_nothing_ticked_means_ask_me():
    span = paris(2026, 11, 23, 11), paris(2026, 11, 23, 13)
    assert is_available([], *span) is True
    assert is_available([0], *span) is False
    assert is_available([0, 1], *span) is True
