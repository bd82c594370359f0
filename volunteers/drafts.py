"""What a person types before pledging: kept in the session, through signing up too. Plain values only."""

from quartiers.models import Quartier

from .forms import UNKNOWN_QUARTIER, WhatForm, WhereForm

KEY = "pledge_draft"
FORMS = {"where": WhereForm, "what": WhatForm}


def read(session, step):
    """What was typed at `step` (« where » or « what »), or {}."""
    return session.get(KEY, {}).get(step, {})


def write(session, step, cleaned):
    session[KEY] = {**session.get(KEY, {}), step: cleaned}


def clear(session):
    session.pop(KEY, None)


def first_missing(session):
    """The first step to fill in, or that the town's lists no longer allow; None when all is there."""
    for step, form_class in FORMS.items():
        if not form_class(read(session, step)).is_valid():
            return step
    return None


def offer(session):
    """The complete draft as `pledges.pledge` and the profile take it: quartier as a row or None."""
    return offered({**read(session, "where"), **read(session, "what")})


def offered(values):
    """Cleaned values of one or both forms, as columns of Volunteer."""
    columns = {name: values[name] for name in ("reach", "kinds", "wont_do", "availability") if name in values}
    if "quartier" in values:
        slug = values["quartier"]
        columns["quartier"] = None if slug == UNKNOWN_QUARTIER else Quartier.objects.active().get(slug=slug)
    return columns


def of_volunteer(volunteer):
    """The values of both forms for someone who already told us."""
    return {
        "quartier": volunteer.quartier.slug if volunteer.quartier else UNKNOWN_QUARTIER,
        "reach": volunteer.reach,
        "kinds": volunteer.kinds,
        "wont_do": volunteer.wont_do,
        "availability": volunteer.availability,
        "depends": not volunteer.availability,
    }
