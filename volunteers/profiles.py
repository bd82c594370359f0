"""What a volunteer has told us, changed by the person; and how it is read back in words."""

from django.conf import settings
from django.urls import reverse

from . import availability
from .models import HelpKind, Reach, Volunteer

COLUMNS = ("quartier", "reach", "kinds", "wont_do", "availability")


def own_volunteer(user):
    """The volunteer that `user` is, with quartier; None when the person never pledged or is not signed in."""
    if not user.is_authenticated:
        return None
    # Without the boundary, which only maps draw.
    rows = Volunteer.objects.select_related("quartier").defer("quartier__boundary")
    return rows.filter(user=user).first()


def has_open_pledge(volunteer):
    return volunteer is not None and volunteer.stopped_at is None and open_pledge(volunteer) is not None


def open_pledge(volunteer):
    return volunteer.pledges.filter(until_month__isnull=True).first()


def is_charter_new(volunteer):
    """Whether the charter changed since this person accepted it: they read it again before a mission."""
    return volunteer.stopped_at is None and volunteer.charter_version != settings.CHARTER_VERSION


def change(volunteer, columns):
    """Write what the person changed; only the columns given."""
    for name, value in columns.items():
        setattr(volunteer, name, value)
    volunteer.save(update_fields=list(columns))


def answers(columns, where_url_name, what_url_name):
    """Rows of the check-answers fragment, each with the link that changes it."""
    where, what = reverse(where_url_name), reverse(what_url_name)
    quartier = columns["quartier"]
    kinds = [HelpKind(kind).label for kind in columns["kinds"]]
    rows = [
        ("Quartier", quartier.name if quartier else "Je ne sais pas", where, "le quartier"),
        ("Jusqu’où", Reach(columns["reach"]).label, where, "jusqu’où vous allez"),
        ("Ce que j’aime faire", kinds, what, "ce que vous aimez faire"),
        ("Ce que je ne fais pas", columns["wont_do"], what, "ce que vous ne faites pas"),
        ("Mes moments", availability.in_words(columns["availability"]), what, "vos moments"),
    ]
    return [
        {"label": label, "lines" if isinstance(value, list) else "value": value, "url": url, "what": words}
        for label, value, url, words in rows
    ]
