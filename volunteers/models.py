"""Volunteers, the hour they pledge, the ledger of hours given. Verbs live in pledges, hours and profiles."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.urls import reverse

MINUTES_PER_MONTH = 60  # « une heure civique »


class HelpKind(models.TextChoices):
    """What a volunteer likes to do; a gesture or a mission asks for one of them."""

    COMPANY = "company", "Tenir compagnie, se promener"
    ERRANDS = "errands", "Faire des courses"
    GARDEN = "garden", "Jardiner, tailler une haie"
    HANDIWORK = "handiwork", "Bricoler, porter"
    DIGITAL = "digital", "Aider avec un téléphone, un ordinateur"
    PAPERS = "papers", "Lire, écrire un courrier"
    LIFT = "lift", "Accompagner en voiture ou à pied"
    ANIMALS = "animals", "Promener ou garder un animal"
    TOWN = "town", "Agir pour la commune"
    ASSOCIATION = "association", "Aider une association"


class Reach(models.TextChoices):
    QUARTIER = "quartier", "Dans mon quartier"
    ADJACENT = "adjacent", "Dans mon quartier et ceux d’à côté"
    TOWN = "town", "Dans toute la ville"


class PartOfDay(models.IntegerChoices):
    MORNING = 0, "matin"
    AFTERNOON = 1, "après-midi"
    EVENING = 2, "soir"


class VolunteerQuerySet(models.QuerySet):
    def active(self, today):
        """Those who may be asked: neither stopped, nor paused, nor erased."""
        return self.filter(
            Q(paused_until__isnull=True) | Q(paused_until__lte=today),
            stopped_at__isnull=True,
            user__is_active=True,
        )


class Prerequisite(models.Model):
    """Something a mission may ask for and an agent verifies: a driving licence, a first meeting held…"""

    name = models.CharField("nom", max_length=80, unique=True)
    explanation = models.CharField("explication", max_length=200, blank=True)

    class Meta:
        verbose_name = "prérequis"
        verbose_name_plural = "prérequis"
        ordering = ["name"]

    def __str__(self):
        return self.name


class Volunteer(models.Model):
    """What a person who gives time has told us. `quartier` empty means « je ne sais pas »."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name="personne", on_delete=models.CASCADE, related_name="volunteer"
    )
    quartier = models.ForeignKey(
        "quartiers.Quartier",
        verbose_name="quartier",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="volunteers",
    )
    reach = models.CharField("où", max_length=10, choices=Reach, default=Reach.ADJACENT)
    kinds = ArrayField(
        models.CharField(max_length=20, choices=HelpKind),
        verbose_name="ce que j’aime faire",
        default=list,
        blank=True,
    )
    wont_do = models.CharField("ce que je ne fais pas", max_length=500, blank=True)
    # weekday (Monday 0) × 3 + PartOfDay; empty means « cela dépend », hence always asked.
    availability = ArrayField(
        models.SmallIntegerField(), verbose_name="disponibilités", default=list, blank=True
    )
    paused_until = models.DateField("en pause jusqu’au", null=True, blank=True)
    stopped_at = models.DateTimeField("arrêté le", null=True, blank=True)
    charter_version = models.CharField("charte acceptée", max_length=20, blank=True)
    charter_accepted_at = models.DateTimeField("charte acceptée le", null=True, blank=True)
    first_meeting_on = models.DateField("première rencontre le", null=True, blank=True)
    prerequisites = models.ManyToManyField(Prerequisite, verbose_name="prérequis vérifiés", blank=True)
    created_at = models.DateTimeField("créé le", auto_now_add=True)

    objects = VolunteerQuerySet.as_manager()

    class Meta:
        verbose_name = "volontaire"
        verbose_name_plural = "volontaires"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(availability__contained_by=list(range(21))),
                name="volunteer_availability_codes",
                violation_error_message="Choisissez vos moments dans la grille.",
            ),
        ]
        indexes = [
            models.Index(fields=["quartier", "stopped_at"]),
            GinIndex(fields=["kinds"], name="volunteer_kinds_gin"),
        ]

    def __str__(self):
        return str(self.user)

    def get_absolute_url(self):
        return reverse("volunteers:profile")

    def is_paused_on(self, day):
        return self.paused_until is not None and day < self.paused_until


class PledgeQuerySet(models.QuerySet):
    def covering(self, month):
        """Pledges in force in `month`."""
        return self.filter(Q(until_month__isnull=True) | Q(until_month__gt=month), from_month__lte=month)


class Pledge(models.Model):
    """An offer of minutes each month, from a month until another (excluded). Never a debt."""

    volunteer = models.ForeignKey(
        Volunteer, verbose_name="volontaire", on_delete=models.CASCADE, related_name="pledges"
    )
    minutes_per_month = models.PositiveSmallIntegerField("minutes par mois", default=MINUTES_PER_MONTH)
    from_month = models.DateField("à partir de")
    until_month = models.DateField("jusqu’à (exclu)", null=True, blank=True)
    made_at = models.DateTimeField("promis le", auto_now_add=True)

    objects = PledgeQuerySet.as_manager()

    class Meta:
        verbose_name = "promesse"
        verbose_name_plural = "promesses"
        ordering = ["-from_month", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["volunteer"],
                condition=Q(until_month__isnull=True),
                name="pledge_one_open",
                violation_error_message="Votre promesse est déjà enregistrée.",
            ),
            models.CheckConstraint(
                condition=Q(minutes_per_month__gte=15, minutes_per_month__lte=1200),
                name="pledge_minutes_sensible",
                violation_error_message="Indiquez entre 15 minutes et 20 heures par mois.",
            ),
            models.CheckConstraint(
                condition=Q(until_month__isnull=True) | Q(until_month__gte=models.F("from_month")),
                name="pledge_ends_after_start",
                violation_error_message="La fin doit venir après le début.",
            ),
            models.CheckConstraint(
                condition=Q(from_month__day=1) & (Q(until_month__isnull=True) | Q(until_month__day=1)),
                name="pledge_months_are_first_days",
                violation_error_message="Un mois est noté par son premier jour.",
            ),
        ]

    def __str__(self):
        return f"{self.minutes_per_month} min par mois"

    @property
    def reference(self):
        """What a person quotes on the phone."""
        return f"VH-{self.pk:06d}"


class SkippedMonth(models.Model):
    """« Passer ce mois-ci » : one row, no blame, no reminder."""

    volunteer = models.ForeignKey(
        Volunteer, verbose_name="volontaire", on_delete=models.CASCADE, related_name="skipped_months"
    )
    month = models.DateField("mois")
    made_at = models.DateTimeField("noté le", auto_now_add=True)

    class Meta:
        verbose_name = "mois passé"
        verbose_name_plural = "mois passés"
        ordering = ["-month"]
        constraints = [
            models.UniqueConstraint(fields=["volunteer", "month"], name="skipped_month_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="skipped_month_is_first_day"),
        ]

    def __str__(self):
        return f"{self.month:%Y-%m}"


class HourEntry(models.Model):
    """One line of the append-only ledger of minutes given. A correction is a counter-entry, never an update.

    A database trigger refuses UPDATE (but for detaching an erased person) and DELETE.
    """

    class Source(models.TextChoices):
        SIGNUP = "signup", "mission"
        DECLARED = "declared", "heure donnée ailleurs"
        CORRECTION = "correction", "correction"

    volunteer = models.ForeignKey(
        Volunteer,
        verbose_name="volontaire",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="hour_entries",
    )
    quartier = models.ForeignKey(
        "quartiers.Quartier",
        verbose_name="quartier",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    month = models.DateField("mois")
    minutes = models.SmallIntegerField("minutes")
    source = models.CharField("origine", max_length=12, choices=Source)
    # What the line is about, made by the app that writes it (« signup-42 »): one line per subject and source.
    subject = models.CharField("objet", max_length=40, blank=True)
    label = models.CharField("intitulé", max_length=160, blank=True)
    corrects = models.ForeignKey(
        "self",
        verbose_name="corrige",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="corrections",
    )
    reason = models.CharField("motif", max_length=300, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="écrit par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    entered_at = models.DateTimeField("écrit le", auto_now_add=True)

    class Meta:
        verbose_name = "heure donnée"
        verbose_name_plural = "heures données"
        ordering = ["-month", "-id"]
        indexes = [models.Index(fields=["volunteer", "month"])]
        constraints = [
            models.UniqueConstraint(
                fields=["subject"],
                condition=Q(source="signup"),
                name="hour_entry_once_per_signup",
                violation_error_message="Cette heure est déjà comptée.",
            ),
            # A declaration carries the token of its form: sent twice, it counts once.
            models.UniqueConstraint(
                fields=["subject"],
                condition=Q(source="declared") & ~Q(subject=""),
                name="hour_entry_declared_once",
                violation_error_message="Cette heure est déjà comptée.",
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="hour_entry_month_is_first_day"),
            models.CheckConstraint(
                condition=Q(source="correction") | Q(minutes__gt=0, minutes__lte=1440),
                name="hour_entry_minutes_sensible",
                violation_error_message="Indiquez entre une minute et 24 heures.",
            ),
            models.CheckConstraint(
                condition=~Q(source="correction") | (Q(corrects__isnull=False) & ~Q(reason="")),
                name="hour_entry_correction_explained",
                violation_error_message="Une correction dit ce qu’elle corrige et pourquoi.",
            ),
        ]

    def __str__(self):
        return f"{self.minutes} min, {self.month:%Y-%m}"
