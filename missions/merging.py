"""Two rows that are two persons: whoever stood on both sides of one mission is never made one (ID-22)."""

from django.db import transaction
from django.db.models import Q
from django.dispatch import receiver

from vitre_civique.accounts.merging import MergeError, merging
from vitre_civique.lib.french import NBSP

from .models import MissionKind, Signup, SignupState
from .models.signup import LIVE
from .places import lock_volunteers

WAITED_FOR = (
    f"L’une de ces fiches est inscrite à une mission pour l’autre{NBSP}: si c’est la même personne, notez "
    "d’abord le désistement, ou annulez la mission."
)
HAVE_MET = f"Ces deux fiches se sont rencontrées pour une mission{NBSP}: ce sont deux personnes."


@receiver(merging, dispatch_uid="missions.both_sides")
def refuse_both_sides(sender, kept, other, **kwargs):
    """Inside merge() the volunteers stay locked: nobody signs up for the other meanwhile."""
    both = [kept.pk, other.pk]
    with transaction.atomic():
        lock_volunteers(Q(user__in=both))
    asked = Q(slot__mission__beneficiary__in=both) | Q(slot__mission__proposed_by__in=both)
    at_home = Signup.objects.filter(asked, slot__mission__kind=MissionKind.INTERPERSONAL)
    states = set(at_home.filter(volunteer__user__in=both).order_by().values_list("state", flat=True))
    if states & {*LIVE}:
        raise MergeError(WAITED_FOR)
    if SignupState.ATTENDED in states:
        raise MergeError(HAVE_MET)
