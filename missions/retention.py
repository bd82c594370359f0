"""How long things are kept, rule by rule (DP-13, DP-14): what is due, and what is then done to it.

Until the Archives have given their visa (settings.ARCHIVES_VISA) nothing is destroyed: what is due is made
anonymous, and the « bordereau d’élimination » says what waits. Elsewhere: mails, notifications/upkeep.py;
sign-ups never confirmed, accounts/retention.py; referrals, quartiers/referrals.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Subquery

from quartiers.models import NeedReport, ReportPhoto, Supporter
from quartiers.models.needs import OPEN_STATES
from quartiers.photos import erase_photo
from vitre_civique.accounts.models import ErasedPerson, GuardianConsent
from vitre_civique.lib.months import local_day, months_before
from vitre_civique.notifications.outbox import adult_born_by
from vitre_civique.problems.models import Problem

from .erasure import ErasureError, empty_missions, erase_person
from .models import (
    Introduction,
    Message,
    Mission,
    MissionKind,
    MissionState,
    MissionStateChange,
    Signup,
    Thanks,
    Thread,
)
from .sleeping import warned_twice

AT_ONCE_AT_MOST = 500  # rows of one rule in one sweep: the next sweep goes on
CLOSED = [MissionState.DONE, MissionState.CANCELLED, MissionState.REFUSED]
ENDED_REPORT = ~Q(state__in=OPEN_STATES) & Q(ended_at__isnull=False)


@dataclass(frozen=True)
class Rule:
    """`due(now=…)`: rows whose time is over, dated by `date_field`; `apply(row, now=…)`: done to each."""

    name: str
    label: str
    kept: str
    due: Callable[..., QuerySet]
    apply: Callable[..., None]
    date_field: str
    destroys: bool = False  # waits for the visa of the Archives

    def is_on(self):
        return not self.destroys or bool(settings.ARCHIVES_VISA)


def closed_requests(*, now):
    """Requests between neighbours over for six months, with `closed_at`."""
    changes = MissionStateChange.objects.filter(row=OuterRef("pk"), to_state__in=CLOSED).order_by()
    closed_at = Subquery(changes.values("row").annotate(at=Max("at")).values("at"))
    return Mission.objects.annotate(closed_at=closed_at).filter(
        kind=MissionKind.INTERPERSONAL, state__in=CLOSED, closed_at__lte=months_before(now, 6)
    )


KNOWN = ~Q(public_text="") | Q(proposed_by__isnull=False) | Q(beneficiary__isnull=False)


def requests_to_empty(*, now):
    return closed_requests(now=now).filter(KNOWN)


def empty_request(mission, *, now):
    """Neither words, address, messages nor people; the hours stay in the figures."""
    threads = Thread.objects.filter(introduction__signup__slot__mission=mission)
    Message.objects.filter(thread__in=threads).update(text="", author=None)
    threads.update(report_reason="", reported_by=None)
    shown = Introduction.objects.filter(signup__slot__mission=mission)
    shown.update(volunteer_shares=[], neighbour_shares=[])
    Signup.objects.filter(slot__mission=mission).update(withdraw_reason="")
    Thanks.objects.filter(signup__slot__mission=mission).delete()  # who helped whom
    Mission.objects.filter(pk=mission.pk).update(proposed_by=None, beneficiary=None)
    empty_missions([mission.pk])


def requests_to_destroy(*, now):
    """Emptied, and of no use to any figure: nobody ever signed up."""
    nobody = ~Exists(Signup.objects.filter(slot__mission=OuterRef("pk")))
    return closed_requests(now=now).filter(~KNOWN, nobody)


def destroy_request(mission, *, now):
    Mission.history.filter(id=mission.pk).delete()
    mission.delete()


def reports_to_unsign(*, now):
    """Needs of a place reported 24 months ago and no longer open: they stay, without who reported them."""
    supported = Exists(Supporter.objects.filter(report=OuterRef("pk")))
    return NeedReport.objects.filter(
        ENDED_REPORT,
        Q(author__isnull=False) | ~Q(text="") | supported,
        filed_at__lte=months_before(now, 24),
    )


def unsign_report(report, *, now):
    Supporter.objects.filter(report=report).delete()
    NeedReport.objects.filter(pk=report.pk).update(author=None, text="")
    report.state_changes.update(by=None, reason="")


def photos_over(*, now):
    return ReportPhoto.objects.filter(
        report__in=NeedReport.objects.filter(ENDED_REPORT, ended_at__lte=months_before(now, 3))
    )


def photos_to_hide(*, now):
    return photos_over(now=now).filter(Q(is_public=True) | ~Q(description=""))


def hide_photo(photo, *, now):
    ReportPhoto.objects.filter(pk=photo.pk).update(is_public=False, description="")


def problems_to_unsign(*, now):
    known = Q(user__isnull=False) | ~Q(email="")
    return Problem.objects.filter(known, state="answered", received_at__lte=months_before(now, 12))


def unsign_problem(problem, *, now):
    Problem.objects.filter(pk=problem.pk).update(user=None, email="")


def grown_up(*, now):
    """A birth date is kept for minors only (domain.md): no more from the eighteenth birthday on."""
    born_by = adult_born_by(local_day(now))
    return get_user_model().objects.filter(birth_date__isnull=False, birth_date__lte=born_by)


def forget_birth(person, *, now):
    """Of age now, as they would have declared; the parent's agreement goes with the date."""
    GuardianConsent.objects.filter(minor=person).delete()
    get_user_model().objects.filter(pk=person.pk).update(birth_date=None, declared_adult_on=local_day(now))


def erase_sleeper(person, *, now):
    try:
        erase_person(person, now=now, asked=ErasedPerson.Asked.RETENTION)
    except ErasureError:  # the last administrator is never erased
        return


def logs_over(*, now):
    return LogEntry.objects.filter(action_time__lte=months_before(now, 12))


def sessions_over(*, now):
    return Session.objects.filter(expire_date__lte=now)


def connections_over(*, now):
    return UserSession.objects.filter(last_seen_at__lte=months_before(now, 12))


def delete(row, *, now):
    row.delete()


def destroy_photo(photo, *, now):
    erase_photo(photo)


RULES = (
    Rule(
        "accounts",
        "Comptes sans activité, prévenus deux fois, rendus anonymes",
        "24 mois",
        warned_twice,
        erase_sleeper,
        "alive_at",
    ),
    Rule(
        "requests",
        "Demandes d’aide terminées, rendues anonymes",
        "6 mois",
        requests_to_empty,
        empty_request,
        "closed_at",
    ),
    Rule(
        "requests_gone",
        "Demandes d’aide anonymes et sans suite, détruites",
        "6 mois",
        requests_to_destroy,
        destroy_request,
        "closed_at",
        destroys=True,
    ),
    Rule(
        "reports",
        "Besoins signalés dans un lieu, sans leur auteur",
        "24 mois",
        reports_to_unsign,
        unsign_report,
        "filed_at",
    ),
    Rule(
        "photos",
        "Photos de signalements clos, retirées du public",
        "3 mois",
        photos_to_hide,
        hide_photo,
        "report__ended_at",
    ),
    Rule(
        "photos_gone",
        "Photos de signalements clos, détruites",
        "3 mois",
        photos_over,
        destroy_photo,
        "report__ended_at",
        destroys=True,
    ),
    Rule(
        "problems",
        "Problèmes du site signalés et répondus, sans qui les a signalés",
        "12 mois",
        problems_to_unsign,
        unsign_problem,
        "received_at",
    ),
    Rule(
        "birth_dates",
        "Dates de naissance et accords parentaux de qui a 18 ans, effacés",
        "18 ans",
        grown_up,
        forget_birth,
        "date_joined",
    ),
    Rule("logs", "Journal du bureau", "12 mois", logs_over, delete, "action_time"),
    Rule("sessions", "Sessions expirées", "leur durée", sessions_over, delete, "expire_date"),
    Rule("connections", "« Mes connexions »", "12 mois", connections_over, delete, "last_seen_at"),
)


def retain(*, now, at_most=AT_ONCE_AT_MOST):
    """Sweep: apply every rule that is on to what is due; {rule name: rows}. A second sweep finds nothing."""
    return {rule.name: _apply(rule, now=now, at_most=at_most) for rule in RULES if rule.is_on()}


def _apply(rule, *, now, at_most):
    done = 0
    for pk in list(rule.due(now=now).order_by("pk").values_list("pk", flat=True)[:at_most]):
        with transaction.atomic():
            # Read again, locked: somebody may have signed in since the sweep began.
            still = rule.due(now=now).filter(pk=pk).select_for_update(of=("self",), no_key=True).first()
            if still is not None:
                rule.apply(still, now=now)
                done += 1
    return done


@dataclass(frozen=True)
class Line:
    """One line of the dry run and of the bordereau."""

    rule: Rule
    number: int
    first_at: datetime | None
    last_at: datetime | None


def dry_run(*, now):
    """What a sweep would do, rule by rule, and what waits for the visa. Writes nothing; one query a rule."""
    lines = []
    for rule in RULES:
        dates = (
            rule.due(now=now)
            .order_by()
            .aggregate(
                first=Min(rule.date_field), last=Max(rule.date_field), number=Count("pk", distinct=True)
            )
        )
        lines.append(Line(rule, dates["number"], dates["first"], dates["last"]))
    return lines


def slip(*, now):
    """The lines of the « bordereau d’élimination »: what is to be destroyed, of public archives only."""
    return [line for line in dry_run(now=now) if line.rule.destroys]
