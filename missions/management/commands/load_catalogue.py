"""`manage.py load_catalogue`: add the shipped simple gestures that the town does not have yet."""

from django.core.management.base import BaseCommand

from missions.catalogue import load_catalogue


class Command(BaseCommand):
    help = "Ajoute au catalogue les gestes simples livrés avec le logiciel ; ne touche pas aux vôtres."

    def handle(self, *args, **options):
        count = load_catalogue()
        self.stdout.write(f"{count} gestes ajoutés au catalogue.")
