"""`manage.py load_categories`: add the shipped categories of needs that the town does not have yet."""

from django.core.management.base import BaseCommand

from quartiers.catalogue import load_categories


class Command(BaseCommand):
    help = "Ajoute les catégories de besoins livrées avec le logiciel ; ne touche pas aux vôtres."

    def handle(self, *args, **options):
        self.stdout.write(f"{load_categories()} catégories ajoutées.")
