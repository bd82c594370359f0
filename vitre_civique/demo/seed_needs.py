"""The needs reports of the demonstration, read from data/needs.toml and dated back from today."""

import tomllib
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from quartiers.catalogue import load_categories
from quartiers.models import (
    Category,
    Mandate,
    NeedReport,
    NeedReportStateChange,
    NeedState,
    PublicStep,
    ReportPhoto,
    Supporter,
)
from quartiers.needs import deadlines
from vitre_civique.lib.geometry import contains
from vitre_civique.lib.months import local_day, midnight
from vitre_civique.lib.working_days import is_working_day

from .bulk import insert
from .seed_photos import draw

DATA = tomllib.loads((Path(__file__).parent / "data" / "needs.toml").read_text(encoding="utf-8"))
RECEIPT = "La mairie a bien reçu ce besoin et s’en occupe."
# Where « Est-ce réglé ? » was asked of those who follow.
ASKED = (NeedState.RESOLVED, NeedState.CLOSED)
# Steps that only the history tells, or only its author.
SILENT = (NeedState.REOPENING, NeedState.HIDDEN, NeedState.WITHDRAWN)
ENDED = (NeedState.RESOLVED, NeedState.CLOSED, NeedState.DUPLICATE, NeedState.REDIRECTED, NeedState.WITHDRAWN)


@dataclass
class PlannedNeed:
    """A report, its data, and the (state, moment, public text) it went through after being filed."""

    row: NeedReport
    data: dict
    path: list = field(default_factory=list)


def seed_needs(rng, today, quartiers, people):
    load_categories()
    categories = {c.code: c for c in Category.objects.select_related("service")}
    mandates = list(Mandate.objects.select_related("referent").order_by("id"))
    needs = [plan_need(data, rng, today, quartiers, categories, mandates) for data in DATA["need"]]
    by_street = {need.data["street"]: need.row for need in needs}
    needs.sort(key=lambda need: need.row.created_at)
    originals = [need for need in needs if "same_as" not in need.data]
    copies = [need for need in needs if "same_as" in need.data]
    insert(need.row for need in originals)
    for need in copies:
        need.row.canonical = by_street[need.data["same_as"]]
    insert(need.row for need in copies)
    insert(change for need in needs for change in state_changes(need, people))
    insert(step for need in needs for step in public_steps(need, people))
    insert(supporter for need in needs for supporter in supporters_of(need, rng, people))
    insert(photo for need in needs if (photo := photo_of(need)))
    return needs


def plan_need(data, rng, today, quartiers, categories, mandates):
    quartier, category = quartiers[data["quartier"]], categories[data["category"]]
    filed_at = moment(today - timedelta(days=data["filed"]), rng, 8, 20)
    path = path_of(data, filed_at, rng, today)
    state = path[-1][0] if path else NeedState(data.get("state", NeedState.FILED))
    row = NeedReport(
        state=state,
        author=author_of(quartier, local_day(filed_at), mandates, rng),
        category=category,
        quartier=quartier,
        street=data["street"],
        text=data["text"],
        public_summary=data.get("summary", ""),
        visibility=data.get("visibility", "public" if data.get("summary") else "staff"),
        created_at=filed_at - timedelta(minutes=7),
        updated_at=path[-1][1] if path else filed_at,
    )
    if state != NeedState.DRAFT:
        row.filed_at, row.service = filed_at, category.service
        for name, value in deadlines(category, local_day(filed_at)).items():
            setattr(row, name, value)
    if data.get("point"):
        row.longitude, row.latitude = point_in(quartier, rng)
    if state == NeedState.WITHDRAWN:
        path.append((state, min(filed_at + timedelta(days=1), midnight(today)), ""))
    complete(row, data, path, today)
    return PlannedNeed(row, data, path)


def complete(row, data, path, today):
    """The columns that each state asks for, as the verbs would have left them."""
    states = [state for state, _, _ in path]
    for state, at, text in path:
        if state == NeedState.RECEIVED and row.acknowledged_at is None:
            row.acknowledged_at = at
        if text and state not in SILENT:
            row.last_step_at = at
        if state in ENDED:
            row.ended_at = at
    if "planned_in" in data:
        row.planned_on = working_day(today + timedelta(days=data["planned_in"]))
    if "to" in data:
        row.forwarded_to = data["to"]
        row.follow_up_on = working_day(today + timedelta(days=data["follow_up_in"]))
    row.resolved_by, row.close_reason = data.get("how", ""), data.get("reason", "")
    row.is_settled_for_author = data.get("settled")
    row.reopened_count = states.count(NeedState.REOPENING)
    if row.state == NeedState.REOPENING:
        row.is_settled_for_author = False
    if row.state == NeedState.WAITING:
        row.waiting_since, row.resumes_to = local_day(path[-1][1]), states[-2]
    if row.state == NeedState.REDIRECTED:
        row.text = row.street = ""


def path_of(data, filed_at, rng, today):
    """[(state, moment, text)] in order, on working days, none later than last night."""
    path, previous = [], filed_at
    for state, days, text in data.get("steps", []):
        at = moment(working_day(today - timedelta(days=days)), rng, 9, 17)
        at = min(max(at, previous + timedelta(minutes=50)), midnight(today) - timedelta(minutes=10))
        if state == NeedState.RECEIVED and not text and not path:
            text = RECEIPT
        path.append((NeedState(state), at, text))
        previous = at
    return path


def moment(day, rng, first_hour, last_hour):
    return midnight(day) + timedelta(hours=rng.randrange(first_hour, last_hour), minutes=rng.randrange(60))


def working_day(day):
    """`day`, or the next one that is worked."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def author_of(quartier, filed_on, mandates, rng):
    """A referent of that quartier then, else one of another (« en passant »)."""
    then = [
        m
        for m in mandates
        if m.charter_signed_on and m.from_on <= filed_on and (not m.until or filed_on < m.until)
    ]
    here = [mandate for mandate in then if mandate.quartier_id == quartier.pk]
    return rng.choice(here or then or mandates).referent


def point_in(quartier, rng):
    for _ in range(200):
        x = quartier.centre_longitude + rng.uniform(-0.004, 0.004)
        y = quartier.centre_latitude + rng.uniform(-0.003, 0.003)
        if contains(quartier.boundary, x, y):
            return round(x, 6), round(y, 6)
    return quartier.centre_longitude, quartier.centre_latitude


def state_changes(need, people):
    row, previous = need.row, NeedState.DRAFT
    if row.filed_at:
        yield NeedReportStateChange(
            row=row, from_state=previous, to_state=NeedState.FILED, at=row.filed_at, by=row.author
        )
        previous = NeedState.FILED
    for state, at, _ in need.path:
        by_author = state in (NeedState.REOPENING, NeedState.WITHDRAWN)
        yield NeedReportStateChange(
            row=row,
            from_state=previous,
            to_state=state,
            at=at,
            by=row.author if by_author else people.agent,
            reason=need.data.get(state.value, ""),
        )
        previous = state


def public_steps(need, people):
    for state, at, text in need.path:
        if text and state not in SILENT:
            yield PublicStep(report=need.row, state=state, text=text, at=at, by=people.agent)


def supporters_of(need, rng, people):
    neighbours = [v.user for v in people.volunteers if v.user.email and v.user.pk != need.row.author_id]
    for number, user in enumerate(rng.sample(neighbours, need.data.get("supporters", 0))):
        is_asked = need.row.state in ASKED and need.row.reopened_count == 0
        yield Supporter(
            report=need.row,
            user=user,
            at=need.row.filed_at + timedelta(hours=5 + number),
            # The first says that it is settled, the second not yet, the third has not answered.
            is_settled=(True, False, None)[number % 3] if is_asked else None,
        )


def photo_of(need):
    if "photo" not in need.data:
        return None
    name, description = draw(need.data["photo"])
    return ReportPhoto(report=need.row, image=name, description=description, is_public=True, position=1)
