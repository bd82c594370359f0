"""The reserve before elections: what does not leave then. The switch is EditorialFreeze, in the desk."""

from vitre_civique.lib.months import local_day

from . import kinds
from .models import EditorialFreeze


def freeze_of(now):
    """The freeze in force at `now`, the one that lasts longest; None on any other day."""
    return EditorialFreeze.objects.in_force(local_day(now)).order_by("-until_on", "-id").first()


def editorial_kinds():
    """Names of the kinds that speak well of the town rather than about somebody's own hour."""
    return [kind.name for kind in kinds.every() if kind.is_editorial]
