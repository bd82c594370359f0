"""Words of thanks, verb by verb: written after a mission that took place, read by the mairie, passed on."""

from django.db import IntegrityError, transaction

from vitre_civique.lib.states import move
from vitre_civique.notifications.outbox import notify

from .models import Side, SignupState, Thanks, ThanksState
from .permissions import neighbour_of

ALREADY = "Votre mot de merci est déjà parti : un seul suffit, il sera lu."


class ThanksError(Exception):
    """The word cannot be sent; `message` says why in French."""

    def __init__(self, message):
        self.message = message
        super().__init__(message)


def side_of(user, signup):
    """The side of a signup on which `user` may thank the other; None for everybody else."""
    mission = signup.slot.mission
    if signup.volunteer is not None and signup.volunteer.user_id == user.pk:
        return Side.VOLUNTEER
    return Side.NEIGHBOUR if user.pk in (mission.beneficiary_id, mission.proposed_by_id) else None


def recipient_of(signup, side):
    """Who would read the word; None when nobody is there (the mairie's own mission, an erased account)."""
    if side == Side.VOLUNTEER:
        return neighbour_of(signup.slot.mission)
    return signup.volunteer.user if signup.volunteer else None


def may_thank(user, signup):
    """Whether a word of thanks makes sense: it took place, somebody is there to read it, none was sent."""
    side = side_of(user, signup)
    return (
        side is not None
        and signup.state == SignupState.ATTENDED
        and recipient_of(signup, side) is not None
        and not Thanks.objects.filter(signup=signup, side=side).exists()
    )


@transaction.atomic
def write(signup, *, by, text, now):
    """Keep a word for the mairie to read. Raises ThanksError when it makes no sense, or a second time."""
    side = side_of(by, signup)
    recipient = side and recipient_of(signup, side)
    if recipient is None or signup.state != SignupState.ATTENDED:
        raise ThanksError("On remercie après une mission qui a eu lieu, quand il y a quelqu’un à remercier.")
    thanks = Thanks(signup=signup, side=side, author=by, recipient=recipient, text=text, written_at=now)
    try:
        with transaction.atomic():
            thanks.save()
    except IntegrityError:
        raise ThanksError(ALREADY) from None
    thanks.state_changes.create(to_state=ThanksState.SUBMITTED, at=now, by=by)
    return thanks


@transaction.atomic
def pass_on(thanks, *, by, now):
    """An agent has read it: the other side may read it, and is told once."""
    move(thanks, ThanksState.PASSED_ON, now=now, by=by, passed_on_at=now)
    key, data = f"thanks_received:{thanks.pk}", {"thanks": thanks.pk}
    notify(thanks.recipient, "thanks_received", key, now=now, data=data)
    return thanks


def refuse(thanks, *, by, reason, now):
    """Not passed on: nobody is told, the reason stays at the mairie."""
    return move(thanks, ThanksState.REFUSED, now=now, by=by, reason=reason)


def for_page(user):
    """Words received, the latest first, with what the page shows: one query."""
    return (
        Thanks.objects.filter(recipient=user, state=ThanksState.PASSED_ON)
        .select_related("author", "signup__slot__mission")
        .order_by("-passed_on_at", "-id")
    )
