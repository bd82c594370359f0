"""How two neighbours are introduced: who agreed to show what, and who was shown what."""

import secrets

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from vitre_civique.lib.states import StateChange


class IntroductionState(models.TextChoices):
    PROPOSED = "proposed", "Mise en relation proposée"
    ONE_AGREED = "one_agreed", "Acceptée par l’un"
    BOTH_AGREED = "both_agreed", "Acceptée par les deux"
    SHARED = "shared", "Coordonnées partagées"
    CLOSED = "closed", "Terminée"
    REVOKED = "revoked", "Retirée"


# Nothing more is shown in these two, ever.
ENDED = [IntroductionState.CLOSED, IntroductionState.REVOKED]


class Detail(models.TextChoices):
    LAST_NAME = "last_name", "Nom de famille"
    PHONE = "phone", "Numéro de téléphone"
    EMAIL = "email", "Adresse e-mail"
    ADDRESS = "address", "Adresse exacte, et comment trouver"


class Side(models.TextChoices):
    VOLUNTEER = "volunteer", "Le volontaire"
    NEIGHBOUR = "neighbour", "Le voisin"


def _code():
    return f"{secrets.randbelow(10_000):04d}"


def _details(label):
    field = models.CharField(max_length=10, choices=Detail)
    return ArrayField(field, verbose_name=label, default=list, blank=True)


class Introduction(models.Model):
    """A confirmed volunteer of a neighbour's mission, and that neighbour. Before `shared`: first names."""

    TRANSITIONS = {
        IntroductionState.PROPOSED: {IntroductionState.ONE_AGREED, *ENDED},
        IntroductionState.ONE_AGREED: {IntroductionState.BOTH_AGREED, *ENDED},
        IntroductionState.BOTH_AGREED: {IntroductionState.SHARED, *ENDED},
        IntroductionState.SHARED: set(ENDED),
        IntroductionState.CLOSED: set(),
        IntroductionState.REVOKED: set(),
    }

    signup = models.OneToOneField(
        "missions.Signup", verbose_name="inscription", on_delete=models.CASCADE, related_name="introduction"
    )
    state = models.CharField(
        "état",
        max_length=12,
        choices=IntroductionState,
        default=IntroductionState.PROPOSED,
        editable=False,
    )
    created_at = models.DateTimeField("proposée le")
    volunteer_agreed_at = models.DateTimeField("le volontaire accepte le", null=True, blank=True)
    neighbour_agreed_at = models.DateTimeField("le voisin accepte le", null=True, blank=True)
    volunteer_shares = _details("le volontaire montre")
    neighbour_shares = _details("le voisin montre")
    # An agent who heard the neighbour's answer on the phone or at the counter.
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="réponse recueillie par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    # Said at the door, so that nobody opens to a stranger.
    code = models.CharField("code à la porte", max_length=4, default=_code, editable=False)
    shared_at = models.DateTimeField("partagée le", null=True, blank=True)

    class Meta:
        verbose_name = "mise en relation"
        verbose_name_plural = "mises en relation"
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "-id"])]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["both_agreed", "shared"])
                | Q(volunteer_agreed_at__isnull=False, neighbour_agreed_at__isnull=False),
                name="introduction_shared_after_both_agreed",
                violation_error_message="Il manque l’accord de l’une des deux personnes.",
            ),
            models.CheckConstraint(
                condition=~Q(state="shared") | Q(shared_at__isnull=False),
                name="introduction_shared_has_a_date",
            ),
        ]

    def __str__(self):
        return f"mise en relation {self.pk}"

    def shares_of(self, side):
        return self.volunteer_shares if side == Side.VOLUNTEER else self.neighbour_shares

    def agreed_at(self, side):
        return self.volunteer_agreed_at if side == Side.VOLUNTEER else self.neighbour_agreed_at


class IntroductionStateChange(StateChange):
    row = models.ForeignKey(Introduction, on_delete=models.CASCADE, related_name="state_changes")

    class Meta(StateChange.Meta):
        verbose_name = "changement d’état"
        verbose_name_plural = "changements d’état"


class DisclosureLog(models.Model):
    """Who was shown which details of the other side, when, how. Append-only; the details are not copied."""

    class How(models.TextChoices):
        PAGE = "page", "sur le site"
        PHONE = "phone", "dites au téléphone par un agent"

    introduction = models.ForeignKey(
        Introduction, verbose_name="mise en relation", on_delete=models.CASCADE, related_name="disclosures"
    )
    viewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="montré à",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    # The agent who read them aloud.
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="dit par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    how = models.CharField("comment", max_length=6, choices=How)
    details = _details("ce qui a été montré")
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "coordonnées montrées"
        verbose_name_plural = "coordonnées montrées"
        ordering = ["-at", "-id"]

    def __str__(self):
        return f"coordonnées montrées {self.pk}"
