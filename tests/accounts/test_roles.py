"""Roles: given by an administrator, or followed from a mandate or a pledge; groups equal to the matrix."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.utils import timezone

from quartiers.models import Mandate
from tests.factories import NOW, create_quartier, create_user, create_volunteer
from vitre_civique.accounts.models import RoleChange, User
from vitre_civique.accounts.permissions import ALLOWED, MATRIX, can
from vitre_civique.accounts.roles import Role, grant_role, needs_second_factor, revoke_role, roles_of

pytestmark = pytest.mark.django_db


def reloaded(user):
    return User.objects.get(pk=user.pk)


def test_grant_role_opens_the_desk_and_leaves_one_trace():
    boss, user = create_user(), create_user()

    assert grant_role(user, Role.AGENT, by=boss, now=NOW) is True
    assert grant_role(user, Role.AGENT, by=boss, now=NOW) is False

    assert roles_of(reloaded(user)) == {"resident", "agent"}
    assert reloaded(user).is_staff
    changes = list(RoleChange.objects.values_list("user", "role", "is_granted", "by", "at"))
    assert changes == [(user.pk, "agent", True, boss.pk, NOW)]
    assert roles_of(reloaded(boss)) == {"resident"}


def test_revoke_role_closes_the_desk_only_after_the_last_role():
    user = create_user()
    grant_role(user, Role.AGENT, by=None, now=NOW)
    grant_role(user, Role.ELECTED, by=None, now=NOW)

    assert revoke_role(user, Role.AGENT, by=None, now=NOW) is True
    assert (reloaded(user).is_staff, roles_of(reloaded(user))) == (True, {"resident", "elected"})
    assert revoke_role(user, Role.ELECTED, by=None, now=NOW) is True
    assert revoke_role(user, Role.ELECTED, by=None, now=NOW) is False
    assert (reloaded(user).is_staff, roles_of(reloaded(user))) == (False, {"resident"})


def test_roles_are_read_once_per_user_object(django_assert_num_queries):
    user = create_user()
    with django_assert_num_queries(3):
        roles_of(user)
        can(user, "mission.publish")
        needs_second_factor(user)


def test_referent_is_whoever_holds_a_mandate_in_force():
    today = timezone.localdate()
    user, quartier = create_user(), create_quartier()
    mandate = Mandate.objects.create(referent=user, quartier=quartier, from_on=today - timedelta(days=9))
    assert roles_of(reloaded(user)) == {"resident"}  # the charter is not signed

    mandate.charter_signed_on = today
    mandate.save()
    assert roles_of(reloaded(user)) == {"resident", "referent"}
    assert needs_second_factor(reloaded(user))

    mandate.until = today
    mandate.save()
    assert roles_of(reloaded(user)) == {"resident"}


def test_volunteer_is_whoever_pledged_and_has_not_stopped():
    volunteer = create_volunteer()
    assert roles_of(reloaded(volunteer.user)) == {"resident", "volunteer"}
    assert not needs_second_factor(reloaded(volunteer.user))

    volunteer.stopped_at = NOW
    volunteer.save()
    assert roles_of(reloaded(volunteer.user)) == {"resident"}


def test_nobody_and_inactive_people_are_anonymous():
    user = create_user(is_active=False)
    grant_role(user, Role.ADMINISTRATOR, by=None, now=NOW)
    assert roles_of(reloaded(user)) == {"anonymous"}
    assert roles_of(AnonymousUser()) == {"anonymous"}


def test_a_misspelt_action_fails():
    with pytest.raises(KeyError):
        can(create_user(), "mission.pubish")


def test_each_group_has_exactly_the_rights_of_the_matrix():
    for role in Role.values:
        expected = {
            f"{model.split('.')[0]}.{verb}_{model.split('.')[1]}"
            for model, verbs in MATRIX["desk"][role].items()
            for verb in verbs
        }
        rights = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
        assert {f"{app}.{name}" for app, name in rights} == expected


def test_the_matrix_names_only_known_roles():
    assert {role for roles in ALLOWED.values() for role in roles} <= set(MATRIX["roles"])
    assert set(MATRIX["roles"]) == {"anonymous", "resident", "volunteer", "referent", *Role.values}
