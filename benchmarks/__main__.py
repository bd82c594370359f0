"""`make bench [ROWS=1000,100000]`: one JSON line a figure, then a table and the budgets that are missed."""

import json
import os
import subprocess
import sys
import time
import tomllib
from pathlib import Path

from benchmarks.services import database_of, services

# ruff: noqa: S603 (fixed commands, no shell)

HERE = Path(__file__).parent
MISSIONS_PER_VOLUNTEER = 0.3


def main():
    sizes = [int(size) for size in os.environ.get("ROWS", "1000,100000").split(",")]
    mails = os.environ.get("MAILS", "1000")
    figures = []
    with services() as environment:
        run([sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"], environment)
        for rows in sizes:
            town = database_of(environment, rows)
            figures.append(seeded(rows, town))
            for module, *rest in (("pages",), ("signups",), ("mails", mails)):
                figures += lines_of([sys.executable, "-m", f"benchmarks.{module}", str(rows), *rest], town)
    print_table(figures)
    missed = budgets_missed(figures, sizes)
    sys.stdout.write(
        "\n" + ("\n".join(f"MISSED  {line}" for line in missed) or "Every budget is kept.") + "\n"
    )


def seeded(rows, environment):
    run([sys.executable, "manage.py", "migrate", "-v", "0"], environment)
    missions = int(rows * MISSIONS_PER_VOLUNTEER)
    started = time.perf_counter()
    seed = ["seed_town", "--volunteers", str(rows), "--missions", str(missions), "--seed", "1"]
    run([sys.executable, "manage.py", *seed], environment, quiet=True)
    taken = time.perf_counter() - started
    figure = {"figure": "seeding", "rows": rows, "volunteers_per_second": round(rows / taken)}
    sys.stdout.write(json.dumps(figure) + "\n")
    return figure


def run(command, environment, *, quiet=False):
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL if quiet else None)


def lines_of(command, environment):
    """The JSON lines of a figure-making process, shown as they come."""
    found = []
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            if line.startswith("{"):
                found.append(json.loads(line))
    if process.returncode:
        raise SystemExit(f"{' '.join(command[1:])} stopped with {process.returncode}")
    return found


COLUMNS = {
    "req/s": "per_second",
    "p50 ms": "p50_ms",
    "p95 ms": "p95_ms",
    "cpu ms": "cpu_ms",
    "of which db": "database_ms",
    "of static": "of_static",
    "queries": "queries",
    "bytes": "bytes",
}


def print_table(figures):
    head = f"\n{'rows':>8}  {'who':<10} {'page':<16}" + "".join(f" {name:>11}" for name in COLUMNS)
    sys.stdout.write(head + "\n")
    for f in figures:
        if f["figure"] in ("page", "floor"):
            line = f"{f['rows']:>8}  {f.get('who', ''):<10} {f['page']:<16}"
            sys.stdout.write(line + "".join(f" {f.get(key, ''):>11}" for key in COLUMNS.values()) + "\n")


def budgets_missed(figures, sizes):
    """One sentence a budget that this run did not keep."""
    budgets = tomllib.loads((HERE / "budgets.toml").read_text(encoding="utf-8"))
    return [
        *_missed_by_pages([f for f in figures if f["figure"] == "page"], budgets["pages"], sizes),
        *_missed_by_mails(figures, budgets["mails"]),
        *(
            f"signups at {f['rows']} rows: {f['oversold']} slots oversold"
            for f in figures
            if f["figure"] == "signups" and f["oversold"] > budgets["signups"]["oversold"]
        ),
        *_missed_by_memory([f for f in figures if f["figure"] == "memory"], budgets["memory"]),
    ]


def _missed_by_pages(pages, budget, sizes):
    smallest = {(f["who"], f["page"]): f for f in pages if f["rows"] == min(sizes)}
    for f in pages:
        name = f"{f['page']} ({f['who']}) at {f['rows']} rows"
        if f["queries"] > budget["queries"]:
            yield f"{name}: {f['queries']} queries, {budget['queries']} at most"
        if (
            f["page"] == "missions"
            and f["who"] != "anonymous"
            and f["of_static"] < budget["missions_of_static"]
        ):
            yield f"{name}: {f['of_static']} of the static template, {budget['missions_of_static']} at least"
        growth = f["cpu_ms"] / smallest[f["who"], f["page"]]["cpu_ms"]
        if growth > budget["growth"]:
            yield f"{name}: costs {growth:.2f} × that of {min(sizes)} rows, {budget['growth']} at most"


def _missed_by_mails(figures, budget):
    for f in figures:
        for name in ("one_of_smtplib", "two_of_one"):
            if f["figure"] == "sending" and f[name] < budget[name]:
                yield f"sending at {f['rows']} rows: {name} is {f[name]}, {budget[name]} at least"
        if f["figure"] == "queueing" and f["statements"] > budget["queueing_statements"]:
            yield f"queueing at {f['rows']} rows: {f['statements']} statements"


def _missed_by_memory(figures, budget):
    for process in sorted({f["process"] for f in figures}):
        held = {f["rows"]: f["mebibytes"] for f in figures if f["process"] == process}
        growth = held[max(held)] / held[min(held)]
        if growth > budget["growth"]:
            yield f"memory of a {process} process grows {growth:.2f} ×, {budget['growth']} at most"


if __name__ == "__main__":
    main()
