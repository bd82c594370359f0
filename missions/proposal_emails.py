"""The mails to a resident who proposes a mission: receipt (LEG-01), question, refusal, publication."""

from vitre_civique.lib import french
from vitre_civique.notifications.kinds import Kind, register
from vitre_civique.notifications.rendering import absolute, compose

from .models import Mission, MissionKind, MissionState

FOLDER = "missions/email/"


def load_missions(notifications, *, now):
    found = Mission.objects.select_related("quartier").in_bulk(
        [row.data.get("mission") for row in notifications]
    )
    return {row.pk: found[row.data["mission"]] for row in notifications if row.data.get("mission") in found}


def about(name, notification, mission):
    context = {
        "mission": mission,
        "is_request": mission.kind == MissionKind.INTERPERSONAL,
        "received": french.moment(notification.created_at),
        "proposals_url": absolute("missions:my_proposals"),
        "mission_url": absolute("missions:detail", mission.pk),
    }
    return compose(FOLDER + name, notification, context)


def mission_submitted(notification, mission, *, now):
    """Owed by law even when the answer came before it left; not when the person gave up meanwhile."""
    if mission.state in (MissionState.DRAFT, MissionState.CANCELLED):
        return None
    return about("mission_submitted", notification, mission)


def mission_returned(notification, mission, *, now):
    return (
        about("mission_returned", notification, mission) if mission.state == MissionState.RETURNED else None
    )


def mission_refused(notification, mission, *, now):
    return about("mission_refused", notification, mission) if mission.state == MissionState.REFUSED else None


def mission_published(notification, mission, *, now):
    return about("mission_published", notification, mission) if mission.is_published else None


register(Kind("mission_submitted", "Proposition reçue", mission_submitted, load_missions))
register(Kind("mission_returned", "Question sur une proposition", mission_returned, load_missions))
register(Kind("mission_refused", "Proposition refusée", mission_refused, load_missions))
register(Kind("mission_published", "Proposition publiée", mission_published, load_missions))
