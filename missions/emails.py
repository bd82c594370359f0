"""The mails about signups: one builder per kind, from facts read once per batch. Others: proposal_emails.py,
offer_emails.py. Who is written to, and when, is decided by the verbs and by reminders.py.

No address, no name of anybody else, no health: the exact place is read on the site, signed in (EM-11).
"""

from datetime import datetime

from vitre_civique.lib import french
from vitre_civique.lib.french import NBSP
from vitre_civique.notifications.kinds import Attachment, Kind, register
from vitre_civique.notifications.rendering import absolute, compose

# They register their kinds.
from . import (  # noqa: F401
    help_offer_emails,
    invitation_emails,
    neighbour_emails,
    offer_emails,
    proposal_emails,
    several_emails,
    sleeping,
    thanks_emails,
    visit_emails,
)
from .calendars import OVER, signup_calendar
from .links import coming_url, said_url
from .models import Signup, SignupState
from .models.signup import LIVE, OUTCOMES, SignupStateChange

FOLDER = "missions/email/"
SENTENCES = {
    SignupState.ATTENDED: ("Merci pour votre heure", f"Votre présence est notée{{minutes}}. Merci{NBSP}!"),
    SignupState.EXCUSED: (
        "C’est noté",
        "Il est noté que la mission n’a pas eu lieu, ou que vous aviez prévenu.",
    ),
    SignupState.ABSENT: (
        "C’est noté",
        "Il est noté que vous n’avez pas pu venir. Cela arrive à tout le monde.",
    ),
    SignupState.UNKNOWN: (
        "On ne sait pas",
        f"Nous ne savons pas si la mission a eu lieu{NBSP}: rien n’est compté.",
    ),
}


def load_signups(notifications, *, now):
    found = Signup.objects.select_related(
        "slot__mission__quartier", "slot__mission__association", "volunteer", "group"
    ).in_bulk([row.data.get("signup") for row in notifications])
    return {row.pk: found[row.data["signup"]] for row in notifications if row.data.get("signup") in found}


def load_signups_with_reasons(notifications, *, now):
    signups = load_signups(notifications, now=now)
    changes = SignupStateChange.objects.filter(row__in={signup.pk for signup in signups.values()})
    reasons = {change.row_id: change.reason for change in changes.order_by("at", "id")}
    for signup in signups.values():
        signup.last_reason = reasons.get(signup.pk, "")
    return signups


def load_signups_with_places(notifications, *, now):
    signups = load_signups(notifications, now=now)
    slots = {signup.slot_id for signup in signups.values()}
    held = {}
    rows = Signup.objects.holding(now).filter(slot__in=slots).order_by().values_list("slot", "seats")
    for slot_id, seats in rows:
        held[slot_id] = held.get(slot_id, 0) + seats
    for signup in signups.values():
        signup.slot.held_count = held.get(signup.slot_id, 0)
    return signups


def takes_place(slot, *, now):
    return slot.cancelled_at is None and slot.mission.is_published and slot.starts_at > now


def about(name, notification, signup, context=None, **message_fields):
    slot = signup.slot
    known = {
        "signup": signup,
        "slot": slot,
        "mission": slot.mission,
        "when": french.span(slot.starts_at, slot.ends_at),
        "day": french.day(slot.starts_at.astimezone(french.PARIS).date()),
        "signup_url": absolute("missions:signup", signup.pk),
        "withdraw_url": coming_url(signup),
        "list_url": absolute("missions:list"),
    }
    return compose(FOLDER + name, notification, {**known, **(context or {})}, **message_fields)


def calendar(signup, *, now):
    """PUBLISH rather than REQUEST: the answer is given on the site, not to the calendar."""
    method = "CANCEL" if signup.state in OVER else "PUBLISH"
    return [
        Attachment("mission.ics", signup_calendar(signup, now=now), f"text/calendar;method={method}"),
    ]


def signup_confirmed(notification, signup, *, now):
    if signup.state != SignupState.CONFIRMED or not takes_place(signup.slot, now=now):
        return None
    return about("signup_confirmed", notification, signup, attachments=calendar(signup, now=now))


def signup_pending(notification, signup, *, now):
    if signup.state != SignupState.PENDING or signup.expires_at <= now:
        return None
    return about("signup_pending", notification, signup, {"until": french.moment(signup.expires_at)})


def signup_waiting(notification, signup, *, now):
    if signup.state != SignupState.WAITING or not takes_place(signup.slot, now=now):
        return None
    return about("signup_waiting", notification, signup)


def signup_refused(notification, signup, *, now):
    if signup.state != SignupState.REFUSED:
        return None
    return about("signup_refused", notification, signup, {"reason": signup.last_reason})


def signup_withdrawn(notification, signup, *, now):
    if signup.state != SignupState.WITHDRAWN:
        return None
    return about("signup_withdrawn", notification, signup, attachments=calendar(signup, now=now))


def place_offered(notification, signup, *, now):
    if (
        signup.state != SignupState.OFFERED
        or signup.expires_at <= now
        or not takes_place(signup.slot, now=now)
    ):
        return None
    offer = {"until": french.moment(signup.expires_at), "offer_url": coming_url(signup)}
    return about("place_offered", notification, signup, offer)


def offer_lapsed(notification, signup, *, now):
    if signup.state != SignupState.LAPSED:
        return None
    was_pending = notification.data.get("was") == SignupState.PENDING
    return about("offer_lapsed", notification, signup, {"was_pending": was_pending})


def mission_cancelled(notification, signup, *, now):
    if signup.slot.cancelled_at is None and signup.slot.mission.is_published:
        return None
    if signup.ends_at <= now or signup.state in LIVE:
        return None
    return about(
        "mission_cancelled",
        notification,
        signup,
        {"reason": signup.last_reason or signup.slot.mission.public_reason},
        attachments=calendar(signup, now=now),
        happens_at=signup.starts_at,
    )


def mission_changed(notification, signup, *, now):
    if signup.state not in LIVE or not takes_place(signup.slot, now=now):
        return None
    is_confirmed = signup.state == SignupState.CONFIRMED
    old = [notification.data.get(name) for name in ("old_starts_at", "old_ends_at")]
    return about(
        "mission_changed",
        notification,
        signup,
        {"old_when": french.span(*map(datetime.fromisoformat, old)) if all(old) else ""},
        attachments=calendar(signup, now=now) if is_confirmed else [],
        happens_at=signup.starts_at,
    )


def signup_reminder(notification, signup, *, now):
    if signup.state != SignupState.CONFIRMED or not takes_place(signup.slot, now=now):
        return None
    return about("signup_reminder", notification, signup)


def signup_day_before(notification, signup, *, now):
    if signup.state != SignupState.CONFIRMED or not takes_place(signup.slot, now=now):
        return None
    return about("signup_day_before", notification, signup)


def late_withdrawal(notification, signup, *, now):
    if signup.state != SignupState.WITHDRAWN or not takes_place(signup.slot, now=now):
        return None
    facts = {
        "held": signup.slot.held_count,
        "sheet_url": absolute("missions:attendance", signup.slot_id),
    }
    return about("late_withdrawal", notification, signup, facts, happens_at=signup.starts_at)


def place_given_back(notification, signup, *, now):
    """To the organiser: how many are left, never who nor why; the sheet says it to whoever may read it."""
    if signup.state != SignupState.WITHDRAWN or not takes_place(signup.slot, now=now):
        return None
    facts = {"held": signup.slot.held_count, "sheet_url": ""}
    if notification.recipient is not None:
        facts["sheet_url"] = absolute("missions:attendance", signup.slot_id)
    return about("place_given_back", notification, signup, facts)


def how_did_it_go(notification, signup, *, now):
    if signup.state != SignupState.CONFIRMED or signup.volunteer_said or signup.ends_at > now:
        return None
    return about("how_did_it_go", notification, signup, {"said_url": said_url(signup)})


def outcome_settled(notification, signup, *, now):
    if signup.state not in OUTCOMES:
        return None
    heading, sentence = SENTENCES[SignupState(signup.state)]
    minutes = f"{NBSP}: {french.duration(signup.minutes)}" if signup.minutes else ""
    facts = {
        "heading": heading,
        "sentence": sentence.format(minutes=minutes),
        "by_itself": not signup.organiser_said,
        "my_hour_url": absolute("missions:my_hour"),
    }
    return about("outcome_settled", notification, signup, facts)


register(Kind("signup_confirmed", "Inscription confirmée", signup_confirmed, load_signups))
register(Kind("signup_pending", "Inscription à confirmer", signup_pending, load_signups))
register(Kind("signup_waiting", "Liste d’attente", signup_waiting, load_signups))
register(Kind("signup_refused", "Inscription refusée", signup_refused, load_signups_with_reasons))
register(Kind("signup_withdrawn", "Désistement noté", signup_withdrawn, load_signups))
register(Kind("place_offered", "Place proposée", place_offered, load_signups))
register(Kind("offer_lapsed", "Délai passé", offer_lapsed, load_signups))
register(
    Kind(
        "mission_cancelled",
        "Mission annulée",
        mission_cancelled,
        load_signups_with_reasons,
        is_urgent_when_near=True,
    )
)
register(Kind("mission_changed", "Mission changée", mission_changed, load_signups, is_urgent_when_near=True))
register(Kind("signup_reminder", "Rappel deux jours avant", signup_reminder, load_signups))
register(Kind("signup_day_before", "Rappel la veille", signup_day_before, load_signups))
register(
    Kind(
        "late_withdrawal",
        "Désistement de dernière heure",
        late_withdrawal,
        load_signups_with_places,
        is_urgent_when_near=True,
    )
)
register(Kind("place_given_back", "Place rendue", place_given_back, load_signups_with_places))
register(Kind("how_did_it_go", "A-t-elle eu lieu ?", how_did_it_go, load_signups))
register(Kind("outcome_settled", "Mission notée", outcome_settled, load_signups))
