"""The mail that says a word of thanks has come. It never quotes it: it is read on the site (EM-11)."""

from vitre_civique.notifications.kinds import Kind, register
from vitre_civique.notifications.rendering import absolute

from .models import Thanks, ThanksState
from .neighbour_emails import framed


def load_thanks(notifications, *, now):
    rows = Thanks.objects.select_related("signup__slot__mission")
    found = rows.in_bulk([row.data.get("thanks") for row in notifications])
    return {row.pk: found[row.data["thanks"]] for row in notifications if row.data.get("thanks") in found}


def thanks_received(notification, thanks, *, now):
    if thanks.state != ThanksState.PASSED_ON:
        return None
    return framed(
        notification,
        "Un mot de merci pour vous",
        ["Quelqu’un vous remercie pour un coup de main :", f"{thanks.signup.slot.mission.title}."],
        "Lire le mot de merci",
        absolute("missions:my_thanks"),
    )


register(Kind("thanks_received", "Mot de merci reçu", thanks_received, load_thanks))
