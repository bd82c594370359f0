"""Numbers: rounds of calls, medians with spread, one JSON line a figure."""

import json
import statistics
import sys
import time


def rounds_of(call, *, rounds=5, seconds=0.6, warm=3):
    """Durations in seconds of `call()`, round by round: [[…], […]]."""
    for _ in range(warm):
        call()
    taken = []
    for _ in range(rounds):
        durations, until = [], time.perf_counter() + seconds
        while time.perf_counter() < until:
            started = time.perf_counter()
            call()
            durations.append(time.perf_counter() - started)
        taken.append(durations)
    return taken


def summary(rounds):
    """Calls per second (median of rounds, with the spread) and the 50th and 95th percentile in ms."""
    rates = [len(durations) / sum(durations) for durations in rounds]
    every = sorted(duration for durations in rounds for duration in durations)
    return {
        "per_second": round(statistics.median(rates), 1),
        "spread": round((max(rates) - min(rates)) / statistics.median(rates), 3),
        "p50_ms": round(1000 * every[len(every) // 2], 2),
        "p95_ms": round(1000 * every[int(len(every) * 0.95)], 2),
    }


def say(figure, **values):
    """One JSON line on standard output: what the table and the budgets read."""
    sys.stdout.write(json.dumps({"figure": figure, **values}, ensure_ascii=False) + "\n")
    sys.stdout.flush()
