"""What the counter prints in large type: the form to fill in by hand, the receipt to take home.

The same words make the page and the tagged PDF. Nobody's address stands on either.
"""

import json
import re
from itertools import groupby
from pathlib import Path

import typst
from django.conf import settings

from vitre_civique.lib import french
from vitre_civique.lib.french import NBSP
from vitre_civique.lib.months import local_day
from volunteers.models import HelpKind

from .asking_forms import gestures_matching

FOLDER = Path(__file__).parent / "data"
FREE = "C’est gratuit. Les volontaires ne prennent ni argent, ni clé, ni carte bancaire."


def form_words():
    """The empty form: the whole catalogue between neighbours, by kind of help."""
    town = _town()
    where = f"À remettre à l’accueil, ou à envoyer{NBSP}: {town['where']}."
    return {
        "title": "J’ai besoin d’un coup de main",
        "lead": f"{where} Pour en parler{NBSP}: {town['phone']}.",
        "lines": ["Mon prénom et mon nom", "Mon téléphone", "Mon adresse (jamais publiée)", "Mon quartier"],
        "when_title": "Les jours et les moments qui me vont",
        "when": [f"{rank}." for rank in (1, 2, 3)],
        "what_title": "Ce qui m’aiderait (une case)",
        "groups": [
            {"label": HelpKind(kind).label, "gestures": [each.name for each in gestures]}
            for kind, gestures in groupby(gestures_matching(), key=lambda each: each.help_kind)
        ],
        "more": f"Un mot de plus (ni santé, ni nom d’une autre personne){NBSP}:",
        "consent": "Je suis d’accord pour que la mairie garde ces réponses, afin de me trouver un "
        "volontaire. Rien n’est montré à personne sans mon accord. Je peux tout corriger ou faire effacer en "
        "appelant la mairie.",
        "sign": "Date et signature",
        "free": FREE,
    }


def receipt_words(mission, wishes):
    """What happens next, whom to call, what was agreed: never the address nor the phone number."""
    town = _town()
    noted = french.day(local_day(mission.created_at))
    how = f", {mission.get_origin_display()}" if mission.origin else ""
    return {
        "title": "Votre demande est notée",
        "reference_label": "Référence",
        "reference": mission.request_reference,
        "lead": f"{mission.title}. Noté le {noted}{how}.",
        "wishes_title": "Quand cela vous irait",
        "wishes": [f"{french.day(wish.day)}, {wish.get_part_display()}" for wish in wishes],
        "next_title": f"Et maintenant{NBSP}?",
        "steps": [
            "La mairie cherche un volontaire près de chez vous.",
            "Elle vous appelle. Vous dites oui ou non.",
            "À la porte, demandez le code qu’elle vous aura donné. Sans ce code, n’ouvrez pas.",
        ],
        "free": FREE,
        "agreed": _agreed(mission) if mission.agreed_at else "",
        "call": f"Pour changer d’avis ou poser une question{NBSP}: {town['phone']}, {town['hours']}.",
    }


def pdf(name, words):
    """PDF/UA-1 of « paper_request » or « receipt », from the fonts inside typst: nothing is fetched."""
    return typst.compile(
        str(FOLDER / f"{name}.typ"),
        sys_inputs={"words": json.dumps(words, ensure_ascii=False)},
        pdf_standards="ua-1",
        ignore_system_fonts=True,
    )


def _agreed(mission):
    said = french.day(local_day(mission.agreed_at))
    return (
        f"Vous avez donné votre accord, et la notice sur vos données vous a été lue, le {said}. Vous pouvez "
        "tout corriger, arrêter ou faire effacer en appelant la mairie."
    )


def _town():
    town = settings.TOWN
    phone = town["phone"].replace(" ", NBSP)
    hours = re.sub(r"(?<=\d) h(?: (?=\d))?", lambda found: found.group().replace(" ", NBSP), town["hours"])
    return {"where": f"{town['hall']}, {town['address']}", "phone": phone, "hours": hours}
