"""The mails that belong to no app above: accounts, and the agreement of a guardian."""

from allauth.account.signals import email_changed
from django.dispatch import receiver

from vitre_civique.accounts.minors import consent_given, consent_requested, guardian_url
from vitre_civique.accounts.models import GuardianConsent

from . import bounces
from .kinds import Kind, Message, register
from .outbox import notify, wake_delivery
from .rendering import compose


def every_row(notifications, *, now):
    """Nothing to read: the row says all."""
    return {row.pk: True for row in notifications}


def account(notification, facts, *, now):
    return Message(**notification.data)


def load_consents(notifications, *, now):
    found = GuardianConsent.objects.filter(revoked_at__isnull=True).select_related("minor")
    consents = found.in_bulk([row.data.get("consent") for row in notifications])
    return {
        row.pk: consents[row.data["consent"]] for row in notifications if row.data.get("consent") in consents
    }


def guardian_code(notification, consent, *, now):
    if consent.given_at is not None:
        return None
    return compose(
        "notifications/email/guardian_code",
        notification,
        {
            "consent": consent,
            "code": notification.data["code"],
            "link": guardian_url(consent),
        },
    )


def consent_was_given(notification, consent, *, now):
    if consent.given_at is None:
        return None
    return compose("notifications/email/consent_given", notification, {"consent": consent})


register(
    Kind(
        "account",
        "Connexion et sécurité du compte",
        account,
        every_row,
        is_urgent=True,
        is_secret=True,
        explanation="Codes de connexion et avis de sécurité.",
    )
)
register(
    Kind("guardian_code", "Code pour un parent", guardian_code, load_consents, is_urgent=True, is_secret=True)
)
register(Kind("consent_given", "Accord d’un parent donné", consent_was_given, load_consents))


@receiver(consent_requested, dispatch_uid="notifications.guardian_code")
def write_to_guardian(sender, consent, code, now, **kwargs):
    notify(
        None,
        "guardian_code",
        f"guardian_code:{consent.pk}",
        now=now,
        data={"consent": consent.pk, "code": code},
        to_email=consent.guardian_email,
    )
    wake_delivery()


@receiver(consent_given, dispatch_uid="notifications.consent_given")
def write_to_minor(sender, consent, now, **kwargs):
    notify(
        consent.minor, "consent_given", f"consent_given:{consent.pk}", now=now, data={"consent": consent.pk}
    )
    wake_delivery()


@receiver(email_changed, dispatch_uid="notifications.email_changed")
def trust_the_new_address(sender, user, **kwargs):
    bounces.resume(user)
