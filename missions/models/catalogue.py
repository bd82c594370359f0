"""What missions are made from: the catalogue of simple gestures, and associations that host missions."""

from django.db import models
from simple_history.models import HistoricalRecords

from vitre_civique.lib.search import folded
from volunteers.models import HelpKind


class MissionKind(models.TextChoices):
    INTERPERSONAL = "interpersonal", "Coup de main entre voisins"
    COLLECTIVE = "collective", "Action pour la commune"
    ASSOCIATION = "association", "Coup de main à une association"


class Gesture(models.Model):
    """A simple gesture in plain words (« Tailler une haie »), from which a mission is made."""

    name = models.CharField("geste", max_length=80, unique=True)
    hint = models.CharField("en quelques mots", max_length=200, blank=True)
    kind = models.CharField("genre de mission", max_length=20, choices=MissionKind)
    help_kind = models.CharField("aide demandée", max_length=20, choices=HelpKind)
    icon = models.CharField("icône", max_length=40, default="hand-helping")
    usual_minutes = models.PositiveSmallIntegerField("durée habituelle (minutes)", default=60)
    needs_address = models.BooleanField("se passe chez la personne", default=False)
    is_active = models.BooleanField("proposé", default=True)
    search_text = models.GeneratedField(
        expression=folded("name", "hint"), output_field=models.TextField(), db_persist=True
    )

    history = HistoricalRecords(
        excluded_fields=["search_text"],
        verbose_name="version de geste",
        verbose_name_plural="versions de gestes",
    )

    class Meta:
        verbose_name = "geste"
        verbose_name_plural = "catalogue des gestes"
        ordering = ["name"]

    def __str__(self):
        return self.name


class Association(models.Model):
    """A host organisation: it answers for its missions, an agent posts them on its behalf."""

    name = models.CharField("nom", max_length=120, unique=True)
    purpose = models.CharField("objet", max_length=200, blank=True)
    contact_name = models.CharField("personne à joindre", max_length=120, blank=True)
    contact_email = models.EmailField("e-mail", blank=True)
    contact_phone = models.CharField("téléphone", max_length=16, blank=True)
    is_active = models.BooleanField("active", default=True)

    history = HistoricalRecords(
        excluded_fields=["contact_name", "contact_email", "contact_phone"],
        verbose_name="version d’association",
        verbose_name_plural="versions d’associations",
    )

    class Meta:
        verbose_name = "association"
        verbose_name_plural = "associations"
        ordering = ["name"]

    def __str__(self):
        return self.name
