"""SEC-20, literally, on every kind of answer."""

import re
from pathlib import Path

import pytest

from vitre_civique.lib.security_headers import has_session

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'"
)
OPEN_URLS = (Path(__file__).parents[1] / "accounts" / "open_urls.txt").read_text(encoding="utf-8").split()
ANSWERS = [
    ("/", 200),
    ("/aide/", 200),
    ("/accessibilite/", 200),
    ("/robots.txt", 200),
    ("/.well-known/security.txt", 200),
    ("/manifest.webmanifest", 200),
    ("/hors-ligne.js", 200),
    ("/hors-ligne/", 200),
    ("/cette-page-n-existe-pas/", 404),
    ("/gestion/", 302),
    ("/static/css/app.css", 200),
    ("/sante/vivant", 200),
]


@pytest.fixture(autouse=True)
def static_files(settings):
    """Static files straight from their folders: the suite runs without collectstatic."""
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "status"), ANSWERS)
def test_every_answer_carries_the_exact_policy(client, path, status):
    response = client.get(path)
    response.close()

    assert (response.status_code, response.headers["Content-Security-Policy"]) == (status, POLICY)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/gestion/login/", "/gestion/"])
def test_admin_login_carries_the_exact_policy(client, path):
    response = client.get(path, follow=True)

    assert response.headers["Content-Security-Policy"] == POLICY


@pytest.mark.django_db
def test_a_crash_carries_the_exact_policy(client, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("vitre_civique.views.AUDIT", BrokenAudit())

    response = client.get("/accessibilite/")

    assert (response.status_code, response.headers["Content-Security-Policy"]) == (500, POLICY)


class BrokenAudit:
    def __bool__(self):
        raise RuntimeError


@pytest.mark.django_db
def test_other_headers(client):
    headers = client.get("/").headers

    assert {name: headers[name] for name in OTHERS} == OTHERS
    assert "publickey-credentials-get=(self)" in headers["Permissions-Policy"]
    assert "camera=()" in headers["Permissions-Policy"]


OTHERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


@pytest.mark.django_db
def test_pages_of_a_session_are_not_stored(client, settings):
    anonymous = client.get("/")
    client.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32

    known = client.get("/")

    assert "Cache-Control" not in anonymous.headers
    assert set(known.headers["Cache-Control"].split(", ")) == {"private", "no-store"}


@pytest.mark.django_db
@pytest.mark.parametrize("page", [page for page in OPEN_URLS if "<str:token>" in page])
def test_pages_opened_by_a_link_of_a_mail_are_not_stored(client, page):
    path = re.sub(r"<(?:str|int):(\w+)>", "1", page)

    headers = client.get(path).headers

    assert {"private", "no-store"} <= set(headers["Cache-Control"].split(", "))


@pytest.mark.django_db
def test_static_files_stay_cacheable_in_a_session(client, settings):
    client.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32

    response = client.get("/static/css/app.css")
    response.close()

    assert "no-store" not in response.headers["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/donner-une-heure/", "/aide/", "/plan-du-site/", "/accessibilite/"])
def test_public_pages_set_no_cookie_and_ask_nothing_of_the_database(client, django_assert_num_queries, path):
    with django_assert_num_queries(0):
        response = client.get(path)

    assert list(response.cookies) == []


@pytest.mark.django_db
def test_home_sets_no_cookie(client):
    assert list(client.get("/").cookies) == []


def test_has_session_sees_a_cookie_that_leaves(rf, settings):
    request = rf.get("/")
    response = type("Response", (), {"cookies": {settings.SESSION_COOKIE_NAME: ""}})()

    assert has_session(request, response)
