"""Who comes: a signup of a volunteer for a slot, its states, and the private calendar feed."""

import secrets

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Sum, Value

from vitre_civique.lib.states import StateChange


class SignupState(models.TextChoices):
    PENDING = "pending", "À confirmer par la mairie"
    CONFIRMED = "confirmed", "Confirmée"
    WAITING = "waiting", "En liste d’attente"
    OFFERED = "offered", "Place proposée"
    WITHDRAWN = "withdrawn", "Désistement"
    REFUSED = "refused", "Refusée"
    LAPSED = "lapsed", "Délai passé"
    ATTENDED = "attended", "Venue"
    EXCUSED = "excused", "Excusée"
    ABSENT = "absent", "Absente"
    UNKNOWN = "unknown", "On ne sait pas"


# A live signup: the person counts on it. A held one occupies a place (pending, offered: until `expires_at`).
LIVE = [SignupState.PENDING, SignupState.CONFIRMED, SignupState.WAITING, SignupState.OFFERED]
HELD = [SignupState.PENDING, SignupState.CONFIRMED, SignupState.OFFERED]
OUTCOMES = [SignupState.ATTENDED, SignupState.EXCUSED, SignupState.ABSENT, SignupState.UNKNOWN]


class Outcome(models.TextChoices):
    """What one side says afterwards."""

    SILENT = "", "n’a rien dit"
    DONE = "done", "C’est fait"
    NOT_DONE = "not_done", "Ça n’a pas eu lieu"


class TsTzRange(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


def _only(column):
    """A range of one integer: lets plain GiST compare keys without the btree_gist extension."""
    return Func(F(column), F(column), Value("[]"), function="INT8RANGE")


class SignupQuerySet(models.QuerySet):
    def live(self):
        return self.filter(state__in=LIVE)

    def seats_held(self, now):
        """How many places are occupied at `now`: a group takes several."""
        return self.holding(now).aggregate(total=Sum("seats", default=0))["total"]

    def holding(self, now):
        """Those that occupy a place at `now`: an expired pending or offered one holds nothing."""
        return self.filter(
            Q(state=SignupState.CONFIRMED)
            | Q(state__in=OUTCOMES)
            | Q(state__in=[SignupState.PENDING, SignupState.OFFERED], expires_at__gt=now)
        )


class Signup(models.Model):
    """A volunteer's place (or rank in the waiting list) on a slot. `volunteer` empties only by erasure."""

    TRANSITIONS = {
        SignupState.PENDING: {
            SignupState.CONFIRMED,
            SignupState.REFUSED,
            SignupState.WITHDRAWN,
            SignupState.LAPSED,
        },
        SignupState.WAITING: {
            SignupState.OFFERED,
            SignupState.WITHDRAWN,
            SignupState.REFUSED,
            SignupState.LAPSED,
        },
        # Accepting an offer where an agent approves each signup makes it pending.
        SignupState.OFFERED: {
            SignupState.CONFIRMED,
            SignupState.PENDING,
            SignupState.WITHDRAWN,
            SignupState.REFUSED,
            SignupState.LAPSED,
        },
        SignupState.CONFIRMED: {SignupState.WITHDRAWN, SignupState.REFUSED, *OUTCOMES},
        SignupState.ATTENDED: {SignupState.EXCUSED, SignupState.ABSENT, SignupState.UNKNOWN},
        SignupState.EXCUSED: {SignupState.ATTENDED, SignupState.ABSENT, SignupState.UNKNOWN},
        SignupState.ABSENT: {SignupState.ATTENDED, SignupState.EXCUSED, SignupState.UNKNOWN},
        SignupState.UNKNOWN: {SignupState.ATTENDED, SignupState.EXCUSED, SignupState.ABSENT},
        SignupState.WITHDRAWN: set(),
        SignupState.REFUSED: set(),
        SignupState.LAPSED: set(),
    }

    slot = models.ForeignKey(
        "missions.Slot", verbose_name="créneau", on_delete=models.PROTECT, related_name="signups"
    )
    volunteer = models.ForeignKey(
        "volunteers.Volunteer",
        verbose_name="volontaire",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="signups",
    )
    state = models.CharField("état", max_length=12, choices=SignupState)
    # Copies of the slot's bounds, so that the database itself refuses two places at one time.
    starts_at = models.DateTimeField("début")
    ends_at = models.DateTimeField("fin")
    created_at = models.DateTimeField("inscription le")
    expires_at = models.DateTimeField("place tenue jusqu’au", null=True, blank=True)
    is_newcomer = models.BooleanField("première mission", default=False)
    # One place each, the adult's among them; a group is signed up by the adult who answers for it.
    seats = models.PositiveSmallIntegerField("places prises", default=1, db_default=1)
    group = models.ForeignKey(
        "missions.Group",
        verbose_name="groupe",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="signups",
    )
    # How many of the young people really came; their minutes are a figure of the town, in nobody's name.
    young_present = models.PositiveSmallIntegerField("jeunes présents", null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="inscrite par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    # « Je viens », said again from a reminder: the organiser reads it, silence means nothing.
    coming_said_at = models.DateTimeField("a redit oui le", null=True, blank=True)
    withdraw_reason = models.CharField("raison du désistement", max_length=300, blank=True)
    volunteer_said = models.CharField("le volontaire dit", max_length=10, choices=Outcome, blank=True)
    organiser_said = models.CharField("l’organisateur dit", max_length=10, choices=Outcome, blank=True)
    minutes = models.PositiveSmallIntegerField("minutes données", null=True, blank=True)

    objects = SignupQuerySet.as_manager()

    class Meta:
        verbose_name = "inscription"
        verbose_name_plural = "inscriptions"
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["slot", "state"]),
            models.Index(fields=["volunteer", "state", "starts_at"]),
            models.Index(
                fields=["expires_at"], condition=Q(state__in=["pending", "offered"]), name="signup_expiring"
            ),
            models.Index(fields=["ends_at"], condition=Q(state="confirmed"), name="signup_to_close"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["slot", "volunteer"],
                condition=Q(state__in=LIVE),
                name="signup_one_live_per_slot",
                violation_error_message="Vous êtes déjà sur ce créneau.",
            ),
            ExclusionConstraint(
                name="signup_no_two_places_at_once",
                expressions=[
                    (_only("volunteer_id"), RangeOperators.OVERLAPS),
                    (TsTzRange("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(state__in=HELD, volunteer__isnull=False),
                violation_error_message="Vous avez déjà une mission à cette heure-là.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["pending", "offered"]) | Q(expires_at__isnull=False),
                name="signup_hold_has_an_end",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=LIVE) | Q(volunteer__isnull=False),
                name="signup_live_has_a_volunteer",
            ),
            models.CheckConstraint(
                condition=~Q(state="attended") | Q(minutes__isnull=False),
                name="signup_attended_has_minutes",
            ),
            models.CheckConstraint(
                condition=Q(group__isnull=True, seats=1) | Q(group__isnull=False, seats__gte=2),
                name="signup_only_a_group_takes_several",
                violation_error_message="Une personne prend une place ; un groupe, au moins deux.",
            ),
            models.CheckConstraint(
                condition=Q(young_present__isnull=True)
                | Q(group__isnull=False, young_present__lt=F("seats")),
                name="signup_young_present_fit",
                violation_error_message="Il n’y a pas plus de jeunes présents que de places prises.",
            ),
        ]

    def __str__(self):
        return f"inscription {self.pk}"

    @property
    def young_count(self):
        """How many young people come with the adult; 0 for a signup of one's own."""
        return self.seats - 1

    @property
    def is_walk_in(self):
        """Noted as present without having signed up: nobody signs up once it has begun."""
        return self.created_at >= self.starts_at

    @property
    def reference(self):
        """What a person quotes on the phone."""
        return f"VC-{self.pk:06d}"


class SignupStateChange(StateChange):
    row = models.ForeignKey(Signup, on_delete=models.CASCADE, related_name="state_changes")

    class Meta(StateChange.Meta):
        verbose_name = "changement d’état"
        verbose_name_plural = "changements d’état"


def _token():
    return secrets.token_urlsafe(24)


class CalendarFeed(models.Model):
    """The private .ics feed of one person's signups; a new token revokes the old one."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed"
    )
    token = models.CharField(max_length=40, unique=True, default=_token)
    created_at = models.DateTimeField("créé le", auto_now_add=True)

    class Meta:
        verbose_name = "agenda privé"
        verbose_name_plural = "agendas privés"

    def __str__(self):
        return f"agenda {self.pk}"
