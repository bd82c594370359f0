"""« Un mot à glisser dans la boîte aux lettres » : the same words as a page and as a tagged PDF."""

import json
from pathlib import Path

import typst
from django.conf import settings

from vitre_civique.lib.french import NBSP

TEMPLATE = Path(__file__).parent / "leaflet.typ"


def words(story):
    """What the note says. Blanks are filled by hand: nobody's name or number is printed but the town's."""
    town = settings.TOWN
    phone = town["phone"].replace(" ", NBSP)
    return {
        "title": "Bonjour voisin, bonjour voisine",
        "lead": "J’habite tout près, et j’ai une heure à donner ce mois-ci.",
        "offers": [
            "Vous rapporter du pain ou des courses",
            "Changer une ampoule, lire un courrier",
            "Marcher un peu, boire un café",
            "Autre chose :",
        ],
        "fill": ["Mon prénom", "Vous pouvez me joindre au", "Je repasserai le"],
        "free": "C’est gratuit, et sans obligation. Je ne demande ni clé, ni carte, ni argent.",
        "check": f"Un doute ? Vérifiez auprès de la mairie de {town['name']} : {phone}",
        "hours": town["hours"],
        "town": f"{town['hall']}, {town['address']}",
        "story": f"Idée née d’un récit du quartier {story.quartier.name} : « {story.title} »",
        "scheme": "L’heure civique – une heure par mois, entre voisins",
    }


def pdf(story):
    """The note as PDF/UA-1, from the fonts inside typst: nothing is fetched."""
    return typst.compile(
        str(TEMPLATE),
        sys_inputs={"words": json.dumps(words(story), ensure_ascii=False)},
        pdf_standards="ua-1",
        ignore_system_fonts=True,
    )
