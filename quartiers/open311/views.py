"""GeoReport v2: what other tools read of the public reports, and how they file one."""

from functools import wraps
from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from quartiers.models import Category, Open311Key, Source

from . import documents, filing, keys, reading
from .encoding import Refusal, answer, refused

JURISDICTION = "vitre.fr"
LARGEST_POST = 20_000  # bytes
SCHEMAS = Path(__file__).parent / "schemas.json"


def endpoint(*methods):
    """A public address of the API: its errors are Open311's, its key (not a cookie) is what allows."""

    def decorate(view):
        @csrf_exempt
        @login_not_required
        @wraps(view)
        def guarded(request, fmt, **kwargs):
            try:
                if request.method not in methods:
                    raise Refusal(405, f"Ici, seulement {' ou '.join(methods)}.")
                keys.may_read(request)
                check_jurisdiction(request)
                return view(request, fmt, **kwargs)
            except Refusal as refusal:
                return refused(fmt, refusal)

        return guarded

    return decorate


def check_jurisdiction(request):
    """Optional, since one town answers here; another town's is not found."""
    if request.GET.get("jurisdiction_id", JURISDICTION) != JURISDICTION:
        raise Refusal(404, f"jurisdiction_id inconnu : ici, c’est « {JURISDICTION} ».")


@endpoint("GET", "HEAD")
def discovery(request, fmt):
    base = request.build_absolute_uri(reverse("open311:services", args=["xml"])).removesuffix("/services.xml")
    docs = request.build_absolute_uri(reverse("open311:docs"))
    return answer(fmt, "discovery", documents.discovery(base, docs))


@endpoint("GET", "HEAD")
def services(request, fmt):
    active = Category.objects.filter(is_active=True).order_by("family", "position", "name", "id")
    return answer(fmt, "services", ("service", [documents.service(category) for category in active]))


@endpoint("GET", "HEAD")
def service_definition(request, fmt, code):
    return answer(fmt, "service_definition", documents.definition(category_or_refuse(code)))


@endpoint("GET", "HEAD", "POST")
def requests(request, fmt):
    if request.method == "POST":
        return file_request(request, fmt)
    found = reading.for_requests(request.GET, now=timezone.now())
    return answer(fmt, "service_requests", ("request", [documents.request(report) for report in found]))


@endpoint("GET", "HEAD")
def one_request(request, fmt, number):
    report = reading.one(number)
    return answer(fmt, "service_requests", ("request", [documents.request(report)]))


def file_request(request, fmt):
    """A POST with a key enters the queue of the mairie; answers its number, never a token."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_POST:
        raise Refusal(400, "Ce signalement est trop long.")
    sent, now = request.POST, timezone.now()
    key = keys.key_of(request, sent.get("api_key", ""))
    if sent.get("jurisdiction_id", JURISDICTION) != JURISDICTION:
        raise Refusal(404, f"jurisdiction_id inconnu : ici, c’est « {JURISDICTION} ».")
    if not sent.get("service_code"):
        raise Refusal(400, "Il manque service_code.")
    category = category_or_refuse(sent["service_code"])
    try:
        report = filed(sent, category, key, now)
    except filing.Unfit as unfit:
        raise Refusal(400, unfit.message) from None
    Open311Key.objects.filter(pk=key.pk).update(last_used_at=now)
    told = {
        "service_request_id": report.reference,
        "service_notice": documents.NOTICE,
        "account_id": None,
    }
    return answer(fmt, "service_requests", ("request", [told]), status=201)


def filed(sent, category, key, now):
    longitude, latitude = filing.checked_point(sent.get("lat", ""), sent.get("long", ""))
    slug = sent.get("attribute[quartier]", "")
    return filing.file_from_outside(
        category=category,
        quartier=filing.quartier_of(slug, longitude, latitude, quartiers=filing.active_quartiers()),
        street=filing.checked_street(sent.get("address_string", "")),
        longitude=longitude,
        latitude=latitude,
        text=filing.checked_text(sent.get("description", "")),
        origin={"source": Source.OPEN311, "tool": key.name, "key": key},
        now=now,
    )


def category_or_refuse(code):
    category = Category.objects.select_related("service").filter(code=code, is_active=True).first()
    if category is None:
        raise Refusal(404, "service_code inconnu : voyez la liste des services.")
    return category


@login_not_required
@require_safe
def docs(request):
    """For developers of other tools, in French."""
    context = {
        "base": request.build_absolute_uri(reverse("open311:docs")).rstrip("/"),
        "jurisdiction": JURISDICTION,
        "reads_a_minute": keys.READS_A_MINUTE,
        "posts_an_hour": keys.POSTS_AN_HOUR,
        "longest_text": filing.LONGEST_TEXT,
        "categories": Category.objects.filter(is_active=True).order_by("family", "position", "name", "id"),
    }
    return render(request, "quartiers/open311/docs.html", context)


@login_not_required
@require_safe
def schemas(request):
    """The JSON schemas that every answer of the API fits; the test suite checks each by them."""
    return HttpResponse(SCHEMAS.read_bytes(), content_type="application/schema+json")
