"""Fixtures every test may use: what the SMTP sink really received, and a real browser."""

import mailbox as maildirs
import os
import shutil
from email import message_from_bytes, policy

import pytest
from django.test import TransactionTestCase
from playwright.sync_api import sync_playwright

from tests import databases, emptying, thrift
from tests.services import services

BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_FLAGS = [
    "--no-sandbox",  # Chromium refuses to run as root with it; the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


# Files that take longest begin first, so that no worker is left alone with one at the end. The demonstration
# has a database of its own: one worker can do it while the other makes the tables that both will use.
LONGEST = (
    "look/test_walk",
    "runtime/test_demo",
    "drill/test_drill",
    "load/",
    "journeys/",
    "missions/test_private_place",
    "quartiers/test_canary",
    "drill/",
    "demo/",
)


def pytest_collection_modifyitems(items):
    def rank(item):
        if found := [place for place, name in enumerate(LONGEST) if f"tests/{name}" in item.nodeid]:
            return found[0]
        return len(LONGEST) + (item.get_closest_marker("browser") is None)

    items.sort(key=rank)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session):
    thrift.keep_archive_open()
    thrift.collect_garbage_rarely()


class Mailbox:
    """The mails that reached the SMTP sink since the test began, oldest first."""

    def __init__(self, folder):
        self.maildir = maildirs.Maildir(folder, create=True)

    def clear(self):
        self.maildir.clear()

    @property
    def messages(self):
        raw = [(message.get_date(), key) for key, message in self.maildir.items()]
        keys = [key for _, key in sorted(raw, key=lambda pair: (pair[0], order_of(pair[1])))]
        return [message_from_bytes(self.maildir.get_bytes(key), policy=policy.default) for key in keys]

    def to(self, address):
        return [message for message in self.messages if address in message["X-Envelope-To"].split(", ")]

    def subjects(self):
        return [message["Subject"] for message in self.messages]

    def __len__(self):
        return len(self.maildir)


def order_of(key: str) -> tuple:
    """A maildir key is « seconds.M<microseconds>P<pid>Q<counter>.host »."""
    seconds, middle, *_ = key.split(".")
    microseconds, rest = middle.removeprefix("M").split("P")
    return int(seconds), int(microseconds), int(rest.split("Q")[1])


def text_of(message) -> str:
    return message.get_body(("plain",)).get_content()


def html_of(message) -> str:
    return message.get_body(("html",)).get_content()


@pytest.fixture(scope="session")
def turn():
    turn = databases.Turn()
    turn.begin()
    return turn


@pytest.fixture(scope="session")
def django_db_setup(turn, django_db_setup, django_db_blocker):
    """Empties tables the quick way after each test that commits, and ends what still holds the database."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        turn.end()
        if emptying.is_allowed():
            kept = emptying.filled_tables()  # what migrations wrote: permissions, groups
            patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: emptying.empty_all_but(kept))
        yield
    with django_db_blocker.unblock():
        # A thread of the live site may still be connected, and PostgreSQL drops no database in use.
        emptying.end_other_connections()


@pytest.fixture
def mailbox(settings):
    """Mails leave by real SMTP to the sink of this process (pytest-django would keep them in memory)."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    box = Mailbox(services.mail_sink.folder)
    box.clear()
    yield box
    box.clear()


@pytest.fixture(scope="session")
def browser():
    """One Chromium for the whole process. Without one the tests fail: a browser test is never skipped."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSER_NAMES)), None)
    # Playwright's own event loop runs in this thread: Django would refuse the ORM beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context_options():
    """What a test may override: viewport, colour scheme, JavaScript off…"""
    return {"locale": "fr-FR", "timezone_id": "Europe/Paris", "viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def page(browser, live_site, context_options):
    """A fresh browser session on the live site, under the real CSP; paths are relative: page.goto("/")."""
    context = browser.new_context(base_url=live_site.url, **context_options)
    page = context.new_page()
    page.set_default_timeout(30_000)  # two browsers may share two busy cores
    yield page
    context.close()


@pytest.fixture
def live_site(live_server, settings):
    """pytest-django's server with the address that links in mails use."""
    settings.SITE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    settings.ALLOWED_HOSTS = ["*"]
    return live_server
