"""`manage.py bounces MAILBOX`: read the mails that came back, once; beat does it too with BOUNCE_MAILBOX."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from vitre_civique.notifications.bounces import read_mailbox

WORDS = {
    "suspended": "adresses suspendues",
    "refused": "messages refusés",
    "unknown": "retours déjà connus ou qui ne sont pas les nôtres",
    "other": "autres messages",
    "unreadable": "messages illisibles",
}


class Command(BaseCommand):
    help = "Lit les e-mails revenus (maildir ou mbox) et suspend les adresses qui n’existent plus."

    def add_arguments(self, parser):
        parser.add_argument("mailbox", type=Path, help="Dossier maildir ou fichier mbox.")

    def handle(self, *, mailbox, **options):
        if not mailbox.exists():
            raise CommandError(f"Cette boîte n’existe pas : {mailbox}")
        counts = read_mailbox(mailbox, now=timezone.now())
        for outcome, words in WORDS.items():
            self.stdout.write(f"{counts[outcome]:>6} {words}")
