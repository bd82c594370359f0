"""Registering somebody who has no e-mail: an employed agent writes for them."""

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction

from vitre_civique.accounts.permissions import can

from .pledges import pledge


@transaction.atomic
def register(person, answers, *, charter_version, by, now):
    """A person and their pledge, written by `by`, who read them the notice and the charter.

    `person` holds columns of User (names, phone, postal address, channel, origin); `answers` of a pledge.
    """
    if not can(by, "volunteer.register"):
        raise PermissionDenied
    user = get_user_model().objects.create_user(
        email=None, password=None, created_by=by, notice_read_at=now, **person
    )
    return pledge(user, charter_version=charter_version, now=now, **answers)


def look_alikes(first_name, last_name, phone):
    """People who may be the same person: same names, or same phone. For the agent to decide (ID-20)."""
    people = get_user_model().objects.filter(is_active=True)
    same_names = people.filter(first_name__iexact=first_name, last_name__iexact=last_name)
    return (same_names | people.filter(phone=phone)).distinct() if phone else same_names
