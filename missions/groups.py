"""A group signed up by its adult: N young people and one adult take N + 1 places, or none. Never in a home.

The verb is signups.sign_up (same lock, same mails); here is who may, and what a group adds to a slot's page.
"""

from vitre_civique.lib.french import count

from .eligibility import SUSPENDED
from .models import Group, MissionKind, Suspension
from .signups import NotAllowed, SlotFull, sign_up

NOT_FOR_GROUPS = "Cette mission n’accueille pas de groupe."
NOT_YOURS = "Ce groupe n’est pas à vous, ou la mairie l’a mis en pause : appelez-la."
ADULT_ONLY = "Un groupe s’inscrit avec un adulte responsable."


def of_leader(volunteer):
    """The groups this person may sign up, by name."""
    if volunteer is None:
        return Group.objects.none()
    return Group.objects.filter(leader=volunteer, is_active=True).order_by("name", "id")


def reasons_against_group(group, mission, volunteer, young_count):
    """Why this group may not take places on the mission, in French; an empty list when it may."""
    reasons = []
    if not mission.is_open_to_groups or mission.kind == MissionKind.INTERPERSONAL:
        reasons.append(NOT_FOR_GROUPS)
    if group.leader_id != volunteer.pk or not group.is_active:
        reasons.append(NOT_YOURS)
    if volunteer.user.birth_date is not None:
        reasons.append(ADULT_ONLY)
    if Suspension.objects.filter(person=volunteer.user, lifted_at__isnull=True).exists():
        reasons.append(SUSPENDED)
    if not 1 <= young_count <= group.young_count:
        most = count(group.young_count, "jeune", "jeunes")
        reasons.append(f"Ce groupe compte {most} au plus : la mairie peut changer ce nombre.")
    return reasons


def may_wait(slot, young_count):
    """Whether the slot could ever hold such a group, all together."""
    return young_count + 1 <= slot.places


def sign_up_group(group, slot, *, young_count, by, now, waits=False):
    """Take one place for the adult and one for each young person, all or none.

    Raises SlotFull when they do not all fit, NotAllowed, and what sign_up raises. With `waits` the group
    joins the waiting list instead, and is offered its places when all are free at the same time. At once or
    one after the other, no slot is ever oversold: it is locked, and a trigger of the database counts again.
    """
    if group.leader is None:
        raise NotAllowed([NOT_YOURS])

    def check(volunteer, mission):
        fresh = Group.objects.select_for_update(of=("self",), no_key=True).get(pk=group.pk)
        if reasons := reasons_against_group(fresh, mission, volunteer, young_count):
            raise NotAllowed(reasons)

    if waits and not may_wait(slot, young_count):
        raise SlotFull(f"Ce créneau n’a que {count(slot.places, 'place', 'places')} en tout.")
    members = {"group": group, "young_count": young_count, "check": check}
    return sign_up(group.leader, slot, by=by, now=now, waits=waits, **members)
