"""A problem with the site itself, told by anybody: a page one cannot use, words that should not be there."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from vitre_civique.lib.states import StateChange

TEXT_LENGTH = 500
ANSWER_LENGTH = 1000


class ProblemKind(models.TextChoices):
    ACCESSIBILITY = "accessibility", "Je n’arrive pas à lire ou à utiliser une page"
    CONTENT = "content", "Quelque chose de choquant ou de faux est écrit"
    FAULT = "fault", "Quelque chose ne marche pas"
    OTHER = "other", "Autre chose"


class ProblemState(models.TextChoices):
    RECEIVED = "received", "À répondre"
    ANSWERED = "answered", "Répondu"


class Problem(models.Model):
    """`page` is the address it is about. The answer is due on `due_on`, seven days later (A11Y-05)."""

    TRANSITIONS = {
        ProblemState.RECEIVED: {ProblemState.ANSWERED},
        ProblemState.ANSWERED: set(),
    }

    kind = models.CharField("quoi", max_length=20, choices=ProblemKind)
    page = models.CharField("page", max_length=200, blank=True)
    text = models.CharField("ce qui ne va pas", max_length=TEXT_LENGTH)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="signalé par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="problems",
    )
    # For whoever has no account and wants an answer.
    email = models.EmailField("adresse de réponse", blank=True)
    state = models.CharField("état", max_length=20, choices=ProblemState, default=ProblemState.RECEIVED)
    received_at = models.DateTimeField("reçu le")
    due_on = models.DateField("réponse avant le")
    # Drawn with the form: the same form sent twice is one problem. Those told before it had one have none.
    token = models.UUIDField("jeton", unique=True, null=True, editable=False)
    answer = models.CharField("réponse", max_length=ANSWER_LENGTH, blank=True)

    class Meta:
        verbose_name = "problème signalé"
        verbose_name_plural = "problèmes signalés"
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["due_on"], condition=Q(state="received"), name="problem_to_answer")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="answered") | ~Q(answer=""),
                name="problem_answered_with_words",
                violation_error_message="Écrivez la réponse : la personne la recevra.",
            ),
        ]

    def __str__(self):
        return self.reference

    @property
    def reference(self):
        """What a person quotes on the phone."""
        return f"SP-{self.pk:06d}"


class ProblemStateChange(StateChange):
    row = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="state_changes")

    class Meta(StateChange.Meta):
        verbose_name = "changement d’état"
        verbose_name_plural = "changements d’état"
