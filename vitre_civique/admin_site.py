"""The desk of the mairie: Django's admin under the town's name."""

from django.contrib.admin import AdminSite


class TownAdminSite(AdminSite):
    site_header = "Bureau de la mairie"
    site_title = "Vitré civique"
    index_title = "À faire aujourd’hui"
