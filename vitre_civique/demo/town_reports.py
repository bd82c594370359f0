"""The needs reports of a town of any size, over ten years; each function is one statement, or a few.

Like the network itself they stand in the pilot quartiers. Promised days are the verbs' own working days.
"""

# ruff: noqa: S608 (the statements are made of our own literals and numbers, nobody else's words)

from datetime import timedelta

from django.db import connection

from quartiers.catalogue import load_categories
from quartiers.models import (
    Category,
    Mandate,
    NeedReport,
    NeedReportStateChange,
    PublicStep,
    Supporter,
)
from vitre_civique.lib.working_days import is_working_day

from .bulk import array, insert_select, literal, pick, reserve_block
from .town_missions import paths_as_rows

HISTORY_DAYS = 3650
LIVELY_DAYS = 60  # what is older has ended
REFERENTS = 30
STREETS = ["Rue de la Poterie", "Allée des Tilleuls", "Devant l’école", "Place du Marché", "Rue Basse"]
OLD = ["resolved"] * 40 + ["closed"] * 8 + ["withdrawn", "hidden"]
RECENT = (
    ["received"] * 6
    + ["in_progress"] * 8
    + ["planned", "forwarded"] * 4
    + ["waiting"] * 2
    + ["resolved"] * 14
    + ["closed", "reopening"] * 2
)
READERS = ["public"] * 16 + ["referents"] * 3 + ["staff"]
BEGUN = ["draft", "filed", "received"]
PATHS = {
    "filed": BEGUN[:2],
    "received": BEGUN,
    "withdrawn": [*BEGUN[:2], "withdrawn"],
    "reopening": [*BEGUN, "resolved", "reopening"],
    **{
        state: [*BEGUN, state]
        for state in (
            "in_progress",
            "planned",
            "forwarded",
            "waiting",
            "resolved",
            "closed",
            "duplicate",
            "hidden",
        )
    },
}
WORDS = {
    "received": "La mairie a bien reçu ce besoin et s’en occupe.",
    "in_progress": "Un agent est passé voir sur place.",
    "planned": "Les travaux ont une date.",
    "forwarded": "Vitré Communauté en est chargée.",
    "waiting": "De quel côté de la rue est-ce ?",
    "resolved": "C’est réparé. Merci de l’avoir signalé.",
    "closed": "Ce n’est pas de notre ressort, et voici qui appeler.",
    "duplicate": "Ce besoin est déjà suivi.",
}


def are_ours(town):
    return f"r.id BETWEEN {town.report_id} AND {town.report_id + town.reports - 1}"


def add_mandates(town):
    """Referents of the pilot quartiers, for ten years."""
    number = min(REFERENTS, town.volunteers)
    since = f"({town.today} - interval '{HISTORY_DAYS + 30} days')::date"
    columns = {
        "referent_id": f"{town.user_id} + g - 1",
        "quartier_id": pick(town.pilots, "g", 40),
        "from_on": since,
        "charter_signed_on": since,
    }
    return "mandats", insert_select(Mandate, columns, f"FROM generate_series(1::bigint, {number}) g")


def make_days(town):
    """Temporary table of each day and the number of working days up to it, for the promised dates."""
    first = town.day - timedelta(days=HISTORY_DAYS + 60)
    days = [first + timedelta(days=n) for n in range((town.day - first).days + 200)]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.town_days")
        cursor.execute(
            """CREATE TEMPORARY TABLE town_days ON COMMIT DROP AS
            SELECT day, is_worked, sum(is_worked::int) OVER (ORDER BY day) AS number
            FROM unnest(%s::date[], %s::bool[]) AS given(day, is_worked)""",
            [days, [is_working_day(day) for day in days]],
        )


def add_reports(town):
    """In the order of time; one in forty of the old ones repeats the report before it."""
    load_categories()
    town.report_id = reserve_block(NeedReport, town.reports)
    make_days(town)
    ended = "r.state IN ('resolved', 'closed', 'duplicate', 'withdrawn', 'hidden', 'reopening')"
    taken = "r.state NOT IN ('filed', 'withdrawn')"
    columns = {
        "id": "r.id",
        "state": "r.state",
        "author_id": f"{town.user_id} + (31 * r.g) % {min(REFERENTS, town.volunteers)}",
        "category_id": "category.id",
        "service_id": "category.service_id",
        "quartier_id": "quartier.id",
        "street": pick(array(STREETS), "r.g", 42),
        "longitude": "CASE WHEN r.g % 5 < 3 THEN "
        "round((quartier.centre_longitude + 0.006 * (pg_temp.draw(r.g, 43) - 0.5))::numeric, 6) END",
        "latitude": "CASE WHEN r.g % 5 < 3 THEN "
        "round((quartier.centre_latitude + 0.004 * (pg_temp.draw(r.g, 44) - 0.5))::numeric, 6) END",
        "text": "category.name || ' : vu en passant.'",
        "public_summary": f"CASE WHEN {taken} THEN category.name || ', à revoir.' ELSE '' END",
        "visibility": f"CASE WHEN {taken} THEN r.visibility ELSE 'staff' END",
        "created_at": "r.filed_at - interval '7 minutes'",
        "updated_at": "r.last_at",
        "filed_at": "r.filed_at",
        "acknowledge_by": "acknowledged.day",
        "answer_by": "answered.day",
        "acknowledged_at": f"CASE WHEN {taken} THEN r.received_at END",
        "ended_at": f"CASE WHEN {ended} THEN r.last_at END",
        "last_step_at": "CASE WHEN r.state IN ('received', 'hidden') THEN r.received_at "
        f"WHEN {taken} THEN r.last_at END",
        "waiting_since": "CASE WHEN r.state = 'waiting' THEN r.last_at::date END",
        "resumes_to": "CASE WHEN r.state = 'waiting' THEN 'received' ELSE '' END",
        "planned_on": "CASE WHEN r.state = 'planned' THEN current_date + (1 + r.g % 30)::int END",
        "forwarded_to": "CASE WHEN r.state = 'forwarded' THEN 'Vitré Communauté' ELSE '' END",
        "follow_up_on": "CASE WHEN r.state = 'forwarded' THEN current_date + (r.g % 20 - 3)::int END",
        "resolved_by": "CASE WHEN r.state IN ('resolved', 'reopening') THEN 'mairie' ELSE '' END",
        "close_reason": "CASE WHEN r.state = 'closed' THEN 'not_ours' ELSE '' END",
        "canonical_id": "CASE WHEN r.state = 'duplicate' THEN r.id - 1 END",
        "reopened_count": "CASE WHEN r.state = 'reopening' THEN 1 ELSE 0 END",
        "is_settled_for_author": "CASE WHEN r.state = 'reopening' THEN false "
        "WHEN r.state = 'resolved' AND r.g % 3 > 0 THEN r.g % 10 > 0 END",
    }
    return "remontées", insert_select(NeedReport, columns, reports_source(town))


def reports_source(town):
    categories = array(
        list(Category.objects.filter(is_active=True).order_by("id").values_list("pk", flat=True))
    )
    step = f"(interval '{HISTORY_DAYS} days' / {max(town.reports, 1)})"
    return f"""FROM (
        SELECT r.*, least(r.filed_at + interval '1 day', {town.today}) AS received_at,
            greatest(least(r.filed_at + interval '2 days' + interval '30 days' * pg_temp.draw(g, 45),
                {town.today} - interval '1 hour'), r.filed_at + interval '1 hour') AS last_at
        FROM (
            SELECT {town.report_id} + g - 1 AS id, g, r.filed_at,
                {pick(array(READERS), "g / 40", 46)} AS visibility,
                CASE WHEN r.filed_at > {town.today} - interval '2 days' THEN 'filed'
                    WHEN r.filed_at > {town.today} - interval '{LIVELY_DAYS} days'
                        THEN {pick(array(RECENT), "g", 47)}
                    WHEN g % 40 = 7 THEN 'duplicate'
                    WHEN g % 40 = 6 THEN 'resolved'
                    ELSE {pick(array(OLD), "g", 48)} END AS state,
                {pick(town.pilots, "g / 2", 49)} AS quartier_id,
                {pick(categories, "g / 2", 50)} AS category_id
            FROM (
                SELECT g, {town.today} - interval '3 hours'
                    - {step} * ({town.reports} - g + pg_temp.draw(g, 51)) AS filed_at
                FROM generate_series(1::bigint, {town.reports}) g
            ) r
        ) r
    ) r
    JOIN quartiers_quartier quartier ON quartier.id = r.quartier_id
    JOIN quartiers_category category ON category.id = r.category_id
    JOIN town_days filed ON filed.day = (r.filed_at AT TIME ZONE 'Europe/Paris')::date
    JOIN town_days acknowledged
        ON acknowledged.is_worked AND acknowledged.number = filed.number + category.acknowledge_days
    JOIN town_days answered ON answered.is_worked AND answered.number = filed.number + category.answer_days"""


def add_report_history(town):
    columns = {
        "row_id": "r.id",
        "from_state": "step.before",
        "to_state": "step.after",
        "by_id": "CASE WHEN step.after IN ('filed', 'withdrawn', 'reopening') THEN r.author_id END",
        "at": "CASE step.after WHEN 'filed' THEN r.filed_at WHEN 'received' THEN r.acknowledged_at "
        "WHEN 'reopening' THEN r.updated_at + interval '10 minutes' ELSE r.updated_at END",
    }
    source = f"""FROM quartiers_needreport r
        JOIN (VALUES {paths_as_rows(PATHS, PATHS)}) step(state, rank, before, after) ON step.state = r.state
        WHERE {are_ours(town)} AND step.rank > 0"""
    return "changements d’état des remontées", insert_select(NeedReportStateChange, columns, source)


def add_report_steps(town):
    """What people read: one row for each state that says something."""
    said = ", ".join(f"({literal(state)}, {literal(text)})" for state, text in WORDS.items())
    columns = {"report_id": "r.id", "state": "c.to_state", "text": "said.text", "at": "c.at"}
    source = f"""FROM quartiers_needreport r
        JOIN quartiers_needreportstatechange c ON c.row_id = r.id
        JOIN (VALUES {said}) said(state, text) ON said.state = c.to_state
        WHERE {are_ours(town)} ORDER BY c.at, r.id"""
    return "étapes publiques", insert_select(PublicStep, columns, source)


def add_supporters(town):
    """« Moi aussi » : up to three neighbours of what everyone reads."""
    who = f"{town.user_id} + (r.id * 31 + n) % {town.volunteers}"
    columns = {"report_id": "r.id", "user_id": who, "at": "r.filed_at + interval '2 days'"}
    source = f"""FROM quartiers_needreport r, generate_series(1, least(3, {town.volunteers})) n
        WHERE {are_ours(town)} AND r.visibility = 'public' AND r.state <> 'duplicate'
            AND pg_temp.draw(r.id * 4 + n, 52) < 0.3 AND {who} <> r.author_id"""
    return "soutiens", insert_select(Supporter, columns, source)


REPORT_STEPS = [add_mandates, add_reports, add_report_history, add_report_steps, add_supporters]
