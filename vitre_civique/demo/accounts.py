"""The demonstration's accounts: what `make demo` prints, what its home page shows, what seed_demo creates."""

import base64
import hashlib
from typing import NamedTuple

PASSWORD = "une-heure-pour-vitre"  # noqa: S105 (invented people, on this machine only)


class DemoAccount(NamedTuple):
    role: str
    email: str
    password: str
    note: str
    first_name: str = ""
    last_name: str = ""
    has_totp: bool = False

    @property
    def key(self):
        """The first part of the address: « agent », « elue »…"""
        return self.email.partition("@")[0]

    @property
    def totp_secret(self):
        """The same on every machine, hence for the demonstration only; the page /demo/ shows its code."""
        digest = hashlib.sha256(f"démonstration {self.email}".encode()).digest()
        return base64.b32encode(digest[:20]).decode() if self.has_totp else ""


def account(role, name, note, person, *, has_totp=False):
    first_name, last_name = person.split(" ", 1)
    return DemoAccount(role, f"{name}@exemple.fr", PASSWORD, note, first_name, last_name, has_totp)


DEMO_ACCOUNTS = [
    account("Habitante", "habitante", "demande un coup de main", "Monique Charmelot"),
    account("Volontaire", "volontaire", "donne une heure par mois", "Soazig Landemaine"),
    account("Volontaire de 17 ans", "jeune", "avec l’accord de sa mère", "Malo Verdelais"),
    account("Référente de quartier", "referente", "veille sur le Rachapt", "Annick Rouvrais", has_totp=True),
    account("Agent", "agent", "publie les missions", "Erwan Clairbois", has_totp=True),
    account("CCAS", "ccas", "reçoit les orientations", "Delphine Sorbieret", has_totp=True),
    account("Service civique", "service.civique", "aide au guichet", "Inès Fontevive", has_totp=True),
    account("Élue", "elue", "lit les chiffres", "Corinne Malabry", has_totp=True),
    account("Administratrice", "admin", "règle le site", "Gwenaëlle Ormeleau", has_totp=True),
]
