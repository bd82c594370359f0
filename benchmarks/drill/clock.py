"""A clock the drill may move: `timezone.now` plus an offset read from a file that all its processes share.

Only benchmarks/drill/app.py installs it: nothing in production knows that it exists.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.utils import timezone

VARIABLE = "DRILL_CLOCK"


class Clock:
    def __init__(self, path: Path):
        self.path = Path(path)

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(self.path.read_text()))

    def leap_to(self, moment: datetime) -> None:
        """From now on it is `moment`, and the clock goes on."""
        new = self.path.with_suffix(".new")
        new.write_text(repr((moment - datetime.now(UTC)).total_seconds()))
        new.replace(self.path)


def install() -> Clock:
    """Make this process live at the drill's time."""
    clock = Clock(Path(os.environ[VARIABLE]))
    timezone.now = clock.now
    return clock
