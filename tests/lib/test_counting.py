"""Many numbers in one query: the same as each `.count()`, zero included."""

import pytest

from missions.models import Mission, Signup
from quartiers.models import Quartier
from tests.factories import create_mission, create_quartier, create_signup, create_slot
from vitre_civique.lib import counting
from vitre_civique.lib.counting import counts, in_words

pytestmark = pytest.mark.django_db


def test_counts_say_what_each_count_says_in_one_query(django_assert_num_queries):
    slot = create_slot(create_mission(quartier=create_quartier()))
    create_signup(slot), create_signup(slot)
    create_mission()
    rows = {
        "missions": Mission.objects.select_related("quartier"),
        "with_people": Mission.objects.filter(slots__signups__state="confirmed").distinct(),
        "twice": Mission.objects.filter(slots__signups__state="confirmed"),
        "signups": Signup.objects.order_by("-id"),
        "nobody": Signup.objects.filter(state="absent"),
        "never": Quartier.objects.none(),
    }

    with django_assert_num_queries(1):
        found = counts(**rows)

    assert found == {"missions": 2, "with_people": 1, "twice": 1, "signups": 2, "nobody": 0, "never": 0}
    assert counts() == {}
    assert counts(never=Quartier.objects.none(), missions=Mission.objects.all()) == {
        "never": 0,
        "missions": 2,
    }
    assert counts(never=Quartier.objects.none()) == {"never": 0}


def test_counting_stops_where_it_no_longer_helps(monkeypatch):
    monkeypatch.setattr(counting, "COUNTED_AT_MOST", 2)
    for _ in range(4):
        create_mission()

    found = counts(missions=Mission.objects.all())["missions"]

    assert found == 3
    assert in_words(found, "demande", "demandes") == "Plus de 2\u00a0demandes"
    assert in_words(2, "demande", "demandes") == "2\u00a0demandes"
