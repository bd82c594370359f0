"""The admin of the town, in the place of Django's own."""

from django.contrib.admin.apps import AdminConfig


class TownAdminConfig(AdminConfig):
    default_site = "vitre_civique.admin_site.TownAdminSite"
