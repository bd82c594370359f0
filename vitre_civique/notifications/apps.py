from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "vitre_civique.notifications"
    verbose_name = "Messages"
