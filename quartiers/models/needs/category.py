"""What a need is about: families, categories, and the service that answers for each."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Family(models.TextChoices):
    COMFORT = "comfort", "Confort"
    HEALTH = "health", "Santé"
    SAFETY = "safety", "Sécurité"


class ServiceInCharge(models.Model):
    """A service of the town or a partner that answers for categories; `fallback` acts by default."""

    name = models.CharField("service", max_length=80, unique=True)
    email = models.EmailField("e-mail du service", blank=True)
    is_external = models.BooleanField("hors de la mairie", default=False)
    fallback = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="à défaut",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = "service"
        verbose_name_plural = "services"
        ordering = ["name"]

    def __str__(self):
        return self.name


class Category(models.Model):
    """What the need is about, who answers for it, and within how many working days."""

    code = models.SlugField("code", max_length=40, unique=True)
    family = models.CharField("famille", max_length=10, choices=Family)
    name = models.CharField("catégorie", max_length=80)
    hint = models.CharField("aide", max_length=200, blank=True)
    emergency_note = models.CharField("en cas d’urgence", max_length=200, blank=True)
    service = models.ForeignKey(
        ServiceInCharge, verbose_name="service", on_delete=models.PROTECT, related_name="categories"
    )
    acknowledge_days = models.PositiveSmallIntegerField("accusé de réception (jours ouvrés)", default=2)
    answer_days = models.PositiveSmallIntegerField("réponse (jours ouvrés)", default=10)
    is_active = models.BooleanField("proposée", default=True)
    position = models.PositiveSmallIntegerField("rang", default=0)

    class Meta:
        verbose_name = "catégorie"
        verbose_name_plural = "catégories"
        ordering = ["family", "position", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(acknowledge_days__gte=1, answer_days__gte=models.F("acknowledge_days")),
                name="category_delays_in_order",
                violation_error_message="La réponse ne peut pas être promise avant l’accusé de réception.",
            ),
        ]

    def __str__(self):
        return self.name
