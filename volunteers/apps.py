from django.apps import AppConfig


class VolunteersConfig(AppConfig):
    name = "volunteers"
    verbose_name = "Volontaires"

    def ready(self):
        from vitre_civique.accounts.roles import VOLUNTEER, follow_role  # noqa: PLC0415 (models exist only by now)

        from .roles import is_volunteer  # noqa: PLC0415

        follow_role(VOLUNTEER, is_volunteer)
