"""Counting a collection: one tally a form, never more handed out than there is, mistakes by counter-entries.

Every writer locks the collection first: what a total is checked against cannot move meanwhile.
"""

from django.db import transaction
from django.db.models import Sum

from vitre_civique.lib.french import NBSP, number
from vitre_civique.lib.months import day_bounds, local_day

from .models import Collection, CollectionState, DropOffPoint, Tally, TallyKind
from .models.collection import MOST_AT_ONCE

MOST_A_DAY = 100  # tallies by one person: a long Saturday, not a runaway script


class TallyError(Exception):
    """Nothing was counted; `message` says why in French."""

    def __init__(self, message):
        self.message = message
        super().__init__(message)


def record(point, kind, count, *, token, by, now, note=""):
    """(tally, is_new). The same `token` again, from the same person, gives the tally it made.

    Raises TallyError when the collection does not count today, for a strange number, or when more would be
    handed out than is left.
    """
    with transaction.atomic():
        collection = _locked(point.collection_id)
        if (known := Tally.objects.filter(token=token).first()) is not None:
            return _sent_twice(known, by, point=point, kind=kind, count=count, corrects=None), False
        _require_counting(collection, now)
        if not DropOffPoint.objects.filter(pk=point.pk, is_active=True).exists():
            raise TallyError("Ce point de dépôt est fermé : choisissez-en un autre.")
        if not 1 <= count <= MOST_AT_ONCE:
            raise TallyError(f"Indiquez entre 1 et {MOST_AT_ONCE} : au-delà, comptez en plusieurs fois.")
        _require_few(by, now)
        _require_stock(collection, kind, count)
        row = {"point": point, "kind": kind, "count": count, "note": note, "token": token}
        return Tally.objects.create(**row, at=now, by=by), True


def correct(tally, right_count, *, reason, token, by, now):
    """(counter-entry, is_new): afterwards `tally` stands for `right_count`, 0 meaning it never was.

    Raises TallyError without a reason, when nothing would change, or for figures that cannot be.
    """
    if not reason.strip():
        raise TallyError("Dites pourquoi vous corrigez : la phrase reste à côté du comptage.")
    if not 0 <= right_count <= MOST_AT_ONCE:
        raise TallyError(f"Indiquez entre 0 et {MOST_AT_ONCE}.")
    with transaction.atomic():
        collection = _locked(tally.point.collection_id)
        if (known := Tally.objects.filter(token=token).first()) is not None:
            return _sent_twice(known, by, corrects=tally), False
        if tally.corrects_id is not None:
            raise TallyError("C’est déjà une correction : corrigez le comptage d’origine.")
        if collection.state == CollectionState.CANCELLED:
            raise TallyError("La collecte est annulée : ses chiffres ne changent plus.")
        _require_few(by, now)
        difference = right_count - counted(tally)
        if not difference:
            raise TallyError("C’est déjà ce nombre : il n’y a rien à corriger.")
        _require_possible(collection, tally.kind, difference)
        row = Tally.objects.create(
            point=tally.point,
            kind=tally.kind,
            count=difference,
            at=now,
            by=by,
            corrects=tally,
            reason=reason.strip()[:200],
            token=token,
        )
        return row, True


def counted(tally):
    """What a tally stands for once its corrections are added."""
    return tally.count + tally.corrections.aggregate(total=Sum("count", default=0))["total"]


def totals(collection):
    """(received, handed out) of a collection, in one query."""
    rows = Tally.objects.filter(point__collection=collection).order_by().values_list("kind")
    found = dict(rows.annotate(total=Sum("count")))
    return found.get(TallyKind.RECEIVED, 0), found.get(TallyKind.HANDED_OUT, 0)


def _locked(collection_id):
    return Collection.objects.select_for_update(of=("self",), no_key=True).get(pk=collection_id)


def _sent_twice(known, by, **same):
    """`known`, unless the form came back changed: what was changed must not get lost in silence."""
    if known.by_id != by.pk or any(getattr(known, name) != value for name, value in same.items()):
        raise TallyError("Ce formulaire a déjà servi à un autre comptage : rechargez la page et recommencez.")
    return known


def _require_counting(collection, now):
    if not collection.is_open:
        raise TallyError("Cette collecte n’est pas ouverte : rien ne s’y compte.")
    if local_day(now) < collection.starts_on:
        raise TallyError("La collecte n’a pas encore commencé.")


def _require_few(by, now):
    start, end = day_bounds(local_day(now))
    if Tally.objects.filter(by=by, at__gte=start, at__lt=end).count() >= MOST_A_DAY:
        raise TallyError(f"Vous avez déjà noté {MOST_A_DAY} comptages aujourd’hui : appelez la mairie.")


def _require_stock(collection, kind, count):
    received, handed_out = totals(collection)
    left = received - handed_out
    if kind == TallyKind.HANDED_OUT and count > left:
        raise TallyError(
            f"Il n’en reste que {number(left)} à remettre{NBSP}: notez d’abord ce qui a été reçu, "
            "ou vérifiez le nombre."
        )


def _require_possible(collection, kind, difference):
    received, handed_out = totals(collection)
    received += difference if kind == TallyKind.RECEIVED else 0
    handed_out += difference if kind == TallyKind.HANDED_OUT else 0
    if handed_out > received:
        raise TallyError("Il y aurait plus de remis que de reçu : corrigez d’abord l’autre nombre.")
