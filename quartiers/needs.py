"""What happens to a needs report, verb by verb: filed, answered by the mairie, followed by neighbours.

Every public step is one PublicStep row, told once to the author and to each supporter. Nothing here changes
`visibility` but `set_visibility` and the agent's explicit choice when receiving.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import F

from vitre_civique.lib.geometry import contains
from vitre_civique.lib.months import day_bounds, local_day
from vitre_civique.lib.states import TransitionError, move
from vitre_civique.lib.working_days import add_working_days, move_working_days, working_days_between
from vitre_civique.notifications.outbox import notify

from .models import NeedReport, NeedState, Quartier, Supporter, Visibility
from .photos import erase_photos
from .telling import tell_desk, tell_other_referents, tell_service_by_link, write_step

REPORTS_A_DAY = 20
WAITING_WORKING_DAYS = 5
REOPENING_DAYS = 60
REOPENINGS = 2


class NeedError(Exception):
    """A verb that cannot be done; `message` is the French sentence to show."""

    def __init__(self, message):
        self.message = message
        super().__init__(message)


@transaction.atomic
def file(report, *, now):
    """Send a complete draft to the mairie; promises its dates. Raises NeedError, writes nothing then."""
    today = local_day(now)
    author = type(report.author).objects.select_for_update(of=("self",)).get(pk=report.author_id)
    if not author.mandates.in_force(today).exists():
        raise NeedError(
            "Votre mandat de référent n’est plus en cours : appelez la mairie pour signaler ce besoin."
        )
    if not (report.category_id and report.quartier_id and report.text.strip()):
        raise NeedError(
            "Il manque la catégorie, le quartier ou ce que vous avez vu : complétez ces pages puis envoyez."
        )
    start, end = day_bounds(today)
    if author.need_reports.filter(filed_at__gte=start, filed_at__lt=end).count() >= REPORTS_A_DAY:
        raise NeedError("Vous avez envoyé 20 remontées aujourd’hui : merci ! La suite peut partir demain.")
    move(
        report,
        NeedState.FILED,
        now=now,
        by=author,
        filed_at=now,
        service_id=report.category.service_id,
        is_outside_quartiers=is_outside(report),
        **deadlines(report.category, today),
    )
    notify(author, "need_filed", f"need_filed:{report.pk}", now=now, data={"report": report.pk})
    tell_other_referents(report, now=now)
    return report


def deadlines(category, filed_on):
    """The two promised days, as columns of a report."""
    return {
        "acknowledge_by": add_working_days(filed_on, category.acknowledge_days),
        "answer_by": add_working_days(filed_on, category.answer_days),
    }


def is_outside(report):
    """Whether the optional point lies in no quartier: accepted, and flagged for the agent."""
    if report.longitude is None:
        return False
    boundaries = Quartier.objects.active().values_list("boundary", flat=True)
    return not any(contains(b, report.longitude, report.latitude) for b in boundaries)


@transaction.atomic
def receive(report, *, by, summary, visibility, now):
    """The agent takes the report in, with the summary the town accepts and who may see it."""
    summary = summary.strip()
    if visibility == Visibility.PUBLIC and not summary:
        raise NeedError(
            "Écrivez le résumé public : c’est lui que tout le monde lira, jamais les mots du référent."
        )
    move(
        report,
        NeedState.RECEIVED,
        now=now,
        by=by,
        public_summary=summary,
        visibility=visibility,
        acknowledged_at=now,
    )
    return write_step(report, "La mairie a bien reçu ce besoin et s’en occupe.", by=by, now=now)


@transaction.atomic
def redirect(report, *, by, text, now):
    """Not a need of a place: say where to go, and keep nothing of what was written."""
    nothing = {"text": "", "street": "", "public_summary": "", "longitude": None, "latitude": None}
    move(report, NeedState.REDIRECTED, now=now, by=by, reason="réorientée", ended_at=now, **nothing)
    erase_photos(report)
    return write_step(report, text, by=by, now=now)


@transaction.atomic
def ask(report, *, by, question, now, reason=""):
    """One question, told to the author alone; the clock stops."""
    move(
        report,
        NeedState.WAITING,
        now=now,
        by=by,
        reason=reason,
        resumes_to=report.state,
        waiting_since=local_day(now),
    )
    return write_step(report, question, by=by, now=now, tells_followers=False)


@transaction.atomic
def give_details(report, *, by, text, now):
    """The author answers: the text grows, the clock runs again, dates move by the working days waited."""
    _resume(report, by=by, now=now, text=f"{report.text}\n\n{text.strip()}")
    return report


def resume_overdue(*, now):
    """Sweep: reports that waited five working days come back by themselves. Returns how many."""
    resumed = 0
    for report in NeedReport.objects.filter(state=NeedState.WAITING).order_by("id"):
        if working_days_between(report.waiting_since, local_day(now)) < WAITING_WORKING_DAYS:
            continue
        try:
            _resume(report, by=None, now=now)
        except TransitionError:  # answered meanwhile, or by another machine's sweep
            continue
        resumed += 1
    return resumed


def _resume(report, *, by, now, **changes):
    move(report, report.resumes_to, now=now, by=by, **_clock(report, now), **changes)


@transaction.atomic
def take_up_again(report, *, by, now):
    """The mairie needs no answer any more: back to where it was, the clock runs again."""
    if report.state != NeedState.WAITING:
        raise TransitionError(report, NeedState.RECEIVED)
    _resume(report, by=by, now=now)
    return report


def _clock(report, now):
    """Columns of a report that leaves « précision attendue »: the dates move by the working days waited."""
    if report.state != NeedState.WAITING:
        return {}
    waited = working_days_between(report.waiting_since, local_day(now))
    moved = {
        name: add_working_days(getattr(report, name), waited)
        for name in ("acknowledge_by", "answer_by")
        if getattr(report, name)
    }
    return {"waiting_since": None, **moved}


@transaction.atomic
def start(report, *, by, text, now, reason=""):
    move(report, NeedState.IN_PROGRESS, now=now, by=by, reason=reason, **_clock(report, now))
    return write_step(report, text, by=by, now=now)


@transaction.atomic
def plan(report, *, by, text, on, now, reason=""):
    """A date is promised in public."""
    if on < local_day(now):
        raise NeedError("Choisissez une date à venir.")
    move(report, NeedState.PLANNED, now=now, by=by, reason=reason, planned_on=on, **_clock(report, now))
    return write_step(report, text, by=by, now=now)


@transaction.atomic
def forward(report, *, by, text, to, follow_up_on, now):
    """Another body answers for it; the town keeps asking until it does."""
    if follow_up_on <= local_day(now):
        raise NeedError("Choisissez une date de relance à venir.")
    move(
        report,
        NeedState.FORWARDED,
        now=now,
        by=by,
        forwarded_to=to,
        follow_up_on=follow_up_on,
        **_clock(report, now),
    )
    return write_step(report, text, by=by, now=now)


@transaction.atomic
def resolve(report, *, by, text, how, now, reason=""):
    move(
        report,
        NeedState.RESOLVED,
        now=now,
        by=by,
        reason=reason,
        resolved_by=how,
        ended_at=now,
        is_settled_for_author=None,
        **_clock(report, now),
    )
    return write_step(report, text, by=by, now=now)


@transaction.atomic
def close(report, *, by, text, reason, now):
    """Closed without action: never without a reason and a sentence that people read."""
    move(
        report,
        NeedState.CLOSED,
        now=now,
        by=by,
        close_reason=reason,
        ended_at=now,
        is_settled_for_author=None,
        **_clock(report, now),
    )
    return write_step(report, text, by=by, now=now)


@transaction.atomic
def mark_duplicate(report, *, of, by, now):
    """Supporters and author follow the canonical report from now on. No chain, no cycle, same readers."""
    ids = sorted([report.pk, of.pk])
    list(NeedReport.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk"))
    of.refresh_from_db()
    if of.pk == report.pk or of.canonical_id or report.duplicates.exists():
        raise NeedError("Choisissez la remontée d’origine, qui n’est pas elle-même une copie.")
    if of.visibility != report.visibility:
        raise NeedError("Les deux remontées ne sont pas visibles des mêmes personnes : alignez-les d’abord.")
    clock = _clock(report, now)
    move(report, NeedState.DUPLICATE, now=now, by=by, canonical_id=of.pk, ended_at=now, **clock)
    followers = set(report.supporters.values_list("user_id", flat=True)) | {report.author_id}
    followers -= {None, of.author_id}
    Supporter.objects.bulk_create(
        [Supporter(report=of, user_id=pk) for pk in followers], ignore_conflicts=True
    )
    return write_step(report, f"Ce besoin est déjà suivi sous la référence {of.reference}.", by=by, now=now)


@transaction.atomic
def withdraw(report, *, by, now):
    """The author takes it back, before it is answered; the service is told, if it ever had it."""
    was_sent = report.state != NeedState.DRAFT
    move(report, NeedState.WITHDRAWN, now=now, by=by, ended_at=now)
    if was_sent:
        tell_desk(report, "need_withdrawn", f"need_withdrawn:{report.pk}", now=now)
        tell_service_by_link(report, now=now)
    return report


@transaction.atomic
def ask_reopening(report, *, by, reason, now):
    """« Ce n’est pas réglé » : within 60 days, twice at most. The mairie has its whole delay again."""
    if is_too_late_to_reopen(report, now=now):
        raise NeedError(
            "Plus de 60 jours ont passé : envoyez une nouvelle remontée, elle sera suivie de près."
        )
    if report.reopened_count >= REOPENINGS:
        raise NeedError(
            "Cette remontée a déjà été rouverte deux fois : appelez la mairie, nous en parlerons."
        )
    move(
        report,
        NeedState.REOPENING,
        now=now,
        by=by,
        reason=reason,
        reopened_count=F("reopened_count") + 1,
        is_settled_for_author=False,
        answer_by=add_working_days(local_day(now), report.category.answer_days),
    )
    report.refresh_from_db(fields=["reopened_count"])
    tell_desk(report, "need_reopening", f"need_reopening:{report.pk}:{report.reopened_count}", now=now)
    return report


def is_too_late_to_reopen(report, *, now):
    return report.ended_at is not None and now > report.ended_at + timedelta(days=REOPENING_DAYS)


@transaction.atomic
def reopen(report, *, by, text, now):
    move(report, NeedState.IN_PROGRESS, now=now, by=by, ended_at=None, close_reason="", resolved_by="")
    return write_step(report, text, by=by, now=now)


@transaction.atomic
def confirm_closure(report, *, by, text, now):
    """The agent looked again and stands by the answer; no second questionnaire."""
    target = NeedState.RESOLVED if report.resolved_by else NeedState.CLOSED
    move(report, target, now=now, by=by, ended_at=now)
    return write_step(report, text, by=by, now=now)


@transaction.atomic
def hide(report, *, by, reason, now):
    """Out of everyone's sight but the mairie's; the author reads why and may answer."""
    move(report, NeedState.HIDDEN, now=now, by=by, reason=reason)
    if report.author_id:
        key = f"need_hidden:{report.pk}"
        notify(report.author, "need_hidden", key, now=now, data={"report": report.pk})
    return report


def change_category(report, category):
    """Another service; dates move by what the delays differ, pauses kept; never another visibility."""
    before = report.category
    changes = {"category": category, "service": category.service}
    for name, days in (("acknowledge_by", "acknowledge_days"), ("answer_by", "answer_days")):
        by = getattr(category, days) - getattr(before, days)
        changes[name] = move_working_days(getattr(report, name), by)
    for name, value in changes.items():
        setattr(report, name, value)
    report.save(update_fields=[*changes, "updated_at"])


def support(report, user):
    """« Moi aussi » ; a second click changes nothing. True when this click counted."""
    return Supporter.objects.get_or_create(report=report, user=user)[1]


def unfollow(report, user):
    """No more news of it; a second click changes nothing."""
    report.supporters.filter(user=user).delete()


def say_settled(report, *, by, now):
    """The author's « oui, c’est réglé »."""
    NeedReport.objects.filter(pk=report.pk, state__in=[NeedState.RESOLVED, NeedState.CLOSED]).update(
        is_settled_for_author=True, updated_at=now
    )
