"""The short drill: some 300 mails, every fault at least once, in processes of its own. Long: `make drill`."""

import json
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

SHORT = [
    "--seed",
    "13",
    "--reminders",
    "460",
    "--alerts",
    "160",
    "--rate",
    "1.5",
    "--strikes",
    "5",
    "--short",
]
KILLED = {"task killed", "worker killed", "Valkey lost its data", "PostgreSQL restarted"}
REFUSED_ON_THE_WAY = {
    "hangs up before DATA",
    "answers 451 to the recipient",
    "answers 451 after DATA",
    "hangs up after taking DATA",
    "takes half of DATA, hangs up",
    "stalls, then takes it",
    "stalls, then does not",
}


@pytest.mark.django_db
def test_everyone_due_gets_exactly_one_mail_whatever_dies():
    known = connection.settings_dict
    url = f"postgres://{known['USER']}:{known['PASSWORD']}@{known['HOST']}:{known['PORT']}/{known['NAME']}"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.drill", *SHORT, "--like", url, "--json"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    found = json.loads(done.stdout)

    wrong = ["lost", "doubled", "not_due", "at_night", "stuck", "age_seconds", "failures"]
    assert {name: found[name] for name in wrong} == dict.fromkeys(wrong, 0) | {"failures": []}
    assert found["accepted"] == found["owed"] > 250
    assert found["in_doubt"] > 0
    assert found["states"]["sent"] == found["owed"]
    assert set(found["faults"]) == KILLED | REFUSED_ON_THE_WAY
    assert min(times for times, *_ in found["faults"].values()) >= 1
