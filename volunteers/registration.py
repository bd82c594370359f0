"""Registering somebody who has no e-mail: an employed agent writes for them."""

import re

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q

from vitre_civique.accounts.permissions import can
from vitre_civique.lib.search import plain

from .pledges import pledge

LOOK_ALIKES = 5


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


def look_alikes(first_name, last_name, phone, address=""):
    """At most five people who may be the same: same names whatever the accents, same phone, or same last name
    in the same street. For the agent to decide (ID-20).
    """
    same = Q(search_text__contains=f"{plain(first_name)} {plain(last_name)}")
    if phone:
        same |= Q(phone=phone)
    people = get_user_model().objects.filter(is_active=True, erased_at__isnull=True)
    found = list(people.filter(same).order_by("id")[:LOOK_ALIKES])
    if street := street_of(address):
        namesakes = people.filter(search_text__contains=plain(last_name)).exclude(postal_address="")
        known = {person.pk for person in found}
        found += [
            each
            for each in namesakes.order_by("id")
            if each.pk not in known and street_of(each.postal_address) == street
        ]
    return found[:LOOK_ALIKES]


def street_of(address):
    """« 12 bis, rue de la Poterie, 35500 Vitré » → « rue de la poterie »; "" when there is none."""
    without_number = re.sub(r"^\s*\d+\s*(?:bis\b|ter\b)?\s*,?\s*", "", plain(address))
    street = re.split(r"[,\n]|\b\d{5}\b", without_number)[0].strip()
    return street if len(street) > 6 else ""
