"""What Open311 says of a category and of a public report: plain dicts, ids and codes as strings."""

from datetime import datetime, time

from django.conf import settings
from django.urls import reverse

from quartiers.models import Family, NeedState, Quartier
from vitre_civique.lib.months import PARIS

CLOSED = (NeedState.RESOLVED, NeedState.CLOSED)
ZIPCODE = "35500"
CHANGESET = "2026-11-23T00:00:00+01:00"
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
NOTICE = (
    "Merci. La mairie relit chaque signalement ; il devient public, dans ses mots, quand elle l’a accepté."
)


def discovery(base_url, docs_url):
    return {
        "changeset": CHANGESET,
        "contact": f"{settings.TOWN['hall']}, {settings.TOWN['email']}, {settings.TOWN['phone']}",
        "key_service": docs_url,
        "endpoints": (
            "endpoint",
            [
                {
                    "specification": SPECIFICATION,
                    "url": base_url,
                    "changeset": CHANGESET,
                    "type": "test" if settings.DEMO else "production",
                    "formats": ("format", ["text/xml", "application/json"]),
                }
            ],
        ),
    }


def service(category):
    return {
        "service_code": category.code,
        "service_name": category.name,
        "description": category.hint,
        "metadata": True,
        "type": "realtime",
        "keywords": Family(category.family).label,
        "group": Family(category.family).label,
    }


def definition(category):
    """One attribute: the quartier, for whoever has no coordinates."""
    quartiers = Quartier.objects.active().order_by("name", "id")
    return {
        "service_code": category.code,
        "attributes": (
            "attribute",
            [
                {
                    "variable": True,
                    "code": "quartier",
                    "datatype": "singlevaluelist",
                    "required": False,
                    "datatype_description": "Le quartier ; inutile si lat et long sont donnés.",
                    "order": 1,
                    "description": "Dans quel quartier ?",
                    "values": (
                        "value",
                        [{"key": quartier.slug, "name": quartier.name} for quartier in quartiers],
                    ),
                }
            ],
        ),
    }


def request(report):
    """A public report, in the town's words only. Needs the annotations of reading.with_steps()."""
    return {
        "service_request_id": report.reference,
        "status": "closed" if report.state in CLOSED else "open",
        "status_notes": " – ".join(filter(None, [report.get_state_display(), report.last_step_text])),
        "service_name": report.category.name,
        "service_code": report.category.code,
        "description": report.public_summary,
        "agency_responsible": report.forwarded_to or report.service.name,
        "service_notice": report.category.emergency_note or None,
        "requested_datetime": moment(report.filed_at),
        "updated_datetime": moment(report.last_step_at or report.acknowledged_at or report.filed_at),
        "expected_datetime": report.answer_by and end_of(report.answer_by),
        "address": ", ".join(filter(None, [report.street, report.quartier.name])),
        "address_id": None,
        "zipcode": ZIPCODE,
        "lat": report.latitude,
        "long": report.longitude,
        "media_url": report.shown_photo and photo_url(report),
    }


def photo_url(report):
    """The first photo that an agent showed to all."""
    return settings.SITE_URL + reverse("quartiers:photo", args=[report.pk, report.shown_photo])


def moment(at):
    return at.astimezone(PARIS).isoformat(timespec="seconds")


def end_of(day):
    return datetime.combine(day, time(23, 59, 59), tzinfo=PARIS).isoformat()
