"""After a backup is restored: erases again the people who were erased since (DP-12)."""

import csv
import sys

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from missions.erasure import erase_person
from vitre_civique.accounts.models import ErasedPerson, User

HEADER = ["old_user_id", "erased_at", "asked"]


class Command(BaseCommand):
    help = (
        "Efface de nouveau, après une restauration, les personnes effacées depuis la sauvegarde. "
        "Avant de restaurer : « replay_erasures --write > effacements.csv » ; "
        "après : « replay_erasures effacements.csv »."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", help="Registre écrit avant la restauration (CSV).")
        parser.add_argument("--write", action="store_true", help="Écrit le registre, sans rien effacer.")

    def handle(self, *args, **options):
        if options["write"]:
            return self.write()
        lines = self.read(options["file"]) if options["file"] else ErasedPerson.objects.values_list(*HEADER)
        count = sum(self.replay(*line) for line in list(lines))
        self.stdout.write(f"{count} personne(s) effacée(s) de nouveau.")
        return None

    def write(self):
        rows = csv.writer(self.stdout)
        rows.writerow(HEADER)
        for old_user_id, erased_at, asked in ErasedPerson.objects.order_by("id").values_list(*HEADER):
            rows.writerow([old_user_id, erased_at.isoformat(), asked])

    def read(self, path):
        try:
            with open(sys.stdin.fileno() if path == "-" else path, encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
            return [(int(row["old_user_id"]), parse_datetime(row["erased_at"]), row["asked"]) for row in rows]
        except (OSError, KeyError, ValueError) as error:
            raise CommandError(f"Ce registre ne se lit pas : {path} ({type(error).__name__}).") from error

    def replay(self, old_user_id, erased_at, asked):
        """A number given again to someone who joined after the erasure is another person: left alone."""
        ErasedPerson.objects.get_or_create(
            old_user_id=old_user_id, defaults={"erased_at": erased_at, "asked": asked}
        )
        found = User.objects.filter(pk=old_user_id, erased_at__isnull=True, date_joined__lt=erased_at).first()
        return found is not None and erase_person(found, now=timezone.now(), asked=asked)
