"""`python -m benchmarks.reports [100 100000]`: queue, map and feeds with few and many reports, in one run.

One process asks the same page of both towns turn by turn, so that a busy machine slows both alike.
"""

import json
import subprocess
import sys
import time
import tomllib
from pathlib import Path

from benchmarks.__main__ import lines_of, run
from benchmarks.services import database_of, services

SIZES = (100, 100_000)
VOLUNTEERS, MISSIONS = 200, 60


def main(sizes):
    figures = []
    with services() as environment:
        run([sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"], environment)
        for rows in sizes:
            figures.append(seeded(rows, database_of(environment, rows)))
        measured = [sys.executable, "-m", "benchmarks.report_pages", *map(str, sizes)]
        figures += lines_of(measured, database_of(environment, sizes[0]))
    pages = [figure for figure in figures if figure["figure"] == "reports page"]
    print_table(pages, sizes)
    missed = list(budgets_missed(pages))
    sys.stdout.write(
        "\n" + ("\n".join(f"MISSED  {line}" for line in missed) or "Every budget is kept.") + "\n"
    )


def seeded(rows, environment):
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], env=environment, check=True)  # noqa: S603
    started = time.perf_counter()
    seed = ["--volunteers", VOLUNTEERS, "--missions", MISSIONS, "--reports", rows, "--seed", 1]
    run([sys.executable, "manage.py", "seed_town", *map(str, seed)], environment, quiet=True)
    figure = {"figure": "reports seeding", "rows": rows, "seconds": round(time.perf_counter() - started, 1)}
    sys.stdout.write(json.dumps(figure) + "\n")
    return figure


def print_table(pages, sizes):
    heads = (f"{sizes[0]:,} (ms)", f"{sizes[-1]:,} (ms)", "ratio", "entries", "queries")
    sys.stdout.write(f"\n{'page':<34}" + "".join(f" {head:>14}" for head in heads) + "\n")
    for f in pages:
        entries = " / ".join(map(str, f["entries"]))
        values = (f["few_ms"], f["many_ms"], f["ratio"], entries, f["queries"])
        sys.stdout.write(f"{f['page']:<34}" + "".join(f" {value:>14}" for value in values) + "\n")


def budgets_missed(pages):
    """A page may show more rows in a larger town, up to its own limit: what one row costs may not grow."""
    budget = tomllib.loads((Path(__file__).parent / "budgets.toml").read_text(encoding="utf-8"))["reports"]
    for f in pages:
        few, many = f["entries"]
        allowed = budget["growth"] * max(1, many / few if few else 1)
        if f["ratio"] > allowed:
            yield f"{f['page']}: costs {f['ratio']} ×, {allowed:.2f} at most"
        if f["queries"] > budget["queries"]:
            yield f"{f['page']}: {f['queries']} queries, {budget['queries']} at most"


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)
