"""`manage.py retention`: what is over, rule by rule; with --apply, what a sweep does to it (DP-13)."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from missions.retention import dry_run, retain
from vitre_civique.lib.months import local_day


class Command(BaseCommand):
    help = (
        "Montre ce dont la durée de conservation est passée, sans rien changer ; "
        "--appliquer fait ce que le passage automatique fait toutes les six heures."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--apply",
            "--appliquer",
            dest="is_for_real",
            action="store_true",
            help="Applique les règles, au lieu de compter.",
        )

    def handle(self, *, is_for_real, **options):
        now = timezone.now()
        if is_for_real:
            done = retain(now=now)
            for line in dry_run(now=now):
                self.stdout.write(f"{line.rule.label} : {done.get(line.rule.name, 0)}, reste {line.number}")
            return
        for line in dry_run(now=now):
            dates = f", du {local_day(line.first_at)} au {local_day(line.last_at)}" if line.number else ""
            self.stdout.write(f"{line.rule.label} ({line.rule.kept}) : {line.number}{dates}{wait(line)}")


def wait(line):
    return "" if line.rule.is_on() else " ; attend le visa des Archives (ARCHIVES_VISA)"
