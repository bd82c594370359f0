"""Keeps the groups and their rights in the desk equal to permission_matrix.toml, at each migration."""

from django.apps import apps as global_apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

from .permissions import MATRIX
from .roles import Role


def sync_groups(app_config, using, apps=global_apps, **_):
    """Set the rights of every group on the models of one app; called by post_migrate for each app."""
    if "auth" not in apps.app_configs:
        return  # the very first tables are being made
    create_permissions(app_config, verbosity=0, using=using, apps=apps)
    wanted = {role: codenames(role, app_config.label) for role in Role.values}
    if not any(wanted.values()):
        return
    permissions = {
        permission.codename: permission
        for permission in Permission.objects.using(using).filter(content_type__app_label=app_config.label)
    }
    for role, names in wanted.items():
        group, _ = Group.objects.using(using).get_or_create(name=role)
        group.permissions.remove(*group.permissions.filter(content_type__app_label=app_config.label))
        # A database migrated half-way lacks the newest models; the next migration completes the group.
        group.permissions.add(*(permissions[name] for name in names if name in permissions))


def codenames(role, app_label):
    """« view_mission »… that the matrix gives to `role` on the models of one app."""
    return [
        f"{verb}_{model.split('.')[1]}"
        for model, verbs in MATRIX["desk"].get(role, {}).items()
        if model.split(".")[0] == app_label
        for verb in verbs
    ]
