"""The front door: home, edited pages, what machines ask for, and the pages of bad days."""

import sys
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods

from missions.browse import next_cards, suggested_cards
from missions.collection_pages import running_block
from missions.models import SignupState
from missions.my_hour import to_say, upcoming
from volunteers.profiles import own_volunteer

from .lib.accessibility import AUDIT
from .lib.context import THEME_COOKIE, THEMES, town_facts
from .lib.months import local_day
from .lib.navigation import safe_back

THEME_COOKIE_AGE = timedelta(days=180)


@login_not_required
@require_GET
def home(request):
    """For a volunteer: what waits for a word, the next meeting, what suits. For others: the next missions."""
    now, volunteer = timezone.now(), own_volunteer(request.user)
    context = {"running": running_block(local_day(now))}
    if volunteer is None:
        return render(request, "home.html", {**context, "cards": next_cards(3, now)})
    volunteer.user = request.user
    context |= {
        "volunteer": volunteer,
        "signup": to_say(volunteer, now=now).first(),
        "meeting": upcoming(volunteer, now=now).filter(state=SignupState.CONFIRMED).first(),
        "cards": suggested_cards(volunteer, 3, now),
    }
    return render(request, "home.html", context)


@login_not_required
@require_GET
def edited_page(request, *, page):
    """One of our own texts, `templates/pages/<page>.html`."""
    return render(request, f"pages/{page}.html", {"audit": AUDIT})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def appearance(request):
    """Light, dark or the device's own choice: kept in a cookie of this browser, never on a person."""
    if request.method != "POST":
        return render(
            request, "pages/appearance.html", {"back": safe_back(request, request.GET.get("retour"))}
        )
    response = redirect(safe_back(request, request.POST.get("retour")) or reverse("pages:appearance"))
    if request.POST.get("theme") in THEMES:
        age = int(THEME_COOKIE_AGE.total_seconds())
        response.set_cookie(
            THEME_COOKIE,
            request.POST["theme"],
            max_age=age,
            samesite="Lax",
            secure=settings.HTTPS,
            httponly=True,
        )
    else:
        response.delete_cookie(THEME_COOKIE, samesite="Lax")
    return response


# --- For machines -----------------------------------------------------------------------------------------


@login_not_required
@require_GET
def robots(request):
    return text(render_to_string("machines/robots.txt", {"site_url": settings.SITE_URL}))


@login_not_required
@require_GET
def security_txt(request):
    expires = (timezone.now() + timedelta(days=180)).strftime("%Y-%m-%dT00:00:00Z")
    context = {"site_url": settings.SITE_URL, "email": settings.TOWN["email"], "expires": expires}
    return text(render_to_string("machines/security.txt", context))


@login_not_required
@require_GET
@cache_control(max_age=3600, public=True)
def manifest(request):
    icons = [
        {"src": static("img/favicon.svg"), "sizes": "any", "type": "image/svg+xml"},
        {"src": static("img/icon-180.png"), "sizes": "180x180", "type": "image/png"},
        {"src": static("img/icon-512.png"), "sizes": "512x512", "type": "image/png"},
    ]
    body = {
        "name": "Vitré civique",
        "short_name": "Vitré civique",
        "description": "Une heure par mois pour un voisin, la commune ou une association.",
        "lang": "fr",
        "start_url": reverse("home"),
        "display": "minimal-ui",
        "background_color": "#fbf9f5",
        "theme_color": "#24405c",
        "icons": icons,
    }
    return JsonResponse(
        body, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False}
    )


@login_not_required
@require_GET
@cache_control(max_age=3600, public=True)
def offline_worker(request):
    """The service worker: it keeps one page, the one that gives the town hall's number without a network."""
    kept = [reverse("offline"), static("css/error.css"), static("img/favicon.svg")]
    script = render_to_string("machines/offline_worker.js", {"kept": kept, "page": reverse("offline")})
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


@login_not_required
@require_GET
def offline(request):
    return HttpResponse(bare("offline.html"))


def text(body):
    return HttpResponse(body, content_type="text/plain; charset=utf-8")


# --- Bad days ---------------------------------------------------------------------------------------------


def bad_request(request, exception=None):
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        return render(request, "413.html", status=413)
    return render(request, "400.html", status=400)


def forbidden(request, exception=None):
    return render(request, "403.html", status=403)


def not_found(request, exception=None):
    return render(request, "404.html", status=404)


def server_error(request):
    """Says sorry without touching what may be broken. The database away is a 503, worth trying again."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return HttpResponse(bare("503.html"), status=503, headers={"Retry-After": "60"})
    return HttpResponse(bare("500.html"), status=500)


def bare(template):
    return render_to_string(template, {"town": town_facts()})
