"""The commands that make the site, once: the demonstration runs them and docker-compose.yml says the same
(tests/runtime/test_compose.py compares)."""

COMMANDS = {
    "web": "python -m gunicorn vitre_civique.wsgi --config deploy/gunicorn.conf.py",
    "worker": "python -m celery --app vitre_civique worker --loglevel WARNING --without-mingle",
    "beat": "python -m celery --app vitre_civique beat --loglevel WARNING",
}
