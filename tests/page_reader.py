"""Reads a page once, from its first sign to its last: what a crawl of hundreds of pages asks of each.

A tree of BeautifulSoup costs several times more; `soup` grows one for whoever needs it.
"""

from functools import cached_property
from html.parser import HTMLParser

from bs4 import BeautifulSoup

# Nobody reads what stands inside these.
UNREAD = {"script", "style", "template", "code", "svg"}


class Page(HTMLParser):
    """`tags`: (name, {attribute: value}, whether people read it) of every tag; `texts`: every piece read."""

    def __init__(self, content: bytes):
        super().__init__()
        self.content = content
        self.tags, self.texts, self._titles = [], [], []
        self._unread = 0
        self._in_title = False
        self.feed(content.decode(errors="replace"))
        self.close()

    @cached_property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.content, "html.parser")

    @property
    def title(self) -> str:
        return " ".join(self._titles)

    @property
    def text(self) -> str:
        return " ".join(self.texts)

    def named(self, *names):
        return [attributes for name, attributes, _ in self.tags if name in names]

    def handle_starttag(self, tag, attrs):
        self._unread += tag in UNREAD
        self.tags.append((tag, {name: value or "" for name, value in attrs}, not self._unread))
        self._in_title = tag == "title" and not self._unread

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if tag in UNREAD:
            self._unread = max(0, self._unread - 1)
        self._in_title = False

    def handle_data(self, data):
        if not self._unread and (words := data.strip()):
            self.texts.append(words)
            if self._in_title:
                self._titles.append(words)
