"""Signed links by which a service without an account reads one report and answers it."""

from datetime import timedelta

from django.core import signing
from django.db import transaction

from vitre_civique.notifications.outbox import notify

from . import acts, handling
from .handling_permissions import SERVICE
from .models import ServiceLink
from .needs import NeedError

VALID_DAYS = 30
SALT = "quartiers.service_links"


def token_of(link):
    """What the address carries: a signed key, nothing to guess and nothing to read."""
    return signing.Signer(salt=SALT).sign(str(link.pk))


def link_for(token, *, now):
    """The ServiceLink of a token, or None when it is forged, revoked, too old, or for another service."""
    try:
        pk = int(signing.Signer(salt=SALT).unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    link = (
        ServiceLink.objects.select_related(
            "service", "report__category", "report__quartier", "report__service"
        )
        .filter(pk=pk)
        .first()
    )
    if link is None or not link.is_usable(now) or link.report.service_id != link.service_id:
        return None
    return link


@transaction.atomic
def send(report, *, by, now):
    """Make a link for the report's service and mail it; earlier links for this report stop working."""
    if not report.service.email:
        raise NeedError("Ce service n’a pas d’adresse : écrivez-la sur sa fiche, puis recommencez.")
    revoke_all(report, now=now)
    link = ServiceLink.objects.create(
        report=report,
        service=report.service,
        created_at=now,
        created_by=by,
        expires_at=now + timedelta(days=VALID_DAYS),
    )
    handling.add_note(report, f"Lien envoyé à : {report.service}", by=by, now=now, is_automatic=True)
    key = f"need_for_service:{link.pk}"
    notify(None, "need_for_service", key, now=now, data={"link": link.pk}, to_email=report.service.email)
    return link


def revoke_all(report, *, now):
    """The links of a report stop working at once. How many did."""
    return ServiceLink.objects.filter(report=report, revoked_at__isnull=True).update(revoked_at=now)


@transaction.atomic
def answer(link, name, *, seen, said, now):
    """The service's answer, written in history under its name. Raises NeedError; writes nothing then."""
    fresh = ServiceLink.objects.select_for_update(of=("self",)).get(pk=link.pk)
    if name not in acts.SERVICE_ACTS or not fresh.is_usable(now):
        raise handling.NotAllowed("Ce lien n’est plus valable : demandez-en un autre à la mairie.")
    return handling.carry_out(
        link.report,
        name,
        by=None,
        seen=seen,
        said=said,
        now=now,
        roles={SERVICE},
        reason=f"Réponse du service {link.service}, par son lien",
    )
