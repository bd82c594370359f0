"""Every page each role can reach by links: reading changes nothing, nothing breaks, all of it is French."""

import re
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.urls import reverse

from missions.models import Mission, Signup, Slot
from tests.crawler import client_of, crawl, pattern_of
from vitre_civique.demo.accounts import DEMO_ACCOUNTS
from vitre_civique.demo.seed import STAFF_ROLES
from vitre_civique.urls import urlpatterns

pytestmark = pytest.mark.django_db
ROLES = ["", *(account.key for account in DEMO_ACCOUNTS)]
# Those who never stand twice on one step of a questionnaire, under the two addresses it has.
TITLED = ("", "volontaire", "jeune")
# Attributes whose value people see or hear.
WORDED = ("title", "aria-label", "alt", "placeholder", "value")
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


def faults_of(path, answer, page):
    """What is wrong with one answer, in words."""
    if answer.status_code >= 400:
        yield f"{path}: answers {answer.status_code}"
    if page is None:
        return
    if (headings := len(page.named("h1"))) != 1:
        yield f"{path}: {headings} h1"
    if not page.title:
        yield f"{path}: no title"
    for url in fetched_by(page):
        if urlsplit(url).netloc or (urlsplit(url).scheme and not url.startswith("data:")):
            yield f"{path}: outside {url}"
    for words in english_in(page):
        yield f"{path}: English « {words} »"


def fetched_by(page):
    """What the browser fetches by itself for this page."""
    yield from (tag["src"] for tag in page.named("script", "img", "source", "iframe") if "src" in tag)
    yield from (tag.get("href", "") for tag in page.named("link") if tag.get("rel") == "stylesheet")


def english_in(page):
    for text in [page.text, *said_by_attributes(page)]:
        for found in ENGLISH.finditer(text):
            yield text[max(0, found.start() - 25) : found.end() + 25]


def said_by_attributes(page):
    for name, attributes, is_read in page.tags:
        is_chosen = name in ("option", "button") or attributes.get("type") in ("hidden", "radio", "checkbox")
        if is_read and not is_chosen:
            yield from (attributes[each] for each in WORDED if each in attributes)


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
def test_reading_changes_nothing_and_nothing_breaks(demo, key):
    client = client_of(key)
    starts = ["/", reverse("missions:list"), reverse("pages:sitemap")]
    starts += [reverse("accounts:home"), reverse("missions:my_hour")] if key else []
    starts += [reverse("admin:index")] if key in STAFF_ROLES else []
    before = town_as_it_stands()

    # The desk is read in breadth as one agent; the other roles of the mairie open one page of each kind.
    breadth = {"alike": 1, "most": 120} if key in STAFF_ROLES and key != "agent" else {}
    titles, faults, statuses = {}, [], {}
    for path, answer, page in crawl(client, starts, **breadth):
        statuses[path] = answer.status_code
        faults += faults_of(path, answer, page)
        if page and "?" not in path:
            titles.setdefault(page.title, set()).add(pattern_of(path))

    assert changed(before) == []
    assert len(statuses) > 40
    assert "\n".join(dict.fromkeys(faults)) == ""
    if key in TITLED:
        # Two different pages never bear the same title (pages of one kind with the same words aside).
        assert {title: kinds for title, kinds in titles.items() if len(kinds) > 1} == {}

    # Every address of the site: also those no link leads to.
    for path in every_url_with_values():
        if path not in statuses:
            statuses[path] = client.get(path).status_code

    # Nothing beats in a test: the readiness check is right to say so.
    assert {path: status for path, status in statuses.items() if status >= 500} in ({}, {"/sante/pret": 503})
    assert changed(before) == []
