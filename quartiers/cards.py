"""The card a referent shows at a door: facts for the page and the same on a PDF to print."""

import json
from datetime import timedelta

import typst
from django.conf import settings

from vitre_civique.lib.context import town_facts
from vitre_civique.lib.french import day

LAYOUT = settings.BASE_DIR / "quartiers" / "data" / "card.typ"


def card_facts(mandate):
    """What stands on the card: the name, the quartier, the term, and the number to call to check."""
    town = town_facts()
    until = f"Valable du {day(mandate.from_on)}"
    if mandate.until:
        until += f" au {day(mandate.until - timedelta(days=1))}"
    return {
        "title": "Vitréen attentionné",
        "name": str(mandate.referent),
        "quartier": mandate.quartier.name,
        "until": until,
        "number": f"M-{mandate.pk:05d}",
        "check": f"Un doute ? Appelez la mairie au {town['phone']} et donnez le numéro de cette carte.",
        "never": "Cette personne ne demande jamais d’argent, de clé, de code ni de médicament.",
        "hall": f"{town['hall']}, {town['address']}",
    }


def card_pdf(mandate):
    """The PDF, tagged and in French, the size of a bank card twice folded (85 × 110 mm)."""
    return typst.compile(
        LAYOUT.read_bytes(), sys_inputs={"card": json.dumps(card_facts(mandate))}, pdf_standards=["ua-1"]
    )
