from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "vitre_civique.accounts"
    verbose_name = "Comptes"

    def ready(self):
        from .groups import sync_groups  # noqa: PLC0415 (it reads models, which exist only by now)

        post_migrate.connect(sync_groups, dispatch_uid="accounts.groups")
