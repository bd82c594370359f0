"""Seeding: the same town for the same day and seed, valid on any day, beside people already there."""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, F, Max, Q

from missions.catalogue import load_catalogue, shipped_gestures
from missions.models import (
    Collection,
    DropOffPoint,
    Gesture,
    Invitation,
    Mission,
    OpeningHours,
    Signup,
    Slot,
    Tally,
)
from missions.models.signup import HELD
from quartiers.models import (
    Mandate,
    Quartier,
)
from tests.demo.conftest import told_by
from tests.demo.test_seed_demo import TABLES
from tests.factories import TODAY, create_user
from vitre_civique.accounts.models import User
from vitre_civique.demo.seed import seed_demo
from vitre_civique.lib.months import local_day
from volunteers.models import HelpKind, HourEntry, Pledge, Volunteer


class Undone(Exception):
    pass


def fingerprint_of_a_town(**options):
    """Seeds, reads, and gives the tables back as they were."""
    try:
        with transaction.atomic():
            seed_demo(**options)
            prints = {model.__name__: told_by(model) for model in TABLES}
            raise Undone
    except Undone:
        return prints


@pytest.mark.django_db
def test_same_seed_and_day_make_the_same_town():
    first = fingerprint_of_a_town(today=TODAY, seed=1)

    assert fingerprint_of_a_town(today=TODAY, seed=1) == first
    assert fingerprint_of_a_town(today=TODAY, seed=2)["Volunteer"] != first["Volunteer"]


@pytest.mark.parametrize("today", [TODAY, date(2027, 3, 28), date(2028, 2, 29), date(2027, 7, 31)])
@pytest.mark.django_db
def test_rows_are_valid_whatever_the_day(today):
    seed_demo(today=today)

    known = [Quartier, User, Volunteer, Pledge, Mission, Slot, Signup, Invitation, HourEntry, Mandate]
    for model in [*known, Collection, DropOffPoint, OpeningHours, Tally]:
        for row in model.objects.all():
            row.clean_fields(exclude=["password", "boundary"])  # the database has checked the constraints
    assert_nobody_stands_too_many()
    assert_ledger_agrees_with_signups()


def assert_nobody_stands_too_many():
    """No more people than places, and a waiting list only where there is none left."""
    taken = [*HELD, "attended", "excused", "absent", "unknown"]
    slots = Slot.objects.annotate(
        held=Count("signups", filter=Q(signups__state__in=taken)),
        waiting=Count("signups", filter=Q(signups__state="waiting")),
    )
    assert list(slots.filter(held__gt=F("places"))) == []
    assert list(slots.filter(waiting__gt=0, held__lt=F("places"))) == []


def assert_ledger_agrees_with_signups():
    attended = dict(Signup.objects.filter(state="attended").values_list("pk", "minutes"))
    written = {}
    for subject, minutes in HourEntry.objects.exclude(source="declared").values_list("subject", "minutes"):
        key = int(subject.removeprefix("signup-"))
        written[key] = written.get(key, 0) + minutes
    assert written == attended


def test_seeding_leaves_a_person_already_there_alone(db):
    someone = create_user(email="quelquun@exemple.fr", first_name="Camille")

    seed_demo(today=TODAY)

    assert User.objects.get(pk=someone.pk).first_name == "Camille"


def test_catalogue_keeps_what_staff_edited(db):
    assert load_catalogue() == len(shipped_gestures())
    Gesture.objects.filter(name="Tailler une haie").update(usual_minutes=75)

    assert load_catalogue() == 0
    assert Gesture.objects.get(name="Tailler une haie").usual_minutes == 75


def test_catalogue_is_long_enough_and_drawn():
    gestures = shipped_gestures()

    assert len(gestures) >= 60
    assert {gesture.help_kind for gesture in gestures} == set(HelpKind)
    for gesture in gestures:
        gesture.clean_fields()


def test_no_slot_of_a_whole_year_falls_before_its_publication(db):
    """Each weekday, each month: the words « sam+1 », « 12-19 » still give days on the right side."""
    for back in range(9, 365, 89):
        today = TODAY + timedelta(days=back)
        try:
            with transaction.atomic():
                seed_demo(today=today)
                done = Slot.objects.filter(mission__state="done").aggregate(Max("ends_at"))["ends_at__max"]
                assert local_day(done) < today
                raise Undone
        except Undone:
            continue


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["seed_demo", "prepare_demo"])
def test_outside_the_demonstration_no_account_with_a_public_password_is_made(settings, command):
    settings.DEMO = False
    before = User.objects.count()

    with pytest.raises(CommandError, match="DEMO"):
        call_command(command)

    assert User.objects.count() == before
