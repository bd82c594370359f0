"""A mission born from a needs report: only the link; neither changes the other."""

from django.conf import settings
from django.db import models


class MissionReport(models.Model):
    mission = models.OneToOneField(
        "missions.Mission", verbose_name="mission", on_delete=models.CASCADE, related_name="report_link"
    )
    report = models.ForeignKey(
        "quartiers.NeedReport",
        verbose_name="remontée",
        on_delete=models.CASCADE,
        related_name="mission_links",
    )
    at = models.DateTimeField("le")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="par", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = "mission née d’une remontée"
        verbose_name_plural = "missions nées de remontées"
        ordering = ["id"]

    def __str__(self):
        return f"lien {self.pk}"
