"""All that must be done before the demonstration serves, in one process: tables, static files, the town."""

from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError

from vitre_civique.demo.supervisor import say


class Command(BaseCommand):
    help = "Prépare la démonstration : base, fichiers statiques, ville d’exemple."

    def handle(self, *args, **options):
        if not settings.DEMO:
            raise CommandError("Seulement dans la démonstration (DEMO=True). Rien n’a été fait.")
        call_command("migrate", interactive=False, verbosity=0)
        collect_changed_static()
        if "seed_demo" in get_commands():
            call_command("seed_demo")


def collect_changed_static() -> None:
    """Compressing takes seconds: done again only when a file, ours or a package's, has changed."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    newest = max(
        (
            Path(storage.path(name)).stat().st_mtime
            for finder in get_finders()
            for name, storage in finder.list([])
        ),
        default=0,
    )
    if stamp.exists() and stamp.read_text() == str(newest):
        return
    say("Preparing the static files…")
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(str(newest))
