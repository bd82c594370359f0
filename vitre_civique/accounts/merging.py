"""Two rows for one person become one: everything moves to the row kept, and the other goes (ID-22).

It knows no other app: it follows the foreign keys that point at a person, whoever owns them.
"""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.dispatch import Signal

from .models import MergedPerson, User

# Before two rows become one (kept, other): an app above that knows why they must not raises MergeError.
merging = Signal()
# Filled from the other row when the kept one has nothing there.
FILLED = ("email", "phone", "first_name", "last_name", "postal_address", "birth_date", "notice_read_at")


class MergeError(Exception):
    """The two rows cannot become one; `message` says why in French."""

    def __init__(self, message):
        self.message = message
        super().__init__(message)


@dataclass(frozen=True)
class Moved:
    """One line of the preview: `number` rows called `name` would move."""

    name: str
    number: int


def preview(kept, other):
    """(moved, filled): rows that would move, columns that would be filled, in words. Writes nothing."""
    require_mergeable(kept, other)
    moved = {}
    for field in links():
        number = rows_of(field, other).count()
        if number:
            name = str(field.model._meta.verbose_name)
            moved[name] = moved.get(name, 0) + number
    filled = [str(User._meta.get_field(name).verbose_name) for name in to_fill(kept, other)]
    return [Moved(name, number) for name, number in sorted(moved.items())], filled


@transaction.atomic
def merge(kept, other, *, by, now):
    """Move everything of `other` to `kept`, fill what was empty, remove `other`; written in MergedPerson.

    A row that `kept` has already (a preference, a calendar) is dropped, not doubled; a line of a ledger whose
    author may not become another loses its author. Raises MergeError.
    """
    people = User.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=[kept.pk, other.pk])
    locked = {person.pk: person for person in people.order_by("pk")}
    if set(locked) != {kept.pk, other.pk}:
        raise MergeError("L’une des deux fiches n’existe plus : rechargez la page.")
    kept, other = locked[kept.pk], locked[other.pk]
    require_mergeable(kept, other)
    moved = sum(move_rows(field, kept, other) for field in links())
    values = {name: getattr(other, name) for name in to_fill(kept, other)}
    old_pk = other.pk
    other.delete()
    User.objects.filter(pk=kept.pk).update(**values)
    return MergedPerson.objects.create(kept=kept, old_user_id=old_pk, by=by, at=now, row_count=moved)


def require_mergeable(kept, other):
    if kept.pk == other.pk:
        raise MergeError("C’est la même fiche : choisissez-en une autre.")
    if kept.erased_at or other.erased_at:
        raise MergeError("L’une des deux personnes a été effacée.")
    if other.is_staff or other.is_superuser:
        raise MergeError("La fiche d’un agent ne se fond pas dans une autre.")
    if kept.email and other.email:
        raise MergeError(
            "Les deux ont une adresse e-mail : la personne choisit la sienne, puis ferme l’autre compte."
        )
    for field in links():
        is_alone = field.one_to_one and field.model._meta.label == "volunteers.Volunteer"
        if is_alone and rows_of(field, kept).exists() and rows_of(field, other).exists():
            raise MergeError(
                "Les deux sont volontaires, avec des heures : arrêtez d’abord l’une des promesses."
            )
    merging.send(sender=User, kept=kept, other=other)


def links():
    """Every foreign key to a person, auto-created and hidden ones included, in a stable order."""
    relations = [each for each in User._meta.get_fields(include_hidden=True) if each.auto_created]
    fields = {each.field for each in relations if each.one_to_many or each.one_to_one}
    return sorted(fields, key=lambda field: (field.model._meta.label, field.name))


def rows_of(field, person):
    return field.model._base_manager.filter(**{field.name: person.pk})


def move_rows(field, kept, other):
    """Row by row, so that one which already stands on the other side is dropped alone."""
    moved = 0
    for pk in rows_of(field, other).order_by("pk").values_list("pk", flat=True):
        row = field.model._base_manager.filter(pk=pk)
        try:
            with transaction.atomic():
                moved += row.update(**{field.name: kept.pk})
        except IntegrityError:
            drop(row)
    return moved


def drop(row):
    try:
        with transaction.atomic():
            row.delete()
    except IntegrityError:  # a ledger keeps its lines: this one is only detached, when `other` goes
        return


def to_fill(kept, other):
    return [name for name in FILLED if not getattr(kept, name) and getattr(other, name)]
