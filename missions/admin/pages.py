"""The pages beside the mission's form: acting, confirming, previewing, history, exports."""

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from missions import desk, planning
from missions.cards import icon_of, kind_label
from missions.exports import InsurerResource, MissionResource, insured_signups
from missions.models import Mission
from missions.pages import slot_rows
from vitre_civique.accounts import files
from vitre_civique.accounts.desk import back_to, badge, change_url, page  # noqa: F401 (badge: read from here too)
from vitre_civique.accounts.exports import ExportForm, NamedExportForm, download, download_names
from vitre_civique.accounts.models import ExportLog
from vitre_civique.accounts.permissions import can
from vitre_civique.accounts.reauthentication import require_recent_authentication
from vitre_civique.lib.french import NBSP, count
from vitre_civique.notifications.outbox import wake_delivery

from . import acts
from .versions import mission_events

MOST_AT_ONCE = 200  # a bulk action beyond this would keep its page waiting too long


class MessageForm(forms.Form):
    """The sentence people will read."""

    text = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 60}),
        error_messages={"required": "Écrivez cette phrase : les personnes concernées la recevront."},
    )

    def __init__(self, *args, label, hint="", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["text"].label, self.fields["text"].help_text = label, hint


def mission_or_404(pk):
    mission = (
        Mission.objects.select_related("quartier", "gesture", "association", "proposed_by")
        .filter(pk=pk)
        .first()
    )
    if mission is None:
        raise Http404
    return mission


def act(modeladmin, request, pk, name):
    """POST runs the verb; GET shows the page of a verb that asks something first."""
    what, mission = acts.ACTS.get(name), mission_or_404(pk)
    if what is None:
        raise Http404
    if not can(request.user, what.permission):
        raise PermissionDenied
    form = MessageForm(request.POST or None, label=what.asks, hint=what.hint) if what.asks else None
    if mission.state not in what.states:
        return back_to(request, mission, acts.too_late(mission), level=messages.WARNING)
    if request.method == "POST" and (form is None or form.is_valid()):
        text = form.cleaned_data["text"] if form else ""
        return run(request, mission, what, text)
    return confirm(modeladmin, request, what, [mission], form)


def run(request, mission, what, text):
    try:
        result = what.run(mission, request.user, text, timezone.now())
    except planning.PlanningError as error:
        lost_race = Mission.objects.values_list("state", flat=True).get(pk=mission.pk) not in what.states
        sentence = acts.too_late(mission) if lost_race else error.message
        return back_to(request, mission, sentence, level=messages.WARNING)
    wake_delivery()
    return back_to(request, result, what.done)


def publish_saved(request, mission):
    """« Enregistrer et publier »: what was typed is kept even when publishing is refused."""
    return run(request, mission, acts.ACTS["publier"], "")


def confirm(modeladmin, request, what, missions, form, *, selected=()):
    told = desk.people_told_by_cancelling([m.pk for m in missions]) if what.name == "annuler" else None
    return page(
        modeladmin,
        request,
        "admin/confirm_act.html",
        title=what.label
        if len(missions) == 1
        else f"{what.label}{NBSP}: {count(len(missions), 'mission', 'missions')}",
        act=what,
        missions=missions,
        form=form,
        errors=form.errors if form else None,
        told=None if told is None else told_sentence(told),
        selected=selected,
        action_name=request.POST.get("action", ""),
        checkbox_name=ACTION_CHECKBOX_NAME,
        back=change_url(missions[0]) if not selected else reverse("admin:missions_mission_changelist"),
    )


def told_sentence(told):
    if not told:
        return "Personne n’est inscrit : personne ne sera prévenu."
    verb = "sera prévenue" if told == 1 else "seront prévenues"
    return f"{count(told, 'personne', 'personnes')} {verb}, chacune une seule fois."


def bulk(modeladmin, request, queryset, what):
    """Confirmation first, then one sentence that says what was done and what could not be."""
    if not can(request.user, what.permission):
        raise PermissionDenied
    missions = list(queryset.order_by("id")[: MOST_AT_ONCE + 1])
    if len(missions) > MOST_AT_ONCE:
        messages.error(request, f"Choisissez {MOST_AT_ONCE} missions au plus à la fois.")
        return None
    confirmed = "confirmed" in request.POST
    form = None
    if what.asks:
        form = MessageForm(request.POST if confirmed else None, label=what.asks, hint=what.hint)
    if not confirmed or (form and not form.is_valid()):
        return confirm(modeladmin, request, what, missions, form, selected=[m.pk for m in missions])
    text = form.cleaned_data["text"] if form else ""
    done, refused = acts.run_in_bulk(what, missions, by=request.user, text=text, now=timezone.now())
    wake_delivery()
    level = messages.WARNING if refused else messages.SUCCESS
    messages.add_message(request, level, acts.bulk_sentence(what, done, refused))
    return redirect(request.get_full_path())


def preview(modeladmin, request, pk):
    """The public page as a stranger reads it, published or not: the very template, nothing is changed."""
    mission = mission_or_404(pk)
    if not modeladmin.has_view_permission(request, mission):
        raise PermissionDenied
    rows = slot_rows(mission, None, timezone.now())
    asked = mission.mission_prerequisites.select_related("prerequisite").order_by("position")
    context = {
        "mission": mission,
        "rows": rows,
        "prerequisites": [line.prerequisite for line in asked],
        "kind_label": kind_label(mission),
        "kind_icon": icon_of(mission),
        "is_open": mission.is_published and any(row["is_open"] for row in rows),
        "reader": None,
        "share_url": request.build_absolute_uri(mission.get_absolute_url()),
        "back": change_url(mission),
    }
    return TemplateResponse(request, "admin/missions/mission/preview.html", context)


def history(modeladmin, request, object_id):
    mission = mission_or_404(object_id)
    if not modeladmin.has_view_permission(request, mission):
        raise PermissionDenied
    return page(
        modeladmin,
        request,
        "admin/versions.html",
        title="Ce qui s’est passé",
        subtitle=mission.title,
        events=mission_events(mission),
        back=change_url(mission),
    )


def export(modeladmin, request):
    """The missions of the list, as filtered: no name in it."""
    if not can(request.user, "mission.export"):
        raise PermissionDenied
    form = ExportForm(request.POST or None)
    queryset = modeladmin.filtered(request)
    if request.method == "POST" and form.is_valid():
        shape = {"name": "missions", "file_format": form.cleaned_data["file_format"]}
        if queryset.count() > files.AT_ONCE_AT_MOST:
            file = files.ask("missions", queryset, **shape, by=request.user, now=timezone.now())
            return redirect(change_url(file))
        return download(MissionResource().export(queryset), **shape)
    return page(
        modeladmin,
        request,
        "admin/export.html",
        title="Exporter les missions",
        form=form,
        errors=form.errors,
        row_count=queryset.count(),
        words=("mission", "missions"),
        back=reverse("admin:missions_mission_changelist"),
    )


def insurer(modeladmin, request, pk):
    """The list of « collaborateurs occasionnels » of a mission, with a reason, logged."""
    if not can(request.user, "volunteer.export"):
        raise PermissionDenied
    require_recent_authentication(request)
    mission, form = mission_or_404(pk), NamedExportForm(request.POST or None)
    signups = insured_signups(mission)
    if request.method == "POST" and form.is_valid():
        return download_names(
            InsurerResource().export(signups),
            what=ExportLog.What.INSURER,
            subject=f"mission-{mission.pk}",
            name=f"assurance-mission-{mission.pk}",
            by=request.user,
            now=timezone.now(),
            **form.cleaned_data,
        )
    return page(
        modeladmin,
        request,
        "admin/export.html",
        title="Liste pour l’assureur",
        subtitle=mission.title,
        form=form,
        errors=form.errors,
        row_count=signups.count(),
        words=("personne", "personnes"),
        is_named=True,
        back=change_url(mission),
    )
