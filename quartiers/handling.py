"""The mairie's acts on one report: each under the row's lock, on the version the person was reading.

The verbs (needs.py) know states, steps and dates; here stand who may, in what order two people pass, and what
only the desk sees (notes, assignment, photos). Whoever comes second is told, and nothing is lost.
"""

from django.db import transaction

from vitre_civique.lib.french import hour
from vitre_civique.lib.photos import burn_rectangles

from . import needs
from .acts import ACTS, may_act
from .handling_permissions import roles_on
from .models import AuthorLook, InternalNote, NeedReport, NeedState, ReportPhoto, Visibility
from .routing import follower_of


class NotAllowed(needs.NeedError):
    """This person may not do this to this report."""


class ChangedMeanwhile(needs.NeedError):
    """Somebody else acted since the page was opened; nothing was written."""


def version_of(report):
    """What a form carries: moves with each act of the mairie and each change of state by anybody."""
    last = report.state_changes.order_by("-id").values_list("id", flat=True).first()
    return f"{report.revision}-{last or 0}"


def locked(report_id, *, seen, also=None):
    """The report under its lock, with a new revision. ChangedMeanwhile when `seen` is not its version.

    Call inside a transaction. `also`: another report to lock, by key order so that nobody deadlocks.
    """
    ids = sorted({report_id, also or report_id})
    rows = {
        row.pk: row
        for row in NeedReport.objects.select_for_update(of=("self",))
        .select_related("category__service", "service", "quartier", "author")
        .filter(pk__in=ids)
        .order_by("pk")
    }
    report = rows[report_id]
    if seen != version_of(report):
        raise ChangedMeanwhile(someone_else_acted(report))
    report.revision += 1
    report.save(update_fields=["revision", "updated_at"])
    return report


def someone_else_acted(report):
    """Who acted while this person was writing, and what to do: what was typed is still there."""
    change = report.state_changes.select_related("by").order_by("-id").first()
    note = report.internal_notes.select_related("by").order_by("-id").first()
    latest = max([row for row in (change, note) if row], key=lambda row: row.at, default=None)
    who = str(latest.by) if latest and latest.by else "Quelqu’un d’autre"
    if latest and latest.by_id and latest.by_id == report.author_id:
        who = "La personne qui a écrit"  # her name is seen on request only, and the look written down
    at = f" à {hour(latest.at)}" if latest else ""
    return (
        f"{who} a agi sur cette remontée{at}, pendant que vous écriviez. Rien n’a été enregistré et ce "
        f"que vous avez tapé est toujours là. Elle est maintenant « {report.get_state_display()} »."
    )


@transaction.atomic
def carry_out(report, name, *, by, seen, said, now, roles=None, reason=""):
    """Do the act `name` on the version `seen`. ChangedMeanwhile, NotAllowed, NeedError: nothing is written.

    `roles` are those of a service that answers by its link (`by` is None then, and `reason` names it).
    """
    act = ACTS[name]
    other = said.get("of")
    fresh = locked(report.pk, seen=seen, also=other.pk if other else None)
    if not may_act(roles or roles_on(by, fresh), fresh, act):
        raise NotAllowed(
            "Cette remontée n’est plus dans un état qui le permet, ou ce geste ne vous revient pas."
        )
    return act.run(fresh, by, said, now, reason)


@transaction.atomic
def add_note(report, text, *, by, now, is_automatic=False):
    """Notes only add up: two people may write at once."""
    return InternalNote.objects.create(
        report=report, text=text.strip(), by=by, at=now, is_automatic=is_automatic
    )


@transaction.atomic
def assign(report, person, *, by, seen, now):
    """`person` (or nobody) follows the report from now on."""
    fresh = locked(report.pk, seen=seen)
    fresh.assigned_to = person
    fresh.save(update_fields=["assigned_to"])
    words = f"Suivie par {person}" if person else "N’est plus suivie par personne"
    return add_note(fresh, words, by=by, now=now, is_automatic=True)


@transaction.atomic
def change_category(report, category, *, by, seen, now):
    """Another category: service, dates and follower with it; never the visibility."""
    fresh = locked(report.pk, seen=seen)
    before = fresh.category
    if category == before:
        return fresh
    needs.change_category(fresh, category)
    fresh.assigned_to = follower_of(fresh)
    fresh.save(update_fields=["assigned_to"])
    add_note(fresh, f"Catégorie : {before} → {category}", by=by, now=now, is_automatic=True)
    return fresh


@transaction.atomic
def set_public_words(report, *, summary, visibility, by, seen, now):
    """The accepted summary and who reads it: the only door to visibility once a report is received."""
    summary = summary.strip()
    if visibility == Visibility.PUBLIC and not summary:
        raise needs.NeedError(
            "Écrivez le résumé public : c’est lui que tout le monde lira, jamais les mots du référent."
        )
    fresh = locked(report.pk, seen=seen)
    before = fresh.get_visibility_display()
    fresh.public_summary, fresh.visibility = summary, visibility
    fresh.save(update_fields=["public_summary", "visibility"])
    words = f"Résumé relu. Visible par : {before} → {fresh.get_visibility_display()}"
    add_note(fresh, words, by=by, now=now, is_automatic=True)
    return fresh


def look_at_author(report, *, by, now):
    """Who wrote it; the look itself is written down first."""
    AuthorLook.objects.create(report=report, by=by, at=now)
    return report.author


def candidates_for(report, words=""):
    """Reports that `report` may repeat: same readers, no copies; without words, same place and kind."""
    rows = (
        NeedReport.objects.filter(visibility=report.visibility, canonical__isnull=True)
        .exclude(pk=report.pk)
        .exclude(state__in=[NeedState.DRAFT, NeedState.WITHDRAWN, NeedState.REDIRECTED, NeedState.HIDDEN])
        .select_related("category", "quartier")
    )
    for word in words:
        rows = rows.filter(search_text__contains=word)
    if not words:
        rows = rows.filter(quartier_id=report.quartier_id, category_id=report.category_id)
    return rows.order_by("-id")


@transaction.atomic
def show_photo(photo, *, is_public, by, now):
    """Make a photo public, or take it back."""
    photo = ReportPhoto.objects.select_for_update(of=("self",)).select_related("report").get(pk=photo.pk)
    if is_public and photo.report.visibility != Visibility.PUBLIC:
        raise needs.NeedError("Montrez d’abord la remontée à tous, puis la photo.")
    photo.is_public = is_public
    photo.save(update_fields=["is_public"])
    words = f"Photo {photo.position} {'montrée à tous' if is_public else 'retirée du public'}"
    return add_note(photo.report, words, by=by, now=now, is_automatic=True)


@transaction.atomic
def blur(photo, rectangles, *, by, now):
    """Burn rectangles into the photo for good: the old file goes once the new one is kept."""
    photo = ReportPhoto.objects.select_for_update(of=("self",)).select_related("report").get(pk=photo.pk)
    storage, old_name = photo.image.storage, photo.image.name
    with photo.image.open("rb") as image:
        burnt = burn_rectangles(image, rectangles)
    photo.image.save(burnt.name, burnt, save=False)
    photo.save(update_fields=["image"])
    transaction.on_commit(lambda: storage.delete(old_name))
    words = f"Photo {photo.position} : {len(rectangles)} zone(s) masquée(s)"
    return add_note(photo.report, words, by=by, now=now, is_automatic=True)
