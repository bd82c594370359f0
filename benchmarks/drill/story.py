"""What happens, in order: days of a town with storms of faults, leaps of the clock and changes of mind."""

import random
import time
from collections import Counter
from datetime import timedelta

from django.db import DatabaseError, connections
from django.db.models import Min

from missions import planning
from missions.models import Mission
from vitre_civique.accounts.models import Channel
from vitre_civique.lib.months import add_months
from vitre_civique.notifications.leases import LEASE
from vitre_civique.notifications.models import Notification, NotificationState
from volunteers import pledges

from . import people as population
from .calendars import at
from .clock import Clock

IN_FLIGHT = [NotificationState.LEASED, NotificationState.SENDING]
WAITING = [NotificationState.QUEUED, *IN_FLIGHT]
FAULTS = ["task killed", "worker killed", "Valkey lost its data", "PostgreSQL restarted"]
LEAPS_AT_MOST = 60
TOGETHER = timedelta(minutes=50)  # what is due soon after is awaited in one leap
PATIENCE_SECONDS = 240
STILL_SECONDS = 2  # longer than any answer of the sink
ALIVE_SECONDS = 8  # longer than a batch takes to be built
STORM_SECONDS = 1200


class Stuck(Exception):
    """Nothing moved for too long: the drill has failed."""


class Story:
    def __init__(self, crew, calendar, people, *, seed, strikes, say):
        self.crew, self.calendar, self.people, self.say = crew, calendar, people, say
        self.rng = random.Random(f"{seed} faults")  # noqa: S311 (a drill must be repeatable)
        self.clock = Clock(crew.clock_file)
        # Each once, then at random.
        self.faults = self.rng.sample(FAULTS, len(FAULTS))
        self.faults += self.rng.choices(FAULTS, weights=[6, 2, 1, 1], k=max(0, strikes - len(FAULTS)))
        # All of them within the first half: a quick machine sends some more while we look away.
        self.mails_between = max(2, sum(len(person.owed) for person in people) // (2 * len(self.faults)))
        self.injected = Counter()
        self.hit = {fault: set() for fault in FAULTS}
        self.in_doubt = set()
        self.busy_seconds = 0.0
        self.leaps = 0
        self.killers = {
            "task killed": crew.kill_a_task,
            "worker killed": crew.kill_a_worker,
            "Valkey lost its data": crew.restart_valkey,
            "PostgreSQL restarted": crew.restart_postgres,
        }

    def play(self) -> None:
        days = self.calendar
        self.wait_for(lambda: self.rows().count() >= self.count_owed(days.month), "reminders queued")
        self.leap_to(at(days.first_day, 15), "afternoon of the first day")
        self.storm()
        self.run_through(at(days.first_day, 19, 59, 57), 5, "closing hour")
        self.leap_to(at(days.first_day, 21), "evening")
        self.publish("town", "digital")
        self.run_through(at(days.quiet_day, 1, 59, 57), 5, "daylight saving")
        self.pause_people()
        self.cancel_a_mission()
        self.leap_to(at(days.quiet_day, 12), "quiet day")
        population.poison(self.people, days)
        self.leap_to(days.opening, "opening")
        self.settle(until=at(days.last_day, 20))
        if not days.is_short:
            self.play_the_next_month()

    def play_the_next_month(self) -> None:
        days = self.calendar
        self.run_through(at(days.last_day, 23, 59, 57), 5, "month's end")
        self.leap_to(at(days.second_opening, 14), "afternoon of the second opening")
        self.publish("town", "digital")
        self.wait_for(
            lambda: self.rows().count() >= self.count_owed(days.second_month), "second month queued"
        )
        self.settle(until=at(days.second_opening, 20) + timedelta(days=10))

    # What the town does

    def publish(self, *kinds) -> None:
        now, days = self.clock.now(), self.calendar
        for kind in kinds:
            starts_at = at(days.second_opening, 10) + timedelta(days=20)
            population.publish(f"Mission {kind}", kind, starts_at=starts_at, now=now)
        day = now.astimezone(days.opening.tzinfo).date()
        wanted = {f"mission_alert:{day}"}
        count = sum(bool(p.alerts) for p in self.people)
        self.wait_for(
            lambda: self.rows(kind="mission_alert", labels=wanted).count() >= count, "alerts queued"
        )

    def cancel_a_mission(self) -> None:
        """What was told of it already in the outbox must not leave."""
        mission = Mission.objects.get(help_kind="digital", state="published")
        planning.cancel(mission, by=None, message="Annulée : le local est fermé.", now=self.clock.now())

    def pause_people(self) -> None:
        """Some have had the first month's mail; of the others none may be written to any more."""
        now, month = self.clock.now(), f"monthly_reminder:{self.calendar.month:%Y-%m}"
        taken = {mail["to"] for mail in self.crew.account() if mail["what"] == "accepted"}
        for person in self.people:
            if person.fate == "will pause":
                if person.email in taken:
                    person.owed = {month}
                pledges.pause(person.volunteer, until=add_months(self.calendar.month, 3), now=now)

    # Time

    def leap_to(self, moment, name="") -> None:
        """Whoever works dies at once; then it is `moment`."""
        if moment <= self.clock.now():
            return
        self.crew.freeze()
        self.note_victims("task killed")
        self.clock.leap_to(moment)
        self.crew.thaw()
        self.leaps += 1
        if name:
            self.injected["clock moved"] += 1
            self.say(f"  {moment:%a %d %b %H:%M} {name}")

    def run_through(self, moment, seconds, name) -> None:
        """Let the clock run over a moment that matters."""
        self.leap_to(moment, name)
        time.sleep(seconds)

    def settle(self, *, until) -> None:
        """From one due moment to the next, storming, until nothing waits; Stuck when it never ends."""
        for _ in range(LEAPS_AT_MOST):
            self.storm()
            waiting = self.rows(state__in=WAITING).aggregate(due=Min("due_at"), lease=Min("lease_until"))
            moments = [moment for moment in waiting.values() if moment is not None]
            if not moments:
                return
            later = [moment for moment in moments if moment > self.clock.now()]
            target = min(later, default=self.clock.now()) + TOGETHER
            if target > until:
                return
            self.leap_to(target)
            self.say(f"    {target:%a %H:%M} {self.asked(self.rows(state__in=WAITING).count)} mails wait")
        raise Stuck(f"{self.rows(state__in=WAITING).count()} mails still wait after {LEAPS_AT_MOST} leaps")

    # Faults

    def storm(self) -> None:
        """Faults at random points while mails leave: after each, some mails leave before the next."""
        started = time.monotonic()
        while self.wait_for_some_mails():
            if self.faults:
                self.strike(self.faults.pop(0))
            if time.monotonic() - started > STORM_SECONDS:
                raise Stuck("a storm did not end")
        self.busy_seconds += time.monotonic() - started

    def wait_for_some_mails(self) -> bool:
        """True once a few more have arrived; False when no more come."""
        wanted = self.crew.accepted_count() + self.rng.randint(1, self.mails_between)
        until = time.monotonic() + PATIENCE_SECONDS
        while self.crew.accepted_count() < wanted:
            if time.monotonic() > until:
                raise Stuck("no mail left any more")
            time.sleep(0.05)
            if not self.can_leave() and self.is_still():
                return False
        return True

    def is_still(self) -> bool:
        """What is in somebody's hands was taken a while ago and has not moved since: they are dead."""
        last, since = None, time.monotonic()
        while time.monotonic() - since < STILL_SECONDS:
            held = self.asked(
                lambda: set(self.rows(state__in=IN_FLIGHT).values_list("pk", "state", "lease_until"))
            )
            just_taken = self.clock.now() + LEASE - timedelta(seconds=ALIVE_SECONDS)
            if (last is not None and held != last) or any(until > just_taken for _, _, until in held):
                return False
            if not held:
                return not self.can_leave()
            last = held
            time.sleep(0.1)
        return True

    def strike(self, fault) -> None:
        self.killers[fault](self.rng)
        if fault == "PostgreSQL restarted":
            connections.close_all()
        self.injected[fault] += 1
        self.note_victims(fault)

    def note_victims(self, fault) -> None:
        """Whose rows were in somebody's hands at that moment."""
        for pk, state in self.asked(lambda: list(self.rows(state__in=IN_FLIGHT).values_list("pk", "state"))):
            self.hit[fault].add(pk)
            if state == NotificationState.SENDING:
                self.in_doubt.add(pk)

    def can_leave(self) -> bool:
        now = self.clock.now()
        queued = self.rows(state=NotificationState.QUEUED, due_at__lte=now)
        expired = self.rows(state__in=IN_FLIGHT, lease_until__lt=now)
        return self.asked(lambda: queued.exists() or expired.exists())

    # Asking

    def rows(self, kind=None, labels=(), **conditions):
        found = Notification.objects.filter(channel=Channel.EMAIL, **conditions)
        if kind:
            found = found.filter(kind=kind)
        for label in labels:
            found = found.filter(dedupe_key__endswith=label.partition(":")[2])
        return found

    def count_owed(self, month) -> int:
        label = f"monthly_reminder:{month:%Y-%m}"
        return sum(label in person.owed for person in self.people)

    def asked(self, question):
        """The database may be restarting: ask again."""
        until = time.monotonic() + 60
        while True:
            try:
                return question()
            except DatabaseError:
                connections.close_all()
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def wait_for(self, condition, name) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not self.asked(condition):
            if time.monotonic() > until:
                raise Stuck(f"never: {name}")
            time.sleep(0.1)
