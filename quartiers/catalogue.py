"""The categories of needs and their services, shipped with the software; the town then edits its own copy."""

import tomllib
from pathlib import Path

from .models import Category, ServiceInCharge

CATEGORIES_FILE = Path(__file__).parent / "data" / "categories.toml"


def shipped():
    """The file as it stands: {"service": [...], "category": [...]}."""
    return tomllib.loads(CATEGORIES_FILE.read_text(encoding="utf-8"))


def load_categories():
    """Add the services and categories the town does not have yet; return how many categories.

    What staff edited stays as it is: services are known by name, categories by code.
    """
    data = shipped()
    known = set(Category.objects.values_list("code", flat=True))
    missing = [
        (position, fields)
        for position, fields in enumerate(data["category"], start=1)
        if fields["code"] not in known
    ]
    needed = {fields["service"] for _, fields in missing}
    ServiceInCharge.objects.bulk_create(
        [ServiceInCharge(**fields) for fields in data["service"] if fields["name"] in needed],
        ignore_conflicts=True,
    )
    services = {service.name: service for service in ServiceInCharge.objects.filter(name__in=needed)}
    Category.objects.bulk_create(
        [
            Category(**{**fields, "service": services[fields["service"]]}, position=position)
            for position, fields in missing
        ],
        ignore_conflicts=True,
    )
    return len(missing)
