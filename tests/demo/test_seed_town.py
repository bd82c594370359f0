"""A town of any size: consistent, quick whatever its size, never beside real people by mistake."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count, F, Q
from django.test.utils import CaptureQueriesContext

from missions.models import Mission, Signup, Slot
from tests.factories import TODAY, create_user
from vitre_civique.accounts.models import User
from vitre_civique.demo.town import seed_town
from volunteers.models import HourEntry, Pledge, Volunteer


def small_town(**options):
    sizes = {"volunteers": 60, "missions": 40, "seed": 3, "today": TODAY, "say": lambda sentence: None}
    return seed_town(**{**sizes, **options})


@pytest.mark.django_db
def test_town_is_consistent():
    counts = small_town()

    assert counts["volontaires"] == Volunteer.objects.count() == Pledge.objects.count() == 60
    assert counts["missions"] == Mission.objects.count() == 40
    assert counts["inscriptions"] == Signup.objects.count() > 0
    for model in [User, Volunteer, Pledge, Mission, Slot, Signup, HourEntry]:
        for row in model.objects.all():
            row.clean_fields(exclude=["password"])  # the database has checked the constraints
    held = Count("signups", filter=Q(signups__state__in=["pending", "confirmed", "attended"]))
    assert not Slot.objects.annotate(held=held).filter(held__gt=F("places")).exists()
    assert Signup.objects.filter(state="attended").count() == HourEntry.objects.count()
    assert not Signup.objects.filter(created_at__gte=F("starts_at")).exists()
    assert not User.objects.exclude(email=None).exclude(email__endswith="@exemple.fr").exists()


@pytest.mark.django_db
def test_nobody_is_at_two_places_at_once():
    small_town(volunteers=5, missions=60)

    for volunteer in Volunteer.objects.prefetch_related("signups"):
        spans = sorted((signup.starts_at, signup.ends_at) for signup in volunteer.signups.all())
        assert all(before[1] <= after[0] for before, after in zip(spans, spans[1:], strict=False))


@pytest.mark.django_db
def test_number_of_statements_does_not_grow_with_the_town():
    small_town()  # the quartiers and the catalogue are there from now on
    with CaptureQueriesContext(connection) as few:
        small_town(volunteers=10, missions=5)
    with CaptureQueriesContext(connection) as many:
        small_town(volunteers=400, missions=200)

    assert len(many) == len(few)


@pytest.mark.django_db
def test_town_beside_another_adds_up():
    small_town()
    small_town(seed=4)

    assert Volunteer.objects.count() == 120
    assert Mission.objects.count() == 80


@pytest.mark.django_db
def test_real_people_are_protected():
    create_user(email="une.personne@ville-exemple.org")

    with pytest.raises(CommandError, match="vraies personnes"):
        call_command("seed_town", volunteers=5, missions=5)

    assert User.objects.count() == 1
    call_command("seed_town", volunteers=5, missions=5, yes=True, verbosity=0)
    assert Volunteer.objects.count() == 5


@pytest.mark.django_db
def test_empty_town_is_refused():
    with pytest.raises(CommandError, match="au moins un volontaire"):
        call_command("seed_town", volunteers=0, missions=5)
