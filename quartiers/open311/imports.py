"""Reports of another tool brought in from a CSV file or from its own Open311: read, previewed, then filed.

A pull only ever reaches the hosts of settings.OPEN311_PULL_HOSTS, over HTTPS.
"""

import csv
import io
import json
from datetime import timedelta
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.db import IntegrityError, transaction

from quartiers.models import Category, ReportImport, ReportOrigin
from vitre_civique.lib.search import plain

from . import filing

LARGEST_FILE = 2_000_000  # bytes
ROWS_AT_MOST = 1000
PULL_SECONDS = 15
KEPT = timedelta(days=7)
COLUMNS = ("numero", "categorie", "description", "rue", "quartier", "latitude", "longitude")
NEW, KNOWN, UNFIT = "à importer", "déjà là", "à corriger"


class UnreadableFile(Exception):
    """Nothing can be read; `message` says why, in French."""

    def __init__(self, message):
        self.message = message
        super().__init__(message)


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args, **kwargs):
        return None


def rows_of_csv(content):
    """The rows of a CSV in UTF-8, `;` or `,`, with the columns of COLUMNS (in any order, others ignored)."""
    if len(content) > LARGEST_FILE:
        raise UnreadableFile("Ce fichier dépasse 2 Mo : coupez-le en plusieurs.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile(
            "Ce fichier n’est pas en UTF-8 : enregistrez-le en « CSV UTF-8 » et recommencez."
        ) from None
    head = text.partition("\n")[0]
    try:
        reader = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in head else ",")
        names = {name: plain(name).strip() for name in reader.fieldnames or [] if name}
        found = [{names[k]: (v or "") for k, v in row.items() if k in names} for row in reader]
    except csv.Error:
        raise UnreadableFile("Ce fichier n’est pas un CSV que nous savons lire.") from None
    if missing := [name for name in ("categorie", "description") if name not in names.values()]:
        raise UnreadableFile(f"Il manque la colonne « {missing[0]} » sur la première ligne.")
    return _limited([{name: row.get(name, "") for name in COLUMNS} for row in found])


def rows_of_pull(url):
    """The requests of another Open311 server, as rows. `url` is its base, such as https://…/open311/v2."""
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname not in settings.OPEN311_PULL_HOSTS:
        raise UnreadableFile("Cette adresse n’est pas de celles que l’administrateur a permises.")
    request = Request(f"{url.rstrip('/')}/requests.json", headers={"Accept": "application/json"})  # noqa: S310 (https, listed host)
    try:
        with build_opener(_NoRedirect).open(request, timeout=PULL_SECONDS) as response:
            content = response.read(LARGEST_FILE + 1)
    except (URLError, OSError):
        raise UnreadableFile("L’autre outil ne répond pas : réessayez plus tard.") from None
    return rows_of_json(content)


def rows_of_json(content):
    """The answer to GET requests.json of a GeoReport v2 server, as rows."""
    try:
        found = json.loads(content) if len(content) <= LARGEST_FILE else None
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise UnreadableFile("L’autre outil n’a pas répondu par une liste de remontées.")
    return _limited([_row_of_request(item) for item in found])


def _row_of_request(item):
    def text(name):
        return "" if item.get(name) is None else str(item[name])

    return {
        "numero": text("service_request_id"),
        "categorie": text("service_code"),
        "description": text("description"),
        "rue": text("address"),
        "quartier": "",
        "latitude": text("lat"),
        "longitude": text("long"),
    }


def _limited(rows):
    if len(rows) > ROWS_AT_MOST:
        raise UnreadableFile(f"Plus de {ROWS_AT_MOST} lignes : coupez le fichier en plusieurs.")
    if not rows:
        raise UnreadableFile("Il n’y a aucune ligne à importer.")
    return rows


def prepare(rows, *, tool, source, by, now):
    """Keep the rows for their preview; nothing is filed yet."""
    return ReportImport.objects.create(tool=tool, source=source, rows=rows, made_by=by, made_at=now)


def preview(rows, *, tool):
    """[(row, NEW, KNOWN or UNFIT, why, columns ready to file)], in the order of the file."""
    categories = {}
    for category in Category.objects.filter(is_active=True).select_related("service"):
        categories[plain(category.code)] = categories[plain(category.name)] = category
    quartiers = filing.active_quartiers()
    numbers = [row["numero"] for row in rows if row["numero"]]
    known = set(
        ReportOrigin.objects.filter(tool=tool, external_id__in=numbers).values_list("external_id", flat=True)
    )
    told = []
    for row in rows:
        number = row["numero"].strip()
        if number in known:
            told.append((row, KNOWN, "", None))
            continue
        if number:
            known.add(number)
        try:
            told.append((row, NEW, "", _ready(row, categories, quartiers)))
        except filing.Unfit as unfit:
            told.append((row, UNFIT, unfit.message, None))
    return told


def _ready(row, categories, quartiers):
    category = categories.get(plain(row["categorie"]).strip())
    if category is None:
        raise filing.Unfit("Cette catégorie n’existe pas chez nous.")
    if len(row["numero"].strip()) > 120:
        raise filing.Unfit("Ce numéro est trop long.")
    longitude, latitude = filing.checked_point(row["latitude"], row["longitude"])
    return {
        "category": category,
        "quartier": filing.quartier_of(row["quartier"].strip(), longitude, latitude, quartiers=quartiers),
        "street": filing.checked_street(row["rue"]),
        "longitude": longitude,
        "latitude": latitude,
        "text": filing.checked_text(row["description"]),
    }


def forget_abandoned(*, now):
    """Sweep: what was read and never confirmed goes after a week. Returns how many."""
    return ReportImport.objects.filter(done_at__isnull=True, made_at__lte=now - KEPT).delete()[0]


@transaction.atomic
def run(waiting, *, now):
    """File what fits; a second click, or a row known meanwhile, files nothing twice. Returns how many."""
    row = ReportImport.objects.select_for_update(of=("self",)).get(pk=waiting.pk)
    if row.done_at:
        return 0
    number = 0
    for told, state, _, ready in preview(row.rows, tool=row.tool):
        if state != NEW:
            continue
        origin = {"source": row.source, "tool": row.tool, "external_id": told["numero"].strip()}
        try:
            with transaction.atomic():
                filing.file_from_outside(**ready, origin=origin, now=now)
        except IntegrityError:  # somebody else imported that very row a moment ago
            continue
        number += 1
    row.rows, row.done_at, row.imported_count = [], now, number
    row.save(update_fields=["rows", "done_at", "imported_count"])
    return number
