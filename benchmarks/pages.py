"""Each main page beside two floors, in one process: `python -m benchmarks.pages ROWS`, JSON lines out.

The WSGI application is called directly: what is measured is the server's own work for a page, without
the noise of sockets. Floors: an empty view without middleware; the same middleware and a static template.
"""

import io
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vitre_civique.settings")
django.setup()

from django.conf import settings  # noqa: E402 (Django must be set up first, here and below)
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext, override_settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.measure import resident_mebibytes, say, side_by_side  # noqa: E402
from benchmarks.sessions import cookie_of  # noqa: E402
from missions import browse  # noqa: E402
from missions.models import Slot  # noqa: E402
from quartiers.models import Quartier  # noqa: E402
from vitre_civique.accounts.models import User  # noqa: E402
from vitre_civique.accounts.roles import Role, grant_role  # noqa: E402
from volunteers.models import Volunteer  # noqa: E402

STATIC_PAGE = "/banc/gabarit/"
CARDS = 20  # of the mission list whose budget counts


def main(rows):
    settings.ROOT_URLCONF = "benchmarks.urls"
    settings.TEMPLATES[0]["DIRS"].append(settings.BASE_DIR / "benchmarks" / "templates")
    browse.PAGE_SIZE = CARDS
    with override_settings(MIDDLEWARE=[]):
        bare = WSGIHandler()
    site = WSGIHandler()
    connection.settings_dict["CONN_MAX_AGE"] = None  # one process of PostgreSQL, whose cost is read
    connection.ensure_connection()
    floor, _ = measured(bare, {"empty view": "/banc/vide/"})
    say("floor", rows=rows, page="empty view", **floor["empty view"])
    for who, cookie in visitors():
        found, facts = measured(site, {"static template": STATIC_PAGE, **pages_for(who)}, cookie)
        floor = found.pop("static template")
        say("floor", rows=rows, page="static template", who=who, **floor, **facts["static template"])
        for page, taken in found.items():
            of_static = round(floor["cpu_ms"] / taken["cpu_ms"], 3)
            say("page", rows=rows, page=page, who=who, of_static=of_static, **taken, **facts[page])
    say("memory", rows=rows, process="web", mebibytes=round(resident_mebibytes()))


def visitors():
    """(who, cookie): nobody, a volunteer, an agent of the town hall."""
    yield "anonymous", ""
    yield "volunteer", cookie_of(a_volunteer())
    yield "agent", cookie_of(an_agent())


def pages_for(who) -> dict:
    if who == "agent":
        return {
            "desk": "/gestion/",
            "desk missions": "/gestion/missions/mission/",
            "desk needs": "/gestion/quartiers/needreport/",
        }
    slot = Slot.objects.filter(mission__state="published", mission__quartier__isnull=False).latest(
        "starts_at"
    )
    quartier = Quartier.objects.order_by("id").first()
    pages = {
        "home": "/",
        "missions": "/missions/",
        "mission": f"/missions/{slot.mission_id}/",
        "calendar": "/missions/calendrier/",
        "map": "/quartiers/",
        "quartier": f"/quartiers/{quartier.slug}/",
    }
    return pages | ({"my hour": "/mon-heure/"} if who == "volunteer" else {})


def measured(handler, pages: dict, cookie=""):
    """({page: figures}, {page: queries and bytes})."""
    facts = {}
    for page, path in pages.items():
        status, body = call(handler, path, cookie)
        if status != "200 OK":
            raise SystemExit(f"{path}: {status}")
        with CaptureQueriesContext(connection) as queries:
            call(handler, path, cookie)
        # Counted now: the next request starts a new log.
        facts[page] = {"queries": len(queries), "bytes": len(body)}
    calls = {page: (lambda path=path: call(handler, path, cookie)) for page, path in pages.items()}
    pid = connection.connection.info.backend_pid
    return side_by_side(calls, database_pid=pid), facts


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


def an_agent():
    """Of the town hall, with all that an agent may do."""
    user, _ = User.objects.get_or_create(
        email="agent.du.banc@exemple.fr", defaults={"first_name": "Agent", "last_name": "du banc"}
    )
    grant_role(user, Role.AGENT, by=None, now=timezone.now())
    return user


if __name__ == "__main__":
    main(int(sys.argv[1]))
