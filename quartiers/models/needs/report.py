"""The report itself: what was seen (private), what the town says of it (public), where and by when.

Visibility is a field that no transition changes by side effect.
"""

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When
from django.urls import reverse

from vitre_civique.accounts.permissions import can
from vitre_civique.lib.search import folded
from vitre_civique.lib.states import StateChange

from .category import Category, ServiceInCharge
from .states import (
    ANSWER_RUNS,
    OPEN_STATES,
    PUBLISHABLE_STATES,
    TRANSITIONS,
    CloseReason,
    NeedState,
    ResolvedBy,
    Visibility,
)


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

    TRANSITIONS = TRANSITIONS

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
