"""A draft, from the first page to the last: begun, completed, given up for a report that exists.

The draft is the author's own NeedReport row, so each page survives a lost connection. Sending it: needs.py.
"""

from django.db import transaction

from vitre_civique.lib.months import local_day
from vitre_civique.lib.screening import findings, names

from . import needs
from .browse import with_supporters
from .models import Mandate, NeedReport, NeedState
from .photos import erase_photo, erase_photos, keep_photo

DRAFTS_AT_MOST = 5
LIKELY_AT_MOST = 8
# Of illness or money one may speak about a place (« un platane malade »); these others are always a person.
ABOUT_A_PLACE = ("health", "pay")
SENT_MEANWHILE = "Cette remontée est déjà partie à la mairie : elle ne se modifie plus ici."


def begin(author, category, *, now):
    """A new draft, in the quartier of the author's mandate. NeedError when too many wait already."""
    if own_drafts(author).count() >= DRAFTS_AT_MOST:
        raise needs.NeedError(
            "Vous avez déjà cinq brouillons : envoyez-en un ou effacez-en un, puis recommencez."
        )
    mandates = Mandate.objects.in_force(local_day(now)).filter(referent=author)
    mandate = mandates.order_by("from_on", "id").first()
    return NeedReport.objects.create(
        author=author, category=category, quartier_id=mandate.quartier_id if mandate else None
    )


def own_drafts(author):
    return author.need_reports.filter(state=NeedState.DRAFT).select_related("category", "quartier")


def complete(draft, **columns):
    """Write columns of a draft. NeedError when it was sent from another window meanwhile."""
    if not NeedReport.objects.filter(pk=draft.pk, state=NeedState.DRAFT).update(**columns):
        raise needs.NeedError(SENT_MEANWHILE)
    for name, value in columns.items():
        setattr(draft, name, value)


def keep_seen(draft, form):
    """What page 4 holds and can be kept: words as typed, descriptions, the photos that can be read."""
    if typed := form.typed():
        complete(draft, **typed)
    for position, photo in form.kept.items():
        photo.description = form.description_of(position)
        photo.save(update_fields=["description"])
    for image, description in form.new_photos():
        keep_photo(draft, image, description)


def remove_photo(draft, position):
    for photo in draft.photos.filter(position=position):
        erase_photo(photo)


def likely_same(draft):
    """« C’est peut-être déjà signalé » : open public reports of that quartier and category, newest first."""
    same = NeedReport.objects.public().open().filter(quartier=draft.quartier, category=draft.category)
    return with_supporters(same).select_related("category", "quartier").order_by("-filed_at", "-id")


@transaction.atomic
def follow_instead(draft, other, *, by):
    """Support the report that exists and give the draft up. True when this click counted as a support."""
    has_counted = other.author_id != by.pk and needs.support(other, by)
    discard(draft)
    return has_counted


@transaction.atomic
def discard(draft):
    """Nobody else ever had it: the row and its photos go for good. NeedError when it was sent meanwhile."""
    drafts = NeedReport.objects.filter(pk=draft.pk, state=NeedState.DRAFT)
    locked = drafts.select_for_update(of=("self",)).first()
    if locked is None:
        raise needs.NeedError(SENT_MEANWHILE)
    erase_photos(locked)
    locked.delete()


def screened(text):
    """(what must go, what may stay when it speaks of a place): two lists of Finding."""
    found = [*findings(text), *names(text)]
    return (
        [one for one in found if one.kind not in ABOUT_A_PLACE],
        [one for one in found if one.kind in ABOUT_A_PLACE],
    )


def missing_page(draft):
    """The URL name of the first page still to be filled, or "" when the draft may be sent."""
    if draft.category_id is None:
        return "quartiers:file_what"
    if draft.quartier_id is None or not draft.street.strip():
        return "quartiers:file_where"
    must_go = screened(draft.text)[0] + screened(draft.public_summary)[0]
    return "quartiers:file_seen" if must_go or not draft.text.strip() else ""
