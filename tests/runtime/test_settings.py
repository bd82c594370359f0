"""Starting with a wrong environment: one sentence that names the variable, no traceback."""

import os
import subprocess
import sys

import pytest
from django.conf import settings


def start(**changes):
    environment = {name: value for name, value in {**os.environ, **changes}.items() if value is not None}
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    "variable", ["SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"]
)
def test_missing_variable_is_named_in_one_sentence(variable):
    done = start(**{variable: None})

    assert done.returncode == 1
    assert done.stderr.startswith(f"{variable}\u00a0: variable d’environnement absente ou incorrecte")
    assert "Traceback" not in done.stderr


def test_the_demonstration_is_refused_at_a_public_address():
    """Its mailbox and its administrator's code are open to whoever passes."""
    done = start(DEMO="True", SITE_URL="https://civique.exemple.fr")

    assert done.returncode == 1
    assert done.stderr.startswith("DEMO : ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("key", [settings.SAMPLE_SECRET_KEY, "courte"])
def test_sample_and_short_secret_keys_are_refused_by_name(key):
    done = start(SECRET_KEY=key)

    assert done.returncode == 1
    assert done.stderr.startswith("SECRET_KEY : ")
    assert "Traceback" not in done.stderr


def test_wrong_value_is_named():
    done = start(TRUSTED_PROXY_COUNT="beaucoup")

    assert done.returncode == 1
    assert done.stderr.startswith("TRUSTED_PROXY_COUNT\u00a0: ")
