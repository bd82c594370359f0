"""Words of thanks in the desk: read, then passed on or kept."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import path, reverse
from django.utils import timezone

from missions import thanks
from missions.models import Thanks
from vitre_civique.accounts.desk import ObjectAction, ReadOnlyDeskAdmin, back_to, badge, change_url
from vitre_civique.accounts.permissions import can
from vitre_civique.lib.states import TransitionError, can_move
from vitre_civique.notifications.outbox import wake_delivery

from .pages import MessageForm, page

TAKEN = "Quelqu’un est passé avant vous : rien n’a changé."


@admin.register(Thanks)
class ThanksAdmin(ReadOnlyDeskAdmin):
    change_form_template = "admin/missions/buttons_form.html"
    list_display = ["written_at", "mission", "author", "recipient", "state_badge"]
    list_filter = ["state"]
    list_select_related = ["author", "recipient", "signup__slot__mission"]
    ordering = ["-written_at", "-id"]
    actions = None
    fields = ["text", "author", "recipient", "written_at", "passed_on_at"]

    @admin.display(description="mission")
    def mission(self, row):
        return row.signup.slot.mission.title

    @admin.display(description="état", ordering="state")
    def state_badge(self, row):
        return badge(row)

    def get_urls(self):
        act = self.admin_site.admin_view(self.act_view)
        own = [
            path("<int:pk>/transmettre/", act, {"target": "passed_on"}, name="missions_thanks_pass_on"),
            path("<int:pk>/garder/", act, {"target": "refused"}, name="missions_thanks_refuse"),
        ]
        return [*own, *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):  # noqa: FBT002 (Django's own signature)
        context["title"], context["subtitle"] = "Mot de merci", ""
        context["summary"] = f"{self.mission(obj)} : {obj.get_state_display().lower()}"
        context["buttons"] = []
        if can_move(obj, "passed_on") and can(request.user, "thanks.moderate"):
            urls = {
                name: reverse(f"admin:missions_thanks_{name}", args=[obj.pk])
                for name in ("pass_on", "refuse")
            }
            context["buttons"] = [
                ObjectAction("pass_on", "Transmettre", urls["pass_on"], is_primary=True),
                ObjectAction("refuse", "Ne pas transmettre", urls["refuse"], is_danger=True, asks=True),
            ]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def act_view(self, request, pk, target):
        """POST runs the verb; not passing on asks why first, for the mairie's own memory."""
        row = Thanks.objects.filter(pk=pk).first()
        if row is None:
            raise Http404
        if not can(request.user, "thanks.moderate"):
            raise PermissionDenied
        form = None
        if target == "refused":
            hint = "Ni l’auteur ni l’autre personne ne le lira."
            form = MessageForm(request.POST or None, label="Pourquoi", hint=hint)
        if request.method != "POST" or (form and not form.is_valid()):
            return self._ask(request, row, form)
        try:
            if form:
                thanks.refuse(row, by=request.user, reason=form.cleaned_data["text"], now=timezone.now())
            else:
                thanks.pass_on(row, by=request.user, now=timezone.now())
        except TransitionError:
            return back_to(request, row, TAKEN, level=messages.WARNING)
        wake_delivery()
        return back_to(
            request, row, "C’est noté." if form else "Le mot est transmis ; la personne est prévenue."
        )

    def _ask(self, request, row, form):
        label = "Ne pas transmettre" if form else "Transmettre"
        context = {"title": label, "subtitle": "", "intro": f"« {row.text} »", "form": form, "button": label}
        context |= {"errors": form.errors if form else None, "is_danger": bool(form), "back": change_url(row)}
        return page(self, request, "admin/ask.html", **context)
