from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "vitre_civique.accounts"
    verbose_name = "Comptes"
