"""Stopping somebody for a while: with a reason they read, their places given back, and a right to answer."""

from django.db import IntegrityError, transaction

from vitre_civique.notifications.outbox import notify

from .models import Signup, Suspension
from .models.signup import LIVE
from .signups import SignupError, withdraw


class SuspensionError(Exception):
    """Nothing was changed; `message` says why in French."""

    def __init__(self, message):
        self.message = message
        super().__init__(message)


def suspend_person(person, *, by, reason, now, until_on=None):
    """Suspend, give back what is to come (each told, substitutes asked), and tell the person why.

    Raises SuspensionError without a reason, or when a suspension is already open.
    """
    if not reason.strip():
        raise SuspensionError("Dites pourquoi : la personne lira cette phrase.")
    try:
        with transaction.atomic():
            suspension = Suspension.objects.create(
                person=person, by=by, reason=reason.strip()[:500], from_at=now, until_on=until_on
            )
    except IntegrityError:
        raise SuspensionError("Cette personne est déjà suspendue.") from None
    to_come = Signup.objects.filter(volunteer__user=person, state__in=LIVE, starts_at__gt=now)
    for signup in to_come.order_by("starts_at", "id"):
        try:
            with transaction.atomic():
                withdraw(signup, by=by, now=now)
        except SignupError:  # the person withdrew at the same instant
            continue
    data = {"suspension": suspension.pk}
    notify(person, "suspended", f"suspended:{suspension.pk}", now=now, data=data)
    return suspension


def lift(suspension, *, now):
    """End a suspension; False when it had ended already."""
    return Suspension.objects.filter(pk=suspension.pk, lifted_at__isnull=True).update(lifted_at=now) == 1


def answer(suspension, *, text, now):
    """The person's own words on it; they may be rewritten while it lasts."""
    return Suspension.objects.filter(pk=suspension.pk, lifted_at__isnull=True).update(
        appeal=text[:500], appealed_at=now
    )


def lift_past(*, now, today):
    """Sweep: suspensions whose last day has passed; how many."""
    return Suspension.objects.filter(lifted_at__isnull=True, until_on__lt=today).update(lifted_at=now)


def open_suspension(person):
    return Suspension.objects.filter(person=person, lifted_at__isnull=True).first()
