"""The missions, slots, signups and hours of a town of any size; each function is one statement."""

# ruff: noqa: S608 (the statements are made of our own literals and numbers, nobody else's words)

from missions.models import Mission, MissionStateChange, Signup, SignupStateChange, Slot
from volunteers.models import HourEntry

from . import seed_missions, seed_signups
from .bulk import array, insert_select, literal, pick

MISSION_STATES = ["done"] * 50 + ["published"] * 38 + ["cancelled"] * 4 + ["draft"] * 4 + ["submitted"] * 4
PAST_SIGNUPS = ["attended"] * 17 + ["excused", "absent", "unknown"]
COMING_SIGNUPS = ["confirmed"] * 18 + ["withdrawn"] * 2


def add_missions(town):
    """Each from a gesture of the catalogue: the past ones published over a year, the others lately."""
    is_home = "gesture.kind = 'interpersonal'"
    columns = {
        "id": "m.id",
        "state": "m.state",
        "kind": "CASE WHEN gesture.kind = 'association' THEN 'collective' ELSE gesture.kind END",
        "help_kind": "gesture.help_kind",
        "gesture_id": "gesture.id",
        "title": "gesture.name",
        "public_text": "gesture.hint",
        "quartier_id": "m.quartier_id",
        "public_place": f"CASE WHEN {is_home} THEN '' ELSE 'Maison de quartier' END",
        "is_open_to_minors": f"NOT ({is_home}) AND m.g % 3 = 0",
        "is_accessible": "m.g % 4 = 0",
        "needs_approval": "m.g % 9 = 0",
        "created_at": "m.shown_at - interval '2 hours'",
        "updated_at": "m.shown_at",
        "published_at": "CASE WHEN m.state IN ('published', 'done', 'cancelled') THEN m.shown_at END",
    }
    source = f"""FROM (
        SELECT m.*,
            {town.today} - make_interval(hours => 30 + (288 * pg_temp.draw(g, 14))::int, days =>
                CASE WHEN state IN ('done', 'cancelled') THEN 40 + (300 * pg_temp.draw(g, 15))::int ELSE 0 END
            ) AS shown_at
        FROM (
            SELECT {town.mission_id} + g - 1 AS id, g, {pick(array(MISSION_STATES), "g", 11)} AS state,
                CASE WHEN g % 5 > 0 THEN {pick(town.quartiers, "g", 12)} END AS quartier_id,
                {pick(town.gestures, "g", 13)} AS gesture_id
            FROM generate_series(1::bigint, {town.missions}) g
        ) m
    ) m JOIN missions_gesture gesture ON gesture.id = m.gesture_id"""
    return "missions", insert_select(Mission, columns, source)


def add_slots(town):
    """One to three a mission, a week apart, at a whole hour of the day in Paris."""
    columns = {
        "mission_id": "s.id",
        "starts_at": "s.starts_at",
        "ends_at": "s.starts_at + make_interval(mins => (ARRAY[30, 60, 60, 90, 120])[(1 + s.id % 5)::int])",
        "places": "CASE WHEN s.kind = 'interpersonal' THEN 1 + s.id % 2 ELSE 2 + s.id % 7 END",
        "cancelled_at": "CASE WHEN s.state = 'cancelled' THEN s.published_at + interval '1 day' END",
    }
    source = f"""FROM (
        SELECT m.*, (
            (CASE WHEN m.state IN ('done', 'cancelled') THEN m.created_at ELSE {town.today} END
                AT TIME ZONE 'Europe/Paris')::date
            + make_interval(
                days => 4 + (pg_temp.draw(m.id, 21) * 14)::int + 7 * week,
                hours => 9 + (pg_temp.draw(m.id, 22) * 8)::int
            )) AT TIME ZONE 'Europe/Paris' AS starts_at
        FROM missions_mission m, generate_series(0, (m.id % 3)::int) week
        WHERE {town.are_our_missions}
    ) s"""
    return "créneaux", insert_select(Slot, columns, source)


def add_signups(town):
    """Volunteers come round in an order shuffled once, along time: nobody is at two places at once.

    Those who joined later, stopped, or live too far are passed over; so are the rare overlaps that are left.
    """
    hold = f"least({town.today} + interval '3 days', c.starts_at)"
    columns = {
        "slot_id": "c.slot_id",
        "volunteer_id": "c.volunteer_id",
        "state": "c.state",
        "starts_at": "c.starts_at",
        "ends_at": "c.ends_at",
        "created_at": "c.created_at",
        "made_by_id": "c.user_id",
        "expires_at": f"CASE WHEN c.state = 'pending' THEN {hold} END",
        "minutes": "CASE WHEN c.state = 'attended' THEN extract(epoch FROM c.ends_at - c.starts_at) / 60 END",
        "organiser_said": "CASE WHEN c.state = 'attended' THEN 'done' ELSE '' END",
    }
    source = f"""FROM (
        SELECT c.*,
            CASE WHEN c.starts_at < {town.today} THEN {pick(array(PAST_SIGNUPS), "c.rank", 31)}
                WHEN c.needs_approval AND c.rank % 2 = 0 THEN 'pending'
                ELSE {pick(array(COMING_SIGNUPS), "c.rank", 32)} END AS state,
            greatest(c.joined_at, c.published_at) + interval '1 hour' AS created_at,
            max(c.ends_at) OVER (
                PARTITION BY c.volunteer_id ORDER BY c.starts_at, c.rank
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS busy_until
        FROM ({candidates(town)}) c
    ) c WHERE c.busy_until IS NULL OR c.busy_until <= c.starts_at"""
    return "inscriptions", insert_select(Signup, columns, source)


def candidates(town):
    """SQL: for each place of each slot the volunteer whose turn it is, when that person could come."""
    return f"""
        SELECT s.*, v.id AS volunteer_id, v.user_id, v.created_at AS joined_at
        FROM (
            SELECT slot.id AS slot_id, slot.starts_at, slot.ends_at,
                m.needs_approval, m.published_at, m.quartier_id AS where_id,
                row_number() OVER (ORDER BY slot.starts_at, slot.id, seat) AS rank
            FROM missions_slot slot
            JOIN missions_mission m ON m.id = slot.mission_id, generate_series(1, slot.places) seat
            WHERE {town.are_our_missions} AND m.state IN ('published', 'done')
                AND pg_temp.draw(slot.id * 500 + seat, 33) < 0.85
        ) s
        JOIN (
            SELECT v.*, row_number() OVER (ORDER BY pg_temp.draw(v.id, 34), v.id) - 1 AS turn
            FROM volunteers_volunteer v WHERE {town.are_our_volunteers}
        ) v ON v.turn = s.rank % {town.volunteers}
        WHERE v.created_at < s.starts_at - interval '2 days'
            AND (v.stopped_at IS NULL OR v.stopped_at > s.starts_at)
            AND (v.paused_until IS NULL OR s.starts_at < {town.today})
            AND (s.where_id IS NULL OR v.quartier_id IS NULL OR v.reach = 'town' OR v.quartier_id = s.where_id
                OR (v.reach = 'adjacent' AND EXISTS (
                    SELECT 1 FROM quartiers_quartier_adjacent a
                    WHERE a.from_quartier_id = v.quartier_id AND a.to_quartier_id = s.where_id)))"""


def paths_as_rows(paths, states):
    """SQL rows (final state, rank, from, to), one for each step on the way to each state."""
    rows = [
        (state, rank, paths[state][rank - 1] if rank else "", step)
        for state in sorted(set(states))
        for rank, step in enumerate(paths[state])
    ]
    return ", ".join(f"({', '.join(map(literal, row))})" for row in rows)


def add_mission_history(town):
    columns = {
        "row_id": "m.id",
        "from_state": "step.before",
        "to_state": "step.after",
        "at": "CASE WHEN step.rank = 0 THEN m.created_at WHEN step.rank = 1 THEN m.published_at "
        "WHEN m.state = 'done' THEN m.last_ends_at ELSE m.published_at + interval '1 day' END",
    }
    source = f"""FROM (
        SELECT m.id, m.state, m.created_at, m.published_at, max(s.ends_at) AS last_ends_at
        FROM missions_mission m JOIN missions_slot s ON s.mission_id = m.id
        WHERE {town.are_our_missions} GROUP BY m.id
    ) m JOIN (VALUES {paths_as_rows(seed_missions.PATHS, MISSION_STATES)}) step(state, rank, before, after)
        ON step.state = m.state"""
    return "changements d’état des missions", insert_select(MissionStateChange, columns, source)


def add_signup_history(town):
    steps = paths_as_rows(seed_signups.PATHS, [*PAST_SIGNUPS, *COMING_SIGNUPS, "pending"])
    columns = {
        "row_id": "s.id",
        "from_state": "step.before",
        "to_state": "step.after",
        "by_id": "CASE WHEN step.rank = 0 THEN s.made_by_id END",
        "at": "CASE WHEN step.rank = 0 THEN s.created_at WHEN step.after = 'withdrawn' "
        "THEN s.created_at + interval '1 hour' ELSE s.ends_at + interval '3 hours' END",
    }
    source = f"""FROM missions_signup s
        JOIN volunteers_volunteer v ON v.id = s.volunteer_id
        JOIN (VALUES {steps}) step(state, rank, before, after) ON step.state = s.state
        WHERE {town.are_our_volunteers}"""
    return "changements d’état des inscriptions", insert_select(SignupStateChange, columns, source)


def add_hours(town):
    columns = {
        "volunteer_id": "v.id",
        "quartier_id": "v.quartier_id",
        "month": "date_trunc('month', s.starts_at AT TIME ZONE 'Europe/Paris')::date",
        "minutes": "s.minutes",
        "source": "'signup'",
        "subject": "'signup-' || s.id",
        "label": "m.title",
        "entered_at": "s.ends_at + interval '3 hours'",
    }
    source = f"""FROM missions_signup s
        JOIN volunteers_volunteer v ON v.id = s.volunteer_id
        JOIN missions_slot slot ON slot.id = s.slot_id
        JOIN missions_mission m ON m.id = slot.mission_id
        WHERE s.state = 'attended' AND {town.are_our_volunteers}"""
    return "heures données", insert_select(HourEntry, columns, source)


MISSION_STEPS = [add_missions, add_slots, add_signups, add_mission_history, add_signup_history, add_hours]
