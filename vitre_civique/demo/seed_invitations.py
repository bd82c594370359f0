"""Who was asked in the demonstration: an invitation in each state, two waves, and proposals to read."""

from datetime import timedelta

from missions.matching import candidates, reasons_for
from missions.models import Distribution, Invitation, InvitationState, InvitationStateChange, Signup, Slot
from missions.monthly import month_to_plan
from vitre_civique.lib.months import midnight, month_of

from .bulk import insert

# state, wave: of the slots still to come, one after the other, as long as somebody may be asked.
PLAN = [
    (InvitationState.SENT, 1),
    (InvitationState.DECLINED, 1),
    (InvitationState.PROPOSED, 1),
    (InvitationState.EXPIRED, 1),
    (InvitationState.SENT, 2),
    (InvitationState.NOT_THIS_MONTH, 1),
    (InvitationState.PROPOSED, 1),
    (InvitationState.CANCELLED, 1),
]
ASKED = 3  # days before today
ACCEPTED_SHOWN = 6


def seed_invitations(today, people):
    """Nothing is drawn at random: the ranking itself says who."""
    now = midnight(today) + timedelta(hours=9)
    rows = [*accepted_rows(now, people), *open_rows(now, people)]
    for volunteer in (each for each in people.volunteers if each.user is people.accounts["volontaire"]):
        rows += for_the_demo_volunteer(volunteer, rows, now)
    insert(rows)
    insert(change for row in rows for change in changes_of(row, people))
    insert(
        [
            Distribution(
                month=month_to_plan(now),
                made_at=now - timedelta(days=1),
                places_count=len(rows),
                invitations_count=sum(row.state == InvitationState.PROPOSED for row in rows),
            )
        ]
    )
    return rows


def accepted_rows(now, people):
    """Some of the signups to come were the answer to an invitation, of the first wave or the second."""
    signups = (
        Signup.objects.filter(state="confirmed", starts_at__gt=now, slot__mission__state="published")
        .exclude(volunteer__user__in=people.accounts.values())
        .select_related("slot__mission", "volunteer")
        .order_by("starts_at", "id")
    )
    seen, rows = set(), []
    for number, signup in enumerate(signups):
        if len(rows) == ACCEPTED_SHOWN or signup.volunteer_id in seen:
            continue
        seen.add(signup.volunteer_id)
        wave = 2 if number % 3 == 2 else 1
        row = make_row(signup.slot, signup.volunteer, InvitationState.ACCEPTED, wave, now)
        row.signup, row.reasons = signup, ["habite tout près", "n’a encore jamais été sollicité·e"]
        row.sent_at = row.proposed_at = signup.created_at - timedelta(hours=20)
        row.expires_at, row.month = row.sent_at + timedelta(days=3), month_of(row.sent_at)
        rows.append(row)
    return rows


def open_rows(now, people):
    asked, rows = set(), []
    accounts = {user.pk for user in people.accounts.values()}
    plan = list(PLAN)
    for slot in Slot.objects.upcoming(now + timedelta(days=2)).select_related("mission__quartier"):
        best = [
            c
            for c in candidates(slot, slot.mission, now=now, limit=12)
            if c.volunteer.pk not in asked and c.volunteer.user_id not in accounts
        ]
        for candidate in best[: 3 if len(plan) > 4 else 2]:
            if not plan:
                return rows
            state, wave = plan.pop(0)
            row = make_row(slot, candidate.volunteer, state, wave, now)
            row.rank = len(rows) + 1
            row.reasons = reasons_for(candidate, slot.mission, now=now)
            asked.add(candidate.volunteer.pk)
            rows.append(row)
    return rows


def for_the_demo_volunteer(volunteer, rows, now):
    """The volunteer one signs in as finds a question to answer."""
    taken = {row.mission_id for row in rows}
    for slot in Slot.objects.upcoming(now + timedelta(days=4)).select_related("mission__quartier"):
        free_of = slot.signups.filter(volunteer=volunteer).exists()
        if slot.mission_id not in taken and not free_of and slot.mission.help_kind in volunteer.kinds:
            row = make_row(slot, volunteer, InvitationState.SENT, 1, now)
            row.reasons = ["habite le quartier", "n’a encore jamais été sollicité·e"]
            return [row]
    return []


def make_row(slot, volunteer, state, wave, now):
    row = Invitation(mission_id=slot.mission_id, slot=slot, volunteer=volunteer, state=state, wave=wave)
    row.proposed_at = now - timedelta(days=ASKED + 1)
    row.month = month_of(now)
    if state not in (InvitationState.PROPOSED, InvitationState.CANCELLED):
        days = ASKED + 1 if state == InvitationState.EXPIRED else 1
        row.sent_at = now - timedelta(days=days)
        row.proposed_at = row.sent_at - timedelta(hours=2)
        row.expires_at = row.sent_at + timedelta(days=3)
    return row


def changes_of(row, people):
    """proposed → sent → the answer, dated as it would have been."""
    agent = people.agent
    path = [("", InvitationState.PROPOSED, row.proposed_at, agent, "")]
    if row.sent_at:
        path.append((InvitationState.PROPOSED, InvitationState.SENT, row.sent_at, agent, ""))
    if row.state not in (InvitationState.PROPOSED, InvitationState.SENT):
        before = InvitationState.SENT if row.sent_at else InvitationState.PROPOSED
        is_own = row.sent_at and row.state != InvitationState.EXPIRED
        at = row.expires_at if row.state == InvitationState.EXPIRED else row.proposed_at + timedelta(hours=12)
        by = row.volunteer.user if is_own else None if row.sent_at else agent
        path.append((before, row.state, at, by, "" if row.sent_at else "Retirée par un agent."))
    return [
        InvitationStateChange(row=row, from_state=old, to_state=new, at=at, by=by, reason=reason)
        for old, new, at, by, reason in path
    ]
