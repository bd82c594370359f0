"""Rows of the outbox that the verbs of missions write: who is told, of what, under which key. No wording."""

from django.contrib.auth import get_user_model

from vitre_civique.accounts.roles import Role
from vitre_civique.notifications.outbox import notify


def tell_volunteer(signup, kind, *, now, detail="", expires_at=None, **data):
    """Tell the volunteer of `signup`, once per kind, signup and `detail`; an erased person of nothing."""
    if signup.volunteer is None:
        return False
    key = f"{kind}:{signup.pk}" + (f":{detail}" if detail else "")
    data = {"signup": signup.pk, **data}
    return notify(signup.volunteer.user, kind, key, now=now, data=data, expires_at=expires_at)


def tell_proposer(mission, kind, *, now, detail=""):
    """Tell the resident who proposed `mission`, if any, once per kind and `detail`."""
    if mission.proposed_by is None:
        return False
    key = f"{kind}:{mission.pk}" + (f":{detail}" if detail else "")
    return notify(mission.proposed_by, kind, key, now=now, data={"mission": mission.pk})


def tell_of_late_withdrawal(signup, mission, *, now):
    """Each agent, and the resident who proposed the mission, at once: someone is waiting at the door."""
    people = {person.pk: person for person in [*agents(), mission.proposed_by] if person}
    for pk, person in people.items():
        key = f"late_withdrawal:{signup.pk}:{pk}"
        data = {"signup": signup.pk}
        notify(person, "late_withdrawal", key, now=now, data=data, expires_at=signup.ends_at)


def agents():
    """Those who answer the phone at the mairie."""
    return get_user_model().objects.filter(is_active=True, groups__name=Role.AGENT).order_by("id")
