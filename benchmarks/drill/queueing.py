"""`python -m benchmarks.drill.queueing --volunteers N`: a month's reminders queued."""

import argparse
import json
import os
import resource
import shutil
import tempfile
import time
from datetime import date
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connection

from vitre_civique.demo.postgres import EmbeddedPostgres

from .calendars import at

DAY = date(2026, 11, 24)
# The yardstick: the same number of rows written with nothing to find out.
PLAIN = """
    INSERT INTO notifications_notification
        (recipient_id, kind, dedupe_key, data, due_at, channel, priority, created_at,
         state, to_email, attempts, message_id, last_error)
    SELECT v.user_id, 'plain', 'plain:' || v.id, jsonb_build_object('pledge', v.id), now(), 'email', 2, now(),
        'dropped', '', 0, '', ''
    FROM volunteers_volunteer v ORDER BY v.id LIMIT %s
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--volunteers", type=int, default=100_000)
    volunteers = parser.parse_args().volunteers
    folder = Path(tempfile.mkdtemp(prefix="vitre-queueing-"))
    folder.chmod(0o711)
    postgres = EmbeddedPostgres(folder / "postgres")
    os.environ.update({
        "DJANGO_SETTINGS_MODULE": "benchmarks.drill.settings", "DATABASE_URL": postgres.start(),
        "SECRET_KEY": "only-for-the-drill-" + "0123456789abcdef" * 3, "ALLOWED_HOSTS": "localhost",
        "SITE_URL": "http://localhost", "REDIS_URL": "redis://127.0.0.1:1/0", "EMAIL_URL": "smtp://127.0.0.1:1",
        "DEMO": "False", "DEBUG": "False", "MAIL_QUIET_HOURS": "True",
    })  # fmt: skip
    try:
        django.setup()
        print(json.dumps(measure(volunteers)))
    finally:
        connection.close()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def measure(volunteers: int) -> dict:
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 (models need a Django that is set up)

    from missions.reminders import queue_monthly_reminders  # noqa: PLC0415
    from vitre_civique.demo.town import seed_town  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    seeding = time.perf_counter()
    seed_town(volunteers=volunteers, missions=volunteers // 10, seed=1, today=DAY, say=lambda words: None)
    seeding = time.perf_counter() - seeding
    before = memory_mb()
    with CaptureQueriesContext(connection) as first:
        seconds, rows = timed(lambda: queue_monthly_reminders(now=at(DAY, 9)))
    with CaptureQueriesContext(connection) as second:
        again_seconds, again = timed(lambda: queue_monthly_reminders(now=at(DAY, 9, 10)))
    after = memory_mb()
    with connection.cursor() as cursor:
        plain_seconds, _ = timed(lambda: cursor.execute(PLAIN, [rows]))
    return {
        "volunteers": volunteers,
        "seeding_seconds": round(seeding, 1),
        "queued": rows,
        "statements": len(first),
        "seconds": round(seconds, 2),
        "rows_per_second": round(rows / seconds),
        "second_sweep": {"queued": again, "statements": len(second), "seconds": round(again_seconds, 2)},
        "plain_insert_rows_per_second": round(rows / plain_seconds),
        "ratio_to_plain_insert": round(plain_seconds / seconds, 2),
        "python_peak_mb_before": before,
        "python_peak_mb_after": after,
    }


def timed(act):
    started = time.perf_counter()
    result = act()
    return time.perf_counter() - started, result


def memory_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
