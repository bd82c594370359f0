"""`python -m benchmarks.drill --seed N --reminders N --alerts N --design probe|policy|naive`."""

import argparse
import random
import signal
import sys
import time

import django
from django.core.management import call_command

from . import clock
from .calendars import calendar_of
from .crew import Crew

DESIGNS = ["probe", "policy", "naive"]
TITLES = {
    "probe": "Outbox, an uncertain mail is asked about at the relay",
    "policy": "Outbox, nobody to ask: an uncertain mail is sent again under the same Message-ID",
    "naive": "Yardstick: one Celery task a mail, default acknowledgement",
}


def main() -> int:
    options = parse()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    return 1 if run(options.design, options) else 0


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reminders", type=int, default=5000)
    parser.add_argument("--alerts", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rate", type=float, default=1.0, help="Faults of the sink, against the usual rate.")
    parser.add_argument("--pause", type=float, default=0, help="Seconds the sink thinks about a mail.")
    parser.add_argument("--strikes", type=int, default=40, help="How often something is killed or restarted.")
    parser.add_argument("--design", choices=DESIGNS, default="probe")
    parser.add_argument("--short", action="store_true", help="Ends with the first month.")
    parser.add_argument("--like", default="", help="A migrated database whose tables to copy.")
    parser.add_argument("--json", action="store_true", help="One line of JSON instead of tables.")
    return parser.parse_args()


def run(design: str, options) -> list[str]:
    started = time.monotonic()
    say = (
        (lambda words: None)
        if options.json
        else (lambda words: print(f"{time.monotonic() - started:5.0f} s {words}", flush=True))
    )
    sink = {"sink_rate": options.rate, "sink_pause": options.pause}
    with Crew(seed=options.seed, probes=design == "probe", **sink) as crew:
        calendar = calendar_of(options.seed, is_short=options.short)
        clock.Clock(crew.clock_file).leap_to(calendar.start)
        django.setup()
        clock.install()
        if options.like:
            crew.copy_tables(options.like)
        else:
            call_command("migrate", verbosity=0)
        say(f"{TITLES[design]} (seed {options.seed})")
        failures = play(design, crew, calendar, options, say)
        if failures:
            print(crew.last_words(), file=sys.stderr)
    say(f"{time.monotonic() - started:.0f} s; " + ("; ".join(failures) or "nothing that the drill forbids"))
    return failures if design != "naive" else []


def play(design, crew, calendar, options, say) -> list[str]:
    # Django must be set up before any model is imported.
    from . import naive_story, people, reckoning, report, story  # noqa: PLC0415

    rng = random.Random(f"{options.seed} people")  # noqa: S311
    town = people.settle(calendar, rng, reminders=options.reminders, alerts=options.alerts)
    stories = {"naive": naive_story.NaiveStory}
    tale = stories.get(design, story.Story)(
        crew, calendar, town, seed=options.seed, strikes=options.strikes, say=say
    )
    crew.start_workers(options.workers)
    crew.start_beats(0 if design == "naive" else 2)
    tale.play()
    crew.stop_celery()
    if design == "naive":
        found = naive_story.reckon(tale, crew.account())
    else:
        found = reckoning.reckon(town, tale, crew.account())
    found.rate = found.accepted / tale.busy_seconds
    failures = [] if design == "naive" else found.failures(may_double=design == "policy")
    if design != "naive":
        failures += reckoning.check_refusals(town)
    if failures:
        print(reckoning.evidence(found), file=sys.stderr)
    print(report.as_json(design, options.seed, found, failures) if options.json
          else report.table(TITLES[design], found, tale))  # fmt: skip
    return failures


if __name__ == "__main__":
    sys.exit(main())
