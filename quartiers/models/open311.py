"""Reports that come from other tools: who may file (keys), where a report came from, files being imported."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Open311Key(models.Model):
    """The right of one tool to file through Open311. Only the hash is kept: the key is shown once."""

    name = models.CharField("outil", max_length=80, unique=True, help_text="Par exemple « Vitré en poche ».")
    contact_email = models.EmailField("e-mail de contact", help_text="Qui prévenir en cas de souci.")
    key_hash = models.CharField("empreinte de la clé", max_length=64, unique=True, editable=False)
    key_start = models.CharField("début de la clé", max_length=12, editable=False)
    created_at = models.DateTimeField("créée le", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="créée par",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    is_active = models.BooleanField("active", default=True)
    last_used_at = models.DateTimeField("servie le", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "clé Open311"
        verbose_name_plural = "clés Open311"
        ordering = ["name"]

    def __str__(self):
        return self.name


class Source(models.TextChoices):
    OPEN311 = "open311", "Open311"
    FILE = "file", "fichier"
    PULL = "pull", "relevé Open311"


class ReportOrigin(models.Model):
    """Where a report without author came from. No name and no address of whoever wrote it there."""

    report = models.OneToOneField("quartiers.NeedReport", on_delete=models.CASCADE, related_name="origin")
    source = models.CharField("provenance", max_length=10, choices=Source)
    tool = models.CharField("outil", max_length=80)
    external_id = models.CharField("numéro dans l’outil", max_length=120, blank=True)
    key = models.ForeignKey(
        Open311Key,
        verbose_name="clé",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="origins",
    )

    class Meta:
        verbose_name = "provenance"
        verbose_name_plural = "provenances"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tool", "external_id"],
                condition=~Q(external_id=""),
                name="report_origin_once",
                violation_error_message="Cette remontée a déjà été importée.",
            )
        ]

    def __str__(self):
        return self.tool


class ReportImport(models.Model):
    """A file or a pull read but not yet imported: the rows wait here between preview and confirmation."""

    tool = models.CharField("outil", max_length=80)
    source = models.CharField("provenance", max_length=10, choices=Source)
    rows = models.JSONField("lignes", default=list, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="préparé par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    made_at = models.DateTimeField("préparé le")
    done_at = models.DateTimeField("importé le", null=True, blank=True)
    imported_count = models.PositiveIntegerField("remontées importées", default=0)

    class Meta:
        verbose_name = "import de remontées"
        verbose_name_plural = "imports de remontées"
        ordering = ["-id"]

    def __str__(self):
        return f"import {self.pk}"
