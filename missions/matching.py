"""Who could come to a slot, best first, and why: the town's policy as one query and one tuple.

Nobody is asked from here: asking is invitations.py, the whole month at once is distribution.py.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from django.conf import settings
from django.db.models import (
    Case,
    Count,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Extract
from django.utils.formats import date_format

from vitre_civique.lib import french
from vitre_civique.lib.months import PARIS, add_months, local_day, month_bounds, month_of
from vitre_civique.notifications.models import Preference, Rhythm
from vitre_civique.notifications.outbox import adult_born_by
from volunteers.availability import codes_covering
from volunteers.models import HelpKind, HourEntry, Pledge, Reach, SkippedMonth, Volunteer

from .eligibility import MINIMUM_AGE, who_may_not_come
from .models import Invitation, InvitationState, MissionKind, MissionPrerequisite, Signup
from .models.signup import HELD, LIVE

LATELY_MONTHS = 3
ASKED_A_MONTH_AT_MOST = 2
LOOKED_AT_MOST = 300
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
NEIGHBOUR, NEXT_DOOR, ELSEWHERE = range(3)
WHERE = {NEIGHBOUR: "habite le quartier", NEXT_DOOR: "habite le quartier d’à côté"}


class Candidate(NamedTuple):
    """Somebody who may come, with what the policy looks at. `nearness`: 0 neighbour, 1 next door, 2 else."""

    volunteer: Volunteer
    nearness: int
    likes_it: bool
    minutes_lately: int
    last_asked_at: datetime | None = None
    asked_count: int = 0  # this month


def rank(candidates):
    """The town's policy, in its order: templates/pages/criteria.html says the same to everyone."""
    return sorted(
        candidates,
        key=lambda c: (
            c.nearness,
            not c.likes_it,
            c.minutes_lately,
            c.last_asked_at or NEVER,
            c.volunteer.pk,
        ),
    )


def reasons_for(candidate, mission, *, now):
    """Why this person, in French, the strongest first: what an agent reads."""
    said = []
    if mission.quartier_id is not None:
        said.append(WHERE.get(candidate.nearness) or _from_further(candidate.volunteer))
    if candidate.likes_it:
        said.append(f"aime {_lowered(HelpKind(mission.help_kind).label)}")
    said.append(_lately(candidate.minutes_lately))
    said.append(_asked(candidate, now))
    return said


def candidates(slot, mission, *, now, limit=LOOKED_AT_MOST):
    """Candidates that may be invited to `slot`, already in the order of `rank`. One query."""
    volunteers = may_be_invited(who_may_come(slot, mission, now=now), mission, slot, now=now)
    return as_candidates(volunteers, mission, now=now, limit=limit)


def as_candidates(volunteers, mission, *, now, limit=LOOKED_AT_MOST):
    """The best `limit` of a queryset of volunteers, ranked, with what the policy looks at. One query."""
    asked_first = F("last_asked_at").asc(nulls_first=True)
    found = (
        with_facts(volunteers, now=now)
        .annotate(
            nearness=_nearness(mission),
            dislike=Case(When(kinds__contains=[mission.help_kind], then=0), default=1),
        )
        .select_related("user", "quartier")
        .order_by("nearness", "dislike", "minutes_lately", asked_first, "id")[:limit]
    )
    return rank(
        Candidate(v, v.nearness, not v.dislike, v.minutes_lately, v.last_asked_at, v.asked_count)
        for v in found
    )


def with_facts(volunteers, *, now):
    """`minutes_lately`, `last_asked_at`, `asked_count` (this month) on each volunteer."""
    first_month = add_months(month_of(now), 1 - LATELY_MONTHS)
    lately = HourEntry.objects.filter(volunteer=OuterRef("pk"), month__gte=first_month)
    asked = Invitation.objects.filter(volunteer=OuterRef("pk"))
    return volunteers.annotate(
        minutes_lately=_one(lately, Sum("minutes")),
        last_asked_at=Subquery(
            asked.order_by().values("volunteer").annotate(at=Max("sent_at")).values("at"),
            output_field=DateTimeField(),
        ),
        asked_count=_one(asked.counted(month_of(now)), Count("pk")),
    )


def who_may_come(slot, mission, *, now):
    """Volunteers whom no rule keeps from `slot`: the same rules as eligibility.py, as a query."""
    may_go = _within_reach(mission) & _free_then(slot) & _of_age(slot, mission, now)
    volunteers = Volunteer.objects.active(local_day(now)).filter(
        may_go,
        ~Exists(_missing_prerequisites(mission)),
        ~Exists(_busy(slot)),
        Q(kinds=[]) | Q(kinds__contains=[mission.help_kind]),
        charter_version=settings.CHARTER_VERSION,
        user__erased_at__isnull=True,
    )
    if mission.kind == MissionKind.INTERPERSONAL:
        volunteers = volunteers.filter(first_meeting_on__lte=local_day(now))
    return volunteers.exclude(user__in=who_may_not_come(mission))


def may_be_invited(volunteers, mission, slot, *, now):
    """Those of `volunteers` with an hour left, not asked too often, and not yet asked for `mission`."""
    on_it = Signup.objects.filter(volunteer=OuterRef("pk"), slot__mission=mission)
    asked = Invitation.objects.filter(volunteer=OuterRef("pk"), mission=mission)
    return not_asked_too_often(with_hours_left(volunteers, month_of(slot.starts_at)), now=now).filter(
        ~Exists(on_it), ~Exists(asked)
    )


def with_hours_left(volunteers, month):
    """Those whose hour of `month` is neither given, planned nor skipped; `minutes_left` on each."""
    start, end = month_bounds(month)
    pledged = Pledge.objects.covering(month).filter(volunteer=OuterRef("pk"))
    given = HourEntry.objects.filter(volunteer=OuterRef("pk"), month=month)
    planned = Signup.objects.filter(
        volunteer=OuterRef("pk"), state__in=HELD, starts_at__gte=start, starts_at__lt=end
    )
    seconds = Extract(Sum(F("ends_at") - F("starts_at")), "epoch", output_field=IntegerField())
    skipped = SkippedMonth.objects.filter(volunteer=OuterRef("pk"), month=month)
    return volunteers.annotate(
        minutes_left=_one(pledged, Max("minutes_per_month"))
        - _one(given, Sum("minutes"))
        - _one(planned, seconds) / 60
    ).filter(~Exists(skipped), minutes_left__gt=0)


def not_asked_too_often(volunteers, *, now):
    """Those asked less than twice this month, who did not say « pas ce mois-ci », nor « jamais »."""
    month = month_of(now)
    mine = Invitation.objects.filter(volunteer=OuterRef("pk"))
    not_now = mine.filter(month=month, state=InvitationState.NOT_THIS_MONTH)
    never = Preference.objects.filter(user=OuterRef("user"), kind="invitation", rhythm=Rhythm.NEVER)
    skipped = SkippedMonth.objects.filter(volunteer=OuterRef("pk"), month=month)
    return volunteers.annotate(asked_this_month=_one(mine.counted(month), Count("pk"))).filter(
        ~Exists(not_now), ~Exists(never), ~Exists(skipped), asked_this_month__lt=ASKED_A_MONTH_AT_MOST
    )


def consented_minors(today):
    """On a volunteer: of 16 or 17 with a written agreement in force, or of age."""
    adult = Q(user__birth_date__isnull=True) | Q(user__birth_date__lte=adult_born_by(today))
    day = 28 if (today.month, today.day) == (2, 29) else today.day
    old_enough = Q(user__birth_date__lte=today.replace(year=today.year - MINIMUM_AGE, day=day))
    agreed = Q(
        user__guardian_consents__given_at__isnull=False, user__guardian_consents__revoked_at__isnull=True
    )
    minors = Volunteer.objects.filter(old_enough, agreed).order_by().values("pk")
    return adult | Q(pk__in=minors)


def _of_age(slot, mission, now):
    # A neighbour's home is for adults, even where the mairie lets a minor come along with one.
    if mission.is_open_to_minors and mission.kind != MissionKind.INTERPERSONAL:
        return consented_minors(local_day(now))
    born_by = adult_born_by(local_day(slot.starts_at))
    return Q(user__birth_date__isnull=True) | Q(user__birth_date__lte=born_by)


def _within_reach(mission):
    if mission.quartier_id is None:
        return Q()
    near = Q(quartier=mission.quartier_id) | Q(quartier__isnull=True)
    next_door = Q(reach=Reach.ADJACENT, quartier__in=mission.quartier.adjacent.values("pk"))
    return near | next_door | Q(reach=Reach.TOWN)


def _free_then(slot):
    codes = sorted(codes_covering(slot.starts_at, slot.ends_at))
    return Q(availability=[]) | Q(availability__contains=codes)


def _busy(slot):
    return Signup.objects.filter(
        volunteer=OuterRef("pk"), state__in=LIVE, starts_at__lt=slot.ends_at, ends_at__gt=slot.starts_at
    )


def _missing_prerequisites(mission):
    held = Volunteer.prerequisites.through.objects.filter(volunteer=OuterRef(OuterRef("pk")))
    return MissionPrerequisite.objects.filter(mission=mission).exclude(
        prerequisite__in=held.values("prerequisite")
    )


def _nearness(mission):
    if mission.quartier_id is None:
        return Value(NEIGHBOUR, output_field=IntegerField())
    return Case(
        When(quartier=mission.quartier_id, then=NEIGHBOUR),
        When(quartier__in=mission.quartier.adjacent.values("pk"), then=NEXT_DOOR),
        default=ELSEWHERE,
        output_field=IntegerField(),
    )


def _one(rows, aggregate):
    """A whole number computed from `rows` of the outer volunteer, zero when there is none."""
    totals = rows.order_by().values("volunteer").annotate(total=aggregate).values("total")
    return Coalesce(Subquery(totals, output_field=IntegerField()), 0)


def _from_further(volunteer):
    return "va dans toute la ville" if volunteer.quartier_id else "n’a pas dit son quartier"


def _lately(minutes):
    if minutes <= 0:
        return "n’a rien de noté ces trois derniers mois"
    return f"a donné {french.duration(minutes)} ces trois derniers mois"


def _asked(candidate, now):
    if candidate.asked_count:
        return "a déjà été sollicité·e ce mois-ci"
    if candidate.last_asked_at is None:
        return "n’a encore jamais été sollicité·e"
    since = candidate.last_asked_at.astimezone(PARIS)
    this_year = since.year == now.astimezone(PARIS).year
    return f"n’a pas été sollicité·e depuis {date_format(since, 'F' if this_year else 'F Y')}"


def _lowered(label):
    return label[0].lower() + label[1:]
