"""What people follow on a report: the town's public steps, who says « moi aussi », the photos."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from .report import NeedReport
from .states import NeedState


class PublicStep(models.Model):
    """One public answer or question of the town on a report, as people read it. Append-only."""

    report = models.ForeignKey(NeedReport, on_delete=models.CASCADE, related_name="steps")
    state = models.CharField("état", max_length=12, choices=NeedState)
    text = models.TextField("texte public", max_length=1000)
    at = models.DateTimeField("le")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = "étape publique"
        verbose_name_plural = "étapes publiques"
        ordering = ["at", "id"]

    def __str__(self):
        return self.get_state_display()


class Supporter(models.Model):
    """« Moi aussi » : supports a report and follows its public steps."""

    report = models.ForeignKey(NeedReport, on_delete=models.CASCADE, related_name="supporters")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="personne",
        on_delete=models.CASCADE,
        related_name="supported_reports",
    )
    at = models.DateTimeField("le", auto_now_add=True)
    # « Est-ce réglé ? », asked once, when the town has ended it; only the author's « non » reopens.
    is_settled = models.BooleanField("réglée selon cette personne", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "soutien"
        verbose_name_plural = "soutiens"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "user"],
                name="supporter_once_per_report",
                violation_error_message="Vous soutenez déjà cette remontée.",
            )
        ]

    def __str__(self):
        return "moi aussi"


class ReportPhoto(models.Model):
    """A re-encoded photo without metadata, served through a checked view, never by its file name."""

    report = models.ForeignKey(NeedReport, on_delete=models.CASCADE, related_name="photos")
    image = models.FileField("photo", upload_to="remontees/")
    description = models.CharField("ce qu’on voit", max_length=160, blank=True)
    is_public = models.BooleanField("visible par tous", default=False)
    position = models.PositiveSmallIntegerField("rang", default=1)

    class Meta:
        verbose_name = "photo"
        verbose_name_plural = "photos"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["report", "position"], name="report_photo_position_once"),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=3),
                name="report_photo_three_at_most",
                violation_error_message="Trois photos au plus.",
            ),
        ]

    def __str__(self):
        return f"photo {self.position}"
