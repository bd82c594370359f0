"""The last places, eight clients at once: `python -m benchmarks.signups ROWS`, JSON lines out."""

import itertools
import os
import sys
import threading
import time
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vitre_civique.settings")
django.setup()

from django.db import connection  # noqa: E402 (Django must be set up first, here and below)
from django.db.models import Count, F, Q  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.measure import say  # noqa: E402
from missions import signups  # noqa: E402
from missions.models import Mission, Slot  # noqa: E402
from volunteers.models import Volunteer  # noqa: E402

CLIENTS = 8
SLOTS = 20
PLACES = 5


def main(rows):
    now = timezone.now()
    slots = last_places(now)
    volunteers = Volunteer.objects.active(timezone.localdate()).filter(charter_version__gt="").order_by("id")
    turns = list(
        itertools.islice(zip(itertools.cycle(slots), volunteers[: 20 * SLOTS], strict=False), 20 * SLOTS)
    )
    taken, refused = together(turns, now)
    over = Slot.objects.filter(pk__in=[s.pk for s in slots]).annotate(
        held=Count("signups", filter=Q(signups__state="confirmed"))
    )
    say(
        "signups",
        rows=rows,
        clients=CLIENTS,
        per_second=round(len(turns) / taken, 1),
        refused=refused,
        confirmed=sum(slot.held for slot in over),
        places=SLOTS * PLACES,
        oversold=over.filter(held__gt=F("places")).count(),
    )


def last_places(now):
    mission = Mission.objects.create(
        kind="collective",
        help_kind="town",
        title="Banc d’essai",
        public_text="Places comptées.",
        state="published",
        published_at=now,
    )
    start = now + timedelta(days=400)
    return [
        Slot.objects.create(
            mission=mission,
            starts_at=start + timedelta(hours=2 * n),
            ends_at=start + timedelta(hours=2 * n + 1),
            places=PLACES,
        )
        for n in range(SLOTS)
    ]


def together(turns, now):
    """Seconds taken by CLIENTS threads to play all turns, and how many were refused by a rule."""
    queue, refused, lock = iter(turns), [], threading.Lock()

    def client():
        try:
            while True:
                with lock:
                    turn = next(queue, None)
                if turn is None:
                    return
                slot, volunteer = turn
                try:
                    signups.sign_up(volunteer, slot, now=now)
                except signups.SignupError:
                    refused.append(volunteer.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started, len(refused)


if __name__ == "__main__":
    main(int(sys.argv[1]))
