"""The demonstration's accounts: what `make demo` prints, what its home page shows, what seed_demo creates."""

from typing import NamedTuple

PASSWORD = "une-heure-pour-vitre"  # noqa: S105 (invented people, on this machine only)


class DemoAccount(NamedTuple):
    role: str
    email: str
    password: str
    note: str


DEMO_ACCOUNTS = [
    DemoAccount("Habitante", "habitante@exemple.fr", PASSWORD, "demande un coup de main"),
    DemoAccount("Volontaire", "volontaire@exemple.fr", PASSWORD, "donne une heure par mois"),
    DemoAccount("Référente de quartier", "referente@exemple.fr", PASSWORD, "signale et suit les besoins"),
    DemoAccount("Agent", "agent@exemple.fr", PASSWORD, "publie les missions"),
    DemoAccount("CCAS", "ccas@exemple.fr", PASSWORD, "reçoit les orientations"),
    DemoAccount("Service civique", "service.civique@exemple.fr", PASSWORD, "aide au guichet"),
    DemoAccount("Élue", "elue@exemple.fr", PASSWORD, "lit les chiffres"),
    DemoAccount("Administratrice", "admin@exemple.fr", PASSWORD, "règle le site"),
]
