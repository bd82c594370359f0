"""The mail that asks somebody for a mission: only while it waits for an answer and a place is free."""

from dataclasses import dataclass

from vitre_civique.lib import french
from vitre_civique.notifications.kinds import Kind, register
from vitre_civique.notifications.rendering import absolute, compose

from .links import invitation_url
from .models import Invitation, InvitationState, Signup
from .offer_emails import still_active

FOLDER = "missions/email/"


@dataclass
class InvitationFacts:
    invitation: Invitation
    held_count: int
    is_active: bool


def load_invitations(notifications, *, now):
    """The invitation, whether its slot is full and the person still gives time: three queries for a batch."""
    wanted = [row.data.get("invitation") for row in notifications]
    found = Invitation.objects.select_related("slot__mission__quartier").in_bulk(wanted)
    held = {}
    slots = {invitation.slot_id for invitation in found.values()}
    rows = Signup.objects.holding(now).filter(slot__in=slots).order_by().values_list("slot", "seats")
    for slot, seats in rows:
        held[slot] = held.get(slot, 0) + seats
    active = still_active(notifications, now=now)
    return {
        row.pk: InvitationFacts(
            invitation=found[row.data["invitation"]],
            held_count=held.get(found[row.data["invitation"]].slot_id, 0),
            is_active=row.recipient_id in active,
        )
        for row in notifications
        if row.data.get("invitation") in found
    }


def invitation(notification, facts, *, now):
    asked, slot = facts.invitation, facts.invitation.slot
    is_open = slot.cancelled_at is None and slot.mission.is_published and slot.starts_at > now
    waits = asked.state == InvitationState.SENT and asked.expires_at > now
    if not (is_open and waits and facts.is_active and facts.held_count < slot.places):
        return None
    context = {
        "mission": slot.mission,
        "when": french.span(slot.starts_at, slot.ends_at),
        "until": french.moment(asked.expires_at),
        "answer_url": invitation_url(asked),
        "criteria_url": absolute("pages:criteria"),
    }
    return compose(FOLDER + "invitation", notification, context, happens_at=slot.starts_at)


register(
    Kind(
        "invitation",
        "Les missions qu’on me propose",
        invitation,
        load_invitations,
        is_recurrent=True,
        is_alert=True,
        explanation="Deux par mois au plus, quand une mission vous va. Vous répondez d’un geste.",
    )
)
