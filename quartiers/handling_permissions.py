"""Who may move a report from which state to which: one literal table, read by desk and public views."""

from vitre_civique.accounts.permissions import can
from vitre_civique.accounts.roles import Role, roles_of

from .models.needs import NeedState as S

AUTHOR = "author"  # who wrote this report
SERVICE = (
    "service"  # the service in charge of this report: by its link, or a person of the desk who follows it
)
CLOCK = "clock"  # the sweep that takes up what waited five working days
DESK = frozenset({Role.AGENT.value, Role.ADMINISTRATOR.value})
ANSWERING = DESK | {SERVICE}
WRITER = frozenset({AUTHOR})

_ANSWERS = {
    S.IN_PROGRESS: ANSWERING,
    S.PLANNED: ANSWERING,
    S.FORWARDED: ANSWERING,
    S.WAITING: ANSWERING,
    S.RESOLVED: ANSWERING,
    S.CLOSED: ANSWERING,
    S.WITHDRAWN: WRITER,
    S.HIDDEN: DESK,
}
_FOLLOWED = {**_ANSWERS, S.DUPLICATE: DESK}
_TAKES_UP = ANSWERING | WRITER | {CLOCK}  # the author's details, the sweep, or the mairie itself


def _without(table, state):
    return {target: roles for target, roles in table.items() if target != state}


WHO_MAY = {
    S.DRAFT: {S.FILED: WRITER, S.WITHDRAWN: WRITER},
    S.FILED: {
        S.RECEIVED: DESK,
        S.REDIRECTED: DESK,
        S.DUPLICATE: DESK,
        S.WITHDRAWN: WRITER,
        S.HIDDEN: DESK,
    },
    S.RECEIVED: _FOLLOWED,
    S.IN_PROGRESS: _without(_FOLLOWED, S.IN_PROGRESS),
    S.PLANNED: _without(_FOLLOWED, S.PLANNED),
    S.FORWARDED: _without(_FOLLOWED, S.FORWARDED),
    S.WAITING: {
        **_without(_FOLLOWED, S.WAITING),
        S.RECEIVED: _TAKES_UP,
        S.IN_PROGRESS: _TAKES_UP,
        S.PLANNED: _TAKES_UP,
        S.FORWARDED: _TAKES_UP,
    },
    S.RESOLVED: {S.REOPENING: WRITER, S.HIDDEN: DESK},
    S.CLOSED: {S.REOPENING: WRITER, S.HIDDEN: DESK},
    S.REOPENING: {S.IN_PROGRESS: DESK, S.RESOLVED: DESK, S.CLOSED: DESK, S.HIDDEN: DESK},
    S.DUPLICATE: {S.HIDDEN: DESK},
    S.REDIRECTED: {S.HIDDEN: DESK},
    S.WITHDRAWN: {S.HIDDEN: DESK},
    S.HIDDEN: {},
}


def may_move(roles, state, target):
    """Whether one of `roles` (names, AUTHOR and SERVICE among them) may move a report so."""
    return bool(WHO_MAY[state].get(target, frozenset()) & frozenset(roles))


def roles_on(user, report):
    """The roles of `user` as seen from this report: their own, and « author » or « service » of it."""
    roles = set(roles_of(user))
    if report.author_id is not None and report.author_id == user.pk:
        roles.add(AUTHOR)
    if can(user, "need_report.follow") and is_in_charge(user, report):
        roles.add(SERVICE)
    return frozenset(roles)


def is_in_charge(user, report):
    """Follows it, or stands in for its service. Reads `report.service`."""
    fallback = report.service.fallback_id if report.service_id else None
    return user.pk is not None and user.pk in (report.assigned_to_id, fallback)


def can_read_in_desk(user, report):
    """The referent's words, notes, photos: those who read every report, and whoever is in charge."""
    if can(user, "need_report.read_words"):
        return True
    return can(user, "need_report.follow") and is_in_charge(user, report)
