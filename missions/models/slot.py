"""When a mission takes place, and how many people it needs then."""

from datetime import UTC

from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords


class SlotQuerySet(models.QuerySet):
    def upcoming(self, now):
        """Slots of published missions that have not begun and were not cancelled, in order."""
        return self.filter(starts_at__gt=now, cancelled_at__isnull=True, mission__state="published").order_by(
            "starts_at", "id"
        )


class Slot(models.Model):
    """A half-open span of time with places. Two slots of a mission may overlap (two doors, two teams)."""

    mission = models.ForeignKey(
        "missions.Mission", verbose_name="mission", on_delete=models.CASCADE, related_name="slots"
    )
    starts_at = models.DateTimeField("début")
    ends_at = models.DateTimeField("fin")
    places = models.PositiveSmallIntegerField("places", default=1)
    # Places kept for people on their first mission, until three days before.
    newcomer_places = models.PositiveSmallIntegerField("places gardées aux premières fois", default=0)
    cancelled_at = models.DateTimeField("annulé le", null=True, blank=True, editable=False)
    # The rule by which it was made; changed alone, it stays in its series.
    series = models.ForeignKey(
        "missions.Series",
        verbose_name="série",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="slots",
    )
    # Grows each time the slot moves: a calendar keeps the event with the highest SEQUENCE.
    sequence = models.PositiveSmallIntegerField("version pour les agendas", default=0, editable=False)

    objects = SlotQuerySet.as_manager()
    history = HistoricalRecords(verbose_name="version de créneau", verbose_name_plural="versions de créneaux")

    class Meta:
        verbose_name = "créneau"
        verbose_name_plural = "créneaux"
        ordering = ["starts_at", "id"]
        indexes = [
            models.Index(
                fields=["starts_at", "id"], condition=Q(cancelled_at__isnull=True), name="slot_starts_open"
            ),
            models.Index(fields=["mission", "starts_at"]),
            models.Index(fields=["ends_at"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="slot_ends_after_start",
                violation_error_message="La fin du créneau doit venir après son début.",
            ),
            models.CheckConstraint(
                condition=Q(places__gte=1, places__lte=500),
                name="slot_places_sensible",
                violation_error_message="Indiquez entre 1 et 500 places.",
            ),
            models.CheckConstraint(
                condition=Q(newcomer_places__lte=F("places")),
                name="slot_newcomer_places_fit",
                violation_error_message="On ne peut pas garder plus de places qu’il n’y en a.",
            ),
        ]

    def __str__(self):
        return f"{self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def minutes(self):
        """Real elapsed minutes: two moments of one zone would subtract wall clocks."""
        return int((self.ends_at.astimezone(UTC) - self.starts_at.astimezone(UTC)).total_seconds() // 60)
