"""Walks the site by its links, as a role of the demonstration: a few pages of each kind."""

import re
from collections import deque
from urllib.parse import urljoin, urlsplit

from django.test import Client

from tests.page_reader import Page
from vitre_civique.accounts.models import User

# Pages of one kind look alike: this many of each pattern are read.
ALIKE = 2
MOST = 260


def client_of(key):
    client = Client(raise_request_exception=False)
    if key:
        client.force_login(User.objects.get(email=f"{key}@exemple.fr"))
    return client


def pattern_of(path):
    """« /missions/42/ » and « /missions/43/ » are one kind of page."""
    split = urlsplit(path)
    kinds = re.sub(r"\d+", "n", split.path)
    return f"{kinds}?{'&'.join(sorted(re.findall(r'([a-z_]+)=', split.query)))}"


def links_of(page, path):
    for tag in page.named("a"):
        yield from inner(tag["href"], path) if "href" in tag else ()


def inner(href, path):
    """The address on this site that a link of this page leads to, if it does."""
    url = urlsplit(urljoin(path, href))
    if not url.scheme and not url.netloc and url.path.startswith("/"):
        yield url.path + (f"?{url.query}" if url.query else "")


def crawl(client, starts, *, alike=ALIKE, most=MOST):
    """(path, answer, page or None) of every page reached, a few of each kind."""
    seen, kinds, queue = set(), {}, deque(starts)
    while queue and len(seen) < most:
        path = queue.popleft()
        kind = pattern_of(path)
        if path in seen or kinds.get(kind, 0) >= alike:
            continue
        seen.add(path)
        kinds[kind] = kinds.get(kind, 0) + 1
        answer = client.get(path)
        if 300 <= answer.status_code < 400:
            queue.extend(inner(answer["Location"], path))
        is_page = answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
        page = Page(answer.content) if is_page else None
        yield path, answer, page
        if page:
            queue.extend(links_of(page, path))
