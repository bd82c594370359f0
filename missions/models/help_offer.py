"""« Je propose mon aide »: what a volunteer offers their quartier for a month. Never contact details."""

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from vitre_civique.accounts.models import GuardianConsent
from vitre_civique.lib.months import local_day
from vitre_civique.lib.public_words import PublicWords
from vitre_civique.lib.states import StateChange
from volunteers.models import HelpKind

from .messages import Suspension


class HelpOfferState(models.TextChoices):
    SUBMITTED = "submitted", "À relire"
    PUBLISHED = "published", "En ligne"
    EXPIRED = "expired", "Mois passé"
    REFUSED = "refused", "Pas en ligne"
    WITHDRAWN = "withdrawn", "Retirée"


# What counts in the three of one person.
OPEN_OFFERS = [HelpOfferState.SUBMITTED, HelpOfferState.PUBLISHED]


class HelpOfferQuerySet(models.QuerySet):
    def public(self, now):
        """The only rows pages may show: read by the mairie, within their month, by somebody who may come."""
        stopped = Suspension.objects.filter(lifted_at__isnull=True).order_by().values("person")
        agreed = GuardianConsent.objects.filter(
            minor=OuterRef("volunteer__user"), given_at__isnull=False, revoked_at__isnull=True
        )
        return self.filter(
            # Of a minor, as long as a parent agrees.
            Q(volunteer__user__birth_date__isnull=True) | Exists(agreed),
            Q(volunteer__paused_until__isnull=True) | Q(volunteer__paused_until__lte=local_day(now)),
            state=HelpOfferState.PUBLISHED,
            expires_at__gt=now,
            volunteer__stopped_at__isnull=True,
            volunteer__user__is_active=True,
        ).exclude(volunteer__user__in=stopped)

    def for_list(self, now):
        """Public offers, the latest first, with all that their card shows."""
        rows = self.public(now).select_related("volunteer__user", "quartier", "gesture")
        return rows.order_by("-published_at", "-id")

    def for_my_offers(self, user):
        rows = self.filter(volunteer__user=user).select_related("volunteer__user", "quartier", "gesture")
        return rows.order_by("-submitted_at", "-id")


class HelpOffer(PublicWords):
    """Shown with a first name and a quartier for a month. It goes with the volunteer who wrote it."""

    PUBLIC_WORDS = ("text", "when_text")

    TRANSITIONS = {
        HelpOfferState.SUBMITTED: {
            HelpOfferState.PUBLISHED,
            HelpOfferState.REFUSED,
            HelpOfferState.WITHDRAWN,
        },
        # Refused: the mairie takes it off, with a reason the person reads.
        HelpOfferState.PUBLISHED: {
            HelpOfferState.EXPIRED,
            HelpOfferState.REFUSED,
            HelpOfferState.WITHDRAWN,
        },
        # Renewed as it stands: it has been read already.
        HelpOfferState.EXPIRED: {HelpOfferState.PUBLISHED, HelpOfferState.WITHDRAWN},
        HelpOfferState.REFUSED: set(),
        HelpOfferState.WITHDRAWN: set(),
    }

    volunteer = models.ForeignKey(
        "volunteers.Volunteer",
        verbose_name="volontaire",
        on_delete=models.CASCADE,
        related_name="help_offers",
    )
    state = models.CharField(
        "état", max_length=10, choices=HelpOfferState, default=HelpOfferState.SUBMITTED, editable=False
    )
    quartier = models.ForeignKey(
        "quartiers.Quartier", verbose_name="quartier", on_delete=models.PROTECT, related_name="help_offers"
    )
    gesture = models.ForeignKey(
        "missions.Gesture",
        verbose_name="geste",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="help_offers",
    )
    help_kind = models.CharField("aide proposée", max_length=20, choices=HelpKind)
    text = models.CharField("en quelques mots", max_length=500)
    when_text = models.CharField("plutôt quand", max_length=80)
    submitted_at = models.DateTimeField("envoyée le")
    published_at = models.DateTimeField("en ligne depuis le", null=True, blank=True)
    expires_at = models.DateTimeField("en ligne jusqu’au", null=True, blank=True)
    renewals_count = models.PositiveSmallIntegerField("fois renouvelée", default=0)

    objects = HelpOfferQuerySet.as_manager()

    class Meta:
        verbose_name = "offre d’aide"
        verbose_name_plural = "offres d’aide"
        ordering = ["-submitted_at", "-id"]
        indexes = [
            models.Index(
                fields=["quartier", "-published_at", "-id"],
                condition=Q(state="published"),
                name="help_offer_published",
            ),
            models.Index(fields=["expires_at"], condition=Q(state="published"), name="help_offer_to_expire"),
            models.Index(fields=["state", "-submitted_at"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["published", "expired"])
                | Q(published_at__isnull=False, expires_at__isnull=False),
                name="help_offer_published_has_an_end",
                violation_error_message="Une offre en ligne a une date de fin.",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("published_at")),
                name="help_offer_ends_after_its_start",
                violation_error_message="La fin vient après le début.",
            ),
            models.CheckConstraint(
                condition=~Q(text="") & ~Q(when_text=""),
                name="help_offer_says_what_and_when",
                violation_error_message="Dites ce que vous proposez, et plutôt quand.",
            ),
        ]

    def __str__(self):
        return f"offre d’aide {self.pk}"

    def get_absolute_url(self):
        return reverse("missions:help_offers") + f"#offre-{self.pk}"

    @property
    def title(self):
        """What is offered, in the words of the catalogue."""
        return self.gesture.name if self.gesture else self.get_help_kind_display()

    @property
    def icon(self):
        return self.gesture.icon if self.gesture else "hand-helping"

    @property
    def signed(self):
        """The first name alone; of somebody under 18 not even that."""
        user = self.volunteer.user
        return "Un jeune du quartier" if user.birth_date else user.first_name or "Un volontaire"


class HelpOfferStateChange(StateChange):
    row = models.ForeignKey(HelpOffer, on_delete=models.CASCADE, related_name="state_changes")

    class Meta(StateChange.Meta):
        verbose_name = "changement d’état"
        verbose_name_plural = "changements d’état"


class HelpOfferAnswer(models.Model):
    """A request born from an offer: the volunteer is told when it is published, nobody is bound."""

    mission = models.OneToOneField(
        "missions.Mission", verbose_name="demande", on_delete=models.CASCADE, related_name="help_offer_answer"
    )
    offer = models.ForeignKey(
        HelpOffer, verbose_name="offre d’aide", on_delete=models.CASCADE, related_name="answers"
    )
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "réponse à une offre d’aide"
        verbose_name_plural = "réponses à des offres d’aide"
        ordering = ["id"]

    def __str__(self):
        return f"réponse {self.pk}"
