"""Who is told what of a report: public steps to author and followers, moves of the author to the mairie.

Each message is one row of the outbox under its own key. The words are in emails.py and handling_emails.py.
"""

from vitre_civique.lib.months import local_day
from vitre_civique.notifications.outbox import notify

from .models import Mandate, NeedReport, PublicStep, ServiceLink
from .routing import desk_of


def write_step(report, text, *, by, now, tells_followers=True):
    """The town's public answer or question, told once to the author and to each supporter."""
    step = PublicStep.objects.create(report=report, state=report.state, text=text.strip(), at=now, by=by)
    NeedReport.objects.filter(pk=report.pk).update(last_step_at=now)
    people = set()
    if tells_followers:
        people = {supporter.user for supporter in report.supporters.select_related("user")}
    if report.author_id:
        people.add(report.author)
    for person in sorted(people, key=lambda p: p.pk):
        notify(person, "need_step", f"need_step:{step.pk}:{person.pk}", now=now, data={"step": step.pk})
    return step


def tell_desk(report, kind, key, *, now):
    """Whoever follows the report at the mairie, or every agent when nobody does."""
    for person in desk_of(report):
        notify(person, kind, f"{key}:{person.pk}", now=now, data={"report": report.pk})


def tell_service_by_link(report, *, now):
    """A service that works by signed link is told as well, and its link stops."""
    in_use = ServiceLink.objects.filter(report=report, revoked_at__isnull=True, expires_at__gt=now)
    if in_use.update(revoked_at=now) and report.service.email:
        key = f"need_withdrawn:{report.pk}:service"
        address = report.service.email
        notify(None, "need_withdrawn", key, now=now, data={"report": report.pk}, to_email=address)


def tell_other_referents(report, *, now):
    """Filed outside one's own quartier: the referents of both are told, in the town's words only."""
    today = local_day(now)
    own = set(report.author.mandates.in_force(today).values_list("quartier_id", flat=True))
    if report.quartier_id in own:
        return
    mandates = Mandate.objects.in_force(today).filter(quartier_id__in=[*own, report.quartier_id])
    concerned = type(report.author).objects.filter(mandates__in=mandates)
    for person in concerned.exclude(pk=report.author_id).distinct().order_by("pk"):
        key = f"need_elsewhere:{report.pk}:{person.pk}"
        notify(person, "need_elsewhere", key, now=now, data={"report": report.pk})
