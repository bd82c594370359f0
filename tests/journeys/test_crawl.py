"""Every page each role can reach by links: reading changes nothing, nothing breaks, all of it is French."""

import re
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from missions.models import Mission, Signup, Slot
from tests.crawler import client_of, crawl, pattern_of
from tests.factories import create_user
from vitre_civique.demo.accounts import DEMO_ACCOUNTS
from vitre_civique.demo.seed import STAFF_ROLES, seed_demo
from vitre_civique.urls import urlpatterns

pytestmark = pytest.mark.django_db
ROLES = ["", *(account.key for account in DEMO_ACCOUNTS)]
# What signing in and being somewhere leave behind.
UNCOUNTED = {"django_session", "usersessions_usersession"}
ENGLISH = re.compile(
    r"\b(sign in|sign out|sign up|log ?in|log ?out|password|save|delete|add|home|search|this field|"
    r"required|submit|cancel|next|previous|back|loading|error|page not found|go|filter|history|welcome|"
    r"recently|close|view site|none|yes|no|true|false|select|choose|today|now|unknown|email address)\b",
    re.IGNORECASE,
)


def town_as_it_stands():
    """A fingerprint of every table but sessions."""
    prints = {}
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - UNCOUNTED):
            cursor.execute(f"SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM {table} t")  # noqa: S608
            prints[table] = cursor.fetchone()[0]
    return prints


def changed(before):
    after = town_as_it_stands()
    return [table for table in after if after[table] != before.get(table)]


def faults_of(path, answer, soup):
    """What is wrong with one answer, in words."""
    if answer.status_code >= 400:
        yield f"{path}: answers {answer.status_code}"
    if soup is None:
        return
    if len(soup.select("h1")) != 1:
        yield f"{path}: {len(soup.select('h1'))} h1"
    if not soup.title or not soup.title.get_text(strip=True):
        yield f"{path}: no title"
    for tag in soup.select("script[src], link[rel=stylesheet], img[src], source[src], iframe[src]"):
        url = tag.get("src") or tag.get("href")
        if urlsplit(url).netloc or (urlsplit(url).scheme and not url.startswith("data:")):
            yield f"{path}: outside {url}"
    for words in english_in(soup):
        yield f"{path}: English « {words} »"


def english_in(soup):
    for tag in soup.select("script, style, template, code, svg"):
        tag.decompose()
    texts = [soup.get_text(" ", strip=True)]
    texts += [
        tag[name]
        for name in ("title", "aria-label", "alt", "placeholder", "value")
        for tag in soup.select(f"[{name}]:not([type=hidden], option, [type=radio], [type=checkbox], button)")
    ]
    for text in texts:
        for found in ENGLISH.finditer(text):
            yield text[max(0, found.start() - 25) : found.end() + 25]


@pytest.fixture
def demo(settings):
    settings.DEMO = True
    seed_demo(today=timezone.localdate())
    create_user(email="autre@exemple.fr")


@pytest.mark.parametrize("key", ROLES, ids=lambda key: key or "anonymous")
def test_reading_changes_nothing_and_nothing_breaks(demo, key):
    client = client_of(key)
    starts = ["/", reverse("missions:list"), reverse("pages:sitemap")]
    starts += [reverse("accounts:home"), reverse("missions:my_hour")] if key else []
    starts += [reverse("admin:index")] if key in STAFF_ROLES else []
    before = town_as_it_stands()

    # The desk is read in breadth as one agent; the other roles of the mairie open one page of each kind.
    breadth = {"alike": 1, "most": 120} if key in STAFF_ROLES and key != "agent" else {}
    pages = list(crawl(client, starts, **breadth))

    assert changed(before) == []
    assert len(pages) > 40
    faults = [fault for path, answer, soup in pages for fault in faults_of(path, answer, soup)]
    assert "\n".join(dict.fromkeys(faults)) == ""


def test_titles_are_unique(demo):
    """Two different pages never bear the same title (pages of one kind with the same words aside)."""
    titles = {}
    for path, _, soup in crawl(client_of("volontaire"), ["/", reverse("missions:my_hour")]):
        if soup and "?" not in path:
            titles.setdefault(soup.title.get_text(" ", strip=True), set()).add(pattern_of(path))

    assert {title: kinds for title, kinds in titles.items() if len(kinds) > 1} == {}


def every_url_with_values():
    """Every named address of the site, with believable values: also those no link leads to."""
    values = {"pk": Mission.objects.first().pk, "slug": "la-fleuriais", "month": "2026-11", "token": "x"}
    slot, signup = Slot.objects.first(), Signup.objects.first()
    from_path = {"creneaux": slot.pk, "inscriptions": signup.pk}
    for pattern in walk(urlpatterns):
        path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values.get(found[1], 1)), pattern)
        for word, value in from_path.items():
            if path.startswith(f"/{word}/"):
                path = re.sub(r"/\d+/", f"/{value}/", path, count=1)
        yield path


def walk(patterns, prefix=""):
    for each in patterns:
        route = prefix + getattr(each.pattern, "_route", "")
        if hasattr(each, "url_patterns"):
            yield from walk(each.url_patterns, route)
        elif hasattr(each.pattern, "_route"):
            yield route


@pytest.mark.parametrize("key", ROLES, ids=lambda key: key or "anonymous")
def test_no_address_breaks_or_writes_on_a_get(demo, key):
    client = client_of(key)
    before = town_as_it_stands()

    answers = {path: client.get(path).status_code for path in every_url_with_values()}

    # Nothing beats in a test: the readiness check is right to say so.
    assert {path: status for path, status in answers.items() if status >= 500} in ({}, {"/sante/pret": 503})
    assert changed(before) == []
