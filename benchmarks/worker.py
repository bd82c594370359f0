"""A delivery process of the bench: ready, « go », empties the outbox, then what it cost: cpu s, memory MB."""

import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vitre_civique.settings")
django.setup()

from django.utils import timezone  # noqa: E402 (Django must be set up first, here and below)

from benchmarks.measure import resident_mebibytes  # noqa: E402
from vitre_civique.notifications import delivery  # noqa: E402
from vitre_civique.notifications.models import Notification  # noqa: E402

if __name__ == "__main__":
    Notification.objects.exists()  # connected
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    before = time.process_time()
    while delivery.deliver_batch(now=timezone.now()):
        pass
    sys.stdout.write(f"{time.process_time() - before} {resident_mebibytes()}\n")
    sys.stdout.flush()
