"""Numbers: rounds of calls, medians with spread, one JSON line a figure.

Two clocks: the wall's, which other jobs of the machine lengthen, and the processors' (this process and its
PostgreSQL), which they do not: ratios and growth are judged by the second.
"""

import json
import os
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Taken:
    """Durations of calls, round by round, and the processor seconds that they cost."""

    rounds: list = field(default_factory=list)
    own: float = 0.0
    database: float = 0.0

    @property
    def calls(self) -> int:
        return sum(len(durations) for durations in self.rounds)

    def round(self, call, seconds, database_pid) -> None:
        durations, until = [], time.perf_counter() + seconds
        before, database_before = time.process_time(), processor_seconds(database_pid)
        while time.perf_counter() < until or len(durations) < 3:
            started = time.perf_counter()
            call()
            durations.append(time.perf_counter() - started)
        self.own += time.process_time() - before
        self.database += processor_seconds(database_pid) - database_before
        self.rounds.append(durations)

    def summary(self) -> dict:
        """Calls per second (median of rounds, with the spread), percentiles, processor ms a call."""
        rates = [len(durations) / sum(durations) for durations in self.rounds]
        every = sorted(duration for durations in self.rounds for duration in durations)
        return {
            "per_second": round(statistics.median(rates), 1),
            "spread": round((max(rates) - min(rates)) / statistics.median(rates), 3),
            "p50_ms": round(1000 * every[len(every) // 2], 2),
            "p95_ms": round(1000 * every[int(len(every) * 0.95)], 2),
            "cpu_ms": round(1000 * (self.own + self.database) / self.calls, 2),
            "database_ms": round(1000 * self.database / self.calls, 2),
        }


def side_by_side(calls: dict, *, database_pid=None, rounds=5, seconds=0.5, warm=3) -> dict:
    """{name: summary} of several calls, a round of each in turn: what disturbs one disturbs all."""
    for call in calls.values():
        for _ in range(warm):
            call()
    taken = {name: Taken() for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            taken[name].round(call, seconds, database_pid)
    return {name: each.summary() for name, each in taken.items()}


def processor_seconds(pid) -> float:
    """What a process of this machine has cost so far; 0 without one."""
    if pid is None:
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mebibytes(pid="self") -> float:
    """What a process holds now, what it shares with others counted for its part."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def say(figure, **values):
    """One JSON line on standard output: what the table and the budgets read."""
    sys.stdout.write(json.dumps({"figure": figure, **values}, ensure_ascii=False) + "\n")
    sys.stdout.flush()
