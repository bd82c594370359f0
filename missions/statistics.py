"""Numbers shown anywhere, once, each with its unit. Small cells are hidden here for élus."""

from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Count, Exists, F, OuterRef, Q, Sum

from vitre_civique.lib.french import NBSP, count
from vitre_civique.lib.months import month_bounds
from volunteers.models import HourEntry

from .models import Invitation, InvitationState, Mission, MissionState, Signup, SignupState, Slot

COUNTED_AFRESH_AT_MOST = 2000  # missions of a month
KEPT_SECONDS = 60
SMALLEST_SHOWN = 11  # under eleven people, a figure could point at someone (DP-18)


@dataclass(frozen=True)
class MonthFigures:
    """The town's month. `minutes_given` in minutes; the others are counts."""

    minutes_given: int
    active_volunteers: int  # people with at least one minute in the ledger this month
    missions_offered: int  # missions published or done with a slot in the month
    missions_filled: int  # among them, those where each slot of the month has somebody
    group_minutes: int = 0  # given by young people in groups: in nobody's ledger
    group_people: int = 0  # how many young people that was, each time counted


def month_figures(month, *, now):
    """MonthFigures of `month` (a first day). Three queries."""
    hours = HourEntry.objects.filter(month=month).aggregate(
        minutes=Sum("minutes", default=0), people=Count("volunteer", distinct=True)
    )
    start, end = month_bounds(month)
    slots = Slot.objects.filter(
        mission=OuterRef("pk"), cancelled_at__isnull=True, starts_at__gte=start, starts_at__lt=end
    )
    empty = slots.filter(~Exists(Signup.objects.holding(now).filter(slot=OuterRef("pk"))))
    missions = Mission.objects.filter(
        Exists(slots), state__in=[MissionState.PUBLISHED, MissionState.DONE]
    ).aggregate(offered=Count("pk"), filled=Count("pk", filter=~Q(Exists(empty))))
    given = Signup.objects.filter(
        state=SignupState.ATTENDED, young_present__gt=0, starts_at__gte=start, starts_at__lt=end
    ).aggregate(
        minutes=Sum(F("minutes") * F("young_present"), default=0), people=Sum("young_present", default=0)
    )
    return MonthFigures(
        minutes_given=hours["minutes"],
        active_volunteers=hours["people"],
        missions_offered=missions["offered"],
        missions_filled=missions["filled"],
        group_minutes=given["minutes"],
        group_people=given["people"],
    )


def recent_month_figures(month, *, now):
    """The same, of this very moment in a town; where a month has more missions, of the last minute."""
    key = f"month_figures:{month:%Y-%m}"
    figures = cache.get(key)
    if figures is None:
        figures = month_figures(month, now=now)
        if figures.missions_offered > COUNTED_AFRESH_AT_MOST:
            cache.set(key, figures, KEPT_SECONDS)
    return figures


@dataclass(frozen=True)
class WaveFigures:
    """What the nth wave of invitations led to. Counts of invitations, those that left."""

    wave: int
    sent: int
    accepted: int
    declined: int  # « pas ce mois-ci » too
    silent: int

    @property
    def share(self):
        """Percentage of those sent that filled a place."""
        return round(100 * self.accepted / self.sent) if self.sent else 0


def wave_figures(month):
    """WaveFigures of `month` (of sending), first wave first. One query."""
    rows = Invitation.objects.filter(month=month, sent_at__isnull=False).order_by("wave").values("wave")
    no = [InvitationState.DECLINED, InvitationState.NOT_THIS_MONTH]
    return [
        WaveFigures(**row)
        for row in rows.annotate(
            sent=Count("pk"),
            accepted=Count("pk", filter=Q(state=InvitationState.ACCEPTED)),
            declined=Count("pk", filter=Q(state__in=no)),
            silent=Count("pk", filter=Q(state=InvitationState.EXPIRED)),
        )
    ]


@dataclass(frozen=True)
class CollectionFigures:
    """Where a collection stands, in its own units. `goal` is at least one."""

    received: int
    handed_out: int
    goal: int

    @property
    def share(self):
        """Thousandths of the goal received, at most a thousand: what a bar draws."""
        return min(1000, self.received * 1000 // self.goal)

    @property
    def handed_out_share(self):
        """Thousandths of the goal handed out: drawn below the bar, on the same scale."""
        return min(1000, self.handed_out * 1000 // self.goal)

    @property
    def is_reached(self):
        return self.received >= self.goal


def collection_figures(collection):
    """CollectionFigures of a collection read `with_totals()`. No query."""
    return CollectionFigures(collection.received_count, collection.handed_out_count, collection.goal)


@dataclass(frozen=True)
class Figure:
    value: str
    label: str


def shown(figures, *, hides_small):
    """The Figures of a month as people read them; `hides_small` leaves out what speaks of fewer than eleven.

    Minutes given by fewer than eleven people are hidden with them: their sum would tell about each.
    """
    few = hides_small and figures.active_volunteers < SMALLEST_SHOWN
    hidden = f"moins de {SMALLEST_SHOWN}"
    few_young = hides_small and figures.group_people < SMALLEST_SHOWN
    together = "non publié" if few_young else _hours(figures.group_minutes)
    return [
        Figure("non publié" if few else _hours(figures.minutes_given), "données"),
        Figure(hidden if few else str(figures.active_volunteers), "volontaires actifs"),
        Figure(
            f"{figures.missions_filled} sur {figures.missions_offered}",
            "missions pourvues" if figures.missions_offered != 1 else "mission pourvue",
        ),
        *([Figure(together, "données par des jeunes, en groupe")] if figures.group_minutes else []),
    ]


def _hours(minutes):
    """« 58 h 30 », « 58 heures »."""
    hours, rest = divmod(minutes, 60)
    return f"{hours}{NBSP}h{NBSP}{rest:02d}" if rest else count(hours, "heure", "heures")
