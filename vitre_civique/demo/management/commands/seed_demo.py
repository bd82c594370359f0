"""`manage.py seed_demo`: fill an empty database with the demonstration town; a second run changes nothing."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from vitre_civique.demo.seed import seed_demo


class Command(BaseCommand):
    help = "Remplit une base vide avec la ville de démonstration (personnes inventées)."

    def add_arguments(self, parser):
        parser.add_argument("--seed", type=int, default=35500, help="Autre graine, autre ville.")

    def handle(self, *args, **options):
        count = seed_demo(today=timezone.localdate(), seed=options["seed"])
        told = f"{count} missions et leurs volontaires sont en place." if count else "Elle est déjà là."
        self.stdout.write(f"Ville de démonstration : {told}")
