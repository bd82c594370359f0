"""Stopping somebody for a while: with a reason they read, their places given back, and a right to answer."""

from django.db import IntegrityError, transaction
from django.db.models import Q

from vitre_civique.accounts.minors import revoke_consent
from vitre_civique.accounts.models import GuardianConsent
from vitre_civique.notifications.outbox import notify

from .models import Mission, MissionKind, Signup, Suspension
from .models.signup import LIVE
from .places import free_places
from .planning import PlanningError, cancel
from .signups import SignupError, withdraw
from .substitutes import ask_substitutes

VISIT_OFF = "La mairie a dû annuler cette visite. Merci d’avoir répondu présent."


class SuspensionError(Exception):
    """Nothing was changed; `message` says why in French."""

    def __init__(self, message):
        self.message = message
        super().__init__(message)


def suspend_person(person, *, by, reason, now, until_on=None):
    """Suspend, give back what is to come (each told, substitutes asked), cancel the visits this person waits
    for (each volunteer told), and tell the person why.

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
    give_back(person, by=by, now=now)
    _cancel_visits_to(person, by=by, now=now)
    data = {"suspension": suspension.pk}
    notify(person, "suspended", f"suspended:{suspension.pk}", now=now, data=data)
    return suspension


def take_agreement_back(minor, *, by, now):
    """A parent no longer agrees: what was to come is given back, each told. How many agreements ended.

    A second call changes nothing.
    """
    with transaction.atomic():
        given = list(GuardianConsent.objects.filter(minor=minor, given_at__isnull=False, revoked_at=None))
        for consent in given:
            revoke_consent(consent, now=now)
        if given:
            give_back(minor, by=by, now=now)
    return len(given)


def give_back(person, *, by, now):
    """Withdraw from everything to come, and ask substitutes for each place."""
    to_come = Signup.objects.filter(volunteer__user=person, state__in=LIVE, starts_at__gt=now)
    for signup in to_come.select_related("slot__mission__quartier").order_by("starts_at", "id"):
        try:
            with transaction.atomic():
                withdraw(signup, by=by, now=now)
                slot = signup.slot
                ask_substitutes(slot, slot.mission, places=free_places(slot, now)[0], now=now)
        except SignupError:  # the person withdrew at the same instant
            continue


def _cancel_visits_to(person, *, by, now):
    """Nobody is sent to the home of somebody the mairie has stopped."""
    theirs = Q(proposed_by=person) | Q(beneficiary=person)
    for mission in Mission.objects.published().filter(theirs, kind=MissionKind.INTERPERSONAL).order_by("id"):
        try:
            with transaction.atomic():
                cancel(mission, by=by, message=VISIT_OFF, now=now)
        except PlanningError:  # done or cancelled at the same instant
            continue


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
