from django.apps import AppConfig


class ProblemsConfig(AppConfig):
    name = "vitre_civique.problems"
    verbose_name = "Problèmes signalés"
