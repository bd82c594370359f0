"""Mails about several places of one person at once: a mission paused or resumed, a series moved or cancelled.

One mail lists the dates. Which rows are written is decided by announcements.py; one place alone is emails.py.
"""

from dataclasses import dataclass

from vitre_civique.lib import french
from vitre_civique.notifications.kinds import Attachment, Kind, register
from vitre_civique.notifications.rendering import absolute, compose

from .calendars import signup_calendar, signups_calendar
from .models import Mission, MissionState, Signup, SignupState
from .models.mission import MissionStateChange
from .models.signup import LIVE, SignupStateChange

FOLDER = "missions/email/"


@dataclass
class PauseFacts:
    mission: Mission
    signups: list  # this person's confirmed ones that have not ended, in time
    is_last: bool  # no later pause of the same mission has begun


def load_pauses(notifications, *, now):
    """The mission, the person's places on it, and which pause was the last: three queries for a batch."""
    missions = {row.data.get("mission") for row in notifications}
    found = Mission.objects.select_related("quartier").in_bulk(missions)
    places, pauses = {}, {}
    coming = Signup.objects.filter(
        slot__mission__in=found,
        slot__cancelled_at__isnull=True,
        volunteer__in={row.data.get("volunteer") for row in notifications},
        state=SignupState.CONFIRMED,
        ends_at__gt=now,
    )
    for signup in coming.select_related("slot").order_by("starts_at", "id"):
        places.setdefault((signup.slot.mission_id, signup.volunteer_id), []).append(signup)
    paused = MissionStateChange.objects.filter(row__in=found, to_state=MissionState.SUSPENDED).order_by()
    for pk in paused.values_list("row", flat=True):
        pauses[pk] = pauses.get(pk, 0) + 1
    return {
        row.pk: PauseFacts(
            found[row.data["mission"]],
            places.get((row.data["mission"], row.data["volunteer"]), []),
            is_last=row.data["turn"] == pauses.get(row.data["mission"]),
        )
        for row in notifications
        if row.data.get("mission") in found
    }


def mission_paused(notification, facts, *, now):
    return _about_pause("mission_paused", notification, facts, MissionState.SUSPENDED)


def mission_resumed(notification, facts, *, now):
    return _about_pause("mission_resumed", notification, facts, MissionState.PUBLISHED)


def _about_pause(name, notification, facts, state):
    if facts.mission.state != state or not facts.is_last or not facts.signups:
        return None
    first, *others = facts.signups
    context = {
        "mission": facts.mission,
        "dates": dates_of(facts.signups),
        "more_label": "Voir mes inscriptions" if others else "Voir mon inscription",
        "more_url": absolute("missions:my_signups") if others else absolute("missions:signup", first.pk),
    }
    return compose(FOLDER + name, notification, context, happens_at=first.starts_at)


def load_lists(notifications, *, now):
    """The signups each row names, and the last reason given for each: two queries for a batch."""
    named = {pk for row in notifications for pk in row.data.get("signups", [])}
    found = Signup.objects.select_related("slot__mission__quartier").in_bulk(named)
    changes = SignupStateChange.objects.filter(row__in=found).order_by("at", "id")
    reasons = dict(changes.values_list("row", "reason"))
    for signup in found.values():
        signup.last_reason = reasons.get(signup.pk, "")
    return {
        row.pk: sorted(
            (found[pk] for pk in row.data.get("signups", []) if pk in found),
            key=lambda signup: (signup.starts_at, signup.pk),
        )
        for row in notifications
    }


def slots_changed(notification, signups, *, now):
    left = [
        signup
        for signup in signups
        if signup.state in LIVE
        and signup.starts_at > now
        and signup.slot.cancelled_at is None
        and signup.slot.mission.is_published
    ]
    if not left:
        return None
    links = [
        (absolute("missions:signup", signup.pk), when)
        for signup, when in zip(left, dates_of(left), strict=True)
    ]
    confirmed = [signup for signup in left if signup.state == SignupState.CONFIRMED]
    context = {"links": links, "has_calendar": bool(confirmed)}
    return _about_list("slots_changed", notification, left, context, confirmed, now)


def slots_cancelled(notification, signups, *, now):
    off = [
        signup
        for signup in signups
        if signup.state not in LIVE
        and signup.ends_at > now
        and (signup.slot.cancelled_at is not None or not signup.slot.mission.is_published)
    ]
    if not off:
        return None
    reason = off[0].last_reason or off[0].slot.mission.public_reason
    context = {"dates": dates_of(off), "reason": reason, "list_url": absolute("missions:list")}
    return _about_list("slots_cancelled", notification, off, context, off, now)


def _about_list(name, notification, signups, context, in_calendar, now):
    known = {"mission": signups[0].slot.mission, "number": len(signups)}
    calendars = _cancelled(in_calendar, now) if name == "slots_cancelled" else _published(in_calendar, now)
    return compose(
        FOLDER + name,
        notification,
        {**known, **context},
        attachments=calendars,
        happens_at=signups[0].starts_at,
    )


def _published(signups, now):
    content = signups_calendar(signups, now=now) if signups else b""
    return [Attachment("mission.ics", content, "text/calendar;method=PUBLISH")] if signups else []


def _cancelled(signups, now):
    """A file each: a CANCEL is about one event (RFC 5546, 3.2.5)."""
    return [
        Attachment(f"mission-{n}.ics", signup_calendar(signup, now=now), "text/calendar;method=CANCEL")
        for n, signup in enumerate(signups, start=1)
    ]


def dates_of(signups):
    return [french.span(signup.starts_at, signup.ends_at) for signup in signups]


def _register(name, label, builder, load):
    register(Kind(name, label, builder, load, is_urgent_when_near=True))


_register("mission_paused", "Mission en pause", mission_paused, load_pauses)
_register("mission_resumed", "Mission qui reprend", mission_resumed, load_pauses)
_register("slots_changed", "Créneaux changés", slots_changed, load_lists)
_register("slots_cancelled", "Créneaux annulés", slots_cancelled, load_lists)
