"""Stories (« récits »): how somebody knocked on a door, told to make others dare. Quartier only, aliases."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from vitre_civique.lib.public_words import PublicWords
from vitre_civique.lib.states import StateChange


class StoryState(models.TextChoices):
    SUBMITTED = "submitted", "À relire"
    PUBLISHED = "published", "Publié"
    REFUSED = "refused", "Non publié"
    WITHDRAWN = "withdrawn", "Retiré"
    HIDDEN = "hidden", "Masqué"


class ReactionKind(models.TextChoices):
    KNOCKED_TOO = "knocked_too", "Moi aussi j’ai toqué"
    WILL_TRY = "will_try", "Je vais essayer"


class StoryQuerySet(models.QuerySet):
    def public(self):
        """The only rows that pages, figures and leaflets may show."""
        return self.filter(state=StoryState.PUBLISHED)

    def visible_to(self, user):
        """What everyone reads, and one's own."""
        return self.filter(Q(state=StoryState.PUBLISHED) | Q(author=user.pk)) if user.pk else self.public()


class Story(PublicWords):
    PUBLIC_WORDS = ("title", "offered", "knocked", "learnt")
    TRANSITIONS = {
        StoryState.SUBMITTED: {StoryState.PUBLISHED, StoryState.REFUSED, StoryState.WITHDRAWN},
        StoryState.PUBLISHED: {StoryState.WITHDRAWN, StoryState.HIDDEN},
        StoryState.REFUSED: set(),
        StoryState.WITHDRAWN: set(),
        StoryState.HIDDEN: set(),
    }

    state = models.CharField(
        "état", max_length=10, choices=StoryState, default=StoryState.SUBMITTED, editable=False
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="auteur",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="stories",
    )
    quartier = models.ForeignKey(
        "quartiers.Quartier", verbose_name="quartier", on_delete=models.PROTECT, related_name="stories"
    )
    title = models.CharField("titre", max_length=90)
    offered = models.TextField("ce que j’ai proposé", max_length=500)
    knocked = models.TextField("comment j’ai toqué", max_length=500)
    learnt = models.TextField("ce que j’en retiens", max_length=500)
    signed = models.CharField("signé", max_length=40)
    has_consent = models.BooleanField("la personne aidée est d’accord", default=False)
    submitted_at = models.DateTimeField("envoyé le", editable=False)
    published_at = models.DateTimeField("publié le", null=True, blank=True, editable=False)

    objects = StoryQuerySet.as_manager()

    class Meta:
        verbose_name = "récit"
        verbose_name_plural = "récits"
        ordering = ["-submitted_at", "-id"]
        indexes = [
            models.Index(
                fields=["-published_at", "-id"], condition=Q(state="published"), name="story_published"
            ),
            models.Index(fields=["quartier", "-published_at"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(has_consent=True),
                name="story_with_consent",
                violation_error_message="Un récit ne se raconte qu’avec l’accord de la personne aidée.",
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False),
                name="story_published_has_a_date",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("quartiers:story", args=[self.pk])


class StoryStateChange(StateChange):
    row = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="state_changes")

    class Meta(StateChange.Meta):
        verbose_name = "changement d’état"
        verbose_name_plural = "changements d’état"


class Reaction(models.Model):
    """One of the two things a reader may say. No comment, ever."""

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="reactions")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="personne",
        on_delete=models.CASCADE,
        related_name="story_reactions",
    )
    kind = models.CharField("réaction", max_length=12, choices=ReactionKind)
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "réaction"
        verbose_name_plural = "réactions"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["story", "user", "kind"],
                name="reaction_once_per_person",
                violation_error_message="Vous l’avez déjà dit.",
            )
        ]

    def __str__(self):
        return self.get_kind_display()
