"""Who came, who comes, who waits: the signups of the demonstration and the hours they gave."""

from datetime import timedelta

from missions.models import Outcome, Signup, SignupState, SignupStateChange
from vitre_civique.lib.months import add_months, midnight, month_of
from volunteers.models import HourEntry, Reach

from .bulk import insert
from .seed_people import NAMES

PATHS = {
    SignupState.PENDING: ["pending"],
    SignupState.CONFIRMED: ["confirmed"],
    SignupState.WAITING: ["waiting"],
    SignupState.OFFERED: ["waiting", "offered"],
    SignupState.WITHDRAWN: ["confirmed", "withdrawn"],
    SignupState.REFUSED: ["pending", "refused"],
    SignupState.LAPSED: ["waiting", "offered", "lapsed"],
    SignupState.ATTENDED: ["confirmed", "attended"],
    SignupState.EXCUSED: ["confirmed", "excused"],
    SignupState.ABSENT: ["confirmed", "absent"],
    SignupState.UNKNOWN: ["confirmed", "unknown"],
}
HOLDS = {SignupState.PENDING: timedelta(days=3), SignupState.OFFERED: timedelta(hours=42)}
WITHDRAWALS = [
    "Un rendez-vous déplacé ce jour-là.",
    "Un imprévu à la maison, je suis désolée.",
    "Je reprends le travail plus tôt que prévu.",
    "",
]


class Casting:
    """Chooses who stands where: people the real rules would let in, and never at two places at once."""

    def __init__(self, rng, today, quartiers, people):
        self.rng, self.today, self.people = rng, today, people
        self.neighbours = {q.pk: {q.pk, *(n.pk for n in q.adjacent.all())} for q in quartiers.values()}
        self.busy = {volunteer.pk: [] for volunteer in people.volunteers}

    def choose(self, mission, slot, who):
        """The volunteers for one « state number » or « state @account » of a slot."""
        if who.startswith("@"):
            user = self.people.accounts[who[1:]]
            chosen = [each for each in self.people.volunteers if each.user is user]
        else:
            able = [each for each in self.people.volunteers if self.may_come(each, mission, slot)]
            chosen = sorted(able, key=lambda each: self.rank(each, mission, slot))[: int(who)]
        for volunteer in chosen:
            self.busy[volunteer.pk].append((slot.starts_at, slot.ends_at))
        return chosen

    def rank(self, volunteer, mission, slot):
        month = month_of(slot.starts_at)
        times = sum(month_of(starts_at) == month for starts_at, _ in self.busy[volunteer.pk])
        return (times, mission.help_kind not in volunteer.kinds, self.rng.random())

    def may_come(self, volunteer, mission, slot):
        latest = min(slot.starts_at, midnight(self.today)) - timedelta(days=2)
        return (
            max(volunteer.created_at, mission.published_at) < latest
            and not (volunteer.stopped_at and volunteer.stopped_at < slot.starts_at)
            and not (volunteer.paused_until and slot.starts_at > midnight(self.today))
            and volunteer.user not in (mission.beneficiary, mission.proposed_by)
            and volunteer.user not in self.people.accounts.values()
            and self.is_of_age(volunteer, mission)
            and self.is_in_reach(volunteer, mission)
            and self.has_prerequisites(volunteer, mission)
            and all(slot.ends_at <= start or slot.starts_at >= end for start, end in self.busy[volunteer.pk])
        )

    def is_of_age(self, volunteer, mission):
        user = volunteer.user
        return user.birth_date is None or (mission.is_open_to_minors and user.pk in self.people.consented)

    def is_in_reach(self, volunteer, mission):
        if mission.quartier_id is None or volunteer.reach == Reach.TOWN or volunteer.quartier_id is None:
            return True
        near = self.neighbours[volunteer.quartier_id]
        return mission.quartier_id in (near if volunteer.reach == Reach.ADJACENT else {volunteer.quartier_id})

    def has_prerequisites(self, volunteer, mission):
        if mission.kind == "interpersonal" and volunteer.first_meeting_on is None:
            return False
        return self.needs[mission.pk] <= self.people.verified[volunteer.pk]


def seed_signups(rng, today, quartiers, people, missions):
    casting = Casting(rng, today, quartiers, people)
    casting.needs = {mission.row.pk: set(mission.data.get("needs", [])) for mission in missions}
    # The named ones first, so that nobody is drawn twice for the same hour.
    plan = [
        (mission.row, slot, state, who)
        for mission in missions
        for planned, slot in zip(mission.planned, mission.slots, strict=True)
        for state, who in planned.people
    ]
    plan.sort(key=lambda each: not each[3].startswith("@"))
    signups = [
        make_signup(rng, today, mission, slot, state, volunteer)
        for mission, slot, state, who in plan
        for volunteer in casting.choose(mission, slot, who)
    ]
    mark_first_times(signups)
    insert(signups)
    insert(change for signup in signups for change in signup_changes(signup, today, people))
    write_hours(rng, today, people, signups)
    return signups


def mark_first_times(signups):
    seen = set()
    for signup in sorted(signups, key=lambda each: each.created_at):
        signup.is_newcomer = signup.volunteer.pk not in seen
        seen.add(signup.volunteer.pk)


def make_signup(rng, today, mission, slot, state, volunteer):
    earliest = max(volunteer.created_at, mission.published_at)
    latest = min(slot.starts_at, midnight(today)) - timedelta(days=1)
    created_at = earliest + max(latest - earliest, timedelta(minutes=5)) * rng.uniform(0.1, 0.8)
    signup = Signup(
        slot=slot,
        volunteer=volunteer,
        state=state,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        created_at=created_at.replace(second=0, microsecond=0),
        made_by=volunteer.user,
    )
    if state in HOLDS:
        signup.expires_at = min(midnight(today) + HOLDS[state], slot.starts_at)
    if state == SignupState.WITHDRAWN:
        signup.withdraw_reason = rng.choice(WITHDRAWALS)
    if state == SignupState.ATTENDED:
        signup.minutes = slot.minutes
        signup.organiser_said = Outcome.DONE
        signup.volunteer_said = rng.choice([Outcome.DONE, Outcome.DONE, Outcome.SILENT])
    return signup


def signup_changes(signup, today, people):
    """One line a step: the first when the person signed up, an outcome after the slot, the rest between."""
    mission = signup.slot.mission
    path = PATHS[signup.state]
    if signup.state == SignupState.REFUSED and mission.state == "cancelled":
        path = ["confirmed", "refused"]
    elif path[0] == "confirmed" and mission.needs_approval:
        path = ["pending", *path]
    end = min(signup.starts_at, midnight(today))
    step = (end - signup.created_at) / (len(path) + 1)
    previous, changes = "", []
    for number, state in enumerate(path):
        is_outcome = state in ("attended", "excused", "absent", "unknown")
        by_agent = is_outcome or state == "refused" or (state == "confirmed" and previous == "pending")
        changes.append(
            SignupStateChange(
                row=signup,
                from_state=previous,
                to_state=state,
                at=signup.ends_at + timedelta(hours=3) if is_outcome else signup.created_at + step * number,
                by=people.agent
                if by_agent
                else None
                if state in ("offered", "lapsed")
                else signup.volunteer.user,
                reason=mission.public_reason
                if state == "refused"
                else signup.withdraw_reason
                if state == "withdrawn"
                else "",
            )
        )
        previous = state
    return changes


def write_hours(rng, today, people, signups):
    attended = [each for each in signups if each.state == SignupState.ATTENDED]
    entries = insert(
        HourEntry(
            volunteer=each.volunteer,
            quartier_id=each.volunteer.quartier_id,
            month=month_of(each.starts_at),
            minutes=each.minutes,
            source=HourEntry.Source.SIGNUP,
            subject=f"signup-{each.pk}",
            label=each.slot.mission.title,
            entered_by=people.agent,
            entered_at=each.ends_at + timedelta(hours=3),
        )
        for each in attended
    )
    insert(declared_hours(rng, today, people))
    correct_one(people, attended, entries)


def declared_hours(rng, today, people):
    """Hours given elsewhere, told by the volunteers themselves."""
    this_month = month_of(today)
    for number, volunteer in enumerate(people.volunteers):
        first = month_of(volunteer.created_at)
        for back in range(12):
            month = add_months(this_month, -back)
            if first < month and (number + back) % 9 == 0 and not volunteer.stopped_at:
                yield HourEntry(
                    volunteer=volunteer,
                    quartier_id=volunteer.quartier_id,
                    month=month,
                    minutes=rng.choice([30, 45, 60, 60, 90]),
                    source=HourEntry.Source.DECLARED,
                    label=rng.choice(NAMES["elsewhere"]),
                    entered_by=volunteer.user,
                    entered_at=min(midnight(month) + timedelta(days=20), midnight(today)),
                )


def correct_one(people, attended, entries):
    """One person left early: the agent's counter-entry says so, the line it corrects stays."""
    signup, entry = max(
        zip(attended, entries, strict=True), key=lambda pair: (pair[1].minutes, pair[1].entered_at)
    )
    insert(
        [
            HourEntry(
                volunteer=entry.volunteer,
                quartier_id=entry.quartier_id,
                month=entry.month,
                minutes=-30,
                source=HourEntry.Source.CORRECTION,
                subject=entry.subject,
                label=entry.label,
                corrects=entry,
                reason="Partie une demi-heure plus tôt, d’accord avec elle.",
                entered_by=people.agent,
                entered_at=entry.entered_at + timedelta(days=1),
            )
        ]
    )
    signup.minutes -= 30
    Signup.objects.filter(pk=signup.pk).update(minutes=signup.minutes)
