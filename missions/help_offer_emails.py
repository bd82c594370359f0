"""The mails to a volunteer about an offer of help; nothing of the neighbour who answers. Verbs beside."""

from vitre_civique.lib import french
from vitre_civique.lib.french import NBSP
from vitre_civique.lib.months import local_day
from vitre_civique.notifications.kinds import Kind, register
from vitre_civique.notifications.rendering import absolute, compose

from .help_offers import last_moment
from .models import HelpOffer, HelpOfferAnswer, HelpOfferState

FOLDER = "missions/email/"


def load_offers(notifications, *, now):
    """Each offer with the reason of its last change: two queries for a batch."""
    related = HelpOffer.objects.select_related("gesture", "quartier", "volunteer")
    rows = related.prefetch_related("state_changes")
    found = rows.in_bulk([row.data.get("help_offer") for row in notifications])
    return {
        row.pk: found[row.data["help_offer"]] for row in notifications if row.data.get("help_offer") in found
    }


def load_answers(notifications, *, now):
    rows = HelpOfferAnswer.objects.select_related("mission__quartier", "offer__volunteer")
    wanted = [row.data.get("mission") for row in notifications]
    found = {answer.mission_id: answer for answer in rows.filter(mission__in=wanted)}
    return {row.pk: found[row.data["mission"]] for row in notifications if row.data.get("mission") in found}


def about(name, notification, offer):
    changes = list(offer.state_changes.all())
    last_day = local_day(last_moment(offer)) if offer.expires_at else None
    context = {
        "offer": offer,
        "until": french.day(last_day) if last_day else "",
        "reason": changes[-1].reason if changes else "",
        "offers_url": absolute("missions:my_help_offers"),
    }
    return compose(FOLDER + name, notification, context)


def help_offer_published(notification, offer, *, now):
    is_online = offer.state == HelpOfferState.PUBLISHED and offer.expires_at > now
    return about("help_offer_published", notification, offer) if is_online else None


def help_offer_refused(notification, offer, *, now):
    is_refused = offer.state == HelpOfferState.REFUSED
    return about("help_offer_refused", notification, offer) if is_refused else None


def help_offer_expired(notification, offer, *, now):
    """Not to somebody who has stopped: they are asked for nothing."""
    is_over = offer.state == HelpOfferState.EXPIRED and offer.volunteer.stopped_at is None
    return about("help_offer_expired", notification, offer) if is_over else None


def help_offer_answered(notification, answer, *, now):
    """Only while the request still looks for somebody, and the person still gives time."""
    if not answer.mission.is_published or answer.offer.volunteer.stopped_at:
        return None
    context = {
        "mission": answer.mission,
        "mission_url": absolute("missions:detail", answer.mission_id),
    }
    return compose(f"{FOLDER}help_offer_answered", notification, context)


register(Kind("help_offer_published", f"Offre d’aide{NBSP}: en ligne", help_offer_published, load_offers))
register(Kind("help_offer_refused", f"Offre d’aide{NBSP}: pas en ligne", help_offer_refused, load_offers))
register(Kind("help_offer_expired", f"Offre d’aide{NBSP}: mois passé", help_offer_expired, load_offers))
register(
    Kind("help_offer_answered", f"Offre d’aide{NBSP}: un voisin a répondu", help_offer_answered, load_answers)
)
