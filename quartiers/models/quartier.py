"""Quartiers of the town and the mandates of their referents."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords


class QuartierQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def for_choices(self):
        """Active ones without what only a map draws: their boundaries weigh more than a page."""
        return self.active().only("name", "slug")


class Quartier(models.Model):
    """A part of the town that staff draw and name; boundary and centre are GeoJSON (longitude, latitude)."""

    name = models.CharField("nom", max_length=80, unique=True)
    slug = models.SlugField("adresse", max_length=80, unique=True)
    boundary = models.JSONField("contour (GeoJSON)", default=dict, blank=True)
    centre_longitude = models.FloatField("longitude du centre", null=True, blank=True)
    centre_latitude = models.FloatField("latitude du centre", null=True, blank=True)
    population = models.PositiveIntegerField("habitants", default=0)
    adjacent = models.ManyToManyField("self", verbose_name="quartiers voisins", blank=True)
    is_pilot = models.BooleanField("quartier pilote", default=False)
    is_active = models.BooleanField("actif", default=True)

    objects = QuartierQuerySet.as_manager()
    history = HistoricalRecords(
        verbose_name="version de quartier", verbose_name_plural="versions de quartiers"
    )

    class Meta:
        verbose_name = "quartier"
        verbose_name_plural = "quartiers"
        ordering = ["name"]

    def __str__(self):
        return self.name


class MandateQuerySet(models.QuerySet):
    def in_force(self, today):
        return self.filter(
            Q(until__isnull=True) | Q(until__gt=today),
            from_on__lte=today,
            charter_signed_on__isnull=False,
            ended_at__isnull=True,
        )


class Mandate(models.Model):
    """A person is referent (« Vitréen attentionné ») of a quartier, from a day until another (excluded)."""

    referent = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="référent", on_delete=models.CASCADE, related_name="mandates"
    )
    quartier = models.ForeignKey(
        Quartier, verbose_name="quartier", on_delete=models.PROTECT, related_name="mandates"
    )
    from_on = models.DateField("à partir du")
    until = models.DateField("jusqu’au (exclu)", null=True, blank=True)
    appointed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="nommé par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    charter_signed_on = models.DateField("charte signée le", null=True, blank=True)
    # Ended by an agent before its day: nothing can be written from this moment on.
    ended_at = models.DateTimeField("arrêté le", null=True, blank=True, editable=False)

    objects = MandateQuerySet.as_manager()

    class Meta:
        verbose_name = "mandat"
        verbose_name_plural = "mandats"
        ordering = ["-from_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=models.F("from_on")),
                name="mandate_ends_after_start",
                violation_error_message="La fin du mandat doit venir après son début.",
            ),
            models.UniqueConstraint(
                fields=["referent", "quartier"],
                condition=Q(until__isnull=True, ended_at__isnull=True),
                name="mandate_one_open",
                violation_error_message="Cette personne est déjà référente de ce quartier.",
            ),
        ]

    def __str__(self):
        return f"{self.referent} — {self.quartier}"
