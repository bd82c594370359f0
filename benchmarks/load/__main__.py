"""`python -m benchmarks.load [--clients 200 --seconds 120] [--short --database URL]`: table, verdict."""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import time

import django
from django.core.management import call_command
from django.db import connection

from .ledger import Ledger, lost_writes, oversold
from .stage import PROJECT, Stage
from .story import Lengths, Story

SHORT = Lengths(calm=1, fault=1, away=0.5, slow=1, answers=12, judges_pace=False)
LINE = "{:<26}{:>9}{:>8}{:>8}{:>11}{:>11}{:>11}{:>11}"


def main() -> int:
    options = parse()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    started = time.monotonic()
    say = (lambda words: None) if options.json else narrator(started)
    ledger = Ledger()
    with Stage(options.database) as stage:
        story = prepared(stage, ledger, options, say)
        found = asyncio.run(story.play())
        judge(found, ledger, stage)
    print(as_json(found, ledger) if options.json else table(found, ledger))
    return 1 if found.problems else 0


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--think", type=float, default=3.0, help="Mean seconds between two clicks.")
    parser.add_argument("--volunteers", type=int, default=1000)
    parser.add_argument("--short", action="store_true", help="Seconds instead of minutes.")
    parser.add_argument("--database", default="", help="A migrated database to use; else one is made.")
    parser.add_argument("--json", action="store_true", help="One line of JSON instead of a table.")
    return parser.parse_args()


def narrator(started):
    return lambda words: print(f"{time.monotonic() - started:5.0f} s {words}", flush=True)


def prepared(stage, ledger, options, say) -> Story:
    django.setup()
    # Models need a Django that is set up.
    from . import town as towns  # noqa: PLC0415

    if not options.database:
        call_command("migrate", verbosity=0)
    collecting = collect_static("benchmarks.quick_static" if options.short else "vitre_civique.settings")
    signed_in = options.clients * 3 // 4
    town = towns.found(
        volunteers=options.volunteers,
        missions=max(20, options.volunteers * 3 // 10),
        residents=signed_in,
        slots=max(6, signed_in // 4),
    )
    collecting.wait()
    connection.close()  # the database is about to be cut off
    stage.open()
    say(f"{options.clients} visitors, {signed_in} of them signed in; {len(town.slots)} slots to fight for")
    return Story(
        stage,
        town,
        ledger,
        clients=options.clients,
        signed_in=signed_in,
        think_seconds=options.think,
        lengths=SHORT if options.short else Lengths(calm=options.seconds),
        say=say,
    )


def collect_static(settings: str) -> subprocess.Popen:
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings}
    return subprocess.Popen(command, cwd=PROJECT, env=environment)  # noqa: S603 (a fixed command, no shell)


def judge(found, ledger, stage) -> None:
    """What the database and the web's own log say afterwards."""
    found.problems += lost_writes(ledger)[:20]
    if sold := oversold():
        found.problems.append(f"{sold} slots oversold")
    log = stage.web_log()
    if "WORKER TIMEOUT" in log or "SIGKILL" in log:
        found.problems.append("a web process was killed by its master")
    if not ledger.signups:
        found.problems.append("nobody signed up: nothing is proved")
    if found.problems:
        print(log[-4000:], dict(ledger.unexpected), file=sys.stderr)


def table(found, ledger) -> str:
    lines = [LINE.format("act", "answers", "503", "other", "read p50", "read p95", "write p50", "write p95")]
    for act in ledger.acts[1:]:
        times = [
            f"{1000 * act.percentile(kind, share):.0f} ms"
            for kind in ("read", "write")
            for share in (0.5, 0.95)
        ]
        away = act.statuses[503]
        lines.append(LINE.format(act.name, act.asked, away, act.errors - away, *times))
    recovered = ", ".join(f"{name}: {seconds:.1f} s" for name, seconds in found.recovered.items())
    lines.append(f"last error after the service was back: {recovered}")
    lines.append(
        f"signups acknowledged {len(ledger.signups)}, withdrawals {len(ledger.withdrawn)}; "
        f"flood {found.flood}; web processes replaced during a fault {len(found.replaced)}"
    )
    lines += [f"NOT KEPT  {problem}" for problem in found.problems] or ["Everything promised was kept."]
    return "\n".join(lines)


def as_json(found, ledger) -> str:
    acts = {
        act.name: {
            "answers": act.asked,
            "statuses": {str(status): count for status, count in sorted(act.statuses.items())},
            "read_p95": round(act.percentile("read", 0.95), 3),
            "write_p95": round(act.percentile("write", 0.95), 3),
        }
        for act in ledger.acts[1:]
    }
    return json.dumps({
        "acts": acts,
        "recovered": found.recovered,
        "replaced": len(found.replaced),
        "signups": len(ledger.signups),
        "withdrawn": len(ledger.withdrawn),
        "flood": found.flood,
        "problems": found.problems,
    })  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
