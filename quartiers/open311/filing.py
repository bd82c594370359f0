"""A report from another tool becomes a filed one, without author, for an agent to accept.

Nothing here is ever public by itself, and no name, address or phone of whoever wrote it there is kept.
"""

from math import hypot

from django.db import transaction

from quartiers.models import NeedReport, NeedState, Quartier, ReportOrigin
from quartiers.needs import deadlines, is_outside
from vitre_civique.lib.geometry import contains
from vitre_civique.lib.months import local_day
from vitre_civique.lib.screening import findings
from vitre_civique.lib.states import move

LONGEST_TEXT = NeedReport._meta.get_field("text").max_length
LONGEST_STREET = NeedReport._meta.get_field("street").max_length
# What no description may carry. Other findings (health, pay) also name places: « place handicapés ».
FORBIDDEN = frozenset({"email", "phone", "nir", "iban", "card"})
# Around Vitré, in degrees: what lies further was mistyped.
FAR = 0.6


class Unfit(Exception):
    """What was sent cannot be filed; `message` says why, in French."""

    def __init__(self, message):
        self.message = message
        super().__init__(message)


@transaction.atomic
def file_from_outside(*, category, quartier, street, longitude, latitude, text, origin, now):
    """File a checked report; `origin` holds the columns of its ReportOrigin. One transaction."""
    report = NeedReport(
        category=category,
        quartier=quartier,
        street=street,
        longitude=longitude,
        latitude=latitude,
        text=text,
    )
    report.save()
    move(
        report,
        NeedState.FILED,
        now=now,
        reason=origin["tool"],
        filed_at=now,
        service_id=category.service_id,
        is_outside_quartiers=is_outside(report),
        **deadlines(category, local_day(now)),
    )
    ReportOrigin.objects.create(report=report, **origin)
    return report


def checked_text(text):
    text = text.strip()
    if not text:
        raise Unfit("Il manque la description.")
    if len(text) > LONGEST_TEXT:
        raise Unfit(f"La description dépasse {LONGEST_TEXT} caractères.")
    if found := [finding.label for finding in findings(text) if finding.kind in FORBIDDEN]:
        raise Unfit(f"La description contient {', '.join(dict.fromkeys(found))} : retirez-le.")
    return text


def checked_street(text):
    text = " ".join(text.split())
    if len(text) > LONGEST_STREET:
        raise Unfit(f"L’adresse dépasse {LONGEST_STREET} caractères.")
    return text


def checked_point(latitude, longitude):
    """(longitude, latitude) as floats, or (None, None) when neither is given."""
    if not latitude.strip() and not longitude.strip():
        return None, None
    try:
        point = float(longitude.replace(",", ".")), float(latitude.replace(",", "."))
    except ValueError:
        raise Unfit("lat et long : deux nombres, par exemple 48.1238 et -1.2118.") from None
    if not (-180 <= point[0] <= 180 and -90 <= point[1] <= 90):
        raise Unfit("lat et long : ce point n’est pas sur Terre.")
    return point


def quartier_of(slug, longitude, latitude, *, quartiers):
    """The quartier said, else the one that holds the point, else the nearest within reach of the town."""
    if slug:
        for quartier in quartiers:
            if slug in (quartier.slug, quartier.name):
                return quartier
        raise Unfit("Ce quartier n’existe pas : voyez les valeurs de l’attribut « quartier ».")
    if longitude is None:
        raise Unfit("Donnez lat et long, ou l’attribut « quartier ».")
    holding = [q for q in quartiers if contains(q.boundary, longitude, latitude)]
    if holding:
        return min(holding, key=lambda quartier: distance(quartier, longitude, latitude))
    near = [q for q in quartiers if distance(q, longitude, latitude) < FAR]
    if not near:
        raise Unfit("Ce point est loin de Vitré.")
    return min(near, key=lambda quartier: distance(quartier, longitude, latitude))


def distance(quartier, longitude, latitude):
    if quartier.centre_longitude is None or quartier.centre_latitude is None:
        return float("inf")
    return hypot(quartier.centre_longitude - longitude, quartier.centre_latitude - latitude)


def active_quartiers():
    return list(Quartier.objects.active().order_by("name", "id"))
