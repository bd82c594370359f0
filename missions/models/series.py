"""A mission that comes back: the rule by which its slots were made. The slots live their own lives."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Every(models.TextChoices):
    WEEK = "week", "Chaque semaine"
    FORTNIGHT = "fortnight", "Toutes les deux semaines"
    MONTH = "month", "Chaque mois, le même rang (le deuxième samedi…)"
    LAST = "last", "Chaque mois, le dernier (le dernier samedi…)"


class Series(models.Model):
    """Same weekday, same hour on the wall, same length; until a day, or so many times in all."""

    mission = models.ForeignKey(
        "missions.Mission", verbose_name="mission", on_delete=models.CASCADE, related_name="series"
    )
    every = models.CharField("rythme", max_length=10, choices=Every)
    first_on = models.DateField("à partir du")
    starts_at_hour = models.TimeField("heure de début")
    minutes = models.PositiveSmallIntegerField("durée (minutes)")
    places = models.PositiveSmallIntegerField("places")
    skips_holidays = models.BooleanField("pas les jours fériés", default=False)
    until_on = models.DateField("jusqu’au", null=True, blank=True)
    times = models.PositiveSmallIntegerField("nombre de fois", null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="faite par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    made_at = models.DateTimeField("faite le")

    class Meta:
        verbose_name = "série"
        verbose_name_plural = "séries"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__isnull=False, times__isnull=True)
                | Q(until_on__isnull=True, times__isnull=False),
                name="series_has_one_end",
                violation_error_message="Une série a une fin : un jour, ou un nombre de fois.",
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=1) & Q(places__gte=1, places__lte=500),
                name="series_is_sensible",
                violation_error_message="Indiquez une durée, et entre 1 et 500 places.",
            ),
        ]

    def __str__(self):
        return f"série {self.pk}"
