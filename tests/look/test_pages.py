"""Our own pages: one title, French, nothing from elsewhere; and the pages of bad days."""

import re
from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from vitre_civique import views
from vitre_civique.lib.accessibility import Audit, conformity
from vitre_civique.lib.context import phone_link

PAGES = [
    "home",
    *(f"pages:{name}" for name in ("give", "ask", "report", "help", "contact", "charter", "criteria")),
    *(f"pages:{name}" for name in ("accessibility", "legal", "privacy", "cookies", "sitemap", "appearance")),
    "offline",
]
pytestmark = pytest.mark.django_db


def soup_of(response):
    return BeautifulSoup(response.content, "html.parser")


@pytest.mark.parametrize("name", PAGES)
def test_page_has_one_title_and_no_skipped_level(client, name):
    page = soup_of(client.get(reverse(name)))
    levels = [int(heading.name[1]) for heading in page.find_all(re.compile("^h[1-6]$"))]

    assert (levels[0], levels.count(1)) == (1, 1)
    assert [(a, b) for a, b in zip(levels, levels[1:], strict=False) if b > a + 1] == []


@pytest.mark.parametrize("name", PAGES)
def test_page_is_french_and_names_the_town_hall(client, name):
    page = soup_of(client.get(reverse(name)))

    assert page.html["lang"] == "fr"
    assert settings.TOWN["phone"] in page.get_text()
    assert [tag.name for tag in page.find_all(style=True)] == []
    assert [tag for tag in page.find_all("script") if not tag.get("src")] == []
    assert [tag for tag in page.find_all() for key in tag.attrs if key.startswith("on")] == []


@pytest.mark.parametrize("name", PAGES)
def test_page_loads_nothing_from_elsewhere(client, name):
    page = soup_of(client.get(reverse(name)))
    assets = [tag["src"] for tag in page.find_all(src=True)]
    assets += [tag["href"] for tag in page.find_all("link", href=True)]

    assert [asset for asset in assets if not asset.startswith("/") or asset.startswith("//")] == []


def test_titles_and_descriptions_are_unique(client):
    pages = [soup_of(client.get(reverse(name))) for name in PAGES]
    titles = [page.title.string for page in pages]

    assert len(set(titles)) == len(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_internal_links_lead_somewhere(client, name):
    page = soup_of(client.get(reverse(name)))
    links = {link["href"].partition("#")[0] for link in page.find_all("a", href=True)}
    broken = [
        link for link in links if link.startswith("/") and client.get(link).status_code not in (200, 302)
    ]

    assert broken == []


def test_every_page_says_its_accessibility(client):
    assert "Accessibilité : non conforme" in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("done_on", "percent", "said"),
    [
        (date(2026, 1, 10), 100, "totalement conforme"),
        (date(2026, 1, 10), 99, "partiellement conforme"),
        (date(2026, 1, 10), 50, "partiellement conforme"),
        (date(2026, 1, 10), 49, "non conforme"),
        (date(2023, 11, 24), 100, "totalement conforme"),
        (date(2023, 11, 23), 100, "non conforme"),
    ],
)
def test_conformity_follows_the_audit_for_three_years(done_on, percent, said):
    assert conformity(Audit(done_on, percent, "un cabinet"), today=date(2026, 11, 23)) == said


def test_conformity_without_audit():
    assert conformity(None, today=date(2026, 11, 23)) == "non conforme"


def test_conformity_of_an_audit_of_29_february():
    assert conformity(Audit(date(2024, 2, 29), 100, "x"), today=date(2026, 11, 23)) == "totalement conforme"


def test_phone_link_is_international():
    assert phone_link("02 99 75 05 21") == "+33299750521"


def test_theme_is_kept_in_this_browser_and_forgotten_on_demand(client):
    client.post("/apparence/", {"theme": "sombre", "retour": "/aide/"})
    dark = soup_of(client.get("/"))
    client.post("/apparence/", {"theme": "auto"})
    automatic = soup_of(client.get("/"))

    assert dark.html["data-theme"] == "sombre"
    assert [link["media"] for link in dark.select("link[href*=tokens-dark]")] == ["screen"]
    assert "data-theme" not in automatic.html.attrs
    assert [link["media"] for link in automatic.select("link[href*=tokens-dark]")] == [
        "screen and (prefers-color-scheme: dark)"
    ]


@pytest.mark.parametrize("elsewhere", ["https://exemple.com/", "//exemple.com", "javascript:alert(1)"])
def test_theme_form_sends_nobody_elsewhere(client, elsewhere):
    response = client.post("/apparence/", {"theme": "clair", "retour": elsewhere})

    assert response.url == "/apparence/"


def test_an_unknown_theme_is_ignored(client):
    client.cookies["theme"] = "<script>"

    assert "data-theme" not in soup_of(client.get("/")).html.attrs


# --- Bad days ---------------------------------------------------------------------------------------------


def test_not_found_page(client):
    response = client.get("/rien/du/tout/")

    assert (response.status_code, soup_of(response).h1.string) == (
        404,
        "Cette page n’existe pas, ou n’existe plus",
    )
    assert settings.TOWN["phone"] in response.content.decode()


@pytest.mark.parametrize(
    ("handler", "exception", "status", "title"),
    [
        (views.forbidden, PermissionDenied(), 403, "Cette page ne vous est pas ouverte"),
        (views.bad_request, RequestDataTooBig(), 413, "Ce que vous envoyez est trop lourd"),
        (views.bad_request, ValueError(), 400, "Nous n’avons pas compris cette demande"),
    ],
)
def test_handlers_answer_in_french(rf, handler, exception, status, title):
    request = rf.get("/")
    request.user = AnonymousUser()

    response = handler(request, exception)

    assert (response.status_code, soup_of(response).h1.string) == (status, title)
    assert settings.TOWN["phone"] in response.content.decode()


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (ValueError, 500, "Pardon, quelque chose s’est cassé de notre côté"),
        (OperationalError, 503, "Le site fait une courte pause"),
    ],
)
def test_crash_page_stands_alone(rf, django_assert_num_queries, error, status, title):
    try:
        raise error("the reason stays in the log")
    except error:
        with django_assert_num_queries(0):
            response = views.server_error(rf.get("/"))

    page = soup_of(response)
    assert (response.status_code, page.h1.string) == (status, title)
    assert settings.TOWN["phone"] in page.get_text()
    assert "the reason" not in response.content.decode()


def test_expired_session_says_nothing_is_lost():
    client = Client(enforce_csrf_checks=True)

    response = client.post("/apparence/", {"theme": "sombre"})

    assert (response.status_code, soup_of(response).h1.string) == (403, "Votre session a expiré")


def test_too_many_requests_page(rf):
    assert "Un instant" in render_to_string("429.html", request=rf.get("/"))


# --- For machines -----------------------------------------------------------------------------------------


def test_security_txt_has_what_the_standard_asks(client):
    lines = client.get("/.well-known/security.txt").content.decode().splitlines()
    fields = dict(line.split(": ", 1) for line in lines if line)

    assert list(fields) == ["Contact", "Expires", "Preferred-Languages", "Canonical"]
    assert fields["Contact"] == f"mailto:{settings.TOWN['email']}"
    assert fields["Canonical"] == f"{settings.SITE_URL}/.well-known/security.txt"


def test_robots_keeps_machines_out_of_the_desk(client):
    response = client.get("/robots.txt")

    assert "Disallow: /gestion/" in response.content.decode().splitlines()
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_manifest_names_the_site_in_french(client, settings):
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    manifest = client.get("/manifest.webmanifest").json()

    assert (manifest["name"], manifest["lang"], manifest["start_url"]) == ("Vitré civique", "fr", "/")
    answers = [client.get(icon["src"]) for icon in manifest["icons"]]
    for answer in answers:
        answer.close()
    assert [answer.status_code for answer in answers] == [200, 200, 200]
