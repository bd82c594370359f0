# Two commands matter: `make demo` and `make test`. Both need Python >= 3.11 and make, nothing else.

# The newest Python of the machine that will do; PYTHON=… names another.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$name; exit; }; \
	done; echo python3)
PORT ?= 8000
# Two workers: more would only make a browser and PostgreSQL wait for each other on a small machine.
TEST_WORKERS ?= 2
TESTS ?=

.PHONY: help demo test check bench load drill lock secret shots pictures install-demo install-dev browser
.DEFAULT_GOAL := help

help:
	@echo "make demo [PORT=8000] [RESET=1]   the site with a believable town, on this machine"
	@echo "make test [TESTS=tests/...]       the whole suite, on real services"
	@echo "make check                        style, imports, deployment settings, migrations"
	@echo "make bench [ROWS=1000,100000]     how quick, beside floors, with budgets"
	@echo "make shots [PORT=8000]            each page of the running demo by role, into build/shots/"
	@echo "make pictures [PORT=8000]         the pictures of the README, from the running demo"
	@echo "make drill [SEED=1 REMINDERS=500] the outbox under fire: every mail once, whatever dies"
	@echo "make load [CLIENTS=200 SECONDS=120] the web under load: services die, clients are slow, one floods"
	@echo "make lock                         refresh the pinned dependencies"
	@echo "make secret                       a SECRET_KEY for production"

install-demo:
	@$(PYTHON) vitre_civique/demo/install.py requirements-demo.lock

install-dev:
	@$(PYTHON) vitre_civique/demo/install.py requirements-dev.lock

demo: install-demo
	@PORT=$(PORT) RESET=$(RESET) DEMO_FOLLOWS_MAKE=1 exec .venv/bin/python -m vitre_civique.demo

test: install-dev browser
	@.venv/bin/python -m pytest -n $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS)

browser: install-dev
	@.venv/bin/python deploy/browser.py

check: install-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/djlint --quiet --lint templates quartiers volunteers missions vitre_civique
	.venv/bin/lint-imports
	.venv/bin/python deploy/check_settings.py

bench: install-dev
	@.venv/bin/python -m benchmarks

shots: browser
	@.venv/bin/python -m tests.shots http://localhost:$(PORT)

pictures: browser
	@.venv/bin/python -m tests.pictures http://localhost:$(PORT)

# Kills workers, databases and the relay's temper while mails leave; REMINDERS=500 ALERTS=200 for a small one.
SEED ?= 1
REMINDERS ?= 5000
ALERTS ?= 2000
DRILL = .venv/bin/python -m benchmarks.drill --seed $(SEED) --reminders $(REMINDERS) --alerts $(ALERTS)
drill: install-dev
	@$(DRILL) --design probe
	@$(DRILL) --design policy
	@$(DRILL) --design naive

CLIENTS ?= 200
SECONDS ?= 120
load: install-dev
	@.venv/bin/python -m benchmarks.load --clients $(CLIENTS) --seconds $(SECONDS)

lock:
	@$(PYTHON) deploy/lock.py

secret:
	@$(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(64))'
