"""The month of each quartier: figures once, small cells masked, also by difference."""

from datetime import date

import pytest
from django.urls import reverse

from missions import quartier_month as months
from tests.factories import NOW, TODAY, create_mission, create_quartier, create_slot, create_volunteer
from tests.quartiers.factories import create_report
from tests.quartiers.test_stories import create_story
from vitre_civique.lib.months import month_of
from volunteers.models import HourEntry

pytestmark = pytest.mark.django_db
MONTH = month_of(TODAY)


def give(quartier, people, minutes=60, month=MONTH):
    for _ in range(people):
        HourEntry.objects.create(
            volunteer=create_volunteer(), quartier=quartier, month=month, minutes=minutes, source="declared"
        )


def answered(quartier, number):
    for _ in range(number):
        create_report(
            "resolved",
            quartier=quartier,
            author=None,
            ended_at=NOW,
            public_summary="Réparé.",
            visibility="public",
        )


def column(name, month=MONTH):
    rows, town = months.months_of_quartiers(month)
    return {quartier.name: cells[name].text for quartier, cells in rows} | {"ville": town[name].text}


@pytest.fixture
def four():
    return [create_quartier(name=name, slug=name.lower()) for name in ("Ancien", "Bourg", "Clos", "Douve")]


def test_counts_of_a_month(four):
    give(four[0], 6)
    give(four[0], 1, month=date(2026, 10, 1))
    mission = create_mission(quartier=four[0])
    create_slot(mission)
    create_slot(mission)
    create_slot(create_mission(quartier=four[0], state="draft"))
    answered(four[0], 5)
    create_story(quartier=four[0])
    create_story("submitted", quartier=four[0])
    rows, _ = months.months_of_quartiers(MONTH)
    assert {name: cell.value for name, cell in rows[0][1].items()} == {
        "minutes": 360,
        "missions": 1,
        "answered": 5,
        "stories": 1,
    }


def test_under_five_people_is_masked_and_so_is_what_would_tell_it(four):
    for quartier, people in zip(four, (2, 9, 6, 0), strict=True):
        give(quartier, people)
    assert column("minutes") == {
        "Ancien": "moins de 5",
        "Bourg": "9\u00a0h",
        "Clos": "non publié",
        "Douve": "0\u00a0h",
        "ville": "17\u00a0h",
    }


def test_two_small_cells_that_together_tell_of_fewer_than_five_take_a_third(four):
    for quartier, people in zip(four, (1, 2, 7, 8), strict=True):
        give(quartier, people)
    assert column("minutes") == {
        "Ancien": "moins de 5",
        "Bourg": "moins de 5",
        "Clos": "non publié",
        "Douve": "8\u00a0h",
        "ville": "18\u00a0h",
    }


def test_a_town_of_four_people_shows_no_hours_at_all(four):
    give(four[0], 4)
    assert column("minutes")["Ancien"] == column("minutes")["ville"] == "moins de 5"


def test_hours_of_erased_people_are_masked_like_others(four):
    give(four[0], 1)
    give(four[1], 8)
    HourEntry.objects.filter(quartier=four[0]).update(volunteer=None)
    assert column("minutes")["Ancien"] == "moins de 5"


def test_answered_reports_are_the_public_ones_masked_under_five(four):
    answered(four[0], 3)
    answered(four[1], 6)
    answered(four[2], 7)
    for _ in range(5):
        create_report("resolved", quartier=four[3], author=None, ended_at=NOW)
    assert column("answered") == {
        "Ancien": "moins de 5",
        "Bourg": "non publié",
        "Clos": "7",
        "Douve": "0",
        "ville": "16",
    }


def test_a_masked_number_is_nowhere_in_the_pages(client, four):
    give(four[0], 3, minutes=37)
    give(four[1], 9)
    give(four[2], 9)
    for path in (reverse("missions:town_month"), reverse("missions:quartier_month", args=["ancien"])):
        page = client.get(path, {"mois": "2026-11"}).content.decode()
        assert "moins de 5" in page
        for written in ("111", "1\u00a0h\u00a051"):
            assert written not in page


@pytest.mark.parametrize("text", ["2019-12", "2999-01", "novembre", "2026-13", "2026-11-01"])
def test_what_is_no_month_is_not_found(client, four, text):
    for path in (reverse("missions:town_month"), reverse("missions:quartier_month", args=["ancien"])):
        assert client.get(path, {"mois": text}).status_code == 404


def test_unknown_or_closed_quartier_is_not_found(client, four):
    four[0].is_active = False
    four[0].save()
    for slug in ("ancien", "nulle-part"):
        assert client.get(reverse("missions:quartier_month", args=[slug])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_query_counts(client, django_assert_num_queries, count):
    for _ in range(count):
        quartier = create_quartier()
        create_story(quartier=quartier)
        give(quartier, 2)
    with django_assert_num_queries(5):
        client.get(reverse("missions:town_month"))
    with django_assert_num_queries(6):
        client.get(reverse("missions:quartier_month", args=[quartier.slug]))
