"""A word of thanks from one side of a mission to the other: read by the mairie, then passed on. No stars."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from vitre_civique.lib.public_words import PublicWords
from vitre_civique.lib.states import StateChange

from .introduction import Side

THANKS_LENGTH = 300


class ThanksState(models.TextChoices):
    SUBMITTED = "submitted", "À relire"
    PASSED_ON = "passed_on", "Transmis"
    REFUSED = "refused", "Non transmis"


class Thanks(PublicWords):
    """`side`: who thanks. One word for each side and signup."""

    PUBLIC_WORDS = ("text",)

    TRANSITIONS = {
        ThanksState.SUBMITTED: {ThanksState.PASSED_ON, ThanksState.REFUSED},
        ThanksState.PASSED_ON: set(),
        ThanksState.REFUSED: set(),
    }

    signup = models.ForeignKey(
        "missions.Signup", verbose_name="inscription", on_delete=models.CASCADE, related_name="thanks"
    )
    side = models.CharField("qui remercie", max_length=10, choices=Side)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="de", on_delete=models.CASCADE, related_name="thanks_written"
    )
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="à", on_delete=models.CASCADE, related_name="thanks_received"
    )
    text = models.CharField("mot de merci", max_length=THANKS_LENGTH)
    state = models.CharField("état", max_length=20, choices=ThanksState, default=ThanksState.SUBMITTED)
    written_at = models.DateTimeField("écrit le")
    passed_on_at = models.DateTimeField("transmis le", null=True, blank=True)

    class Meta:
        verbose_name = "mot de merci"
        verbose_name_plural = "mots de merci"
        ordering = ["-id"]
        indexes = [models.Index(fields=["recipient", "state", "-passed_on_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["signup", "side"],
                name="thanks_once_per_side",
                violation_error_message="Votre mot de merci est déjà parti.",
            ),
            models.CheckConstraint(
                condition=~Q(text=""),
                name="thanks_has_words",
                violation_error_message="Écrivez votre mot de merci.",
            ),
            models.CheckConstraint(
                condition=~Q(state="passed_on") | Q(passed_on_at__isnull=False), name="thanks_passed_on_when"
            ),
        ]

    def __str__(self):
        return f"mot de merci {self.pk}"


class ThanksStateChange(StateChange):
    row = models.ForeignKey(Thanks, on_delete=models.CASCADE, related_name="state_changes")

    class Meta(StateChange.Meta):
        verbose_name = "changement d’état"
        verbose_name_plural = "changements d’état"
