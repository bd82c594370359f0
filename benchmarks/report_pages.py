"""The pages of reports, asked of two databases turn by turn: `python -m benchmarks.report_pages 100 100000`.

Called by reports.py, which seeds the databases `town_100` and `town_100000`. JSON lines out.
"""

import statistics
import sys
import time
from dataclasses import dataclass

from benchmarks.pages import call, cookie_of  # first: it sets Django up

# ruff: isort: split
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from benchmarks.measure import say
from quartiers.models import NeedReport, Quartier
from quartiers.open311 import keys
from vitre_civique.accounts.models import User
from vitre_civique.accounts.roles import Role, grant_role

TURNS, SECONDS = 5, 0.4
QUEUE = "/gestion/quartiers/needreport/"


@dataclass
class Page:
    name: str
    path: str
    is_for_agents: bool = False
    entry: bytes = b""  # what each row of a feed begins with


def main(sizes):
    keys.READS_A_MINUTE = 10**9  # one address asks for everything here
    site, cookies, pages = WSGIHandler(), {}, {}
    for rows in sizes:
        use(rows)
        cookies[rows] = cookie_of_agent()
        pages[rows] = list(pages_of_town())
    for few, many in zip(pages[sizes[0]], pages[sizes[-1]], strict=True):
        both = {sizes[0]: few, sizes[-1]: many}
        asked = {rows: (page.path, cookies[rows] * page.is_for_agents) for rows, page in both.items()}
        measure(site, few, asked)


def measure(site, page, asked):
    """One JSON line: the median of the page in each town, their ratio, what it shows and asks."""
    taken, entries, queries = {rows: [] for rows in asked}, [], 0
    for rows, (path, cookie) in asked.items():
        use(rows)
        status, body = call(site, path, cookie)
        if status != "200 OK":
            raise SystemExit(f"{path}: {status}")
        entries.append(body.count(page.entry) if page.entry else 0)
        with CaptureQueriesContext(connection) as seen:
            call(site, path, cookie)
        queries = max(queries, len(seen))
    for _ in range(TURNS):
        for rows, (path, cookie) in asked.items():
            use(rows)
            call(site, path, cookie)
            until = time.perf_counter() + SECONDS
            while time.perf_counter() < until:
                started = time.perf_counter()
                call(site, path, cookie)
                taken[rows].append(1000 * (time.perf_counter() - started))
    few, many = (statistics.median(durations) for durations in taken.values())
    say(
        "reports page",
        page=page.name,
        few_ms=round(few, 1),
        many_ms=round(many, 1),
        ratio=round(many / few, 2),
        entries=entries,
        queries=queries,
    )


def use(rows):
    """From now on this process asks the database of that town."""
    connection.close()
    connection.settings_dict["NAME"] = f"town_{rows}"


def pages_of_town():
    quartier = Quartier.objects.filter(is_pilot=True).order_by("-population").first()
    report = NeedReport.objects.public().latest("filed_at", "id")
    yield Page("queue", QUEUE, is_for_agents=True)
    yield Page("queue, open ones", f"{QUEUE}?etat=ouvertes", is_for_agents=True)
    yield Page("queue, late ones", f"{QUEUE}?retard=oui", is_for_agents=True)
    yield Page("queue, one quartier", f"{QUEUE}?quartier__id__exact={quartier.pk}", is_for_agents=True)
    yield Page("start page of the desk", "/gestion/", is_for_agents=True)
    yield Page("report at the desk", f"{QUEUE}{report.pk}/change/", is_for_agents=True)
    yield Page("list", reverse("quartiers:reports"))
    yield Page("list of a quartier", reverse("quartiers:quartier_reports", args=[quartier.slug]))
    yield Page("report", report.get_absolute_url())
    yield Page("map", reverse("missions:map"))
    yield Page("month of the town", reverse("missions:town_month"))
    yield Page("month of a quartier", reverse("missions:quartier_month", args=[quartier.slug]))
    yield Page("Atom", reverse("quartiers:reports_atom", args=[quartier.slug]), entry=b"<entry>")
    yield Page(
        "planned works (.ics)", reverse("quartiers:works_ics", args=[quartier.slug]), entry=b"BEGIN:VEVENT"
    )
    yield Page("GeoJSON", reverse("quartiers:reports_geojson", args=[quartier.slug]), entry=b'"Feature"')
    yield Page("Open311 requests", reverse("open311:requests", args=["json"]), entry=b'"service_request_id"')


def cookie_of_agent():
    """A session of an agent who used a second factor a moment ago; made anew in each town."""
    agent = User.objects.create(email="agente.du.banc@exemple.fr", first_name="Agente", last_name="Du Banc")
    grant_role(agent, Role.AGENT, by=None, now=timezone.now())
    TOTP.activate(agent, generate_totp_secret())
    cookie = cookie_of(agent)
    session = SessionStore(cookie.removeprefix(f"{settings.SESSION_COOKIE_NAME}="))
    session["account_authentication_methods_user"] = str(agent.pk)
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time()}]
    session.save()
    return cookie


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]])
