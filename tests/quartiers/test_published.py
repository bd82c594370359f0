"""The public figures of a year: medians of five answers or more, no small cell, also by difference."""

from datetime import timedelta
from itertools import product

import pytest
import time_machine

from quartiers import published
from quartiers.models import NeedState
from tests.desk.forms import text_of
from tests.factories import NOW, create_quartier

from .factories import create_category, create_report

pytestmark = pytest.mark.django_db
FIGURES = "/remontees/chiffres/"


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def categories():
    return {family: create_category(family=family) for family in ("comfort", "health", "safety")}


def report_some(number, quartier, category, state=NeedState.RECEIVED, days=None, **fields):
    """`number` public reports; answered `days` days after they were sent."""
    fields = {"visibility": "public", "public_summary": "Un banc.", "author": None, **fields}
    for _ in range(number):
        report = create_report(state, quartier=quartier, category=category, **fields)
        if days is not None:
            report.state_changes.create(to_state="in_progress", at=NOW + timedelta(days=days))


def test_open_and_ended_by_family_and_median_days(categories):
    here = create_quartier(name="Le Rachapt")
    report_some(6, here, categories["comfort"], days=2)
    report_some(7, here, categories["comfort"], NeedState.RESOLVED, days=4)
    report_some(5, here, categories["health"], NeedState.CLOSED)
    report_some(5, here, categories["health"], days=9)
    report_some(5, here, categories["safety"])
    report_some(8, here, categories["safety"], NeedState.CLOSED)
    report_some(9, here, categories["safety"], visibility="referents")  # what few may read counts for nobody

    tables = published.tables(2026)

    numbers = ["6", "7", "5", "5", "5", "8", "36"]
    assert tables.counts == [("Le Rachapt", numbers), ("Toute la ville", numbers)]
    assert dict(tables.delays) == {
        "Confort": "4\u00a0jours",
        "Santé": "9\u00a0jours",
        "Sécurité": "moins de 5 réponses",
        "Le Rachapt": "4\u00a0jours",
    }


def test_small_cells_are_masked_also_by_difference(client, categories):
    here, there = create_quartier(name="Bourg"), create_quartier(name="Clos")
    for quartier, category, state in product(
        (here, there), categories.values(), (NeedState.RECEIVED, NeedState.RESOLVED)
    ):
        report_some(7, quartier, category, state)
    report_some(3, create_quartier(name="Douve"), categories["health"])

    counts = dict(published.tables(2026).counts)

    # Nowhere a line or a column whose total is said and that hides one cell alone.
    for line in [*counts.values(), *zip(*counts.values(), strict=True)]:
        hidden = [cell for cell in line if not cell.isdecimal()]
        assert len(hidden) != 1 or not line[-1].isdecimal()
    assert counts["Douve"][2] == "moins de 5"
    assert "3" not in [cell for line in counts.values() for cell in line]
    assert "moins de 5" in text_of(client.get(FIGURES))


@pytest.mark.parametrize("year", ["2019", "2027", "deux", "-1", "20260"])
def test_what_is_no_year_of_ours_is_not_found(client, year):
    assert client.get(FIGURES, {"annee": year}).status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_three_queries(client, django_assert_num_queries, number):
    for _ in range(number):
        report_some(1, create_quartier(), create_category(), days=1)
    with django_assert_num_queries(3):
        client.get(FIGURES)


def test_an_empty_year_says_what_will_be_there(client):
    assert "Rien n’a été publié cette année-là" in text_of(client.get(FIGURES, {"annee": "2024"}))
