"""What the tests of the demonstration share: a town, and a way to say that two towns are the same."""

import hashlib

import pytest
from django.db import connection, transaction

from tests.factories import TODAY
from vitre_civique.demo.seed import seed_demo


def rows_of(model, columns):
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {names} FROM "{model._meta.db_table}" ORDER BY "{model._meta.pk.column}"')  # noqa: S608
        return cursor.fetchall()


def told_by(model):
    """A fingerprint of what a table says: keys are left out, they depend on what was there before."""
    columns = [field.column for field in model._meta.local_concrete_fields if not skips(field)]
    return hashlib.sha256(repr(rows_of(model, columns)).encode()).hexdigest()


def skips(field):
    # Keys move with the sequences, « signup-42 » names one of them, a hashed password is salted.
    return field.primary_key or field.is_relation or field.name in ("subject", "password")


@pytest.fixture
def demo_town(db):
    seed_demo(today=TODAY)


@pytest.fixture(scope="module")
def town_of_the_file(django_db_setup, django_db_blocker):
    """Seeded once, in a transaction around all tests of the file: each begins with the town as it was."""
    with django_db_blocker.unblock(), transaction.atomic():
        seed_demo(today=TODAY)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def seeded_town(town_of_the_file, db):
    """For files of which every test wants the town."""
