"""The crawl sees what it looks for: a reader that missed it would let every page pass."""

from bs4 import BeautifulSoup
from django.http import HttpResponse
from django.test import Client

from tests.crawler import links_of
from tests.journeys.test_crawl import faults_of
from tests.page_reader import Page

WRONG = """<!doctype html><html lang="fr"><head><title></title><script src="https://ailleurs.fr/a.js"></script>
<link rel="stylesheet" href="//ailleurs.fr/b.css"><link rel="icon" href="https://ailleurs.fr/c.png"></head>
<body><h1>Une</h1><h1>Deux</h1><p>Please <b>save</b> &eacute;t&eacute;</p><img src="data:," alt="Search">
<script>let next = "cancel"</script><svg><title>delete</title></svg><code>select</code>
<input type="hidden" value="add"><input type="text" value="yes"><button value="no">Oui</button>
<template><p>loading</p></template><br><a href="/missions/?page=2#bas">Suite</a><a href="//ailleurs.fr/">x</a>
</body></html>"""


def test_reader_finds_each_fault_and_nothing_that_people_do_not_read():
    faults = list(faults_of("/", HttpResponse(WRONG), Page(WRONG.encode())))

    assert [fault for fault in faults if "English" not in fault] == [
        "/: 2 h1",
        "/: no title",
        "/: outside https://ailleurs.fr/a.js",
        "/: outside //ailleurs.fr/b.css",
    ]
    assert [fault.partition("« ")[2] for fault in faults if "English" in fault] == [
        "Une Deux Please save été Oui Suite x »",
        "Search »",
        "yes »",
    ]
    assert list(links_of(Page(WRONG.encode()), "/")) == ["/missions/?page=2"]


def test_reader_reads_a_page_as_a_tree_does(db):
    content = Client().get("/").content
    page, tree = Page(content), BeautifulSoup(content, "html.parser")

    assert page.title == tree.title.get_text(strip=True)
    assert [name for name, *_ in page.tags] == [tag.name for tag in tree.find_all()]
    for tag in tree.select("script, style, template, code, svg"):
        tag.decompose()
    assert page.text.split() == tree.get_text(" ", strip=True).split()
