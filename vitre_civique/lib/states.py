"""The one door through which a row changes state: literal tables, one conditional UPDATE, a written trace."""

from django.conf import settings
from django.db import models, transaction


class TransitionError(Exception):
    """The move is not in the table, or somebody else moved the row first."""

    def __init__(self, row, target):
        self.row, self.target = row, target
        super().__init__(f"{row._meta.label} {row.pk}: {row.state} -> {target}")


class StateChange(models.Model):
    """Who moved what, when and why. Append-only; each app declares its own table with `row`."""

    from_state = models.CharField("de", max_length=20, blank=True)
    to_state = models.CharField("à", max_length=20)
    at = models.DateTimeField("le")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    reason = models.CharField("motif", max_length=500, blank=True)

    class Meta:
        abstract = True
        ordering = ["at", "id"]

    def __str__(self):
        return f"{self.from_state} → {self.to_state}"


def can_move(row, target):
    """Whether the table of `row`'s model allows the move from its present state."""
    return target in row.TRANSITIONS.get(row.state, ())


def move(row, target, *, now, by=None, reason="", **changes):
    """Move `row` to `target` and write the trace; other columns in `changes` go in the same UPDATE.

    Two clicks cannot both win: the UPDATE carries the state we saw. A second identical call raises
    TransitionError, and nothing is written.
    """
    if not can_move(row, target):
        raise TransitionError(row, target)
    seen = row.state
    with transaction.atomic():
        moved = type(row)._base_manager.filter(pk=row.pk, state=seen).update(state=target, **changes)
        if not moved:
            raise TransitionError(row, target)
        row.state_changes.create(from_state=seen, to_state=target, at=now, by=by, reason=reason)
    row.state = target
    for name, value in changes.items():
        setattr(row, name, value)
    return row
