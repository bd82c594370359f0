from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class NotificationsConfig(AppConfig):
    name = "vitre_civique.notifications"
    verbose_name = "Messages"

    def ready(self):
        # Each app registers its kinds of messages by being imported.
        autodiscover_modules("emails")
