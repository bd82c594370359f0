"""Who was asked for which mission, in which wave, why, and what they answered; the month's distribution."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from vitre_civique.lib.french import NBSP
from vitre_civique.lib.states import StateChange


class InvitationState(models.TextChoices):
    PROPOSED = "proposed", "À relire"
    SENT = "sent", "Envoyée"
    ACCEPTED = "accepted", "Acceptée"
    DECLINED = "declined", "Déclinée"
    NOT_THIS_MONTH = "not_this_month", "Pas ce mois-ci"
    EXPIRED = "expired", "Sans réponse"
    CANCELLED = "cancelled", "Retirée"


OPEN = [InvitationState.PROPOSED, InvitationState.SENT]


class InvitationQuerySet(models.QuerySet):
    def counted(self, month):
        """Those that count in the two of `month`: all but the ones withdrawn before they left."""
        return self.filter(~Q(state=InvitationState.CANCELLED) | Q(sent_at__isnull=False), month=month)

    def for_my_invitations(self, user):
        """What a volunteer reads: what was sent to them, what waits for an answer first."""
        return (
            self.filter(volunteer__user=user, sent_at__isnull=False)
            .select_related("slot__mission__quartier", "volunteer__user")
            .order_by(models.Case(models.When(state="sent", then=0), default=1), "-sent_at", "-id")
        )

    def for_review(self):
        """What an agent reads before sending: each mission together, best first."""
        return (
            self.filter(state=InvitationState.PROPOSED)
            .select_related("slot__mission__quartier", "volunteer__user", "volunteer__quartier")
            .order_by("slot__starts_at", "slot_id", "wave", "rank", "id")
        )


class Invitation(models.Model):
    """One person asked for one mission, once. `volunteer` empties only by erasure."""

    TRANSITIONS = {
        InvitationState.PROPOSED: {InvitationState.SENT, InvitationState.CANCELLED},
        InvitationState.SENT: {
            InvitationState.ACCEPTED,
            InvitationState.DECLINED,
            InvitationState.NOT_THIS_MONTH,
            InvitationState.EXPIRED,
            InvitationState.CANCELLED,
        },
        InvitationState.ACCEPTED: set(),
        InvitationState.DECLINED: set(),
        InvitationState.NOT_THIS_MONTH: set(),
        InvitationState.EXPIRED: set(),
        InvitationState.CANCELLED: set(),
    }

    mission = models.ForeignKey(
        "missions.Mission", verbose_name="mission", on_delete=models.CASCADE, related_name="invitations"
    )
    slot = models.ForeignKey(
        "missions.Slot", verbose_name="créneau", on_delete=models.CASCADE, related_name="invitations"
    )
    volunteer = models.ForeignKey(
        "volunteers.Volunteer",
        verbose_name="volontaire",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="invitations",
    )
    state = models.CharField("état", max_length=16, choices=InvitationState, default=InvitationState.PROPOSED)
    # Of the two invitations a month: the month in which it was proposed, then the one in which it left.
    month = models.DateField("mois")
    wave = models.PositiveSmallIntegerField("vague", default=1)
    rank = models.PositiveIntegerField("rang", default=1)
    reasons = ArrayField(models.CharField(max_length=120), verbose_name="raisons", default=list, blank=True)
    proposed_at = models.DateTimeField("proposée le")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="proposée par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    sent_at = models.DateTimeField("envoyée le", null=True, blank=True)
    expires_at = models.DateTimeField("sans réponse après le", null=True, blank=True)
    # The place taken by accepting: which wave filled it.
    signup = models.OneToOneField(
        "missions.Signup",
        verbose_name="inscription",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="invitation",
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "invitation"
        verbose_name_plural = "invitations"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["volunteer", "month"]),
            models.Index(fields=["slot", "state"]),
            models.Index(fields=["expires_at"], condition=Q(state="sent"), name="invitation_to_expire"),
            models.Index(fields=["slot"], condition=Q(state="proposed"), name="invitation_to_review"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["mission", "volunteer"],
                name="invitation_once",
                violation_error_message="Cette personne a déjà été sollicitée pour cette mission.",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1),
                name="invitation_month_is_first_day",
                violation_error_message="Un mois est noté par son premier jour.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "cancelled"])
                | Q(sent_at__isnull=False, expires_at__isnull=False),
                name="invitation_sent_has_an_end",
                violation_error_message=f"Une invitation envoyée a une date{NBSP}: celle d’envoi et de fin.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["proposed", "sent"]) | Q(volunteer__isnull=False),
                name="invitation_open_has_a_volunteer",
                violation_error_message="Une invitation en cours est adressée à quelqu’un.",
            ),
        ]

    def __str__(self):
        return f"invitation {self.pk}"


class InvitationStateChange(StateChange):
    row = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="state_changes")

    class Meta(StateChange.Meta):
        verbose_name = "changement d’état"
        verbose_name_plural = "changements d’état"


class Distribution(models.Model):
    """The month's distribution, proposed once: how many places were open, how many found somebody."""

    month = models.DateField("mois", unique=True)
    made_at = models.DateTimeField("faite le")
    places_count = models.PositiveIntegerField("places à pourvoir", default=0)
    invitations_count = models.PositiveIntegerField("invitations proposées", default=0)
    sent_by_itself = models.BooleanField("envoyée sans relecture", default=False)

    class Meta:
        verbose_name = "répartition du mois"
        verbose_name_plural = "répartitions des mois"
        ordering = ["-month"]
        constraints = [
            models.CheckConstraint(
                condition=Q(month__day=1),
                name="distribution_month_is_first_day",
                violation_error_message="Un mois est noté par son premier jour.",
            ),
        ]

    def __str__(self):
        return f"{self.month:%Y-%m}"
