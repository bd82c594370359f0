"""The drill's table, and the same as one line of JSON for whoever compares."""

import json

COLUMNS = "{:<34}{:>8}{:>10}{:>8}{:>10}"


def table(title: str, reckoning, story) -> str:
    lines = [title, COLUMNS.format("fault", "times", "mails hit", "lost", "doubled")]
    extra = {
        "two beats at once": ("always", "all", "", ""),
        "clock moved": (story.injected["clock moved"], "all", "", ""),
    }
    if not story.injected["clock moved"]:
        extra = {}  # the yardstick knows neither
    for fault, cells in {**reckoning.faults, **extra}.items():
        lines.append(COLUMNS.format(fault, *cells))
    lines.append(
        COLUMNS.format("all at once", "", reckoning.owed, len(reckoning.lost), len(reckoning.doubled))
    )
    lines.append(
        f"accepted {reckoning.accepted}, owed {reckoning.owed}; in the unavoidable window "
        f"{len(reckoning.in_doubt)}; not due {len(reckoning.not_due)}; "
        f"at a quiet hour {len(reckoning.at_night)}; "
        f"stuck {reckoning.stuck}; states {reckoning.states}; {reckoning.rate:.0f} mails/s during the storms"
    )
    return "\n".join(lines)


def as_json(design: str, seed: int, reckoning, failures) -> str:
    return json.dumps({
        "design": design,
        "seed": seed,
        "owed": reckoning.owed,
        "accepted": reckoning.accepted,
        "lost": len(reckoning.lost),
        "doubled": len(reckoning.doubled),
        "in_doubt": len(reckoning.in_doubt),
        "not_due": len(reckoning.not_due),
        "at_night": len(reckoning.at_night),
        "stuck": reckoning.stuck,
        "age_seconds": reckoning.age_seconds,
        "mails_per_second": round(reckoning.rate),
        "states": reckoning.states,
        "faults": reckoning.faults,
        "failures": failures,
    })  # fmt: skip
