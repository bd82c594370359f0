"""Referrals (« orientations »): a person somebody worries about, for the CCAS alone.

Menus rather than words; no address, no photo, no point; purged 30 days after hand-over.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from vitre_civique.lib.states import StateChange


class ReferralState(models.TextChoices):
    SENT = "sent", "À lire"
    TAKEN = "taken", "Suivie"
    HANDED_OVER = "handed_over", "Transmise"
    PURGED = "purged", "Effacée"


class HelpNeeded(models.TextChoices):
    COMPANY = "company", "Se sent seul·e, une visite"
    SHOPPING = "shopping", "Faire les courses"
    TRANSPORT = "transport", "Se déplacer"
    LETTERS = "letters", "Lire un courrier, une démarche"
    MEALS = "meals", "Les repas"
    HOME = "home", "Le logement, le chauffage"
    PHONE = "phone", "Le téléphone, l’ordinateur"
    TALK = "talk", "Parler à quelqu’un du CCAS"


class Tie(models.TextChoices):
    NEIGHBOUR = "neighbour", "Voisin·e"
    FAMILY = "family", "Famille ou ami·e"
    SHOPKEEPER = "shopkeeper", "Commerçant·e ou gardien·ne"
    REFERENT = "referent", "Référent·e du quartier"


class Pace(models.TextChoices):
    WEEK = "week", "Cette semaine"
    MONTH = "month", "Dans le mois"


class Referral(models.Model):
    TRANSITIONS = {
        ReferralState.SENT: {ReferralState.TAKEN, ReferralState.HANDED_OVER},
        ReferralState.TAKEN: {ReferralState.HANDED_OVER},
        ReferralState.HANDED_OVER: {ReferralState.PURGED},
        ReferralState.PURGED: set(),
    }

    state = models.CharField(
        "état", max_length=12, choices=ReferralState, default=ReferralState.SENT, editable=False
    )
    sent_on = models.DateField("envoyée le")
    quartier = models.ForeignKey(
        "quartiers.Quartier", verbose_name="quartier", on_delete=models.PROTECT, related_name="referrals"
    )
    help_needed = models.CharField("ce qui aiderait", max_length=12, choices=HelpNeeded)
    tie = models.CharField("lien", max_length=12, choices=Tie, blank=True)
    pace = models.CharField("quand", max_length=8, choices=Pace, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="envoyée par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    person_agrees = models.BooleanField("la personne est d’accord", default=False)
    person_name = models.CharField("nom de la personne", max_length=80, blank=True)
    text = models.CharField("précisions", max_length=500, blank=True)
    handed_over_at = models.DateTimeField("transmise le", null=True, blank=True)

    class Meta:
        verbose_name = "orientation"
        verbose_name_plural = "orientations"
        ordering = ["sent_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person_agrees=True) | Q(person_name=""),
                name="referral_name_only_if_agreed",
                violation_error_message="Le nom ne s’écrit que si la personne est d’accord.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["handed_over", "purged"]) | Q(handed_over_at__isnull=False),
                name="referral_handed_over_has_a_date",
            ),
            models.CheckConstraint(
                condition=~Q(state="purged")
                | Q(text="", person_name="", tie="", pace="", person_agrees=False, author__isnull=True),
                name="referral_purged_says_nothing",
            ),
        ]

    def __str__(self):
        return f"orientation {self.pk}"


class ReferralStateChange(StateChange):
    row = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="state_changes")

    class Meta(StateChange.Meta):
        verbose_name = "changement d’état"
        verbose_name_plural = "changements d’état"
