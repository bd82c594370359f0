"""After each act (UX-04): what happens next, who sees what, how to cancel, from a signup's state."""

from vitre_civique.lib import french
from vitre_civique.lib.french import NBSP

from .models import MissionKind, SignupState

SEES_YOU = (
    "Votre prénom et votre nom sont vus de la mairie, et de la personne qui organise. De personne d’autre."
)


def next_steps(signup, *, now):
    """What happens next, in order: a list of sentences, empty when nothing does."""
    if signup.state == SignupState.CONFIRMED and signup.ends_at <= now:
        return [
            "Dites en un geste si la mission a eu lieu.",
            "L’organisateur a sept jours pour le dire aussi. Sans réponse, votre parole suffit.",
        ]
    return {
        SignupState.CONFIRMED: _confirmed,
        SignupState.PENDING: _pending,
        SignupState.WAITING: _waiting,
        SignupState.OFFERED: _offered,
    }.get(signup.state, _nothing)(signup)


def _confirmed(signup):
    steps = ["Vous recevez une confirmation, puis un rappel deux jours avant et la veille."]
    if signup.slot.mission.kind == MissionKind.INTERPERSONAL:
        steps.append(
            "Vous et votre voisin dites chacun ce que vous acceptez de montrer. L’adresse s’affiche ensuite, "
            "pour vous seulement, jusqu’à 30 jours après."
        )
    return [*steps, SEES_YOU, "Un empêchement ? Rendez votre place ici : c’est immédiat, et sans reproche."]


def _pending(signup):
    return [
        f"La mairie vous répond avant le {french.moment(signup.expires_at)}. "
        "D’ici là, votre place est gardée.",
        SEES_YOU,
        "Vous pouvez changer d’avis à tout moment sur cette page.",
    ]


def _waiting(signup):
    first = "Dès qu’une place se libère, nous vous la proposons, dans l’ordre des inscriptions."
    if signup.seats > 1:
        first = f"Vos {signup.seats} places vous sont proposées ensemble, dès qu’elles sont toutes libres."
    return [
        first,
        "Vous aurez un jour pour l’accepter, moins si la mission est toute proche.",
        SEES_YOU,
    ]


def _offered(signup):
    return [f"Une place s’est libérée{NBSP}: acceptez-la avant le {french.moment(signup.expires_at)}."]


def _nothing(signup):
    return []
