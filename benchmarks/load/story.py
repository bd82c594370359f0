"""The acts of a load, in order, and the verdict: what was promised and not kept, in words."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

from vitre_civique.lib.cache import RETRY_REDIS_AFTER_SECONDS

from .browser import Browser
from .visitors import Visitor, arrive, flood, trickle

RECOVERY_SECONDS = 15  # after a service is back, no later answer may be its fault
FLOOD, FLOOD_LIMIT, OTHERS = 30, 20, 6  # accounts one address asks for, is given in a minute; other addresses
SLOW_SHARE = 3.0  # slow clients may not make the p95 of the others worse than so many times


@dataclass
class Lengths:
    """Seconds of each act; none ends before it has had so many `answers`, however slow the machine."""

    calm: float = 120
    fault: float = 20  # a service is back after `away` seconds of it
    away: float = 4
    slow: float = 20
    answers: int = 100
    judges_pace: bool = True  # too short an act says nothing of percentiles


PATIENCE_SECONDS = 150


@dataclass
class Findings:
    problems: list = field(default_factory=list)
    recovered: dict = field(default_factory=dict)  # {fault: seconds from « back » to the last bad answer}
    replaced: set = field(default_factory=set)
    flood: dict = field(default_factory=dict)


class Story:
    def __init__(self, stage, town, ledger, *, clients, signed_in, think_seconds, lengths, say):
        self.stage, self.town, self.ledger = stage, town, ledger
        self.lengths, self.say = lengths, say
        residents = [*town.residents[:signed_in], *[None] * (clients - signed_in)]
        self.visitors = [
            Visitor(n, stage, town, ledger, resident=resident, think_seconds=think_seconds)
            for n, resident in enumerate(residents)
        ]
        self.found = Findings()

    async def play(self) -> Findings:
        stop = asyncio.Event()
        self.ledger.begin("warm up")
        await self._warm_up()
        self.ledger.begin("calm")
        crowd = [asyncio.create_task(visitor.live(stop)) for visitor in self.visitors]
        try:
            await self._calm()
            await self._fault("PostgreSQL restarted", self.stage.stop_database, self.stage.start_database)
            await self._fault("Valkey killed", self.stage.stop_valkey, self.stage.start_valkey)
            await self._slow_clients()
            await self._flood()
        finally:
            stop.set()
            await asyncio.gather(*crowd)
        return self.found

    async def _warm_up(self) -> None:
        """Each worker reads its templates once before the clock runs."""
        browsers = [Browser(self.stage.port, address="10.255.0.1") for _ in range(8)]
        for path in self.town.public_pages[:3]:  # a line carries one request at a time
            await asyncio.gather(*(browser.get(path) for browser in browsers))
        for browser in browsers:
            browser.close()

    async def _last(self, seconds, *, until=lambda: True) -> None:
        """Go on for `seconds`, and until enough answers have come."""
        act, started = self.ledger.act, time.monotonic()
        enough = act.asked + self.lengths.answers
        await asyncio.sleep(seconds)
        while act.asked < enough or not until():
            if time.monotonic() - started > PATIENCE_SECONDS:
                self._blame(f"{act.name}: only {act.asked} answers in {PATIENCE_SECONDS} s")
                return
            await asyncio.sleep(0.05)

    async def _calm(self) -> None:
        await self._last(self.lengths.calm, until=lambda: self.ledger.signups)
        self._tell()
        self._forbid_errors()

    async def _fault(self, name, go_away, come_back) -> None:
        before, act = self.stage.web_pids(), self.ledger.begin(name)
        hands, loop = self.stage.hands, asyncio.get_running_loop()
        await loop.run_in_executor(hands, go_away)
        await self._last(self.lengths.away)
        await loop.run_in_executor(hands, come_back)
        self.back_at = back_at = time.monotonic()
        await self._last(self.lengths.fault - self.lengths.away)
        self.found.recovered[name] = max(0.0, act.last_bad_at - back_at)
        self._tell()
        self._judge_fault(name, act, before)
        self.ledger.begin(f"after: {name}")
        await self._last(min(self.lengths.fault, self.lengths.calm))
        self._tell()
        self._forbid_errors()

    def _judge_fault(self, name, act, pids_before) -> None:
        if wrong := {s: n for s, n in act.statuses.items() if s == 0 or (s >= 500 and s != 503)}:
            self._blame(f"{name}: answers {wrong}")
        if act.bad_bodies:
            self._blame(f"{name}: {act.bad_bodies} pages 503 without a number to call")
        if name == "Valkey killed" and act.errors:
            self._blame(f"{name}: {act.errors} errors, pages do not need it")
        if self.lengths.judges_pace and self.found.recovered[name] > RECOVERY_SECONDS:
            self._blame(f"{name}: errors {self.found.recovered[name]:.0f} s after it was back")
        self.found.replaced |= pids_before - self.stage.web_pids()

    async def _slow_clients(self) -> None:
        """More lines that trickle than the web has threads, while the others go on."""
        usual = self._p95("after: Valkey killed")
        self.ledger.begin("40 slow clients")
        stop = asyncio.Event()
        slow = [asyncio.create_task(trickle(self.stage.port, stop, is_body=n % 2 == 1)) for n in range(40)]
        await self._last(self.lengths.slow)
        stop.set()
        await asyncio.gather(*slow)
        self._tell()
        self._forbid_errors()
        now = self._p95("40 slow clients")
        if self.lengths.judges_pace and now > max(SLOW_SHARE * usual, 0.5):
            self._blame(f"40 slow clients: p95 {now:.2f} s, {usual:.2f} s without them")

    async def _flood(self) -> None:
        # Until then a process may still count in its own memory: limits are then its own, not the town's.
        await asyncio.sleep(max(0.0, self.back_at + RETRY_REDIS_AFTER_SECONDS + 1 - time.monotonic()))
        self.ledger.begin("flood of sign-ups")
        started = time.monotonic()
        flooded, others = await asyncio.gather(flood(self.stage.port, FLOOD), arrive(self.stage.port, OTHERS))
        minutes = int((time.monotonic() - started) // 60) + 1
        self._tell()
        self._forbid_errors()
        through = sum(status == 302 for status in flooded)
        refused = sum(status == 429 for status in flooded)
        self.found.flood = {"through": through, "refused": refused, "others": sum(s == 302 for s in others)}
        if through > FLOOD_LIMIT * minutes or through + refused != FLOOD:
            self._blame(f"flood: {Counter(flooded)} for {FLOOD} accounts in {minutes} min")
        if set(others) != {302}:
            self._blame(f"flood: others got {Counter(others)}")

    def _p95(self, name) -> float:
        return next(act for act in self.ledger.acts if act.name == name).percentile("read", 0.95)

    def _forbid_errors(self) -> None:
        act = self.ledger.act
        if act.errors:
            self._blame(f"{act.name}: {act.errors} errors {dict(act.statuses)}")

    def _blame(self, words) -> None:
        self.found.problems.append(words)

    def _tell(self) -> None:
        act = self.ledger.act
        self.say(f"{act.name}: {act.asked} answers {dict(sorted(act.statuses.items()))}")
