"""`manage.py backup FOLDER`: database and photos, while the site runs."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from vitre_civique.lib.backups import BackupError, backup


class Command(BaseCommand):
    help = "Sauvegarde la base et les photos dans un nouveau dossier ; le site peut continuer."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, help="Dossier à créer.")

    def handle(self, *, folder, **options):
        try:
            backup(folder)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        size = sum(file.stat().st_size for file in folder.iterdir())
        self.stdout.write(f"Sauvegarde écrite : {folder} ({size // 1024} Kio)")
