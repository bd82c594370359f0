"""Walks the site by its links, as a role of the demonstration: a few pages of each kind."""

import re
from collections import deque
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup
from django.test import Client

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


def links_of(soup, path):
    for tag in soup.select("a[href]"):
        url = urlsplit(urljoin(path, tag["href"]))
        if not url.scheme and not url.netloc and url.path.startswith("/"):
            yield url.path + (f"?{url.query}" if url.query else "")


def crawl(client, starts, *, alike=ALIKE, most=MOST):
    """(path, answer, soup or None) of every page reached, a few of each kind."""
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
            queue.extend(links_of(BeautifulSoup(f'<a href="{answer["Location"]}">', "html.parser"), path))
        is_page = answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
        soup = BeautifulSoup(answer.content, "html.parser") if is_page else None
        yield path, answer, soup
        if soup:
            queue.extend(links_of(soup, path))
