"""What accounts forget by themselves, and the one person who cannot leave: DP-13."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings

from missions.erasure import ErasureError, erase_person
from tests.factories import NOW, create_user
from vitre_civique.accounts.models import User
from vitre_civique.accounts.retention import drop_unverified
from vitre_civique.accounts.roles import Role, grant_role

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)


def signed_up(*, verified=False, ago=WEEK, **fields):
    person = create_user(date_joined=NOW - ago, **fields)
    EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=verified)
    return person


def test_a_sign_up_never_confirmed_goes_after_seven_days_and_nothing_else_does():
    signed_up()
    kept = [
        signed_up(ago=WEEK - SECOND),
        signed_up(verified=True),
        signed_up(last_login=NOW),
        signed_up(is_staff=True),
        signed_up(origin="counter"),
        create_user(date_joined=NOW - 2 * WEEK),
        create_user(email=None, origin="phone", date_joined=NOW - 2 * WEEK),
    ]

    assert drop_unverified(now=NOW) == 1
    assert drop_unverified(now=NOW) == 0
    assert sorted(User.objects.values_list("pk", flat=True)) == [person.pk for person in kept]


def test_beat_wakes_the_sweep():
    assert "vitre_civique.accounts.tasks.drop_unverified" in settings.CELERY_BEAT_SCHEDULE


def administrator(**fields):
    person = create_user(**fields)
    grant_role(person, Role.ADMINISTRATOR, by=None, now=NOW)
    return person


def test_the_last_administrator_cannot_be_erased():
    last, gone = administrator(), administrator(is_active=False)

    with pytest.raises(ErasureError, match="la seule personne à régler ce site"):
        erase_person(last, by=last, now=NOW)
    last.refresh_from_db()
    assert (last.erased_at, last.groups.count()) == (None, 1)

    assert erase_person(gone, now=NOW)
    administrator()
    assert erase_person(last, by=last, now=NOW)
