"""Young people who act together with an adult who answers for them: a number, never their names."""

from django.conf import settings
from django.db import models
from django.db.models import Q

MOST_YOUNG = 60


class Group(models.Model):
    """Written by an agent who knows the adult. `leader` empties only by erasure."""

    name = models.CharField(
        "nom du groupe",
        max_length=80,
        unique=True,
        help_text="Par exemple : « Conseil municipal de la jeunesse, commission solidarité ». Jamais un nom.",
    )
    leader = models.ForeignKey(
        "volunteers.Volunteer",
        verbose_name="adulte responsable",
        null=True,
        on_delete=models.SET_NULL,
        related_name="led_groups",
        help_text="Une personne majeure, volontaire, que la mairie a rencontrée.",
    )
    young_count = models.PositiveSmallIntegerField(
        "nombre de jeunes",
        help_text="Au plus, quand tout le monde vient. Leurs noms ne sont notés nulle part.",
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="accepté par",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    approved_at = models.DateTimeField("accepté le", editable=False)
    is_active = models.BooleanField("peut s’inscrire", default=True)

    class Meta:
        verbose_name = "groupe"
        verbose_name_plural = "groupes"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(young_count__gte=1, young_count__lte=MOST_YOUNG),
                name="group_size_sensible",
                violation_error_message=f"Indiquez entre 1 et {MOST_YOUNG} jeunes.",
            ),
        ]

    def __str__(self):
        return self.name
