"""Minors: nobody under 16; at 16 and 17 the written agreement of a legal representative (domain.md).

The code is mailed by whoever listens to `consent_requested`; only its hash is kept here.
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.dispatch import Signal
from django.urls import reverse
from django.utils import timezone

from .models import GuardianConsent
from .permissions import can

MINIMUM_AGE = 16
ADULT_AGE = 18
CODE_DAYS = 14  # a parent may read mails once a week
MAX_TRIES = 5
LINK_SALT = "accounts.guardian"

# Sent in the transaction that makes the code (keywords consent, code, now): its mail is queued then or never.
consent_requested = Signal()
# Sent in the transaction that gives the agreement: keywords consent, now.
consent_given = Signal()


class ConsentError(Exception):
    """The agreement cannot be given so; `message` says why in French."""

    def __init__(self, message):
        self.message = message
        super().__init__(message)


def years_between(birth_date, today):
    had_birthday = (today.month, today.day) >= (birth_date.month, birth_date.day)
    return today.year - birth_date.year - (not had_birthday)


def may_join(birth_date, today):
    """Whether someone born on `birth_date` (None: declared an adult) may have an account of their own."""
    return birth_date is None or years_between(birth_date, today) >= MINIMUM_AGE


def needs_guardian(user, today):
    return user.is_minor_on(today)


def has_consent(user):
    return GuardianConsent.objects.filter(
        minor=user, given_at__isnull=False, revoked_at__isnull=True
    ).exists()


def consented_or_adult(user, today):
    """Whether `user` may act: of age, or with an agreement in force."""
    return not needs_guardian(user, today) or has_consent(user)


def is_waiting_for_consent(user, today=None):
    """Whether a guardian must still agree; as of today unless told (pages ask it)."""
    return not consented_or_adult(user, today or timezone.localdate())


@transaction.atomic
def request_consent(minor, *, guardian_name, guardian_email, now):
    """A new code for the guardian in place of earlier unanswered ones. Returns (consent, code in clear)."""
    GuardianConsent.objects.filter(minor=minor, given_at__isnull=True).delete()
    code = f"{secrets.randbelow(10**6):06d}"
    consent = GuardianConsent.objects.create(
        minor=minor,
        guardian_name=guardian_name,
        guardian_email=guardian_email,
        method=GuardianConsent.Method.EMAIL,
        code_hash=make_password(code),
        code_sent_at=now,
    )
    consent_requested.send(GuardianConsent, consent=consent, code=code, now=now)
    return consent, code


def announce_guardian(minor, *, guardian_name, guardian_email):
    """Keep who will be asked; nothing is sent before the minor's own address is verified."""
    return GuardianConsent.objects.create(
        minor=minor,
        guardian_name=guardian_name,
        guardian_email=guardian_email,
        method=GuardianConsent.Method.EMAIL,
    )


def send_code_once_verified(minor, *, now):
    """Ask the announced guardian, if one waits with an e-mail; a second call sends nothing."""
    consent = GuardianConsent.objects.filter(
        minor=minor, given_at__isnull=True, code_sent_at__isnull=True
    ).first()
    if consent is None or not consent.guardian_email:
        return None
    return request_consent(
        minor, guardian_name=consent.guardian_name, guardian_email=consent.guardian_email, now=now
    )[0]


def send_code_again(consent, *, now):
    """At most one code a day to the same guardian; returns the new consent, or None when it is too soon."""
    if not consent.guardian_email or (
        consent.code_sent_at and now - consent.code_sent_at < timedelta(days=1)
    ):
        return None
    return request_consent(
        consent.minor, guardian_name=consent.guardian_name, guardian_email=consent.guardian_email, now=now
    )[0]


def give_consent(consent, code, *, now):
    """The guardian types the code. Safe to repeat; ConsentError when it is wrong, old or tried too often.

    A wrong try is counted even though the caller sees an exception: the lock and the count commit first.
    """
    with transaction.atomic():
        row = GuardianConsent.objects.select_for_update(of=("self",)).get(pk=consent.pk)
        problem = problem_with(row, code, now)
        if problem is None and row.given_at is None:
            row.given_at, row.code_hash = now, ""
            row.save(update_fields=["given_at", "code_hash"])
            consent_given.send(GuardianConsent, consent=row, now=now)
    if problem:
        raise ConsentError(problem)
    return row


def problem_with(row, code, now):
    """A French sentence, or None when the code is right; counts a wrong try. Call it with the row locked."""
    if row.given_at is not None:
        return None
    if row.code_sent_at is None:
        return "Aucun code n’a encore été envoyé. Appelez la mairie."
    if row.failed_attempts >= MAX_TRIES:
        return "Trop d’essais. Demandez qu’un nouveau code vous soit envoyé, ou appelez la mairie."
    if (now - row.code_sent_at).days >= CODE_DAYS:
        return "Ce code est trop ancien. Demandez qu’un nouveau code vous soit envoyé."
    if not check_password("".join(filter(str.isdigit, code)), row.code_hash):
        row.failed_attempts += 1
        row.save(update_fields=["failed_attempts"])
        return "Ce n’est pas le code que nous avons envoyé. Vérifiez les six chiffres dans l’e-mail."
    return None


@transaction.atomic
def record_paper_consent(minor, *, guardian_name, by, now):
    """An agent has seen the signed form."""
    if not can(by, "consent.record"):
        raise PermissionDenied
    GuardianConsent.objects.filter(minor=minor, given_at__isnull=True).delete()
    consent = GuardianConsent.objects.create(
        minor=minor,
        guardian_name=guardian_name,
        method=GuardianConsent.Method.PAPER,
        given_at=now,
        recorded_by=by,
    )
    consent_given.send(GuardianConsent, consent=consent, now=now)
    return consent


def consent_token(consent):
    """What the guardian's link carries: it opens the page, it gives nothing by itself."""
    return signing.dumps(consent.pk, salt=LINK_SALT)


def consent_of_token(token):
    """The consent a link speaks of, or None (altered link, or replaced by a newer request)."""
    try:
        pk = signing.loads(token, salt=LINK_SALT)
    except signing.BadSignature:
        return None
    return GuardianConsent.objects.filter(pk=pk).select_related("minor").first()


def guardian_url(consent):
    """The absolute address the guardian's mail links to."""
    return settings.SITE_URL + reverse("accounts:guardian", args=[consent_token(consent)])


def revoke_consent(consent, *, now):
    """Take the agreement back; a second call changes nothing."""
    GuardianConsent.objects.filter(pk=consent.pk, revoked_at__isnull=True).update(revoked_at=now)
