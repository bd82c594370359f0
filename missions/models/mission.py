"""A mission: what is proposed, where, by whom, in which state. Its private place stands in a table apart."""

from functools import lru_cache

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from simple_history.models import HistoricalRecords

from vitre_civique.accounts.models import Origin
from vitre_civique.lib.public_words import PublicWords
from vitre_civique.lib.search import folded
from vitre_civique.lib.states import StateChange
from volunteers.models import HelpKind

from .catalogue import MissionKind


class MissionState(models.TextChoices):
    DRAFT = "draft", "Brouillon"
    SUBMITTED = "submitted", "À valider"
    RETURNED = "returned", "Question posée"
    REFUSED = "refused", "Refusée"
    PUBLISHED = "published", "Publiée"
    SUSPENDED = "suspended", "Suspendue"
    DONE = "done", "Terminée"
    CANCELLED = "cancelled", "Annulée"


class Organiser(models.TextChoices):
    MAIRIE = "mairie", "La mairie"
    RESIDENT = "resident", "Un habitant"
    ASSOCIATION = "association", "Une association"


class MissionQuerySet(models.QuerySet):
    def published(self):
        return self.filter(state=MissionState.PUBLISHED)


class Mission(PublicWords):
    """Public words only: an address, a phone or a door code goes to PrivatePlace."""

    PUBLIC_WORDS = ("title", "public_text", "public_place", "public_reason")

    TRANSITIONS = {
        MissionState.DRAFT: {MissionState.SUBMITTED, MissionState.PUBLISHED, MissionState.CANCELLED},
        MissionState.SUBMITTED: {
            MissionState.PUBLISHED,
            MissionState.RETURNED,
            MissionState.REFUSED,
            MissionState.CANCELLED,
        },
        MissionState.RETURNED: {MissionState.SUBMITTED, MissionState.REFUSED, MissionState.CANCELLED},
        MissionState.REFUSED: set(),
        MissionState.PUBLISHED: {MissionState.SUSPENDED, MissionState.DONE, MissionState.CANCELLED},
        MissionState.SUSPENDED: {MissionState.PUBLISHED, MissionState.CANCELLED},
        MissionState.DONE: set(),
        MissionState.CANCELLED: set(),
    }

    state = models.CharField(
        "état", max_length=20, choices=MissionState, default=MissionState.DRAFT, editable=False
    )
    kind = models.CharField("genre", max_length=20, choices=MissionKind)
    help_kind = models.CharField("aide demandée", max_length=20, choices=HelpKind)
    gesture = models.ForeignKey(
        "missions.Gesture",
        verbose_name="geste",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="missions",
    )
    title = models.CharField(
        "titre", max_length=90, help_text="Comme on le dit : « Tailler une haie avec Monique »."
    )
    public_text = models.TextField("texte public", max_length=2000)
    public_place = models.CharField(
        "lieu public",
        max_length=160,
        blank=True,
        help_text="Un lieu que tout le monde peut lire : jamais l’adresse d’une personne.",
    )
    quartier = models.ForeignKey(
        "quartiers.Quartier",
        verbose_name="quartier",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="missions",
        help_text="Laissez vide pour toute la ville.",
    )
    organiser = models.CharField("proposée par", max_length=20, choices=Organiser, default=Organiser.MAIRIE)
    association = models.ForeignKey(
        "missions.Association",
        verbose_name="association",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="missions",
    )
    collection = models.ForeignKey(
        "missions.Collection",
        verbose_name="collecte",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="missions",
        help_text="Tenir le point de dépôt, trier, distribuer : on la verra sur la page de la collecte.",
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="habitant qui propose",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="proposed_missions",
    )
    beneficiary = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="bénéficiaire",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="received_missions",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="créée par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    # A request: how it came in, and when the person (or whoever asked for them) agreed and heard the notice.
    origin = models.CharField("demande arrivée", max_length=8, choices=Origin, blank=True, editable=False)
    agreed_at = models.DateTimeField("accord recueilli le", null=True, blank=True, editable=False)
    notice_read_at = models.DateTimeField("notice lue le", null=True, blank=True, editable=False)
    prerequisites = models.ManyToManyField(
        "volunteers.Prerequisite",
        verbose_name="prérequis",
        through="missions.MissionPrerequisite",
        blank=True,
        related_name="missions",
    )
    is_open_to_minors = models.BooleanField("ouverte aux 16–17 ans", default=False)
    is_in_pairs = models.BooleanField("à deux", default=False)
    is_open_to_groups = models.BooleanField("accueille un groupe de jeunes avec un adulte", default=False)
    is_first_visit_accompanied = models.BooleanField("première fois accompagnée par la mairie", default=False)
    is_accessible = models.BooleanField("lieu accessible en fauteuil", default=False)
    is_meeting = models.BooleanField("c’est une rencontre", default=False)
    needs_approval = models.BooleanField("un agent valide chaque inscription", default=False)
    tracks_attendance = models.BooleanField("on note qui est venu", default=True)
    # The agent's question, the reason of a refusal, the message of a cancellation: what people are told.
    public_reason = models.CharField("message aux personnes concernées", max_length=500, blank=True)
    internal_note = models.TextField("note interne", max_length=1000, blank=True)
    created_at = models.DateTimeField("créée le", auto_now_add=True)
    # The version an agent was reading: a form sent on an older one is told so and overwrites nothing.
    updated_at = models.DateTimeField("modifiée le", auto_now=True)
    published_at = models.DateTimeField("publiée le", null=True, blank=True, editable=False)
    search_text = models.GeneratedField(
        expression=folded("title", "public_text", "public_place"),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = MissionQuerySet.as_manager()
    # Neither free text about people nor pointers to the person helped: an erasure must not miss them.
    history = HistoricalRecords(
        excluded_fields=[
            *("internal_note", "beneficiary", "proposed_by", "search_text", "updated_at"),
            *("origin", "agreed_at", "notice_read_at"),
        ],
        verbose_name="version de mission",
        verbose_name_plural="versions de missions",
    )

    class Meta:
        verbose_name = "mission"
        verbose_name_plural = "missions"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["state", "-id"]),
            models.Index(fields=["quartier", "state"]),
            models.Index(
                fields=["published_at"], condition=Q(state="published"), name="mission_published_at"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(organiser="association") | Q(association__isnull=False),
                name="mission_association_named",
                violation_error_message="Choisissez l’association qui accueille la mission.",
            ),
            models.CheckConstraint(
                condition=~Q(kind="interpersonal") | Q(collection__isnull=True),
                name="mission_collection_is_public",
                violation_error_message="Un coup de main entre voisins ne fait pas partie d’une collecte.",
            ),
            models.CheckConstraint(
                condition=~Q(kind="interpersonal") | Q(is_open_to_minors=False) | Q(is_in_pairs=True),
                name="mission_minor_never_alone_in_a_home",
                violation_error_message="Chez quelqu’un, une mission ouverte aux mineurs se fait à deux.",
            ),
            models.CheckConstraint(
                condition=~Q(kind="interpersonal") | Q(is_open_to_groups=False),
                name="mission_no_group_in_a_home",
                violation_error_message="Un groupe ne va pas chez quelqu’un : choisissez un lieu public.",
            ),
            models.CheckConstraint(
                condition=~Q(kind="interpersonal") | Q(is_meeting=False),
                name="mission_meeting_in_a_public_place",
                violation_error_message="Une rencontre se tient dans un lieu public, pas chez quelqu’un.",
            ),
            models.CheckConstraint(
                condition=~Q(origin__in=["phone", "counter", "paper"])
                | Q(agreed_at__isnull=False, notice_read_at__isnull=False),
                name="mission_heard_with_consent_and_notice",
                violation_error_message="Notez que la personne est d’accord et que la notice lui a été lue.",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return mission_url(self.pk)

    @property
    def is_published(self):
        return self.state == MissionState.PUBLISHED

    @property
    def request_reference(self):
        """What a neighbour quotes on the phone about the help asked for."""
        return f"CM-{self.pk:06d}"

    @property
    def where(self):
        """Public words of the place: never the private address."""
        return where_in_words(self.public_place, self.quartier.name if self.quartier else None)


@lru_cache(maxsize=5000)
def mission_url(pk):
    """Asked for by every card of every list."""
    return reverse("missions:detail", args=[pk])


def where_in_words(public_place, quartier_name):
    """« Salle des fêtes, Centre-ville »; « Toute la ville » without either."""
    return ", ".join(filter(None, [public_place, quartier_name])) or "Toute la ville"


class MissionPrerequisite(models.Model):
    """At most three per mission: position 1, 2 or 3, each once."""

    mission = models.ForeignKey(Mission, on_delete=models.CASCADE, related_name="mission_prerequisites")
    prerequisite = models.ForeignKey(
        "volunteers.Prerequisite", verbose_name="prérequis", on_delete=models.PROTECT, related_name="+"
    )
    position = models.PositiveSmallIntegerField("rang", default=1)

    class Meta:
        verbose_name = "prérequis"
        verbose_name_plural = "prérequis (trois au plus)"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["mission", "position"], name="mission_prerequisite_position_once"
            ),
            models.UniqueConstraint(
                fields=["mission", "prerequisite"],
                name="mission_prerequisite_once",
                violation_error_message="Ce prérequis est déjà demandé.",
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=3),
                name="mission_prerequisite_at_most_three",
                violation_error_message="Trois prérequis au plus : au-delà, personne n’ose s’inscrire.",
            ),
        ]

    def __str__(self):
        return str(self.prerequisite)


class PrivatePlace(models.Model):
    """Where exactly, and whom to ring: for accepted volunteers of this mission and agents, nobody else."""

    mission = models.OneToOneField(
        Mission, on_delete=models.CASCADE, related_name="private_place", primary_key=True
    )
    address = models.CharField("adresse exacte", max_length=200, blank=True)
    phone = models.CharField("téléphone", max_length=16, blank=True)
    instructions = models.CharField("pour trouver (code, étage…)", max_length=300, blank=True)

    class Meta:
        verbose_name = "lieu privé"
        verbose_name_plural = "lieu privé"

    def __str__(self):
        return "lieu privé"


class MissionStateChange(StateChange):
    row = models.ForeignKey(Mission, on_delete=models.CASCADE, related_name="state_changes")

    class Meta(StateChange.Meta):
        verbose_name = "changement d’état"
        verbose_name_plural = "changements d’état"
