"""Phrases in French, with their typography."""

from datetime import UTC, date, datetime, timedelta

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
        (180, "trois\u00a0heures"),
    ],
)
def test_duration_in_words(minutes, words):
    assert french.duration(minutes) == words


@pytest.mark.parametrize(
    ("monday", "words"),
    [
        (date(2026, 11, 23), "du lundi 23 au dimanche 29\u00a0novembre 2026"),
        (date(2026, 11, 30), "du lundi 30\u00a0novembre au dimanche 6\u00a0décembre 2026"),
        (date(2026, 12, 28), "du lundi 28\u00a0décembre 2026 au dimanche 3\u00a0janvier 2027"),
    ],
)
def test_week_says_month_and_year_once(monday, words):
    assert french.week(monday, monday + timedelta(days=6)) == words


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0\u00a0h"), (1020, "17\u00a0h"), (1035, "17\u00a0h\u00a015")]
)
def test_hours_in_a_column(minutes, words):
    assert french.hours(minutes) == words


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
