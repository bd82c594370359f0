"""`manage.py restore FOLDER --yes`: replace all data by a backup's. Stop web, worker and beat before."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from vitre_civique.lib.backups import BackupError, restore


class Command(BaseCommand):
    help = (
        "Remplace toutes les données par celles d’une sauvegarde. Arrêtez le site avant. "
        "Ensuite : « migrate », puis « replay_erasures » avec le registre écrit avant la restauration."
    )

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, help="Dossier écrit par « backup ».")
        parser.add_argument("--yes", action="store_true", help="Oui, remplacer les données d’aujourd’hui.")

    def handle(self, *, folder, yes, **options):
        if not yes:
            raise CommandError("Toutes les données d’aujourd’hui seraient remplacées : ajoutez --yes.")
        try:
            restore(folder)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Restauré. Faites maintenant : migrate, puis replay_erasures FICHIER.")
