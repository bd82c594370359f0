"""What the neighbour reads when the mairie cancels, moves or pauses the help they wait for: never where.

Who is told is decided by planning.py; a volunteer who gives a place back is told by `nobody_comes`.
"""

from dataclasses import dataclass, field
from datetime import datetime

from vitre_civique.lib import french
from vitre_civique.lib.french import NBSP
from vitre_civique.notifications.kinds import Kind, register
from vitre_civique.notifications.rendering import absolute

from .models import Mission, MissionState, Signup, SignupState, Slot
from .neighbour_emails import framed

LISTED_AT_MOST = 6
CALL = f"Une question, une autre date à proposer{NBSP}? Appelez la mairie."
DOOR = "Ne laissez entrer personne qui ne dit pas le code."


@dataclass
class VisitFacts:
    mission: Mission
    slots: list = field(default_factory=list)  # all of the mission, in time
    taken: set = field(default_factory=set)  # slots somebody has promised to come to

    def to_come(self, now):
        return [slot for slot in self.slots if slot.starts_at > now and slot.cancelled_at is None]


def load_visits(notifications, *, now):
    """The mission, its slots and those somebody comes to: three queries for a batch."""
    missions = Mission.objects.in_bulk({row.data.get("mission") for row in notifications})
    facts = {pk: VisitFacts(mission) for pk, mission in missions.items()}
    for slot in Slot.objects.filter(mission__in=missions).order_by("starts_at", "id"):
        facts[slot.mission_id].slots.append(slot)
    coming = Signup.objects.filter(slot__mission__in=missions, state=SignupState.CONFIRMED, ends_at__gt=now)
    for mission, slot in coming.order_by("id").values_list("slot__mission", "slot"):
        facts[mission].taken.add(slot)
    return {row.pk: facts[row.data["mission"]] for row in notifications if row.data.get("mission") in facts}


def about(notification, mission, subject, *paragraphs, **fields):
    words = [*paragraphs, f"Votre demande{NBSP}: {mission.title}.", CALL]
    return framed(notification, subject, words, "Mes demandes", absolute("missions:my_proposals"), **fields)


def spans(slots):
    listed = [french.span(slot.starts_at, slot.ends_at) for slot in slots[:LISTED_AT_MOST]]
    more = [french.count(len(slots) - LISTED_AT_MOST, "autre date", "autres dates")]
    return f"{NBSP}; ".join(listed + (more if len(slots) > LISTED_AT_MOST else []))


def visit_cancelled(notification, facts, *, now):
    told = set(notification.data.get("slots", []))
    off = [slot for slot in facts.slots if slot.pk in told and slot.cancelled_at and slot.starts_at > now]
    if not off:
        return None
    if left := facts.to_come(now):
        after = f"Ce qui reste prévu{NBSP}: {spans(left)}."
    else:
        after = "Plus rien n’est prévu pour cette demande."
    return about(
        notification,
        facts.mission,
        "Personne ne viendra : c’est annulé",
        f"La mairie a dû annuler{NBSP}: {spans(off)}. N’attendez personne à ce moment-là. {DOOR}",
        after,
        happens_at=off[0].starts_at,
    )


def visit_moved(notification, facts, *, now):
    left = facts.to_come(now)
    if not left or facts.mission.state == MissionState.CANCELLED:
        return None
    old_start, old_end = (datetime.fromisoformat(notification.data[name]) for name in ("old_from", "old_to"))
    return about(
        notification,
        facts.mission,
        "Le rendez-vous change d’heure",
        f"Il n’a plus lieu au moment annoncé d’abord{NBSP}: {french.span(old_start, old_end)}. {DOOR}",
        f"Voici ce qui est prévu maintenant{NBSP}: {spans(left)}.",
        happens_at=min(old_start, left[0].starts_at) if old_start > now else left[0].starts_at,
    )


def visit_paused(notification, facts, *, now):
    left = facts.to_come(now)
    if not left or facts.mission.state != MissionState.SUSPENDED:
        return None
    kept = [slot for slot in left if slot.pk in facts.taken]
    if kept:
        words = f"Un volontaire a déjà dit oui, et ceci reste prévu{NBSP}: {spans(kept)}."
    else:
        words = "Personne n’a encore dit oui : n’attendez personne pour le moment."
    return about(
        notification,
        facts.mission,
        "Votre demande est mise en pause",
        "La mairie ne cherche plus de volontaire pour l’instant. Elle vous prévient quand elle reprend.",
        words,
        happens_at=left[0].starts_at,
    )


def visit_resumed(notification, facts, *, now):
    left = facts.to_come(now)
    if not left or facts.mission.state != MissionState.PUBLISHED:
        return None
    return about(
        notification,
        facts.mission,
        "Votre demande est de nouveau en ligne",
        "La pause est finie. Vous n’avez rien à faire.",
        f"Les dates{NBSP}: {spans(left)}.",
    )


def _register(name, label, builder, *, is_urgent_when_near):
    register(Kind(name, label, builder, load_visits, is_urgent_when_near=is_urgent_when_near))


_register("visit_cancelled", "La visite est annulée", visit_cancelled, is_urgent_when_near=True)
_register("visit_moved", "La visite est déplacée", visit_moved, is_urgent_when_near=True)
_register("visit_paused", "La demande est en pause", visit_paused, is_urgent_when_near=True)
_register("visit_resumed", "La demande reprend", visit_resumed, is_urgent_when_near=False)
