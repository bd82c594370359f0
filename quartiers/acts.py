"""The acts of the mairie on a report: their words, states and verbs. Who may: handling_permissions.py."""

from collections.abc import Callable
from dataclasses import dataclass

from . import needs
from .handling_permissions import may_move
from .models import NeedState


@dataclass(frozen=True)
class Act:
    """One move of the mairie: `run(report, by, said, now, reason)`; `target`: a state, or how to read it."""

    name: str
    label: str
    states: tuple
    target: NeedState | Callable
    run: Callable
    done: str
    is_primary: bool = False
    is_danger: bool = False
    is_told: bool = True  # people who follow read a public step

    def target_of(self, report):
        return self.target(report) if callable(self.target) else self.target


_LIVE = (
    NeedState.RECEIVED,
    NeedState.IN_PROGRESS,
    NeedState.PLANNED,
    NeedState.FORWARDED,
    NeedState.WAITING,
)
_SHOWN = (*_LIVE, NeedState.RESOLVED, NeedState.CLOSED, NeedState.REOPENING)


def _but(*states):
    return tuple(state for state in _LIVE if state not in states)


ACTS = {
    act.name: act
    for act in (
        Act(
            "recevoir",
            "Prendre en compte",
            (NeedState.FILED,),
            NeedState.RECEIVED,
            lambda report, by, said, now, reason: needs.receive(
                report, by=by, summary=said["summary"], visibility=said["visibility"], now=now
            ),
            "La remontée est prise en compte : son auteur est prévenu.",
            is_primary=True,
        ),
        Act(
            "commencer",
            "Commencer",
            _but(NeedState.IN_PROGRESS),
            NeedState.IN_PROGRESS,
            lambda report, by, said, now, reason: needs.start(
                report, by=by, text=said["text"], now=now, reason=reason
            ),
            "C’est en cours : les personnes qui suivent sont prévenues.",
            is_primary=True,
        ),
        Act(
            "prevoir",
            "Donner une date",
            _but(NeedState.PLANNED),
            NeedState.PLANNED,
            lambda report, by, said, now, reason: needs.plan(
                report, by=by, text=said["text"], on=said["on"], now=now, reason=reason
            ),
            "La date est annoncée : les personnes qui suivent sont prévenues.",
        ),
        Act(
            "transmettre",
            "Transmettre à un autre organisme",
            _but(NeedState.FORWARDED),
            NeedState.FORWARDED,
            lambda report, by, said, now, reason: needs.forward(
                report, by=by, text=said["text"], to=said["to"], follow_up_on=said["follow_up_on"], now=now
            ),
            "La remontée est transmise : elle reviendra dans la file à la date de relance.",
        ),
        Act(
            "question",
            "Demander une précision",
            _but(NeedState.WAITING),
            NeedState.WAITING,
            lambda report, by, said, now, reason: needs.ask(
                report, by=by, question=said["text"], now=now, reason=reason
            ),
            "La question est partie : le délai s’arrête jusqu’à la réponse.",
        ),
        Act(
            "reprendre",
            "Reprendre sans attendre",
            (NeedState.WAITING,),
            lambda report: report.resumes_to,
            lambda report, by, said, now, reason: needs.take_up_again(report, by=by, now=now),
            "Le délai court de nouveau.",
            is_told=False,
        ),
        Act(
            "regler",
            "C’est réglé",
            _LIVE,
            NeedState.RESOLVED,
            lambda report, by, said, now, reason: needs.resolve(
                report, by=by, text=said["text"], how=said["how"], now=now, reason=reason
            ),
            "La remontée est réglée : on demande à son auteur si c’est bien le cas.",
        ),
        Act(
            "clore",
            "Clore sans suite",
            _LIVE,
            NeedState.CLOSED,
            lambda report, by, said, now, reason: needs.close(
                report, by=by, text=said["text"], reason=said["reason"], now=now
            ),
            "La remontée est close : son auteur lit votre explication.",
        ),
        Act(
            "doublon",
            "C’est déjà signalé",
            (NeedState.FILED, *_LIVE),
            NeedState.DUPLICATE,
            lambda report, by, said, now, reason: needs.mark_duplicate(report, of=said["of"], by=by, now=now),
            "Les personnes qui suivaient suivent désormais la remontée d’origine.",
        ),
        Act(
            "reorienter",
            "Réorienter",
            (NeedState.FILED,),
            NeedState.REDIRECTED,
            lambda report, by, said, now, reason: needs.redirect(report, by=by, text=said["text"], now=now),
            "La personne sait où s’adresser ; ce qu’elle avait écrit est effacé.",
        ),
        Act(
            "rouvrir",
            "Rouvrir",
            (NeedState.REOPENING,),
            NeedState.IN_PROGRESS,
            lambda report, by, said, now, reason: needs.reopen(report, by=by, text=said["text"], now=now),
            "La remontée est rouverte.",
            is_primary=True,
        ),
        Act(
            "maintenir",
            "Maintenir la réponse",
            (NeedState.REOPENING,),
            lambda report: NeedState.RESOLVED if report.resolved_by else NeedState.CLOSED,
            lambda report, by, said, now, reason: needs.confirm_closure(
                report, by=by, text=said["text"], now=now
            ),
            "La réponse est maintenue : son auteur lit votre explication.",
        ),
        Act(
            "masquer",
            "Masquer",
            (NeedState.FILED, *_SHOWN, NeedState.DUPLICATE, NeedState.REDIRECTED, NeedState.WITHDRAWN),
            NeedState.HIDDEN,
            lambda report, by, said, now, reason: needs.hide(report, by=by, reason=said["text"], now=now),
            "La remontée est masquée : son auteur lit le motif et peut répondre.",
            is_danger=True,
            is_told=False,
        ),
    )
}
# What a service may answer from its link, in the order of the page.
SERVICE_ACTS = ("commencer", "prevoir", "regler", "question")


def may_act(roles, report, act):
    return report.state in act.states and may_move(roles, report.state, act.target_of(report))


def acts_for(roles, report):
    """The acts that somebody with `roles` (see roles_on) may do now, in the order of ACTS."""
    return [act for act in ACTS.values() if may_act(roles, report, act)]
