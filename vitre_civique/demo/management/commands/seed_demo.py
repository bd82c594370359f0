"""`manage.py seed_demo`: fill an empty database with the demonstration town; a second run changes nothing."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from vitre_civique.demo.seed import seed_demo


class Command(BaseCommand):
    help = "Remplit une base vide avec la ville de démonstration (personnes inventées)."

    def add_arguments(self, parser):
        parser.add_argument("--seed", type=int, default=35500, help="Autre graine, autre ville.")

    def handle(self, *args, **options):
        if not settings.DEMO:
            raise CommandError(
                "Seulement dans la démonstration (DEMO=True) : ses comptes ont un mot de passe connu, "
                "l’administratrice aussi. Rien n’a été écrit."
            )
        count = seed_demo(today=timezone.localdate(), seed=options["seed"])
        told = f"{count} missions et leurs volontaires sont en place." if count else "Elle est déjà là."
        self.stdout.write(f"Ville de démonstration : {told}")
