"""Phrases in French, with their typography."""

from datetime import UTC, date, datetime

import pytest

from vitre_civique.lib import french


def test_moment_is_said_in_full_in_paris_time():
    assert (
        french.moment(datetime(2026, 11, 23, 13, 30, tzinfo=UTC))
        == "lundi 23\u00a0novembre 2026 à 14\u00a0h\u00a030"
    )


def test_first_of_month_is_premier():
    assert french.day(date(2026, 12, 1)) == "mardi 1er\u00a0décembre 2026"


def test_span_says_both_days_across_midnight():
    evening, late = datetime(2026, 11, 23, 20, 0, tzinfo=UTC), datetime(2026, 11, 23, 23, 30, tzinfo=UTC)

    assert french.span(evening, late) == (
        "du lundi 23\u00a0novembre 2026 à 21\u00a0h au mardi 24\u00a0novembre 2026 à 0\u00a0h\u00a030"
    )
    assert (
        french.span(evening, evening.replace(hour=21))
        == "lundi 23\u00a0novembre 2026, de 21\u00a0h à 22\u00a0h"
    )


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "0\u00a0minute"),
        (1, "1\u00a0minute"),
        (45, "45\u00a0minutes"),
        (60, "une heure"),
        (90, "1\u00a0h\u00a030"),
        (180, "3\u00a0heures"),
    ],
)
def test_duration_in_words(minutes, words):
    assert french.duration(minutes) == words


@pytest.mark.parametrize(
    ("month", "words"),
    [(4, "d’avril"), (8, "d’août"), (10, "d’octobre"), (11, "de novembre"), (12, "de décembre")],
)
def test_of_month_elides_before_a_vowel(month, words):
    assert french.of_month(date(2026, month, 1)) == words


def test_zero_is_singular():
    assert [french.count(n, "place", "places") for n in (0, 1, 2)] == [
        "0\u00a0place",
        "1\u00a0place",
        "2\u00a0places",
    ]
