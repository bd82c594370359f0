"""What neighbours do not do for each other, found in plain words, and who does it: a kind sentence, a number.

Not a judgement: domain.md, « Free ». Contact details, illness and pay are found by lib.screening.
"""

import re
from dataclasses import dataclass

from django.conf import settings

from vitre_civique.lib.search import plain


@dataclass(frozen=True)
class Limit:
    """One thing refused: `sentence` says it kindly and who can help instead."""

    name: str
    pattern: re.Pattern
    sentence: str


def _limit(name, words, sentence):
    return Limit(name, re.compile(rf"(?:{words})"), sentence.format(phone=settings.TOWN["phone"]))


LIMITS = (
    _limit(
        "emergency",
        r"\burgence vitale\b|\bau secours\b|\bsuicid\w*|\bvais mourir\b",
        "Si quelqu’un est en danger, appelez tout de suite le 15, le 18 ou le 112 "
        "(3114 pour les idées noires).",
    ),
    _limit(
        "transport",
        r"\bambulance\w*|\bvsl\b|\b(?:conduire|emmener|accompagner|amener|aller|transport\w*|trajet)\b[^.]{0,40}"
        r"\b(?:hopital|clinique|medecin|docteur|dialyse|chimio\w*|irm|scanner|radio\w*|kine\w*|specialiste|"
        r"rendez-vous medical)\b|\btransport medical\b",
        "Un transport médical se fait avec des professionnels : votre médecin le prescrit, et "
        "l’Assurance maladie répond au 36 46. Pour un autre trajet, nous sommes là.",
    ),
    _limit(
        "medicine",
        r"\bmedicament\w*|\bordonnance\w*|\bpilulier\w*|\bpharmacie\b|\bcomprimes?\b|\binsuline\b",
        "Les médicaments passent par votre pharmacie : beaucoup livrent à domicile. Appelez-la, ou la mairie "
        "au {phone}, qui trouve avec vous.",
    ),
    _limit(
        "care",
        r"\bsoins?\b(?! (?:des? |du |de la |d'un )?(?:plantes?|fleurs?|jardin|chat|chien|"
        r"animal|animaux|poules?))|\btoilette\b"
        r"(?! du (?:chat|chien))|\bpansement\w*|\bpiqures?\b|\binjection\w*|\bchanger une couche\b|"
        r"\blever du lit\b",
        "Les soins sont l’affaire des soignants : le service de soins à domicile et le CCAS vous répondent. "
        "La mairie vous met en lien : {phone}.",
    ),
    _limit(
        "money",
        r"\bcarte (?:bleue|bancaire|de credit)\b|\bcode secret\b|\bcheques?\b|\bchequier\b|"
        r"\bretirer de l'?argent\b|"
        r"\bretrait (?:d'?argent|d'?especes|bancaire|a la banque|au distributeur)|\bvirement\w*|"
        r"\bpreter? (?:de l'?argent|\d)|\bemprunt\w* (?:de l'?argent|\d)|"
        r"\bdistributeur (?:de billets|automatique)|"
        r"\ben liquide\b|\bargent liquide\b",
        "Personne ne touche à votre argent, votre carte ou vos chèques : c’est pour vous protéger. Pour un "
        "souci d’argent, le CCAS vous reçoit, en toute discrétion : {phone}.",
    ),
    _limit(
        "keys",
        r"\b(?:confier|laisser|donner|garder|prendre|remettre)\b[^.]{0,25}\b(?:cles?|clefs?)\b|"
        r"\bdouble des (?:cles|clefs)\b|\btrousseau\b",
        "Les volontaires ne gardent ni clés ni codes : c’est pour votre tranquillité et la leur. La mairie "
        "cherche une autre façon avec vous : {phone}.",
    ),
)


def limits_in(text):
    """Every Limit that `text` meets, in the order of LIMITS; empty when neighbours can help."""
    folded = plain(text)
    return [limit for limit in LIMITS if limit.pattern.search(folded)]
