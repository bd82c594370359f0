"""Queueing and sending: `python -m benchmarks.mails ROWS [MAILS]`, JSON lines out.

Reminders are queued by one statement beside a plain INSERT … SELECT of as many rows, then sent by one worker
and by two, beside a bare smtplib loop that hands the same message to the same relay.
"""

import os
import resource
import smtplib
import statistics
import subprocess
import sys
import time
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vitre_civique.settings")
django.setup()

from django.conf import settings  # noqa: E402 (Django must be set up first, here and below)
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.measure import say  # noqa: E402
from missions import reminders  # noqa: E402
from vitre_civique.notifications import delivery  # noqa: E402
from vitre_civique.notifications.models import Notification, NotificationState  # noqa: E402
from vitre_civique.notifications.rendering import letter  # noqa: E402

ROUNDS = 3
PLAIN_COPY = """
    CREATE TEMP TABLE plain_copy AS SELECT * FROM notifications_notification LIMIT 0;
    INSERT INTO plain_copy SELECT * FROM notifications_notification;
"""


def main(rows, mails):
    now = timezone.now()
    queue(rows, now)
    message, rates, memory = first_letter(now), {"bare": [], "one": [], "two": []}, []
    for _ in range(ROUNDS):  # in turn: what disturbs one disturbs all
        rates["bare"].append(bare_loop(message, mails))
        for name, workers in (("one", 1), ("two", 2)):
            rate, held = send(workers=workers, mails=mails)
            rates[name].append(rate)
            memory.append(held)
    bare, one, two = (statistics.median(rates[name]) for name in ("bare", "one", "two"))
    say(
        "sending",
        rows=rows,
        mails=mails,
        smtplib_per_second=round(bare, 1),
        one_worker_per_second=round(one, 1),
        two_workers_per_second=round(two, 1),
        one_of_smtplib=round(one / bare, 3),
        two_of_one=round(two / one, 3),
    )
    say("memory", rows=rows, process="worker", mebibytes=round(max(memory)))


def queue(rows, now):
    started = time.perf_counter()
    with CaptureQueriesContext(connection) as statements:
        queued = reminders.queue_monthly_reminders(now=now)
    taken = time.perf_counter() - started
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(PLAIN_COPY)
    plain = time.perf_counter() - started
    say(
        "queueing",
        rows=rows,
        queued=queued,
        statements=len(statements),
        per_second=round(queued / taken),
        plain_insert_per_second=round(queued / plain),
        memory_mebibytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )


def first_letter(now):
    """The bytes of a real reminder, as delivery renders it."""
    row = (
        Notification.objects.filter(kind="monthly_reminder", channel="email")
        .select_related("recipient")
        .first()
    )
    kind = delivery.kinds.kind_of(row)
    facts = kind.load([row], now=now)
    return letter(row, kind.builder(row, facts[row.pk], now=now), now=now)


def bare_loop(message, mails):
    """Mails per second of smtplib alone."""
    with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as relay:
        started = time.perf_counter()
        for n in range(mails):
            relay.sendmail("banc@exemple.fr", [f"personne{n}@exemple.fr"], message)
        return mails / (time.perf_counter() - started)


def send(*, workers, mails):
    """(mails per second, MB) of `workers` processes that share the outbox, start-up left out."""
    due = Notification.objects.filter(kind="monthly_reminder", channel="email")
    chosen = list(due.order_by("id").values_list("pk", flat=True)[:mails])
    due.filter(state=NotificationState.QUEUED).update(due_at=timezone.now() + timedelta(days=9))
    Notification.objects.filter(pk__in=chosen).update(
        state=NotificationState.QUEUED, due_at=timezone.now(), sent_at=None, message_id=""
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(workers)
    ]
    for process in processes:
        process.stdout.readline()  # ready
    started = time.perf_counter()
    for process in processes:
        process.stdin.write(b"go\n")
        process.stdin.flush()
    memory = [float(process.stdout.readline().split()[1]) for process in processes]
    taken = time.perf_counter() - started
    for process in processes:
        process.communicate()
    sent = Notification.objects.filter(pk__in=chosen, state=NotificationState.SENT).count()
    return sent / taken, max(memory)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1000)
