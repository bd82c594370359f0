"""Files a town copies to its server: they agree with the settings and with the demonstration."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from vitre_civique.demo.processes import COMMANDS
from vitre_civique.lib.security_headers import CONTENT_SECURITY_POLICY

ROOT = Path(settings.BASE_DIR)
COMPOSE = (ROOT / "docker-compose.yml").read_text()
LOCKS = ["requirements.lock", "requirements-demo.lock", "requirements-dev.lock"]
COMPOSE_WRITES_ITSELF = {"DATABASE_URL", "REDIS_URL", "TRUSTED_PROXY_COUNT", "DEBUG", "DEMO", "MEDIA_ROOT",
                         "STATIC_ROOT", "BEAT_SCHEDULE_FILE", "BIND"}  # fmt: skip
EXAMPLE_ENVIRONMENT = dict.fromkeys(
    [
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "SITE_URL",
        "EMAIL_URL",
        "POSTGRES_PASSWORD",
        "REDIS_PASSWORD",
        "SITE_HOST",
    ],
    "x" * 60,
) | {"TLS_FOLDER": "/etc/tls"}


def variables_read():
    in_settings = re.findall(r'env\.\w+\(\s*"([A-Z0-9_]+)"', (ROOT / "vitre_civique/settings.py").read_text())
    in_gunicorn = re.findall(r'environ\.get\("([A-Z0-9_]+)"', (ROOT / "deploy/gunicorn.conf.py").read_text())
    in_compose = re.findall(r"(?<!\$)\$\{([A-Z0-9_]+)", COMPOSE)
    return {*in_settings, *in_gunicorn, *in_compose}


def test_env_example_names_every_variable_and_no_other():
    named = re.findall(r"^#?([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert sorted(named) == sorted(variables_read())


def test_compose_runs_the_commands_of_the_demonstration():
    services = yaml.safe_load(COMPOSE)["services"]

    assert {name: services[name]["command"] for name in COMMANDS} == COMMANDS


def test_compose_has_six_services_and_a_health_check_for_each():
    services = yaml.safe_load(COMPOSE)["services"]

    assert set(services) == {"db", "redis", "migrate", "web", "worker", "beat", "nginx"}
    assert [name for name, service in services.items() if "healthcheck" not in service] == ["migrate"]


def test_compose_gives_no_secret_a_default():
    with_default = re.findall(r"\$\{([A-Z0-9_]+):-", COMPOSE)

    assert with_default == ["VERSION"]
    application = yaml.safe_load(COMPOSE)["x-app"]["environment"]
    written = {name for name, value in application.items() if not value.startswith("${")}
    assert written == COMPOSE_WRITES_ITSELF


def compose_client():
    """docker compose, docker-compose, or None: then the file has been read by the tests above."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if (
            shutil.which(command[0])
            and subprocess.run([*command, "version"], capture_output=True).returncode == 0
        ):
            return command
    return None


@pytest.mark.parametrize("missing", [None, "SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"])
def test_compose_config_refuses_a_missing_secret(missing, tmp_path):
    client = compose_client()
    environment = {name: value for name, value in EXAMPLE_ENVIRONMENT.items() if name != missing}
    if client is None:
        assert missing is None or f"${{{missing}:?" in COMPOSE
        return
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)

    done = subprocess.run(
        [*client, "--file", str(tmp_path / "docker-compose.yml"), "config", "--quiet"],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path), **environment},
        capture_output=True,
        text=True,
    )

    if missing is None:
        assert done.returncode == 0, done.stderr
    else:
        assert done.returncode != 0
        assert missing in done.stderr


def test_nginx_writes_the_only_forwarded_address_and_limits_the_body():
    text = (ROOT / "deploy/nginx.conf.template").read_text()

    assert set(re.findall(r"X-Forwarded-For (\S+);", text)) == {"$remote_addr"}
    assert re.findall(r"client_max_body_size (\S+);", text) == ["16m"]


@pytest.mark.parametrize("name", LOCKS)
def test_lock_pins_everything_with_hashes_and_names_no_host(name):
    text = (ROOT / name).read_text()
    requirements = re.split(r"\n(?=\S)", text.strip())

    assert [line for line in requirements if "==" not in line or "--hash=sha256:" not in line] == []
    assert re.findall(r"\w+://\S+|^\s*--(?!hash)\S+|file:\S+|^\s*/\S+", text, re.MULTILINE) == []


def test_locks_agree_on_every_version():
    pins = [
        dict(re.findall(r"^([\w.\[\]-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE)) for name in LOCKS
    ]

    assert pins[0].items() <= pins[1].items() <= pins[2].items()


def test_continuous_integration_runs_check_then_test():
    lines = (ROOT / ".ci/run").read_text().splitlines()

    assert [line for line in lines if line.startswith("make ")] == ["make check", "make test"]


def test_nginx_answers_by_itself_in_french_and_as_closed_as_the_site():
    text = (ROOT / "deploy/nginx.conf.template").read_text()

    assert CONTENT_SECURITY_POLICY in text
    for page in ("413", "pause"):
        assert f"/erreurs/{page}.html" in text
        words = (ROOT / f"deploy/nginx-pages/{page}.html").read_text()
        assert 'lang="fr"' in words
        assert "02 99 75 05 21" in words
        assert "style" not in words
