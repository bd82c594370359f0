"""Each main page beside two floors, in one process: `python -m benchmarks.pages ROWS`, JSON lines out.

The WSGI application is called directly: what is measured is the server's own work for a page, without
the noise of sockets. Floors: an empty view without middleware; the same middleware and a static template.
"""

import io
import os
import resource
import sys
from importlib import import_module

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vitre_civique.settings")
django.setup()

from django.conf import settings  # noqa: E402 (Django must be set up first, here and below)
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext, override_settings  # noqa: E402

from benchmarks.measure import rounds_of, say, summary  # noqa: E402
from missions.models import Slot  # noqa: E402
from quartiers.models import Quartier  # noqa: E402
from vitre_civique.accounts.models import User  # noqa: E402
from volunteers.models import Volunteer  # noqa: E402

STATIC_PAGE = "/banc/gabarit/"


def main(rows):
    settings.ROOT_URLCONF = "benchmarks.urls"
    settings.TEMPLATES[0]["DIRS"].append(settings.BASE_DIR / "benchmarks" / "templates")
    with override_settings(MIDDLEWARE=[]):
        bare = WSGIHandler()
    site = WSGIHandler()
    floor = measure(bare, "/banc/vide/")
    say("floor", rows=rows, page="empty view", **floor)
    for who, cookie in (("anonymous", ""), ("volunteer", cookie_of(a_volunteer()))):
        floor = measure(site, STATIC_PAGE, cookie)
        say("floor", rows=rows, page="static template", who=who, **floor)
        for page, path in pages_for(who):
            taken = measure(site, path, cookie)
            say(
                "page",
                rows=rows,
                page=page,
                who=who,
                of_static=round(taken["per_second"] / floor["per_second"], 3),
                **taken,
            )
    say(
        "memory",
        rows=rows,
        process="web",
        mebibytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )


def pages_for(who):
    slot = Slot.objects.filter(mission__state="published", mission__quartier__isnull=False).latest(
        "starts_at"
    )
    quartier = Quartier.objects.order_by("id").first()
    yield "home", "/"
    yield "missions", "/missions/"
    yield "mission", f"/missions/{slot.mission_id}/"
    yield "calendar", "/missions/calendrier/"
    yield "map", "/quartiers/"
    yield "quartier", f"/quartiers/{quartier.slug}/"
    if who == "volunteer":
        yield "my hour", "/mon-heure/"


def measure(handler, path, cookie=""):
    status, body = call(handler, path, cookie)
    if status != "200 OK":
        raise SystemExit(f"{path}: {status}")
    with CaptureQueriesContext(connection) as queries:
        call(handler, path, cookie)
    asked = len(queries)  # now: the next request starts a new log
    return {**summary(rounds_of(lambda: call(handler, path, cookie))), "queries": asked, "bytes": len(body)}


def call(handler, path, cookie=""):
    answer = {}
    place, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": place,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "HTTP_COOKIE": cookie,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
    }
    response = handler(environ, lambda status, headers: answer.update(status=status))
    body = b"".join(response)
    response.close()
    return answer["status"], body


def a_volunteer():
    """Somebody who pledges, with a quartier: the ordinary signed-in person."""
    return User.objects.get(
        pk=Volunteer.objects.filter(
            quartier__isnull=False, stopped_at__isnull=True, paused_until__isnull=True, pledges__isnull=False
        )
        .order_by("id")
        .values_list("user_id", flat=True)[0]
    )


def cookie_of(user):
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


if __name__ == "__main__":
    main(int(sys.argv[1]))
