"""What happened to a mission, newest first: its states (who, when, why), its words and its slots."""

from missions.models import Slot
from vitre_civique.accounts.versions import newest_first, records_of, state_events, versions


def mission_events(mission):
    """Every Event of `mission` and of its slots, the removed ones too."""
    records = Slot.history.filter(mission_id=mission.pk).select_related("history_user")
    by_slot = {}
    for record in records.order_by("id", "history_date", "history_id"):
        by_slot.setdefault(record.id, []).append(record)
    events = [*state_events(mission), *versions(records_of(mission), "la mission")]
    for slot_records in by_slot.values():
        events += versions(slot_records, "un créneau")
    return newest_first(events)
