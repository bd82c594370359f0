"""Roles: groups given by an administrator, and those that follow from a state an app above reads itself."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from .models import RoleChange

ANONYMOUS = "anonymous"
RESIDENT = "resident"
VOLUNTEER = "volunteer"
REFERENT = "referent"


class Role(models.TextChoices):
    """A role given by name; the group of the same value carries its rights in the desk."""

    AGENT = "agent", "agent"
    CCAS = "ccas", "CCAS"
    CIVIC_SERVICE = "civic_service", "service civique"
    ELECTED = "elected", "élu"
    ADMINISTRATOR = "administrator", "administrateur"


# Roles that follow from a row above (a mandate in force, a volunteer): role → has_it(user, today) -> bool.
# Each app fills in its own from AppConfig.ready(), so that accounts imports nothing above it.
FOLLOWED_ROLES = {}

# Without a passkey or an authenticator app, these people reach no page but the one that adds it (ID-02).
SECOND_FACTOR_ROLES = frozenset({*Role.values, REFERENT})


def follow_role(role, has_it):
    """Declare that `role` belongs to whoever `has_it(user, today)` says yes for."""
    FOLLOWED_ROLES[role] = has_it


def given_roles(user):
    """The roles somebody gave to `user`, read once per user object; a follower of FOLLOWED_ROLES has more."""
    if not user.is_authenticated or not user.is_active:
        return frozenset({ANONYMOUS})
    if not hasattr(user, "_given_roles"):
        given = {name for name in user.groups.values_list("name", flat=True) if name in Role.values}
        if user.is_superuser:
            given.add(Role.ADMINISTRATOR.value)
        user._given_roles = frozenset({RESIDENT, *given})
    return user._given_roles


def roles_of(user):
    """Every role of `user`, read once per user object (a request has one), as of today.

    The clock is read here because a permission is only ever asked at the edge.
    """
    given = given_roles(user)
    if ANONYMOUS in given:
        return given
    if not hasattr(user, "_roles"):
        today = timezone.localdate()
        followed = {role for role, has_it in FOLLOWED_ROLES.items() if has_it(user, today)}
        user._roles = given | followed
    return user._roles


def has_role(user, roles):
    """Whether `user` has one of `roles`; what follows from a state is looked at only when it would matter."""
    if roles & given_roles(user):
        return True
    followed = roles & FOLLOWED_ROLES.keys()
    return bool(followed) and bool(followed & roles_of(user))


def is_last_administrator(user):
    """Whether nobody could give roles without `user`. Holds other leavers until the transaction ends."""
    group = Group.objects.select_for_update(no_key=True).filter(name=Role.ADMINISTRATOR.value)
    administrators = get_user_model().objects.filter(is_active=True, erased_at__isnull=True)
    administrators = administrators.filter(Q(groups__name=Role.ADMINISTRATOR) | Q(is_superuser=True))
    if not administrators.filter(pk=user.pk).exists():
        return False
    list(group)
    return not administrators.exclude(pk=user.pk).exists()


def needs_second_factor(user):
    return has_role(user, SECOND_FACTOR_ROLES)


def is_staff_role(user):
    return has_role(user, frozenset(Role.values))


@transaction.atomic
def grant_role(user, role, *, by, now):
    """Give `role`; a second call changes and writes nothing. `by` is None for the installation itself."""
    role = Role(role)
    if user.groups.filter(name=role.value).exists():
        return False
    user.groups.add(Group.objects.get_or_create(name=role.value)[0])
    _after_change(user, role, by=by, now=now, is_granted=True)
    return True


@transaction.atomic
def revoke_role(user, role, *, by, now):
    """Take `role` back; a second call changes and writes nothing."""
    role = Role(role)
    if not user.groups.filter(name=role.value).exists():
        return False
    user.groups.remove(Group.objects.get(name=role.value))
    _after_change(user, role, by=by, now=now, is_granted=False)
    return True


def _after_change(user, role, *, by, now, is_granted):
    user.is_staff = user.is_superuser or user.groups.filter(name__in=Role.values).exists()
    user.save(update_fields=["is_staff"])
    RoleChange.objects.create(user=user, role=role.value, is_granted=is_granted, by=by, at=now)
    for cached in ("_roles", "_perm_cache", "_user_perm_cache", "_group_perm_cache"):
        user.__dict__.pop(cached, None)
