"""What other tools read of a quartier: Atom, .ics of planned works, GeoJSON. Which rows: browse.py."""

from datetime import UTC
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from icalendar import Calendar, Event

from vitre_civique.lib.french import NBSP
from vitre_civique.lib.months import local_day

from .models import Family


def atom(quartier, reports):
    """The Atom document, as text: the town's words only."""
    page = settings.SITE_URL + reverse("quartiers:quartier_reports", args=[quartier.slug])
    feed = Atom1Feed(
        title=f"Besoins repérés{NBSP}: {quartier.name}",
        link=page,
        description=None,
        language="fr",
        author_name=settings.TOWN["hall"],
        feed_url=settings.SITE_URL + reverse("quartiers:reports_atom", args=[quartier.slug]),
        feed_guid=page,
    )
    for report in reports:
        feed.add_item(
            title=f"{report.category.name}, {report.place} – {report.get_state_display()}",
            link=url_of(report),
            description="\n\n".join(filter(None, [report.public_summary, report.last_step_text])),
            unique_id=url_of(report),
            pubdate=report.filed_at,
            updateddate=report.last_step_at,
            categories=[Family(report.category.family).label],
        )
    return feed.writeString("utf-8")


def works_calendar(quartier, reports, *, now):
    """Bytes of the calendar of planned works: one whole day each, under a UID that never changes."""
    calendar = Calendar()
    calendar.add("prodid", "-//Ville de Vitré//Vitré civique//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"Travaux prévus : {quartier.name}")
    for report in reports:
        event = Event()
        event.add("uid", f"remontee-{report.pk}@{urlsplit(settings.SITE_URL).hostname}")
        event.add("dtstamp", now.astimezone(UTC))
        event.add("dtstart", report.planned_on)
        event.add("summary", f"Travaux : {report.category.name}")
        event.add("location", f"{report.place}, Vitré")
        event.add("description", report.public_summary)
        event.add("url", url_of(report))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return calendar.to_ical()


def geojson(quartier, reports, *, older=""):
    """A FeatureCollection (RFC 7946); a report without a point has a null geometry.

    `older` is the cursor of the reports that follow: a link of relation « next » leads to them.
    """
    collection = {
        "type": "FeatureCollection",
        "name": f"Besoins repérés : {quartier.name}",
        "features": [feature(report) for report in reports],
    }
    if older:
        page = settings.SITE_URL + reverse("quartiers:reports_geojson", args=[quartier.slug])
        link = {"rel": "next", "type": "application/geo+json", "href": f"{page}?apres={older}"}
        collection["links"] = [link]
    return collection


def feature(report):
    point = None
    if report.longitude is not None:
        point = {"type": "Point", "coordinates": [report.longitude, report.latitude]}
    return {
        "type": "Feature",
        "id": report.reference,
        "geometry": point,
        "properties": {
            "url": url_of(report),
            "categorie": report.category.name,
            "famille": Family(report.category.family).label,
            "quartier": report.quartier.name,
            "lieu": report.street,
            "etat": report.get_state_display(),
            "resume": report.public_summary,
            "envoyee_le": local_day(report.filed_at).isoformat(),
            "prevue_le": report.planned_on.isoformat() if report.planned_on else None,
        },
    }


def url_of(report):
    return settings.SITE_URL + report.get_absolute_url()
