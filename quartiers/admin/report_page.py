"""One report at the desk, read: words, photos, history, notes, what may be done. Writing: report_acts.py."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from quartiers import acts, following, handling, needs_queue
from quartiers.handling_forms import NoteForm
from quartiers.handling_permissions import can_read_in_desk, roles_on
from quartiers.models import NeedState, ServiceLink, Visibility
from vitre_civique.accounts.desk import ObjectAction, page
from vitre_civique.accounts.permissions import can
from vitre_civique.accounts.versions import Event, name_of, newest_first, state_events
from vitre_civique.lib.months import local_day

MISSION_STATES = (NeedState.RECEIVED, NeedState.IN_PROGRESS, NeedState.PLANNED, NeedState.FORWARDED)


def report_or_404(modeladmin, request, pk):
    """A report of this person's queue, with what its page shows."""
    if not modeladmin.has_view_permission(request):
        raise PermissionDenied
    if not str(pk).isdecimal():
        raise Http404
    report = (
        needs_queue.for_queue(request.user)
        .select_related("canonical", "service__fallback")
        .filter(pk=pk)
        .first()
    )
    if report is None:
        raise Http404
    return report


def show(modeladmin, request, pk, *, author=None, note_form=None):
    report, now = report_or_404(modeladmin, request, pk), timezone.now()
    reads = can_read_in_desk(request.user, report)
    notes = list(report.internal_notes.select_related("by")) if reads else []
    looks = list(report.author_looks.select_related("by")) if reads else []
    missions = missions_of(report)
    return page(
        modeladmin,
        request,
        "admin/quartiers/needreport/report.html",
        title=f"Remontée {report.reference}",
        report=report,
        reads=reads,
        handles=can(request.user, "need_report.handle"),
        may_see_author=can(request.user, "need_report.see_author"),
        author=author,
        late=needs_queue.lateness(report, local_day(now)),
        buttons=buttons(request.user, report),
        steps=report.steps.select_related("by"),
        photos=list(report.photos.all()) if reads else [],
        notes=[note for note in notes if not note.is_automatic],
        note_form=note_form or NoteForm(),
        events=events_of(report, notes, looks),
        links=ServiceLink.objects.filter(report=report, revoked_at__isnull=True, expires_at__gt=now),
        supporters=following.counts(report),
        missions=missions,
        over=[mission for mission in missions if mission.state == "done" and report.state in MISSION_STATES],
        may_propose=may_propose_mission(request.user, report),
        seen=handling.version_of(report),
    )


def events_of(report, notes, looks):
    """History, newest first: states, what the site noted, who looked. It never names the author."""
    written = [Event(note.at, name_of(note.by), note.text) for note in notes if note.is_automatic]
    looked = [Event(look.at, name_of(look.by), "A consulté le nom de l’auteur") for look in looks]
    states = state_events(report, unnamed=(report.author_id, "La personne qui a écrit"))
    return newest_first([*states, *written, *looked])


def missions_of(report):
    """Missions born from this report; the link belongs to the app above."""
    return [link.mission for link in report.mission_links.select_related("mission").order_by("id")]


def may_propose_mission(user, report):
    """From a public summary only: what few may read never becomes a mission that all read."""
    return (
        can(user, "mission.edit")
        and can(user, "need_report.handle")
        and report.state in MISSION_STATES
        and report.visibility == Visibility.PUBLIC
        and bool(report.public_summary)
    )


def buttons(user, report):
    """The acts this person may do now, in the order of acts.ACTS."""
    return [
        ObjectAction(
            act.name,
            act.label,
            reverse("admin:quartiers_needreport_act", args=[report.pk, act.name]),
            act.is_primary,
            act.is_danger,
            asks=True,
        )
        for act in acts.acts_for(roles_on(user, report), report)
    ]
