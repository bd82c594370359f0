"""The life of a collection: publish, close, cancel. Counting: tallies.py; signing up to help: signups.py.

Locks: collection → missions by id → slots by id → volunteers by id → signups, as in planning.py.
"""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from vitre_civique.lib.french import NBSP
from vitre_civique.lib.months import local_day
from vitre_civique.lib.states import TransitionError, move

from . import planning
from .models import Collection, CollectionState, Mission, MissionState, OpeningHours, Signup, Slot
from .models.signup import LIVE
from .places import lock_volunteers

CANCELLABLE = [state for state in MissionState if MissionState.CANCELLED in Mission.TRANSITIONS[state]]


class CollectionError(Exception):
    """The collection cannot be changed so; `message` says why in French."""

    def __init__(self, message):
        self.message = message
        super().__init__(message)


def publish(collection, *, by, now):
    """Show it to everyone. Raises CollectionError when it is over, or has nowhere to bring anything."""
    with transaction.atomic():
        hours = OpeningHours.objects.filter(point=OuterRef("pk"))
        if not collection.points.filter(Exists(hours), is_active=True).exists():
            raise CollectionError("Ajoutez un point de dépôt et ses horaires avant de publier.")
        if collection.ends_on < local_day(now):
            raise CollectionError("Le dernier jour est déjà passé : changez les dates avant de publier.")
        _move(collection, CollectionState.PUBLISHED, now=now, by=by, published_at=now)
    return collection


def close(collection, *, by, now):
    """Everything is counted: the page keeps the figures, nobody adds to them any more.

    Its missions go on: they end by themselves when their slots are over.
    """
    return _move(collection, CollectionState.DONE, now=now, by=by)


def cancel(collection, *, by, message, now):
    """Cancel the collection and each of its missions; everyone signed up is told once by mission.

    Each goes through planning.cancel; every row it will lock is locked first, in everybody's order.
    """
    message = message.strip()[:500]
    if not message:
        raise CollectionError("Écrivez un mot : il s’affiche sur la page et part aux personnes inscrites.")
    with transaction.atomic():
        Collection.objects.select_for_update(of=("self",), no_key=True).get(pk=collection.pk)
        missions = _lock_missions(collection, now)
        _move(
            collection,
            CollectionState.CANCELLED,
            now=now,
            by=by,
            reason=message,
            public_reason=message,
            sequence=collection.sequence + 1,
        )
        for mission in missions:
            planning.cancel(mission, by=by, message=message, now=now)
    return collection


def people_told_by_cancelling(collection, *, now):
    """How many different people a cancellation would tell."""
    live = Signup.objects.live().filter(
        slot__mission__collection=collection,
        slot__mission__state__in=CANCELLABLE,
        slot__cancelled_at__isnull=True,
        slot__starts_at__gt=now,
        volunteer__isnull=False,
    )
    return live.order_by().values("volunteer").distinct().count()


def _lock_missions(collection, now):
    missions = Mission.objects.filter(collection=collection, state__in=CANCELLABLE).order_by("id")
    locked = list(missions.select_for_update(of=("self",), no_key=True))
    slots = Slot.objects.filter(mission__in=locked, starts_at__gt=now, cancelled_at__isnull=True)
    held = list(slots.order_by("id").select_for_update(of=("self",), no_key=True))
    lock_volunteers(Q(signups__slot__in=held, signups__state__in=LIVE))
    return locked


def _move(collection, target, **changes):
    try:
        return move(collection, target, **changes)
    except TransitionError:
        state = CollectionState(Collection.objects.values_list("state", flat=True).get(pk=collection.pk))
        raise CollectionError(
            f"Ce n’est pas possible{NBSP}: la collecte est maintenant « {state.label} »."
        ) from None
