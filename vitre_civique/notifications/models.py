"""The outbox: who is told what, once; and who wants to be told how often."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from vitre_civique.accounts.models import Channel


class NotificationState(models.TextChoices):
    QUEUED = "queued", "En attente"
    LEASED = "leased", "Prise en charge"
    SENDING = "sending", "En cours d’envoi"
    SENT = "sent", "Envoyée"
    DROPPED = "dropped", "Devenue inutile"
    REFUSED = "refused", "Refusée par le serveur"
    SET_ASIDE = "set_aside", "Mise de côté"


class Notification(models.Model):
    """One message to one person. `dedupe_key` says what it is about: inserting it twice does nothing.

    `data` carries primary keys and a few plain values, never names or addresses of others.
    """

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="destinataire",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="notifications",
    )
    # For people who have no account: a guardian, an association. Emptied once sent.
    to_email = models.EmailField("adresse", blank=True)
    kind = models.CharField("genre", max_length=40)
    dedupe_key = models.CharField("clé", max_length=120, unique=True)
    channel = models.CharField("voie", max_length=10, choices=Channel, default=Channel.EMAIL)
    data = models.JSONField("données", default=dict, blank=True)
    state = models.CharField(
        "état", max_length=12, choices=NotificationState, default=NotificationState.QUEUED
    )
    # 0 leaves before 1, 1 before 2, whatever waits (kinds.Priority).
    priority = models.PositiveSmallIntegerField("rang", default=1)
    created_at = models.DateTimeField("créée le", auto_now_add=True)
    due_at = models.DateTimeField("à partir de")
    expires_at = models.DateTimeField("inutile après", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("essais", default=0)
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    # The Paris day on which an alert left: the database itself refuses two alerts to one person on one day.
    alert_on = models.DateField(null=True, blank=True, editable=False)
    sent_at = models.DateTimeField("envoyée le", null=True, blank=True)
    message_id = models.CharField("Message-ID", max_length=200, blank=True)
    last_error = models.CharField("dernière erreur", max_length=300, blank=True)

    class Meta:
        verbose_name = "message"
        verbose_name_plural = "messages"
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["priority", "due_at", "id"], condition=Q(state="queued"), name="notification_queue"
            ),
            models.Index(
                fields=["lease_until"],
                condition=Q(state__in=["leased", "sending"]),
                name="notification_leases",
            ),
            models.Index(fields=["recipient", "kind", "sent_at"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(recipient__isnull=False)
                | ~Q(to_email="")
                | Q(state__in=["sent", "dropped", "refused", "set_aside"]),
                name="notification_has_a_recipient",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["leased", "sending"])
                | Q(lease_token__isnull=False, lease_until__isnull=False),
                name="notification_lease_complete",
            ),
            models.UniqueConstraint(fields=["recipient", "alert_on"], name="notification_one_alert_a_day"),
        ]

    def __str__(self):
        return f"{self.kind} {self.pk}"


class Rhythm(models.TextChoices):
    AT_ONCE = "at_once", "Tout de suite"
    DAILY = "daily", "Une fois par jour"
    WEEKLY = "weekly", "Une fois par semaine"
    NEVER = "never", "Jamais"


class Heartbeat(models.Model):
    """When a recurring task last ran: what /sante/pret looks at. One row per task."""

    name = models.CharField("tâche", max_length=60, primary_key=True)
    at = models.DateTimeField("passée le")

    class Meta:
        verbose_name = "battement"
        verbose_name_plural = "battements"
        ordering = ["name"]

    def __str__(self):
        return self.name


class Preference(models.Model):
    """A person's choice for one kind of message; absent means the kind's default."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="personne",
        on_delete=models.CASCADE,
        related_name="preferences",
    )
    kind = models.CharField("genre", max_length=40)
    rhythm = models.CharField("rythme", max_length=10, choices=Rhythm)
    changed_at = models.DateTimeField("changé le", auto_now=True)

    class Meta:
        verbose_name = "préférence"
        verbose_name_plural = "préférences"
        ordering = ["kind"]
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="preference_once_per_kind")]

    def __str__(self):
        return f"{self.kind} : {self.rhythm}"


class EditorialFreezeQuerySet(models.QuerySet):
    def in_force(self, today):
        return self.filter(from_on__lte=today, until_on__gte=today)


class EditorialFreeze(models.Model):
    """Days, before an election, on which nothing that praises the town leaves by mail (both included).

    What people asked for or count on (codes, their own missions, their hour) goes on.
    """

    from_on = models.DateField("à partir du")
    until_on = models.DateField("jusqu’au (inclus)")
    reason = models.CharField(
        "raison", max_length=160, help_text="Par exemple : « Élections municipales des 15 et 22 mars »."
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="décidé par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )

    objects = EditorialFreezeQuerySet.as_manager()

    class Meta:
        verbose_name = "période de réserve électorale"
        verbose_name_plural = "périodes de réserve électorale"
        ordering = ["-from_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__gte=models.F("from_on")),
                name="freeze_ends_after_start",
                violation_error_message="La fin vient après le début : vérifiez les deux dates.",
            ),
        ]

    def __str__(self):
        return self.reason
