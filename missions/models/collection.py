"""A collection: a goal counted in units, where one brings them and when, and what was counted so far."""

from django.conf import settings
from django.db import models
from django.db.models import F, IntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from simple_history.models import HistoricalRecords

from vitre_civique.lib import french
from vitre_civique.lib.public_words import PublicWords
from vitre_civique.lib.states import StateChange

from .mission import Organiser

MOST_AT_ONCE = 500  # units in one tally: a van, not a slip of the finger


class CollectionState(models.TextChoices):
    DRAFT = "draft", "Brouillon"
    PUBLISHED = "published", "Publiée"
    DONE = "done", "Terminée"
    CANCELLED = "cancelled", "Annulée"


class CollectionQuerySet(models.QuerySet):
    def open(self):
        return self.filter(state=CollectionState.PUBLISHED)

    def running(self, today):
        """Published ones whose first day has come and whose last has not passed."""
        return self.open().filter(starts_on__lte=today, ends_on__gte=today)

    def overdue(self, today):
        """Published ones whose last day has passed: somebody must give out what is left, then close them."""
        return self.open().filter(ends_on__lt=today)

    def with_totals(self):
        """`received_count` and `handed_out_count`, corrections included."""
        return self.annotate(
            received_count=_total(TallyKind.RECEIVED), handed_out_count=_total(TallyKind.HANDED_OUT)
        )

    def for_list(self):
        """What the public list shows: the open ones by their last day, then the ended ones, latest first."""
        shown = self.filter(state__in=[CollectionState.PUBLISHED, CollectionState.DONE])
        rank = models.Case(models.When(state=CollectionState.PUBLISHED, then=0), default=1)
        soonest = models.Case(models.When(state=CollectionState.PUBLISHED, then=F("ends_on")))
        return shown.with_totals().order_by(rank, soonest, "-ends_on", "-id")

    def for_block(self, today):
        """The one collection a home page speaks of: among those running, the one that ends first."""
        return self.running(today).with_totals().order_by("ends_on", "id")


class Collection(PublicWords):
    """Public words only, like a mission's."""

    PUBLIC_WORDS = ("title", "public_text", "what_to_bring", "what_not_to_bring", "public_reason")

    TRANSITIONS = {
        CollectionState.DRAFT: {CollectionState.PUBLISHED, CollectionState.CANCELLED},
        CollectionState.PUBLISHED: {CollectionState.DONE, CollectionState.CANCELLED},
        CollectionState.DONE: set(),
        CollectionState.CANCELLED: set(),
    }

    state = models.CharField(
        "état", max_length=20, choices=CollectionState, default=CollectionState.DRAFT, editable=False
    )
    title = models.CharField("titre", max_length=90, help_text="Par exemple : « Noël solidaire 2026 ».")
    slug = models.SlugField(
        "adresse de la page",
        max_length=60,
        unique=True,
        help_text="Ce qui suit /collectes/, sans espace ni accent. Ne la changez plus une fois imprimée.",
        error_messages={"unique": "Une autre collecte a déjà cette adresse."},
    )
    public_text = models.TextField("texte public", max_length=2000)
    what_to_bring = models.TextField(
        "ce qu’on peut apporter", max_length=1000, blank=True, help_text="Une chose par ligne."
    )
    what_not_to_bring = models.TextField(
        "ce qu’on ne peut pas prendre", max_length=1000, blank=True, help_text="Une chose par ligne."
    )
    unit_one = models.CharField("unité, au singulier", max_length=30, help_text="Par exemple : boîte.")
    unit_many = models.CharField("unité, au pluriel", max_length=30, help_text="Par exemple : boîtes.")
    goal = models.PositiveIntegerField("objectif")
    starts_on = models.DateField("premier jour")
    ends_on = models.DateField("dernier jour")
    organiser = models.CharField("organisée par", max_length=20, choices=Organiser, default=Organiser.MAIRIE)
    association = models.ForeignKey(
        "missions.Association",
        verbose_name="association",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="collections",
    )
    # What everybody reads once it is cancelled.
    public_reason = models.CharField("message public", max_length=500, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="créée par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    created_at = models.DateTimeField("créée le", auto_now_add=True)
    published_at = models.DateTimeField("publiée le", null=True, blank=True, editable=False)
    # Grows with each change of words or dates: a calendar keeps the event with the highest SEQUENCE.
    sequence = models.PositiveIntegerField("version pour les agendas", default=0, editable=False)

    objects = CollectionQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["sequence"],
        verbose_name="version de collecte",
        verbose_name_plural="versions de collectes",
    )

    class Meta:
        verbose_name = "collecte"
        verbose_name_plural = "collectes"
        ordering = ["-starts_on", "-id"]
        indexes = [models.Index(fields=["state", "ends_on"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(goal__gte=1, goal__lte=100_000),
                name="collection_goal_sensible",
                violation_error_message="Donnez un objectif entre 1 et 100 000.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="collection_ends_after_start",
                violation_error_message="Le dernier jour ne peut pas venir avant le premier.",
            ),
            models.CheckConstraint(
                condition=~Q(organiser="association") | Q(association__isnull=False),
                name="collection_association_named",
                violation_error_message="Choisissez l’association qui organise la collecte.",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("missions:collection", args=[self.slug])

    @property
    def is_open(self):
        return self.state == CollectionState.PUBLISHED

    def is_running(self, today):
        return self.is_open and self.starts_on <= today <= self.ends_on

    def amount(self, number):
        """« 640 boîtes », « 1 boîte »."""
        return french.amount(number, self.unit_one, self.unit_many)

    @property
    def to_bring(self):
        return _lines(self.what_to_bring)

    @property
    def not_to_bring(self):
        return _lines(self.what_not_to_bring)


class CollectionStateChange(StateChange):
    row = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="state_changes")

    class Meta(StateChange.Meta):
        verbose_name = "changement d’état de collecte"
        verbose_name_plural = "changements d’état de collectes"


class DropOffPoint(models.Model):
    """Where things are brought: a public place, never somebody's home."""

    collection = models.ForeignKey(
        Collection, verbose_name="collecte", on_delete=models.CASCADE, related_name="points"
    )
    public_place = models.CharField(
        "lieu public",
        max_length=160,
        help_text="Un lieu que tout le monde connaît : jamais l’adresse d’une personne.",
    )
    quartier = models.ForeignKey(
        "quartiers.Quartier",
        verbose_name="quartier",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="drop_off_points",
    )
    is_accessible = models.BooleanField("accessible en fauteuil", default=False)
    is_active = models.BooleanField("ouvert aux dépôts", default=True)

    class Meta:
        verbose_name = "point de dépôt"
        verbose_name_plural = "points de dépôt"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["collection", "public_place"],
                name="drop_off_point_once",
                violation_error_message="Ce lieu est déjà un point de dépôt de la collecte.",
            ),
        ]

    def __str__(self):
        return self.public_place


class Weekday(models.IntegerChoices):
    MONDAY = 0, "lundi"
    TUESDAY = 1, "mardi"
    WEDNESDAY = 2, "mercredi"
    THURSDAY = 3, "jeudi"
    FRIDAY = 4, "vendredi"
    SATURDAY = 5, "samedi"
    SUNDAY = 6, "dimanche"


class OpeningHours(models.Model):
    """« du lundi au vendredi, de 9 h à 12 h »: days of one week, both included, and hours on the wall."""

    point = models.ForeignKey(DropOffPoint, on_delete=models.CASCADE, related_name="hours")
    first_day = models.PositiveSmallIntegerField("du", choices=Weekday)
    last_day = models.PositiveSmallIntegerField("au", choices=Weekday)
    opens_at = models.TimeField("ouvre à")
    closes_at = models.TimeField("ferme à")

    class Meta:
        verbose_name = "horaire"
        verbose_name_plural = "horaires"
        ordering = ["first_day", "opens_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day"), last_day__lte=6),
                name="opening_hours_days_in_order",
                violation_error_message="Le dernier jour vient après le premier, dans la même semaine.",
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")),
                name="opening_hours_close_after_opening",
                violation_error_message="L’heure de fermeture doit venir après l’ouverture.",
            ),
            models.UniqueConstraint(
                fields=["point", "first_day", "last_day", "opens_at"],
                name="opening_hours_once",
                violation_error_message="Cet horaire est déjà écrit.",
            ),
        ]

    def __str__(self):
        return f"{self.days}, {self.span}"

    @property
    def days(self):
        """« le samedi », « du lundi au vendredi »."""
        first, last = Weekday(self.first_day).label, Weekday(self.last_day).label
        return f"le {first}" if first == last else f"du {first} au {last}"

    @property
    def span(self):
        return f"de {french.clock(self.opens_at)} à {french.clock(self.closes_at)}"

    def is_on(self, day):
        return self.first_day <= day.weekday() <= self.last_day


class TallyKind(models.TextChoices):
    RECEIVED = "received", "Reçu"
    HANDED_OUT = "handed_out", "Remis"


class Tally(models.Model):
    """What somebody counted at a point. Never changed nor deleted (a trigger of the database sees to it):

    a mistake gets a counter-entry that says by whom and why.
    """

    point = models.ForeignKey(
        DropOffPoint, verbose_name="point de dépôt", on_delete=models.PROTECT, related_name="tallies"
    )
    kind = models.CharField("quoi", max_length=12, choices=TallyKind)
    count = models.IntegerField("nombre")
    at = models.DateTimeField("le")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="tallies",
    )
    note = models.CharField("note", max_length=140, blank=True)
    corrects = models.ForeignKey(
        "self",
        verbose_name="corrige",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="corrections",
    )
    reason = models.CharField("motif de la correction", max_length=200, blank=True)
    # Drawn with the form: the same form sent twice is one tally.
    token = models.UUIDField("jeton", unique=True, editable=False)

    class Meta:
        verbose_name = "comptage"
        verbose_name_plural = "comptages"
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["by", "at"], name="tally_by_at"),
            models.Index(fields=["point", "kind"], name="tally_point_kind"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(corrects__isnull=False) | Q(count__gte=1),
                name="tally_counts_something",
                violation_error_message="Indiquez au moins 1.",
            ),
            models.CheckConstraint(
                condition=Q(count__gte=-MOST_AT_ONCE, count__lte=MOST_AT_ONCE) & ~Q(count=0),
                name="tally_count_sensible",
                violation_error_message=f"Indiquez {MOST_AT_ONCE} au plus à la fois.",
            ),
            models.CheckConstraint(
                # An erased author takes the words along.
                condition=Q(corrects__isnull=True) | ~Q(reason="") | Q(by__isnull=True),
                name="tally_correction_says_why",
                violation_error_message="Dites pourquoi vous corrigez.",
            ),
        ]

    def __str__(self):
        return f"comptage {self.pk}"


def _total(kind):
    rows = Tally.objects.filter(point__collection=OuterRef("pk"), kind=kind).order_by()
    total = rows.values("point__collection").annotate(total=Sum("count")).values("total")
    return Coalesce(Subquery(total, output_field=IntegerField()), 0)


def _lines(text):
    return [line.strip() for line in text.splitlines() if line.strip()]
