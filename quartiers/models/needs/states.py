"""The states of a need and what each may become; `lib.states.move` is the only door."""

from django.db import models


class NeedState(models.TextChoices):
    DRAFT = "draft", "Brouillon"
    FILED = "filed", "Envoyée"
    RECEIVED = "received", "Prise en compte"
    IN_PROGRESS = "in_progress", "En cours"
    PLANNED = "planned", "Prévue"
    FORWARDED = "forwarded", "Transmise"
    WAITING = "waiting", "Précision attendue"
    RESOLVED = "resolved", "Réglée"
    CLOSED = "closed", "Classée sans suite"
    DUPLICATE = "duplicate", "Déjà signalée"
    REDIRECTED = "redirected", "Réorientée"
    WITHDRAWN = "withdrawn", "Retirée"
    REOPENING = "reopening", "Réouverture demandée"
    HIDDEN = "hidden", "Masquée"


class Visibility(models.TextChoices):
    STAFF = "staff", "Mairie seulement"
    REFERENTS = "referents", "Référents et mairie"
    PUBLIC = "public", "Tout le monde"


class ResolvedBy(models.TextChoices):
    MAIRIE = "mairie", "par la mairie"
    MISSION = "mission", "par une mission"
    NEIGHBOUR = "neighbour", "par un voisin"
    ITSELF = "itself", "d’elle-même"


class CloseReason(models.TextChoices):
    NOT_OURS = "not_ours", "Ne relève pas de la commune"
    NOT_FOUND = "not_found", "Constat non retrouvé sur place"
    TOO_COSTLY = "too_costly", "Hors de portée cette année"
    ALREADY_PLANNED = "already_planned", "Compris dans un projet à venir"
    NOT_DESIRED = "not_desired", "Choix de ne pas intervenir"


# Where the clock runs and somebody at the mairie must act.
OPEN_STATES = [
    NeedState.FILED,
    NeedState.RECEIVED,
    NeedState.IN_PROGRESS,
    NeedState.PLANNED,
    NeedState.FORWARDED,
    NeedState.WAITING,
    NeedState.REOPENING,
]
# What the public may ever see, provided visibility says so.
PUBLISHABLE_STATES = [
    NeedState.RECEIVED,
    NeedState.IN_PROGRESS,
    NeedState.PLANNED,
    NeedState.FORWARDED,
    NeedState.WAITING,
    NeedState.RESOLVED,
    NeedState.CLOSED,
    NeedState.REOPENING,
]

# Where the promised answer is what the mairie must do next.
ANSWER_RUNS = [NeedState.RECEIVED, NeedState.IN_PROGRESS, NeedState.REOPENING]

# From one state to those it may become.
TRANSITIONS = {
    NeedState.DRAFT: {NeedState.FILED, NeedState.WITHDRAWN},
    NeedState.FILED: {
        NeedState.RECEIVED,
        NeedState.REDIRECTED,
        NeedState.DUPLICATE,
        NeedState.WITHDRAWN,
        NeedState.HIDDEN,
    },
    NeedState.RECEIVED: {
        NeedState.IN_PROGRESS,
        NeedState.PLANNED,
        NeedState.FORWARDED,
        NeedState.WAITING,
        NeedState.RESOLVED,
        NeedState.CLOSED,
        NeedState.DUPLICATE,
        NeedState.WITHDRAWN,
        NeedState.HIDDEN,
    },
    NeedState.IN_PROGRESS: {
        NeedState.PLANNED,
        NeedState.FORWARDED,
        NeedState.WAITING,
        NeedState.RESOLVED,
        NeedState.CLOSED,
        NeedState.DUPLICATE,
        NeedState.WITHDRAWN,
        NeedState.HIDDEN,
    },
    NeedState.PLANNED: {
        NeedState.IN_PROGRESS,
        NeedState.FORWARDED,
        NeedState.WAITING,
        NeedState.RESOLVED,
        NeedState.CLOSED,
        NeedState.DUPLICATE,
        NeedState.WITHDRAWN,
        NeedState.HIDDEN,
    },
    NeedState.FORWARDED: {
        NeedState.IN_PROGRESS,
        NeedState.PLANNED,
        NeedState.WAITING,
        NeedState.RESOLVED,
        NeedState.CLOSED,
        NeedState.DUPLICATE,
        NeedState.WITHDRAWN,
        NeedState.HIDDEN,
    },
    NeedState.WAITING: {
        NeedState.RECEIVED,
        NeedState.IN_PROGRESS,
        NeedState.PLANNED,
        NeedState.FORWARDED,
        NeedState.RESOLVED,
        NeedState.CLOSED,
        NeedState.DUPLICATE,
        NeedState.WITHDRAWN,
        NeedState.HIDDEN,
    },
    NeedState.RESOLVED: {NeedState.REOPENING, NeedState.HIDDEN},
    NeedState.CLOSED: {NeedState.REOPENING, NeedState.HIDDEN},
    NeedState.REOPENING: {NeedState.IN_PROGRESS, NeedState.RESOLVED, NeedState.CLOSED, NeedState.HIDDEN},
    NeedState.DUPLICATE: {NeedState.HIDDEN},
    NeedState.REDIRECTED: {NeedState.HIDDEN},
    NeedState.WITHDRAWN: {NeedState.HIDDEN},
    NeedState.HIDDEN: set(),
}
