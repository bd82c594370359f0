"""Needs of places reported by referents: what was seen (private), what the town says (public), its states.

Nothing here is about a person. Visibility is a field that no transition changes by side effect.
"""

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When
from django.urls import reverse

from vitre_civique.accounts.permissions import can
from vitre_civique.lib.search import folded
from vitre_civique.lib.states import StateChange


class Family(models.TextChoices):
    COMFORT = "comfort", "Confort"
    HEALTH = "health", "Santé"
    SAFETY = "safety", "Sécurité"


class NeedState(models.TextChoices):
    DRAFT = "draft", "Brouillon"
    FILED = "filed", "Envoyée"
    RECEIVED = "received", "Prise en compte"
    IN_PROGRESS = "in_progress", "En cours"
    PLANNED = "planned", "Prévue"
    FORWARDED = "forwarded", "Transmise"
    WAITING = "waiting", "Précision attendue"
    RESOLVED = "resolved", "Réglée"
    CLOSED = "closed", "Classée sans suite"
    DUPLICATE = "duplicate", "Déjà signalée"
    REDIRECTED = "redirected", "Réorientée"
    WITHDRAWN = "withdrawn", "Retirée"
    REOPENING = "reopening", "Réouverture demandée"
    HIDDEN = "hidden", "Masquée"


class Visibility(models.TextChoices):
    STAFF = "staff", "Mairie seulement"
    REFERENTS = "referents", "Référents et mairie"
    PUBLIC = "public", "Tout le monde"


class ResolvedBy(models.TextChoices):
    MAIRIE = "mairie", "par la mairie"
    MISSION = "mission", "par une mission"
    NEIGHBOUR = "neighbour", "par un voisin"
    ITSELF = "itself", "d’elle-même"


class CloseReason(models.TextChoices):
    NOT_OURS = "not_ours", "Ne relève pas de la commune"
    NOT_FOUND = "not_found", "Constat non retrouvé sur place"
    TOO_COSTLY = "too_costly", "Hors de portée cette année"
    ALREADY_PLANNED = "already_planned", "Compris dans un projet à venir"
    NOT_DESIRED = "not_desired", "Choix de ne pas intervenir"


# Where the clock runs and somebody at the mairie must act.
OPEN_STATES = [
    NeedState.FILED,
    NeedState.RECEIVED,
    NeedState.IN_PROGRESS,
    NeedState.PLANNED,
    NeedState.FORWARDED,
    NeedState.WAITING,
    NeedState.REOPENING,
]
# What the public may ever see, provided visibility says so.
PUBLISHABLE_STATES = [
    NeedState.RECEIVED,
    NeedState.IN_PROGRESS,
    NeedState.PLANNED,
    NeedState.FORWARDED,
    NeedState.WAITING,
    NeedState.RESOLVED,
    NeedState.CLOSED,
    NeedState.REOPENING,
]

# Where the promised answer is what the mairie must do next.
ANSWER_RUNS = [NeedState.RECEIVED, NeedState.IN_PROGRESS, NeedState.REOPENING]


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


class NeedReportQuerySet(models.QuerySet):
    def public(self):
        """The only rows that map, list, search, feeds, CSV and Open311 may show."""
        return self.filter(visibility=Visibility.PUBLIC, state__in=PUBLISHABLE_STATES).exclude(
            public_summary=""
        )

    def visible_to(self, user):
        """What this person may open: public rows, their own, what their role reads. Drafts stay personal."""
        if not user.is_authenticated:
            return self.public()
        seen = Q(author=user)
        if can(user, "need_report.read_words"):
            return self.filter(seen | ~Q(state=NeedState.DRAFT))
        readable = [Visibility.PUBLIC]
        if can(user, "need_report.read_restricted"):
            readable.append(Visibility.REFERENTS)
        return self.filter(seen | Q(visibility__in=readable, state__in=PUBLISHABLE_STATES))

    def open(self):
        return self.filter(state__in=OPEN_STATES)


class NeedReport(models.Model):
    """A need of a place. `text` is for author, agents and service; the public reads `public_summary`."""

    TRANSITIONS = {
        NeedState.DRAFT: {NeedState.FILED, NeedState.WITHDRAWN},
        NeedState.FILED: {
            NeedState.RECEIVED,
            NeedState.REDIRECTED,
            NeedState.DUPLICATE,
            NeedState.WITHDRAWN,
            NeedState.HIDDEN,
        },
        NeedState.RECEIVED: {
            NeedState.IN_PROGRESS,
            NeedState.PLANNED,
            NeedState.FORWARDED,
            NeedState.WAITING,
            NeedState.RESOLVED,
            NeedState.CLOSED,
            NeedState.DUPLICATE,
            NeedState.WITHDRAWN,
            NeedState.HIDDEN,
        },
        NeedState.IN_PROGRESS: {
            NeedState.PLANNED,
            NeedState.FORWARDED,
            NeedState.WAITING,
            NeedState.RESOLVED,
            NeedState.CLOSED,
            NeedState.DUPLICATE,
            NeedState.WITHDRAWN,
            NeedState.HIDDEN,
        },
        NeedState.PLANNED: {
            NeedState.IN_PROGRESS,
            NeedState.FORWARDED,
            NeedState.WAITING,
            NeedState.RESOLVED,
            NeedState.CLOSED,
            NeedState.DUPLICATE,
            NeedState.WITHDRAWN,
            NeedState.HIDDEN,
        },
        NeedState.FORWARDED: {
            NeedState.IN_PROGRESS,
            NeedState.PLANNED,
            NeedState.WAITING,
            NeedState.RESOLVED,
            NeedState.CLOSED,
            NeedState.DUPLICATE,
            NeedState.WITHDRAWN,
            NeedState.HIDDEN,
        },
        NeedState.WAITING: {
            NeedState.RECEIVED,
            NeedState.IN_PROGRESS,
            NeedState.PLANNED,
            NeedState.FORWARDED,
            NeedState.RESOLVED,
            NeedState.CLOSED,
            NeedState.DUPLICATE,
            NeedState.WITHDRAWN,
            NeedState.HIDDEN,
        },
        NeedState.RESOLVED: {NeedState.REOPENING, NeedState.HIDDEN},
        NeedState.CLOSED: {NeedState.REOPENING, NeedState.HIDDEN},
        NeedState.REOPENING: {NeedState.IN_PROGRESS, NeedState.RESOLVED, NeedState.CLOSED, NeedState.HIDDEN},
        NeedState.DUPLICATE: {NeedState.HIDDEN},
        NeedState.REDIRECTED: {NeedState.HIDDEN},
        NeedState.WITHDRAWN: {NeedState.HIDDEN},
        NeedState.HIDDEN: set(),
    }

    state = models.CharField(
        "état", max_length=12, choices=NeedState, default=NeedState.DRAFT, editable=False
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="référent",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="need_reports",
    )
    category = models.ForeignKey(
        Category,
        verbose_name="catégorie",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reports",
    )
    quartier = models.ForeignKey(
        "quartiers.Quartier",
        verbose_name="quartier",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="need_reports",
    )
    street = models.CharField("rue ou repère", max_length=160, blank=True)
    longitude = models.FloatField("longitude", null=True, blank=True)
    latitude = models.FloatField("latitude", null=True, blank=True)
    is_outside_quartiers = models.BooleanField("point hors des quartiers", default=False)
    text = models.TextField("ce que j’ai vu", max_length=500, blank=True)
    public_summary = models.TextField("résumé public", max_length=300, blank=True)
    visibility = models.CharField("visible par", max_length=10, choices=Visibility, default=Visibility.STAFF)
    service = models.ForeignKey(
        ServiceInCharge,
        verbose_name="service",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reports",
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="suivie par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField("commencée le", auto_now_add=True)
    updated_at = models.DateTimeField("modifiée le", auto_now=True)
    filed_at = models.DateTimeField("envoyée le", null=True, blank=True)
    acknowledge_by = models.DateField("accuser réception avant le", null=True, blank=True)
    answer_by = models.DateField("répondre avant le", null=True, blank=True)
    acknowledged_at = models.DateTimeField("accusée le", null=True, blank=True)
    ended_at = models.DateTimeField("terminée le", null=True, blank=True)
    # When the town last said something in public: what feeds are ordered by. Written with each PublicStep.
    last_step_at = models.DateTimeField("dernière étape le", null=True, blank=True, editable=False)
    waiting_since = models.DateField("précision attendue depuis le", null=True, blank=True)
    resumes_to = models.CharField("reprend en", max_length=12, choices=NeedState, blank=True, editable=False)
    planned_on = models.DateField("prévue le", null=True, blank=True)
    forwarded_to = models.CharField("transmise à", max_length=120, blank=True)
    follow_up_on = models.DateField("à relancer le", null=True, blank=True)
    resolved_by = models.CharField("réglée", max_length=10, choices=ResolvedBy, blank=True)
    close_reason = models.CharField("motif de clôture", max_length=20, choices=CloseReason, blank=True)
    canonical = models.ForeignKey(
        "self",
        verbose_name="même besoin que",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="duplicates",
    )
    reopened_count = models.PositiveSmallIntegerField("réouvertures", default=0)
    is_settled_for_author = models.BooleanField("réglée selon le référent", null=True, blank=True)
    # Moves with each act of the mairie: a form sent on an older one is told so and overwrites nothing.
    revision = models.PositiveIntegerField("version", default=1, editable=False)
    search_text = models.GeneratedField(
        expression=folded("street", "public_summary"), output_field=models.TextField(), db_persist=True
    )
    # The day by which the mairie must act: null while a clock is paused or nothing is due. The queue's order.
    due_on = models.GeneratedField(
        verbose_name="à faire avant le",
        expression=Case(
            When(state=NeedState.FILED, then=F("acknowledge_by")),
            When(state__in=ANSWER_RUNS, then=F("answer_by")),
            When(state=NeedState.PLANNED, then=F("planned_on")),
            When(state=NeedState.FORWARDED, then=F("follow_up_on")),
            default=None,
        ),
        output_field=models.DateField(null=True),
        db_persist=True,
    )

    objects = NeedReportQuerySet.as_manager()

    class Meta:
        verbose_name = "remontée"
        verbose_name_plural = "remontées"
        ordering = ["-id"]
        indexes = [
            models.Index(
                F("due_on").asc(nulls_last=True),
                F("id").desc(),
                condition=~Q(state=NeedState.DRAFT),
                name="need_report_queue",
            ),
            models.Index(
                F("state"),
                F("due_on").asc(nulls_last=True),
                F("id").desc(),
                name="need_report_state_queue",
            ),
            models.Index(fields=["quartier", "category", "-id"]),
            models.Index(
                fields=["quartier", "-filed_at", "-id"],
                condition=Q(visibility="public"),
                name="need_report_public",
            ),
            models.Index(
                fields=["-filed_at", "-id"],
                condition=Q(visibility="public"),
                name="need_report_public_town",
            ),
            models.Index(
                fields=["quartier", "-last_step_at", "-id"],
                condition=Q(visibility="public"),
                name="need_report_feed",
            ),
            models.Index(
                fields=["ended_at", "quartier"],
                condition=Q(visibility="public"),
                name="need_report_ended",
            ),
            models.Index(
                fields=["quartier", "planned_on"],
                condition=Q(state="planned"),
                name="need_report_works",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"])
                | Q(
                    filed_at__isnull=False,
                    category__isnull=False,
                    quartier__isnull=False,
                    service__isnull=False,
                ),
                name="need_report_filed_is_complete",
                violation_error_message="Indiquez la catégorie et le quartier.",
            ),
            models.CheckConstraint(
                condition=~Q(visibility="public") | ~Q(public_summary=""),
                name="need_report_public_has_summary",
                violation_error_message="Écrivez le résumé public avant de le montrer à tous.",
            ),
            models.CheckConstraint(
                condition=~Q(state="duplicate") | Q(canonical__isnull=False),
                name="need_report_duplicate_of_something",
            ),
            models.CheckConstraint(
                condition=Q(canonical__isnull=True) | ~Q(canonical=models.F("id")),
                name="need_report_not_its_own_duplicate",
                violation_error_message="Une remontée ne peut pas être la copie d’elle-même.",
            ),
            models.CheckConstraint(
                condition=~Q(state="planned") | Q(planned_on__isnull=False),
                name="need_report_planned_has_a_date",
            ),
            models.CheckConstraint(
                condition=~Q(state="forwarded") | (~Q(forwarded_to="") & Q(follow_up_on__isnull=False)),
                name="need_report_forwarded_to_someone",
            ),
            models.CheckConstraint(
                condition=~Q(state="resolved") | ~Q(resolved_by=""), name="need_report_resolved_by_someone"
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | ~Q(close_reason=""), name="need_report_closed_with_reason"
            ),
            models.CheckConstraint(
                condition=~Q(state="waiting") | (Q(waiting_since__isnull=False) & ~Q(resumes_to="")),
                name="need_report_waiting_clock",
            ),
            models.CheckConstraint(
                condition=Q(reopened_count__lte=2), name="need_report_reopened_twice_at_most"
            ),
            models.CheckConstraint(
                condition=Q(longitude__isnull=True, latitude__isnull=True)
                | Q(
                    longitude__isnull=False,
                    latitude__isnull=False,
                    longitude__range=(-180, 180),
                    latitude__range=(-90, 90),
                ),
                name="need_report_point_is_whole",
            ),
        ]

    def __str__(self):
        return self.reference

    def get_absolute_url(self):
        return reverse("quartiers:report", args=[self.pk])

    @property
    def reference(self):
        """What a person quotes on the phone."""
        return f"RB-{self.pk:06d}"

    @property
    def place(self):
        """« rue de Paris, Le Rachapt »; needs the quartier in hand."""
        return ", ".join(filter(None, [self.street, self.quartier.name if self.quartier else ""]))


class NeedReportStateChange(StateChange):
    row = models.ForeignKey(NeedReport, on_delete=models.CASCADE, related_name="state_changes")

    class Meta(StateChange.Meta):
        verbose_name = "changement d’état"
        verbose_name_plural = "changements d’état"


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
