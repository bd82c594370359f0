"""A neighbour's request: the draft kept while it is written, and the moments wished for."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models

KEPT_DRAFT = timedelta(days=7)
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing one mistakes for something else on paper


class PartOfDay(models.TextChoices):
    MORNING = "morning", "le matin"
    AFTERNOON = "afternoon", "l’après-midi"
    EVENING = "evening", "en fin de journée"


def _resume_code():
    return "".join(secrets.choice(ALPHABET) for _ in range(8))


class RequestDraft(models.Model):
    """Answers to the pages of « J’ai besoin d’un coup de main », kept seven days, then forgotten.

    Someone without an account finds it again, on any device, with the code alone.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="personne",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="request_drafts",
    )
    code = models.CharField("code de reprise", max_length=8, unique=True, default=_resume_code)
    answers = models.JSONField("réponses", default=dict)
    created_at = models.DateTimeField("commencé le")
    expires_at = models.DateTimeField("gardé jusqu’au")

    class Meta:
        verbose_name = "demande en cours d’écriture"
        verbose_name_plural = "demandes en cours d’écriture"
        ordering = ["-id"]
        indexes = [models.Index(fields=["expires_at"])]

    def __str__(self):
        return f"brouillon {self.pk}"

    @property
    def spelled_code(self):
        return f"{self.code[:4]} {self.code[4:]}"


class RequestWish(models.Model):
    """A moment that would suit the neighbour; the mairie makes a slot of one of them."""

    mission = models.ForeignKey("missions.Mission", on_delete=models.CASCADE, related_name="wishes")
    day = models.DateField("jour")
    part = models.CharField("moment", max_length=10, choices=PartOfDay)

    class Meta:
        verbose_name = "moment souhaité"
        verbose_name_plural = "moments souhaités"
        ordering = ["day", "id"]
        constraints = [
            models.UniqueConstraint(fields=["mission", "day", "part"], name="request_wish_once"),
        ]

    def __str__(self):
        return f"{self.day:%d/%m/%Y}, {self.get_part_display()}"
