"""How a state looks: one icon and one colour on every page. Its words come from the models."""

from typing import NamedTuple


class Look(NamedTuple):
    icon: str
    tone: str


NEUTRAL = Look("circle-dashed", "neutral")
BY_STATE = {
    # drafts and questions
    "draft": Look("pencil", "neutral"),
    "submitted": Look("send", "waiting"),
    "returned": Look("message-circle-question-mark", "waiting"),
    "pending": Look("hourglass", "waiting"),
    "waiting": Look("hourglass", "waiting"),
    "offered": Look("hand-heart", "highlight"),
    "proposed": Look("handshake", "waiting"),
    "one_agreed": Look("hourglass", "waiting"),
    "sent": Look("hand-heart", "highlight"),
    "accepted": Look("calendar-check", "planned"),
    "declined": Look("undo-2", "neutral"),
    "not_this_month": Look("moon-star", "neutral"),
    # under way
    "both_agreed": Look("handshake", "planned"),
    "shared": Look("handshake", "planned"),
    "published": Look("calendar-check", "planned"),
    "confirmed": Look("calendar-check", "planned"),
    "planned": Look("calendar-check", "planned"),
    "active": Look("circle-check", "planned"),
    "filed": Look("send", "waiting"),
    "received": Look("inbox", "waiting"),
    "in_progress": Look("loader", "planned"),
    "forwarded": Look("forward", "planned"),
    "paused": Look("pause", "neutral"),
    "suspended": Look("pause", "neutral"),
    "skipped": Look("moon-star", "neutral"),
    # ended well
    "done": Look("circle-check", "done"),
    "given": Look("circle-check", "done"),
    "attended": Look("circle-check", "done"),
    "partly": Look("circle-check", "done"),
    "resolved": Look("circle-check", "done"),
    # ended otherwise
    "cancelled": Look("ban", "alert"),
    "refused": Look("circle-x", "alert"),
    "passed_on": Look("heart", "done"),
    "absent": Look("circle-x", "alert"),
    "excused": Look("undo-2", "neutral"),
    "withdrawn": Look("undo-2", "neutral"),
    "expired": Look("hourglass", "neutral"),
    "revoked": Look("undo-2", "neutral"),
    "closed": Look("archive", "neutral"),
    "duplicate": Look("copy", "neutral"),
    "hidden": Look("eye-off", "neutral"),
    "stopped": Look("circle-x", "neutral"),
}


def look_of(state):
    return BY_STATE.get(str(state), NEUTRAL)
