"""`manage.py outbox`: what waits, since when, at which rate mails leave, what failed, by kind."""

from collections import defaultdict
from datetime import timedelta

from django.core.management.base import BaseCommand
from django.utils import timezone

from vitre_civique.notifications import health
from vitre_civique.notifications.leases import sweep_expired
from vitre_civique.notifications.models import Notification, NotificationState
from vitre_civique.notifications.upkeep import try_again

RATE_OVER = timedelta(minutes=10)


class Command(BaseCommand):
    help = "Montre la boîte d’envoi ; --resume remet en file ce qui a été mis de côté."

    def add_arguments(self, parser):
        parser.add_argument(
            "--resume",
            "--reprendre",
            dest="reprendre",
            action="store_true",
            help="Remet en file ce qui a été mis de côté.",
        )

    def handle(self, *, reprendre, **options):
        now = timezone.now()
        if reprendre:
            sweep_expired(now=now)
            rows = Notification.objects.filter(state=NotificationState.SET_ASIDE).order_by("id")
            self.stdout.write(f"Remis en file : {sum(try_again(row, now=now) for row in rows)}")
        beat = health.last_beat()
        rate = health.sent_since(now - RATE_OVER) / (RATE_OVER.total_seconds() / 60)
        self.stdout.write(f"En attente : {health.outbox_depth(now)}")
        self.stdout.write(f"Le plus ancien : {int(health.outbox_age(now).total_seconds())} s")
        self.stdout.write(f"Envoyés par minute : {rate:.1f}")
        self.stdout.write(f"Dernier battement : {beat.isoformat(timespec='seconds') if beat else 'aucun'}")
        self._table()

    def _table(self):
        states = list(NotificationState)
        table = defaultdict(dict)
        for line in health.counts_by_kind():
            table[line["kind"]][line["state"]] = line["rows"]
        self.stdout.write("".join(["genre".ljust(20), *(state.value.rjust(10) for state in states)]))
        for kind, counts in table.items():
            cells = (str(counts.get(state.value, 0)).rjust(10) for state in states)
            self.stdout.write("".join([kind.ljust(20), *cells]))
