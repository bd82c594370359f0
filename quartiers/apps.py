from django.apps import AppConfig


class QuartiersConfig(AppConfig):
    name = "quartiers"
    verbose_name = "Quartiers"

    def ready(self):
        from vitre_civique.accounts.roles import REFERENT, follow_role  # noqa: PLC0415 (models exist only by now)

        from .roles import has_mandate  # noqa: PLC0415

        follow_role(REFERENT, has_mandate)
