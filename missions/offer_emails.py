"""The mails that offer missions: the reminder of the month, digests of new missions, a substitute wanted."""

from dataclasses import dataclass, field
from datetime import date

from django.db import connection
from django.db.models import Sum

from vitre_civique.lib import french, months
from vitre_civique.lib.months import local_day, month_of, parse_month
from vitre_civique.notifications.kinds import Kind, register
from vitre_civique.notifications.models import Rhythm
from vitre_civique.notifications.outbox import adult_born_by
from vitre_civique.notifications.rendering import absolute, compose
from volunteers.models import HourEntry, Pledge, Volunteer

from .alerts import OPEN_SLOT_OF, OPEN_SLOT_SQL, SUITS_SQL
from .models import Signup, SignupState, Slot

FOLDER = "missions/email/"
OFFERED_MISSIONS = 3

NEXT_OF_A_QUARTIER = 20

# For each volunteer the missions nearest to home, then those that begin first; all of them still to come.
# Chosen among the next ones of each quartier and of the whole town, read once a batch: some have thousands.
BEST_FOR = f"""
    WITH candidates AS MATERIALIZED (
        SELECT next.* FROM (SELECT id FROM quartiers_quartier UNION ALL SELECT NULL) place
        CROSS JOIN LATERAL (
            SELECT t.id AS slot_id, t.starts_at, m.id, m.quartier_id, m.help_kind, m.kind, m.is_open_to_minors
            FROM missions_slot t CROSS JOIN LATERAL (
                SELECT * FROM missions_mission m
                WHERE m.id = t.mission_id AND m.state = 'published'
                    AND m.quartier_id IS NOT DISTINCT FROM place.id OFFSET 0) m
            WHERE {OPEN_SLOT_SQL} AND t.starts_at < %(until)s AND NOT EXISTS (
                SELECT FROM missions_slot e
                WHERE e.mission_id = t.mission_id AND (e.starts_at, e.id) < (t.starts_at, t.id)
                    AND {OPEN_SLOT_OF.format(slot="e")} OFFSET 0)
            ORDER BY t.starts_at, t.id LIMIT {NEXT_OF_A_QUARTIER}
        ) next
    )
    SELECT v.id, best.slot_id FROM volunteers_volunteer v
    JOIN accounts_user u ON u.id = v.user_id
    CROSS JOIN LATERAL (
        SELECT m.slot_id FROM candidates m
        WHERE {SUITS_SQL}
        ORDER BY (m.quartier_id IS DISTINCT FROM v.quartier_id)::int, m.starts_at, m.id LIMIT %(limit)s
    ) best
    WHERE v.id = ANY (%(volunteers)s)
"""  # noqa: S608 (pieces are constants of ours, values are parameters)


@dataclass
class ReminderFacts:
    pledge: Pledge
    month: date
    is_busy: bool
    slots: list = field(default_factory=list)


def load_pledges(notifications, *, now):
    """The pledge, whether the month is still empty, and up to three missions: six queries for a batch."""
    found = Pledge.objects.select_related("volunteer").in_bulk(
        [row.data.get("pledge") for row in notifications]
    )
    facts = {
        row.pk: ReminderFacts(found[row.data["pledge"]], parse_month(row.data["month"]), is_busy=False)
        for row in notifications
        if row.data.get("pledge") in found
    }
    volunteers = {fact.pledge.volunteer_id for fact in facts.values()}
    busy = busy_months(volunteers, {fact.month for fact in facts.values()})
    slots = best_slots(volunteers, now=now)
    for fact in facts.values():
        fact.is_busy = (fact.pledge.volunteer_id, fact.month) in busy
        fact.slots = slots.get(fact.pledge.volunteer_id, [])
    return facts


def busy_months(volunteers, wanted):
    """{(volunteer, month)} with something planned, given, or « passé »."""
    if not wanted:
        return set()
    start, end = months.month_bounds(min(wanted))[0], months.month_bounds(max(wanted))[1]
    states = [SignupState.PENDING, SignupState.CONFIRMED, SignupState.OFFERED, SignupState.ATTENDED]
    planned = Signup.objects.filter(
        volunteer__in=volunteers, state__in=states, starts_at__gte=start, starts_at__lt=end
    ).values_list("volunteer", "starts_at")
    busy = {(volunteer, month_of(starts_at)) for volunteer, starts_at in planned}
    given = HourEntry.objects.filter(volunteer__in=volunteers, month__in=wanted).order_by()
    totals = given.values("volunteer", "month").annotate(total=Sum("minutes")).filter(total__gt=0)
    busy |= set(totals.values_list("volunteer", "month"))
    people = Volunteer.objects.filter(pk__in=volunteers)
    return busy | set(
        people.filter(skipped_months__month__in=wanted).values_list("pk", "skipped_months__month")
    )


def best_slots(volunteers, *, now):
    """{volunteer: up to three slots}, each of another mission."""
    values = {
        "now": now,
        "until": months.midnight(months.add_months(month_of(now), 2)),
        "limit": OFFERED_MISSIONS,
        "volunteers": sorted(volunteers),
        "adult_born_by": adult_born_by(local_day(now)),
    }
    with connection.cursor() as cursor:
        cursor.execute(BEST_FOR, values)
        pairs = cursor.fetchall()
    slots = Slot.objects.select_related("mission__quartier").in_bulk([slot for _, slot in pairs])
    best = {}
    for volunteer, slot in pairs:
        best.setdefault(volunteer, []).append(slots[slot])
    return best


def card(slot):
    return {
        "title": slot.mission.title,
        "when": french.span(slot.starts_at, slot.ends_at),
        "where": slot.mission.where,
        "url": absolute("missions:detail", slot.mission_id),
    }


def is_in_force(pledge, month, today):
    volunteer = pledge.volunteer
    has_ended = pledge.until_month is not None and pledge.until_month <= month
    return not (has_ended or volunteer.stopped_at or volunteer.is_paused_on(today))


def monthly_reminder(notification, facts, *, now):
    today = local_day(now)
    if facts.is_busy or facts.month != month_of(now) or not is_in_force(facts.pledge, facts.month, today):
        return None
    context = {
        "of_month": french.of_month(facts.month),
        "missions": [card(slot) for slot in facts.slots],
        "list_url": absolute("missions:list"),
        "skip_url": absolute("missions:my_hour"),
    }
    return compose(FOLDER + "monthly_reminder", notification, context)


def stay_or_leave(notification, facts, *, now):
    if facts.is_busy or not is_in_force(facts.pledge, facts.month, local_day(now)):
        return None
    urls = {"my_hour_url": absolute("missions:my_hour"), "profile_url": absolute("volunteers:profile")}
    return compose(FOLDER + "stay_or_leave", notification, urls)


def load_alerts(notifications, *, now):
    """{row: slots}: the next open slot of each announced mission that is still published."""
    wanted = {pk for row in notifications for pk in row.data.get("missions", [])}
    slots = open_slots(wanted, now=now)
    active = still_active(notifications, now=now)
    return {
        row.pk: [slots[pk] for pk in row.data.get("missions", []) if pk in slots]
        for row in notifications
        if row.recipient_id in active
    }


def still_active(notifications, *, now):
    """Those of the recipients who still give time: neither stopped nor paused."""
    people = {row.recipient_id for row in notifications}
    active = Volunteer.objects.active(local_day(now)).filter(user__in=people)
    return set(active.values_list("user", flat=True))


def open_slots(mission_ids, *, now):
    """{mission: its first slot to come}, for those still published."""
    slots = (
        Slot.objects.upcoming(now)
        .filter(mission__in=mission_ids)
        .select_related("mission__quartier")
        .order_by("mission_id", "starts_at", "id")
        .distinct("mission_id")
    )
    return {slot.mission_id: slot for slot in slots}


def mission_alert(notification, slots, *, now):
    if not slots:
        return None
    context = {"missions": [card(slot) for slot in slots], "list_url": absolute("missions:list")}
    return compose(FOLDER + "mission_alert", notification, context)


@dataclass
class SubstituteFacts:
    slot: Slot
    held_count: int
    is_available: bool


def load_substitutes(notifications, *, now):
    slots = (
        Slot.objects.upcoming(now)
        .select_related("mission__quartier")
        .in_bulk([row.data.get("slot") for row in notifications])
    )
    held = {}
    on_it = set()
    rows = Signup.objects.holding(now).filter(slot__in=slots).order_by()
    for slot, user, seats in rows.values_list("slot", "volunteer__user", "seats"):
        held[slot] = held.get(slot, 0) + seats
        on_it.add((slot, user))
    active = still_active(notifications, now=now)
    return {
        row.pk: SubstituteFacts(
            slot=slots[row.data["slot"]],
            held_count=held.get(row.data["slot"], 0),
            is_available=row.recipient_id in active and (row.data["slot"], row.recipient_id) not in on_it,
        )
        for row in notifications
        if row.data.get("slot") in slots
    }


def substitute_wanted(notification, facts, *, now):
    slot = facts.slot
    if facts.held_count >= slot.places or not facts.is_available:
        return None
    context = {
        "mission": slot.mission,
        "when": french.span(slot.starts_at, slot.ends_at),
        "sign_up_url": absolute("missions:sign_up", slot.pk),
    }
    return compose(FOLDER + "substitute_wanted", notification, context, happens_at=slot.starts_at)


register(
    Kind(
        "monthly_reminder",
        "Le rappel de mon heure du mois",
        monthly_reminder,
        load_pledges,
        is_recurrent=True,
        kept_months=6,  # « after three unanswered, silence » is counted on these rows
        explanation="Une fois par mois, si rien n’est encore prévu.",
    )
)
register(
    Kind(
        "mission_alert",
        "Les nouvelles missions qui me vont",
        mission_alert,
        load_alerts,
        is_recurrent=True,
        is_alert=True,
        is_editorial=True,
        default_rhythm=Rhythm.WEEKLY,
        rhythms=(Rhythm.AT_ONCE, Rhythm.DAILY, Rhythm.WEEKLY, Rhythm.NEVER),
        explanation="Jamais plus d’une par jour ni de quatre par mois.",
    )
)
register(
    Kind(
        "substitute_wanted",
        "Les remplacements de dernière minute",
        substitute_wanted,
        load_substitutes,
        is_recurrent=True,
        # No alert (EM-08): held until the next day it would come too late. Its own limit: once a fortnight.
        is_urgent_when_near=True,
        explanation="Quand quelqu’un se désiste la veille et que vous pourriez y aller. "
        "Deux par mois au plus, à toute heure.",
    )
)
# Asked once, then silence: the row is the memory of that promise.
register(Kind("stay_or_leave", "Voulez-vous rester ?", stay_or_leave, load_pledges, kept_months=36))
