from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class AccountsConfig(AppConfig):
    name = "vitre_civique.accounts"
    verbose_name = "Comptes"

    def ready(self):
        from allauth.mfa.signals import authenticator_added  # noqa: PLC0415 (all read models, ready only now)

        from .groups import sync_groups  # noqa: PLC0415
        from .kept_answers import remember_browser  # noqa: PLC0415
        from .reauthentication import note_new_factor  # noqa: PLC0415
        from .sessions import begin_session  # noqa: PLC0415

        # Apps above say in a module of this name which two rows are two persons.
        autodiscover_modules("merging")
        post_migrate.connect(sync_groups, dispatch_uid="accounts.groups")
        user_logged_in.connect(begin_session, dispatch_uid="accounts.sessions")
        user_logged_in.connect(remember_browser, dispatch_uid="accounts.kept_answers")
        authenticator_added.connect(note_new_factor, dispatch_uid="accounts.reauthentication")
