"""How the mairie works on reports, never shown outside: routing, notes, answers, links for services."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Routing(models.Model):
    """Who looks after a category, in one quartier or (quartier empty) in the whole town."""

    category = models.ForeignKey(
        "quartiers.Category", verbose_name="catégorie", on_delete=models.CASCADE, related_name="routings"
    )
    quartier = models.ForeignKey(
        "quartiers.Quartier",
        verbose_name="quartier",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Laissez vide pour toute la ville.",
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="suivie par", on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        verbose_name = "répartition"
        verbose_name_plural = "répartition"
        ordering = ["category", "quartier", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["category", "quartier"],
                nulls_distinct=False,
                name="routing_once_per_category_and_quartier",
                violation_error_message="Cette catégorie est déjà suivie par quelqu’un dans ce quartier.",
            )
        ]

    def __str__(self):
        return f"répartition {self.pk}"


class InternalNote(models.Model):
    """What the desk says to itself. `is_automatic`: written by the site (category, visibility…)."""

    report = models.ForeignKey(
        "quartiers.NeedReport", on_delete=models.CASCADE, related_name="internal_notes"
    )
    text = models.TextField("note", max_length=1000)
    at = models.DateTimeField("le")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    is_automatic = models.BooleanField("écrite par le site", default=False)

    class Meta:
        verbose_name = "note interne"
        verbose_name_plural = "notes internes"
        ordering = ["at", "id"]

    def __str__(self):
        return f"note {self.pk}"


class AnswerFor(models.TextChoices):
    """The acts that carry a public text, by the name they have in addresses."""

    REDIRECT = "reorienter", "Réorienter"
    ASK = "question", "Demander une précision"
    START = "commencer", "Commencer"
    PLAN = "prevoir", "Prévoir"
    FORWARD = "transmettre", "Transmettre"
    RESOLVE = "regler", "Régler"
    CLOSE = "clore", "Clore sans suite"


class StandardAnswer(models.Model):
    """A public text to start from, for one act and one category (or, category empty, for all)."""

    act = models.CharField("pour", max_length=20, choices=AnswerFor)
    category = models.ForeignKey(
        "quartiers.Category",
        verbose_name="catégorie",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="standard_answers",
        help_text="Laissez vide pour toutes les catégories.",
    )
    title = models.CharField("nom", max_length=80)
    text = models.TextField("texte", max_length=500)
    is_active = models.BooleanField("proposée", default=True)

    class Meta:
        verbose_name = "réponse type"
        verbose_name_plural = "réponses types"
        ordering = ["act", "category", "title", "id"]

    def __str__(self):
        return self.title


class AuthorLook(models.Model):
    """Who asked to see who wrote a report, and when. Append-only."""

    report = models.ForeignKey("quartiers.NeedReport", on_delete=models.CASCADE, related_name="author_looks")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="par", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "consultation du nom"
        verbose_name_plural = "consultations du nom"
        ordering = ["at", "id"]

    def __str__(self):
        return f"consultation {self.pk}"


class ServiceLink(models.Model):
    """Lets a service without an account read one report and answer it, until a day or until revoked."""

    report = models.ForeignKey("quartiers.NeedReport", on_delete=models.CASCADE, related_name="service_links")
    service = models.ForeignKey(
        "quartiers.ServiceInCharge", verbose_name="service", on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField("créé le")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="par", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    expires_at = models.DateTimeField("valable jusqu’au")
    revoked_at = models.DateTimeField("retiré le", null=True, blank=True)

    class Meta:
        verbose_name = "lien pour un service"
        verbose_name_plural = "liens pour les services"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")), name="service_link_ends_after_start"
            )
        ]

    def __str__(self):
        return f"lien {self.pk}"

    def is_usable(self, now):
        return self.revoked_at is None and now < self.expires_at
