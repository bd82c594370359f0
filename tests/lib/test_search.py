"""The column folded by PostgreSQL and the words folded by Python must agree."""

import pytest

from tests.factories import create_user
from vitre_civique.accounts.models import User
from vitre_civique.lib.search import plain

NAMES = ["Hélène", "ÉLODIE", "Cœur", "Œdipe", "Noël", "Garçon", "L’Hermine", "Æsop", "Ñandú", "Zoé-Maïwenn"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_database_and_python_fold_alike(name):
    user = create_user(first_name=name, last_name="")

    assert User.objects.get(pk=user.pk).search_text.strip() == plain(name)


@pytest.mark.django_db
def test_search_ignores_accents_and_capitals():
    wanted = create_user(first_name="Hélène", last_name="Çelik")
    create_user(first_name="Helga", last_name="Autre")

    assert list(User.objects.filter(search_text__contains=plain("helene celik"))) == [wanted]
