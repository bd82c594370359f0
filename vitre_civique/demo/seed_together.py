"""Offers of help in each state, with words people would write; each stands in a quartier for a month."""

from datetime import timedelta

from missions.help_offers import ONLINE_DAYS
from missions.models import Gesture, HelpOffer, HelpOfferState
from vitre_civique.lib.months import midnight

# quartier, gesture, in a few words, when, days ago, state. « Mon heure » of the demo's volunteer has two.
OFFERS = [
    (
        "rachapt-bellevue",
        "Se promener ensemble",
        "Je sors mon chien deux fois par jour, et je marche lentement. À deux, c’est mieux.",
        "tous les matins vers 10 h",
        3,
        HelpOfferState.PUBLISHED,
    ),
    (
        "rachapt-bellevue",
        "Faire les courses",
        "Je vais au marché le samedi : je peux porter votre panier, ou rapporter ce qui manque.",
        "le samedi matin",
        9,
        HelpOfferState.PUBLISHED,
    ),
    (
        "centre-historique",
        "Changer une ampoule ou une pile",
        "J’ai un escabeau et le vertige ne me connaît pas. Cinq minutes, un bonjour.",
        "en semaine, après 18 h",
        6,
        HelpOfferState.PUBLISHED,
    ),
    (
        "la-fleuriais",
        "Faire une partie de cartes ou de dames",
        "Belote, dames, petits chevaux : j’aime jouer, et je perds avec le sourire.",
        "le mercredi après-midi",
        14,
        HelpOfferState.PUBLISHED,
    ),
    (
        "gare-saint-martin",
        "Parler français avec quelqu’un qui l’apprend",
        "J’étais institutrice. On parle de tout, on rit des fautes, surtout des miennes en anglais.",
        "le jeudi soir",
        20,
        HelpOfferState.PUBLISHED,
    ),
    (
        "villaudin-le-val",
        "Désherber une allée",
        "J’ai les outils et deux heures devant moi. Vous me dites ce qui est une fleur.",
        "le dimanche matin",
        27,
        HelpOfferState.PUBLISHED,
    ),
    (
        "la-hodeyere",
        "Poster un courrier ou un recommandé",
        "Je passe devant la poste tous les jours.",
        "du lundi au vendredi",
        1,
        HelpOfferState.SUBMITTED,
    ),
    (
        "centre-historique",
        "Tenir compagnie autour d’un café",
        "Un café, une heure, des nouvelles du quartier.",
        "quand vous voulez, je suis à la retraite",
        0,
        HelpOfferState.SUBMITTED,
    ),
    (
        "la-fleuriais",
        "Monter un petit meuble",
        "Les notices ne me font pas peur.",
        "le week-end",
        45,
        HelpOfferState.EXPIRED,
    ),
    (
        "gare-saint-martin",
        "Se promener ensemble",
        "Chez la dame au rideau jaune, elle saura.",
        "le soir",
        12,
        HelpOfferState.REFUSED,
    ),
]
OF_THE_VOLUNTEER = (1, 8)
REFUSED_BECAUSE = (
    "On reconnaît la personne. Dites ce que vous proposez, sans dire à qui, et nous la publions."
)


def seed_offers(today, quartiers, people):
    """Ten offers: six to read in the quartiers, two for the agent's morning, one over, one refused."""
    agent = people.accounts["agent"]
    own = next(v for v in people.volunteers if v.user == people.accounts["volontaire"])
    able = [v for v in people.volunteers if v.first_meeting_on and v.first_meeting_on <= today]
    able = [v for v in able if v.stopped_at is None and v.paused_until is None and v.user.birth_date is None]
    for rank, (slug, gesture_name, text, when_text, days_ago, state) in enumerate(OFFERS):
        sent_at = midnight(today - timedelta(days=days_ago)) + timedelta(hours=7, minutes=11 * rank)
        read_at = sent_at + timedelta(hours=2)
        volunteer = own if rank in OF_THE_VOLUNTEER else able[(rank * 7 + 3) % len(able)]
        gesture = Gesture.objects.get(name=gesture_name)
        was_online = state in (HelpOfferState.PUBLISHED, HelpOfferState.EXPIRED)
        offer = HelpOffer.objects.create(
            volunteer=volunteer,
            quartier=quartiers[slug],
            gesture=gesture,
            help_kind=gesture.help_kind,
            text=text,
            when_text=when_text,
            state=state,
            submitted_at=sent_at,
            published_at=read_at if was_online else None,
            expires_at=midnight(today - timedelta(days=days_ago - ONLINE_DAYS - 1)) if was_online else None,
        )
        offer.state_changes.create(to_state=HelpOfferState.SUBMITTED, at=sent_at, by=volunteer.user)
        if state != HelpOfferState.SUBMITTED:
            first = HelpOfferState.REFUSED if state == HelpOfferState.REFUSED else HelpOfferState.PUBLISHED
            reason = REFUSED_BECAUSE if state == HelpOfferState.REFUSED else ""
            offer.state_changes.create(
                from_state=HelpOfferState.SUBMITTED, to_state=first, at=read_at, by=agent, reason=reason
            )
        if state == HelpOfferState.EXPIRED:
            offer.state_changes.create(
                from_state=HelpOfferState.PUBLISHED, to_state=state, at=offer.expires_at
            )
