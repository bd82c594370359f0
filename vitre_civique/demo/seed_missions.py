"""The missions of the demonstration, read from data/missions.toml and dated from today."""

import tomllib
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from missions.models import (
    Association,
    Gesture,
    Mission,
    MissionPrerequisite,
    MissionState,
    MissionStateChange,
    PrivatePlace,
    Slot,
)
from vitre_civique.lib.months import local_day, midnight

from .bulk import insert
from .seed_calendar import parse_slot
from .seed_people import NAMES, phone

DATA = tomllib.loads((Path(__file__).parent / "data" / "missions.toml").read_text(encoding="utf-8"))
FLAGS = {
    "minors": "is_open_to_minors",
    "pairs": "is_in_pairs",
    "accessible": "is_accessible",
    "meeting": "is_meeting",
    "groups": "is_open_to_groups",
    "approval": "needs_approval",
}
# How a mission came to its present state; the first step has no « from ».
PATHS = {
    MissionState.DRAFT: ["draft"],
    MissionState.SUBMITTED: ["submitted"],
    MissionState.RETURNED: ["submitted", "returned"],
    MissionState.REFUSED: ["submitted", "refused"],
    MissionState.PUBLISHED: ["draft", "published"],
    MissionState.SUSPENDED: ["draft", "published", "suspended"],
    MissionState.DONE: ["draft", "published", "done"],
    MissionState.CANCELLED: ["draft", "published", "cancelled"],
}


@dataclass
class PlannedMission:
    """A mission, its data, and its slots with who stands on them."""

    row: Mission
    data: dict
    planned: list
    slots: list = field(default_factory=list)


def seed_missions(rng, today, quartiers, people):
    associations = {each["key"]: Association(**without(each, "key")) for each in DATA["association"]}
    insert(associations.values())
    gestures = {gesture.name: gesture for gesture in Gesture.objects.all()}
    missions = [
        plan_mission(data, rng, today, quartiers, people, associations, gestures) for data in DATA["mission"]
    ]
    insert(mission.row for mission in missions)
    for mission in missions:
        mission.slots = [slot_row(mission, planned, today) for planned in mission.planned]
    insert(slot for mission in missions for slot in mission.slots)
    insert(place for mission in missions if (place := private_place(mission, rng)))
    insert(link for mission in missions for link in prerequisite_links(mission, people))
    insert(change for mission in missions for change in state_changes(mission, today, people))
    return missions


def without(data, *keys):
    return {name: value for name, value in data.items() if name not in keys}


def plan_mission(data, rng, today, quartiers, people, associations, gestures):
    planned = sorted((parse_slot(words, today) for words in data.get("slots", [])), key=lambda s: s.starts_at)
    gesture = gestures[data["gesture"]]
    row = Mission(
        state=data.get("state", "published"),
        kind=data.get("kind", gesture.kind),
        help_kind=data.get("help_kind", gesture.help_kind),
        gesture=gesture,
        title=data["title"].format(campaign=campaign_on(today)),
        public_text=data["text"].strip(),
        public_place=data.get("place", ""),
        quartier=quartiers[data["quartier"]] if "quartier" in data else None,
        organiser=data.get("organiser", "association" if "association" in data else "mairie"),
        association=associations.get(data.get("association")),
        public_reason=data.get("reason", ""),
        internal_note=data.get("note", ""),
        **{name: flag in data.get("flags", []) for flag, name in FLAGS.items()},
    )
    who_is_concerned(row, data, rng, people)
    date_mission(row, planned, rng, today)
    return PlannedMission(row, data, planned)


def campaign_on(today):
    """Boxes are for Christmas in autumn; the rest of the year another collection is under way."""
    return "Noël solidaire" if today.month >= 10 else "Colis solidaires"


def who_is_concerned(row, data, rng, people):
    """A neighbour's mission has a beneficiary; a resident's one was proposed by somebody."""
    asker = people.accounts.get(data.get("by")) or rng.choice(people.residents)
    if row.kind == "interpersonal":
        row.beneficiary = asker
    if row.organiser == "resident":
        row.proposed_by = asker
    row.created_by = row.proposed_by or people.agent


def date_mission(row, planned, rng, today):
    first_day = local_day(planned[0].starts_at) if planned else today
    day = min(first_day - timedelta(days=rng.randrange(15, 26)), today - timedelta(days=rng.randrange(1, 9)))
    row.created_at = midnight(day) + timedelta(hours=rng.randrange(9, 18), minutes=rng.randrange(60))
    if MissionState.PUBLISHED in PATHS[row.state]:
        row.published_at = row.created_at + timedelta(minutes=rng.randrange(20, 300))
    row.updated_at = row.published_at or row.created_at


def slot_row(mission, planned, today):
    slot = Slot(
        mission=mission.row,
        starts_at=planned.starts_at,
        ends_at=planned.ends_at,
        places=planned.places,
        newcomer_places=planned.newcomer_places,
    )
    if mission.row.state == MissionState.CANCELLED:
        slot.cancelled_at = withdrawn_at(mission, today)
    return slot


def private_place(mission, rng):
    if mission.row.kind != "interpersonal":
        return None
    return PrivatePlace(
        mission=mission.row,
        address=f"{rng.randrange(1, 60)}, {rng.choice(NAMES['streets'])}, 35500 Vitré",
        phone=phone(rng),
        instructions=rng.choice(
            [
                "Sonnez deux fois.",
                "Le portillon vert, sans sonnette : appelez en arrivant.",
                "Deuxième étage, porte de droite.",
                "",
            ]
        ),
    )


def prerequisite_links(mission, people):
    return [
        MissionPrerequisite(mission=mission.row, prerequisite=people.prerequisites[key], position=position)
        for position, key in enumerate(mission.data.get("needs", []), start=1)
    ]


def path_of(row):
    path = PATHS[row.state]
    return (
        ["submitted", *path[1:]]
        if row.organiser == "resident" and path[0] == "draft" and len(path) > 1
        else path
    )


def state_changes(mission, today, people):
    """One line for each step, dated between creation and today."""
    row, previous, changes = mission.row, "", []
    for state in path_of(row):
        changes.append(
            MissionStateChange(
                row=row,
                from_state=previous,
                to_state=state,
                at=moment_of(mission, state, today),
                by=row.created_by if not previous else None if state == "done" else people.agent,
                reason=row.public_reason if state == row.state else "",
            )
        )
        previous = state
    return changes


def moment_of(mission, state, today):
    row = mission.row
    if state in ("draft", "submitted"):
        return row.created_at
    if state == "published":
        return row.published_at
    if state == "done":
        return mission.slots[-1].ends_at + timedelta(hours=2)
    if state in ("cancelled", "suspended"):
        return withdrawn_at(mission, today)
    return min(row.created_at + timedelta(hours=15), midnight(today))


def withdrawn_at(mission, today):
    """When a mission was cancelled or suspended: four days before its first slot, or last night."""
    return min(mission.planned[0].starts_at - timedelta(days=4), midnight(today))
