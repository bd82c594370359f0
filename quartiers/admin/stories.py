"""Moderating stories: read first, published, refused or hidden with a reason that the author reads."""

from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from quartiers import stories
from quartiers.models import Story, StoryState
from vitre_civique.accounts.desk import DeskAdmin, ObjectAction, back_to, change_url
from vitre_civique.accounts.permissions import can
from vitre_civique.lib.states import TransitionError, can_move
from vitre_civique.notifications.outbox import wake_delivery


@dataclass(frozen=True)
class Act:
    label: str
    target: str
    done: str
    asks: str = ""


ACTS = {
    "publier": Act("Publier", StoryState.PUBLISHED, "Le récit est en ligne ; son auteur est prévenu."),
    "refuser": Act(
        "Ne pas publier", StoryState.REFUSED, "C’est noté ; l’auteur reçoit votre motif.", "Motif"
    ),
    "masquer": Act(
        "Masquer", StoryState.HIDDEN, "Le récit n’est plus en ligne ; l’auteur est prévenu.", "Motif"
    ),
}


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Motif",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 60}),
        help_text="L’auteur le lit tel quel : soyez clair et aimable.",
        error_messages={"required": "Écrivez le motif : l’auteur le recevra."},
    )


@admin.register(Story)
class StoryAdmin(DeskAdmin):
    list_display = ["title", "quartier", "state", "submitted_at", "published_at"]
    list_filter = ["state", "quartier"]
    list_select_related = ["quartier"]
    fields = ["quartier", "title", "offered", "knocked", "learnt", "signed", "author", "submitted_at"]
    readonly_fields = ["author", "submitted_at"]

    def get_urls(self):
        act = self.admin_site.admin_view(self.act_view)
        return [path("<int:pk>/faire/<slug:name>/", act, name="quartiers_story_act"), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        story = Story.objects.filter(pk=object_id).first() if str(object_id).isdecimal() else None
        buttons = [
            ObjectAction(
                name,
                act.label,
                reverse("admin:quartiers_story_act", args=[object_id, name]),
                is_primary=not act.asks,
                is_danger=bool(act.asks),
                asks=bool(act.asks),
            )
            for name, act in ACTS.items()
            if story and can_move(story, act.target) and can(request.user, "story.moderate")
        ]
        # What nobody has read yet stays out of the page's title, hence out of the browser's history.
        shown = {"buttons": buttons, "title": f"Récit {object_id}", "subtitle": ""}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **shown})

    def act_view(self, request, pk, name):
        """POST runs the verb; GET shows the page of a verb that asks for a reason."""
        if not can(request.user, "story.moderate"):
            raise PermissionDenied
        if name not in ACTS:
            raise Http404
        act, story = ACTS[name], get_object_or_404(Story, pk=pk)
        form = ReasonForm(request.POST or None) if act.asks else None
        if request.method == "POST" and (form is None or form.is_valid()):
            return self.run(request, story, name, form)
        return self.ask(request, story, act, form)

    def run(self, request, story, name, form):
        now, by = timezone.now(), request.user
        try:
            if name == "publier":
                stories.publish(story, by=by, now=now)
            else:
                verb = stories.refuse if name == "refuser" else stories.hide
                verb(story, by=by, reason=form.cleaned_data["reason"], now=now)
        except TransitionError:
            sentence = "Quelqu’un est passé avant vous : rien n’a changé."
            return back_to(request, story, sentence, level=messages.WARNING)
        wake_delivery()
        return back_to(request, story, ACTS[name].done)

    def ask(self, request, story, act, form):
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{act.label} : récit {story.pk}",
            "form": form,
            "errors": form.errors if form else None,
            "button": act.label,
            "is_danger": bool(act.asks),
            "back": change_url(story),
        }
        return TemplateResponse(request, "admin/ask.html", context)
