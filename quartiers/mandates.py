"""The mandates of referents: appointed for dated terms, signed, renewed, ended at once."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from vitre_civique.lib.months import local_day
from vitre_civique.notifications.outbox import notify

from .models import Mandate

REMINDED_DAYS_BEFORE = 30
LONGEST_DAYS = 3 * 366


class MandateError(Exception):
    """The mandate cannot be changed so; `message` is the French sentence to show."""

    def __init__(self, message):
        self.message = message
        super().__init__(message)


@transaction.atomic
def appoint(person, quartier, *, from_on, until, by, charter_signed_on=None):
    """A term from a day until another (excluded). MandateError when it overlaps one of the same quartier."""
    _check_term(from_on, until)
    type(person).objects.select_for_update(of=("self",)).get(pk=person.pk)
    overlapping = Mandate.objects.filter(
        Q(until__isnull=True) | Q(until__gt=from_on),
        referent=person,
        quartier=quartier,
        from_on__lt=until,
        ended_at__isnull=True,
    )
    if overlapping.exists():
        raise MandateError(
            "Cette personne est déjà référente de ce quartier à ces dates : renouvelez son mandat."
        )
    return Mandate.objects.create(
        referent=person,
        quartier=quartier,
        from_on=from_on,
        until=until,
        appointed_by=by,
        charter_signed_on=charter_signed_on,
    )


def sign_charter(mandate, *, on):
    """The charter was signed on this day; a second call changes nothing. Without it nobody can write."""
    signed = Mandate.objects.filter(pk=mandate.pk, charter_signed_on__isnull=True).update(
        charter_signed_on=on
    )
    mandate.refresh_from_db(fields=["charter_signed_on"])
    return bool(signed)


@transaction.atomic
def renew(mandate, *, until, by):
    """A new term that begins where the old one ends; the charter stays signed. Raises MandateError."""
    if mandate.ended_at or mandate.until is None:
        raise MandateError("Ce mandat ne se renouvelle pas : nommez la personne pour un nouveau mandat.")
    return appoint(
        mandate.referent,
        mandate.quartier,
        from_on=mandate.until,
        until=until,
        by=by,
        charter_signed_on=mandate.charter_signed_on,
    )


def end(mandate, *, now):
    """Nothing can be written from this moment on; a second call changes nothing and gives False."""
    ended = Mandate.objects.filter(pk=mandate.pk, ended_at__isnull=True).update(ended_at=now)
    mandate.refresh_from_db(fields=["ended_at"])
    return bool(ended)


def to_renew(today):
    """Mandates in force that end within thirty days, and that no other term follows."""
    following = Mandate.objects.filter(
        referent=OuterRef("referent"),
        quartier=OuterRef("quartier"),
        from_on__gte=OuterRef("until"),
        ended_at__isnull=True,
    )
    return (
        Mandate.objects.in_force(today)
        .filter(~Exists(following), until__lte=today + timedelta(days=REMINDED_DAYS_BEFORE))
        .select_related("referent", "quartier")
        .order_by("until", "id")
    )


def queue_renewal_reminders(*, now):
    """Sweep: one reminder to the referent for each term that ends soon. Returns how many were queued."""
    queued = 0
    for mandate in to_renew(local_day(now)):
        key = f"mandate_renewal:{mandate.pk}:{mandate.until}"
        queued += notify(mandate.referent, "mandate_renewal", key, now=now, data={"mandate": mandate.pk})
    return queued


def has_network(quartier, today):
    """Whether referents are at work in this quartier today; a quartier without says so and invites."""
    return quartier.is_active and Mandate.objects.in_force(today).filter(quartier=quartier).exists()


def _check_term(from_on, until):
    if until is None or until <= from_on:
        raise MandateError("La fin du mandat doit venir après son début.")
    if (until - from_on).days > LONGEST_DAYS:
        raise MandateError("Un mandat dure trois ans au plus.")
