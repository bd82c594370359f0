"""`manage.py seed_town --volunteers N --missions N --reports N --seed S`: an invented town of any size."""

from time import perf_counter

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from vitre_civique.demo.town import RealPeople, seed_town


class Command(BaseCommand):
    help = "Ajoute une ville inventée de la taille voulue, par instructions groupées."

    def add_arguments(self, parser):
        parser.add_argument("--volunteers", type=int, required=True, help="Nombre de volontaires.")
        parser.add_argument("--missions", type=int, required=True, help="Nombre de missions.")
        parser.add_argument("--reports", type=int, default=0, help="Nombre de remontées, sur dix ans.")
        parser.add_argument("--seed", type=int, default=35500, help="Autre graine, autre ville.")
        parser.add_argument(
            "--yes", action="store_true", help="Même si la base contient de vraies personnes."
        )

    def handle(self, *args, **options):
        if options["volunteers"] < 1 or options["missions"] < 1 or options["reports"] < 0:
            raise CommandError("Indiquez au moins un volontaire et une mission.")
        started = perf_counter()
        try:
            seed_town(
                volunteers=options["volunteers"],
                missions=options["missions"],
                reports=options["reports"],
                seed=options["seed"],
                today=timezone.localdate(),
                say=self.say,
                is_confirmed=options["yes"],
            )
        except RealPeople:
            raise CommandError(
                "Cette base contient de vraies personnes : rien n’a été écrit. "
                "Si c’est bien voulu, ajoutez --yes."
            ) from None
        self.say(f"Ville prête en {perf_counter() - started:.1f} s.")

    def say(self, sentence):
        self.stdout.write(sentence)
        self.stdout.flush()
