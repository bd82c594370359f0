"""What an agent does to a mission: buttons, bulk actions. Verbs stand in planning.py."""

from collections.abc import Callable
from dataclasses import dataclass, field

from missions import planning
from missions.models import Mission, MissionState
from vitre_civique.accounts.desk import ObjectAction
from vitre_civique.accounts.permissions import can
from vitre_civique.lib.french import NBSP, count, hour


@dataclass(frozen=True)
class Act:
    """One verb: who may, in which states it makes sense, what it asks for, and what is said afterwards.

    `run(mission, by, text, now)`; `done` ends « la mission… ». `asks` is the label of the text, or "".
    """

    name: str
    label: str
    permission: str
    states: frozenset
    run: Callable
    done: str
    asks: str = ""
    hint: str = ""
    button: str = ""
    is_primary: bool = False
    is_danger: bool = False
    # What a bulk action is called in the list, and what it says of one and of several missions; "" for none.
    bulk: str = ""
    bulk_done: tuple = field(default=("", ""))


ANY = frozenset(MissionState)
ACTS = {
    act.name: act
    for act in (
        Act(
            "publier",
            "Publier",
            "mission.publish",
            frozenset({MissionState.DRAFT, MissionState.SUBMITTED}),
            lambda mission, by, text, now: planning.publish(mission, by=by, now=now),
            "La mission est publiée : les habitants la voient.",
            is_primary=True,
            bulk="Publier",
            bulk_done=("mission publiée", "missions publiées"),
        ),
        Act(
            "question",
            "Poser une question",
            "mission.return",
            frozenset({MissionState.SUBMITTED}),
            lambda mission, by, text, now: planning.return_with_question(
                mission, by=by, question=text, now=now
            ),
            "La question est partie : la demande attend la réponse.",
            asks="Votre question",
            hint="La personne la reçoit telle quelle.",
            button="Envoyer la question",
        ),
        Act(
            "refuser",
            "Refuser",
            "mission.refuse",
            frozenset({MissionState.SUBMITTED, MissionState.RETURNED}),
            lambda mission, by, text, now: planning.refuse_mission(mission, by=by, reason=text, now=now),
            "La demande est refusée : la personne reçoit votre motif.",
            asks="Motif du refus",
            hint="La personne le reçoit tel quel : soyez clair et aimable.",
            button="Refuser la demande",
            is_danger=True,
        ),
        Act(
            "reprendre",
            "Remettre en ligne",
            "mission.suspend",
            frozenset({MissionState.SUSPENDED}),
            lambda mission, by, text, now: planning.resume(mission, by=by, now=now),
            "La mission est de nouveau en ligne.",
            is_primary=True,
        ),
        Act(
            "suspendre",
            "Suspendre",
            "mission.suspend",
            frozenset({MissionState.PUBLISHED}),
            lambda mission, by, text, now: planning.suspend(mission, by=by, now=now),
            "La mission est suspendue : on ne la voit plus, les inscrits gardent leur place.",
            bulk="Suspendre",
            bulk_done=("mission suspendue", "missions suspendues"),
        ),
        Act(
            "dupliquer",
            "Dupliquer",
            "mission.duplicate",
            ANY,
            lambda mission, by, text, now: planning.duplicate(mission, by=by, now=now),
            "Voici la copie, en brouillon.",
        ),
        Act(
            "mois-prochain",
            "Dupliquer au mois prochain",
            "mission.duplicate",
            ANY,
            lambda mission, by, text, now: planning.duplicate(mission, by=by, now=now, month_shift=1),
            "Voici la copie pour le mois prochain, en brouillon : vérifiez les dates.",
            bulk="Dupliquer au mois prochain",
            bulk_done=("copie faite, en brouillon", "copies faites, en brouillon"),
        ),
        Act(
            "annuler",
            "Annuler la mission",
            "mission.cancel",
            frozenset(
                {
                    MissionState.DRAFT,
                    MissionState.SUBMITTED,
                    MissionState.RETURNED,
                    MissionState.PUBLISHED,
                    MissionState.SUSPENDED,
                }
            ),
            lambda mission, by, text, now: planning.cancel(mission, by=by, message=text, now=now),
            "La mission est annulée : les personnes inscrites sont prévenues.",
            asks="Message aux personnes inscrites",
            hint="Chacune le reçoit tel quel, une seule fois.",
            button="Annuler et prévenir",
            is_danger=True,
            bulk="Annuler",
            bulk_done=("mission annulée", "missions annulées"),
        ),
    )
}
BULK = [act for act in ACTS.values() if act.bulk]


def may_act(user, mission, act):
    return mission.state in act.states and can(user, act.permission)


def buttons(user, mission, url_of):
    """The ObjectActions of a mission's page, in the order of ACTS."""
    return [
        ObjectAction(act.name, act.label, url_of(act.name), act.is_primary, act.is_danger, bool(act.asks))
        for act in ACTS.values()
        if may_act(user, mission, act)
    ]


def too_late(mission):
    """What the second of two agents reads: the state now, and who made it so."""
    fresh = Mission.objects.get(pk=mission.pk)
    last = fresh.state_changes.select_related("by").order_by("-at", "-id").first()
    who = f", par {last.by} à {hour(last.at)}" if last and last.by else ""
    state = fresh.get_state_display()
    return f"Quelqu’un est passé avant vous{NBSP}: la mission est maintenant « {state} »{who}."


def run_in_bulk(act, missions, *, by, text, now):
    """(number done, sentences about those that could not be), one transaction for each mission."""
    done, refused = 0, []
    for mission in missions:
        if mission.state not in act.states:
            refused.append(f"« {mission} » est « {mission.get_state_display()} »")
            continue
        try:
            act.run(mission, by, text, now)
        except planning.PlanningError as error:
            refused.append(f"« {mission} » : {error.message}")
        else:
            done += 1
    return done, refused


def bulk_sentence(act, done, refused):
    """« 3 missions publiées. 1 n’a pas pu l’être : … »"""
    sentence = f"{count(done, *act.bulk_done)}."
    if refused:
        not_done = "n’a pas pu l’être" if len(refused) == 1 else "n’ont pas pu l’être"
        sentence += f" {len(refused)} {not_done}{NBSP}: {' ; '.join(refused)}"
    return sentence
