"""What two neighbours write to each other, and what protects them: reports, blocks, suspensions."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Thread(models.Model):
    """The conversation of one introduction. Agents read it only once one of the two has reported it."""

    introduction = models.OneToOneField(
        "missions.Introduction", on_delete=models.CASCADE, related_name="thread"
    )
    created_at = models.DateTimeField("ouverte le")
    reported_at = models.DateTimeField("signalée le", null=True, blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="signalée par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    report_reason = models.CharField("ce qui ne va pas", max_length=500, blank=True)
    handled_at = models.DateTimeField("traitée le", null=True, blank=True)

    class Meta:
        verbose_name = "conversation"
        verbose_name_plural = "conversations signalées"
        ordering = ["-id"]

    def __str__(self):
        return f"conversation {self.pk}"


class Message(models.Model):
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="de",
        null=True,
        on_delete=models.SET_NULL,
        related_name="written_messages",
    )
    text = models.CharField("message", max_length=500, blank=True)
    sent_at = models.DateTimeField("envoyé le")

    class Meta:
        verbose_name = "message"
        verbose_name_plural = "messages"
        ordering = ["sent_at", "id"]
        indexes = [models.Index(fields=["author", "sent_at"])]

    def __str__(self):
        return f"message {self.pk}"


class Block(models.Model):
    """`blocker` no longer wants to meet `blocked`: no signup, no message between them. Never told."""

    blocker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="people_blocked"
    )
    blocked = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blocked_by")
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "personne bloquée"
        verbose_name_plural = "personnes bloquées"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="block_once"),
            models.CheckConstraint(
                condition=~Q(blocker=F("blocked")),
                name="block_somebody_else",
                violation_error_message="On ne se bloque pas soi-même.",
            ),
        ]

    def __str__(self):
        return f"blocage {self.pk}"


class Suspension(models.Model):
    """The mairie asks someone to stop for a while, says why, and reads their answer."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="personne",
        on_delete=models.CASCADE,
        related_name="suspensions",
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="décidée par",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    reason = models.CharField("raison, dite à la personne", max_length=500)
    from_at = models.DateTimeField("depuis le")
    until_on = models.DateField("jusqu’au", null=True, blank=True)
    lifted_at = models.DateTimeField("levée le", null=True, blank=True)
    appeal = models.CharField("réponse de la personne", max_length=500, blank=True)
    appealed_at = models.DateTimeField("réponse reçue le", null=True, blank=True)

    class Meta:
        verbose_name = "suspension"
        verbose_name_plural = "suspensions"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="suspension_has_a_reason",
                violation_error_message="Dites pourquoi : la personne lira cette phrase.",
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(lifted_at__isnull=True), name="suspension_one_open"
            ),
        ]

    def __str__(self):
        return f"suspension {self.pk}"
