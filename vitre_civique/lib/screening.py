"""Finds in free text what must not be there: contact details, numbers of the State, illness, pay (DP-07).

A detector helps people, it does not judge them: the caller offers « Modifier » or « Envoyer à un agent
seulement ». All matches are given, not the first.
"""

import re
from dataclasses import dataclass

from .search import plain

KINDS = {
    "email": "une adresse e-mail",
    "phone": "un numéro de téléphone",
    "nir": "un numéro de sécurité sociale",
    "iban": "un numéro de compte bancaire",
    "card": "un numéro de carte bancaire",
    "health": "une information de santé",
    "pay": "une rémunération",
    "name": "le nom d’une personne",
    "address": "une adresse",
}

_GAP = r"[\s.\-/\u00a0\u202f]*"
_PATTERNS = {
    "email": re.compile(r"[\w.+-]+\s?@\s?[\w-]+(?:\.[\w-]+)+", re.I),
    "iban": re.compile(rf"\bFR{_GAP}\d{{2}}(?:{_GAP}[0-9A-Z]){{23}}\b", re.I),
    "nir": re.compile(
        rf"\b[12]{_GAP}\d{{2}}{_GAP}(?:0[1-9]|1[0-2]|[2-9]\d){_GAP}\d[\dAB](?:{_GAP}\d){{6}}(?:{_GAP}\d{{2}})?\b"
    ),
    "card": re.compile(r"\b\d(?:[ \-\u00a0\u202f]?\d){12,18}\b"),
    "phone": re.compile(rf"(?<!\d)(?:\+33|0033|0){_GAP}[1-9](?:{_GAP}\d{{2}}){{4}}(?!\d)"),
}
# On text folded by `plain`. Words of illness and treatment, not of help: « béquilles » or « fatiguée » stay.
_HEALTH = re.compile(
    r"\b(?:alzheimer|parkinson|cancer\w*|chimio\w*|diabet\w*|depressi\w*|avc|epilep\w*|schizo\w*|bipolaire\w*|"
    r"demence|dialyse\w*|insuline|maladie\w*|malade\w*|pathologie\w*|handicap\w*|infarctus|cardiaque\w*|"
    r"hospitalis\w*|operation chirurgicale|traitement medical|medicament\w*|ordonnance\w*|pilulier\w*|"
    r"toilette intime|pansement\w*|piqure\w*|injection\w*|autis\w*|alcooli\w*|toxicoman\w*|sida|vih|"
    r"sclerose\w*)\b"
)
_PAY = re.compile(
    r"(?:\b\d+(?:[.,]\d+)?\s?(?:€|euros?\b)|\bremuner\w*|\bpayee?s?\b|\bsalaire\b|\bau noir\b|\bcesu\b|"
    r"\bpourboire\w*|\bcarte bleue\b|\bchequier\b|\bpaiement\b|\bcontre (?:de l['’])?argent\b)"
)

# A title, then a capital. Streets and sights bear names too: « hôtel de Madame de Sévigné ».
_NAME = re.compile(
    r"\b(?:[Mm]r\.?|M\.|[Mm]mes?\.?|[Mm]lles?\.?|[Mm]onsieur|[Mm]adame|[Mm]ademoiselle)[ \u00a0\u202f]"
    r"(?!(?:de )?Sévigné)(?:(?:de|du|des|de la|d’|d')[ \u00a0\u202f]?)?"
    r"[A-ZÀ-ÖØ-Þ][\w’'-]*(?:[ \u00a0\u202f][A-ZÀ-ÖØ-Þ][\w’'-]*)?"
)
_STREET_BEFORE = re.compile(
    r"\b(?:rue|place|allée|avenue|boulevard|square|impasse|chemin|école|collège|lycée|salle)"
    r"(?: (?:de|du|des|de la))?[ \u00a0\u202f]$",
    re.I,
)
# A number, then a kind of street: « 12 bis, rue de la Poterie ».
_ADDRESS = re.compile(
    r"\b\d{1,4}(?:[ \u00a0\u202f]?(?:bis|ter))?,?[ \u00a0\u202f](?:rue|place|allée|avenue|boulevard|square|"
    r"impasse|chemin|venelle|ruelle|quai|route|résidence)[ \u00a0\u202f][\w’' \u00a0\u202f-]*",
    re.I,
)


@dataclass(frozen=True)
class Finding:
    """One thing found: its kind (a key of KINDS) and the words that gave it away."""

    kind: str
    excerpt: str

    @property
    def label(self):
        return KINDS[self.kind]


def findings(text):
    """Every Finding in `text`, in order of kind then place. Empty list when the text is fine."""
    found, covered = [], []
    for kind, pattern in _PATTERNS.items():
        for match in pattern.finditer(text):
            if kind == "card" and not _passes_luhn(match.group()):
                continue
            if any(start < match.end() and match.start() < end for start, end in covered):
                continue
            covered.append(match.span())
            found.append(Finding(kind, match.group().strip()))
    folded = plain(text)
    found += [Finding("health", m.group()) for m in _HEALTH.finditer(folded)]
    found += [Finding("pay", m.group().strip()) for m in _PAY.finditer(folded)]
    return found


def names(text):
    """Every « Mme Durand », « M. Le Goff » in `text`: where even first names of strangers have no place.

    Only a title gives a name away; streets and schools that bear one are left alone.
    """
    return [
        Finding("name", match.group())
        for match in _NAME.finditer(text)
        if not _STREET_BEFORE.search(text[: match.start()])
    ]


def addresses(text):
    """Every « 12, rue de la Poterie » in `text`: where the quartier is all that may be known."""
    return [Finding("address", match.group().strip()) for match in _ADDRESS.finditer(text)]


def _passes_luhn(text):
    digits = [int(c) for c in text if c.isdigit()][::-1]
    doubled = sum(digits[0::2]) + sum(sum(divmod(d * 2, 10)) for d in digits[1::2])
    return len(digits) >= 13 and doubled % 10 == 0
