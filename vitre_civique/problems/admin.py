"""Problems in the desk: read, answered once. The line of the start page."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import path, reverse
from django.utils import timezone

from vitre_civique.accounts.desk import ObjectAction, ReadOnlyDeskAdmin, back_to, badge, change_url, page
from vitre_civique.accounts.permissions import can
from vitre_civique.lib.states import TransitionError, can_move
from vitre_civique.notifications.outbox import wake_delivery

from . import reporting
from .forms import AnswerForm
from .models import Problem, ProblemState


@admin.register(Problem)
class ProblemAdmin(ReadOnlyDeskAdmin):
    change_form_template = "admin/missions/buttons_form.html"
    list_display = ["reference", "kind", "page", "due_on", "state_badge"]
    list_filter = ["state", "kind"]
    ordering = ["due_on", "id"]
    actions = None
    fields = ["kind", "page", "text", "user", "email", "received_at", "due_on", "answer"]

    @admin.display(description="référence", ordering="pk")
    def reference(self, problem):
        return problem.reference

    @admin.display(description="état", ordering="state")
    def state_badge(self, problem):
        return badge(problem)

    def get_urls(self):
        own = path(
            "<int:pk>/repondre/", self.admin_site.admin_view(self.answer), name="problems_problem_answer"
        )
        return [own, *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):  # noqa: FBT002 (Django's own signature)
        context["title"], context["subtitle"] = "Problème signalé", obj.reference
        context["buttons"] = []
        if can_move(obj, ProblemState.ANSWERED) and can(request.user, "problem.answer"):
            url = reverse("admin:problems_problem_answer", args=[obj.pk])
            context["buttons"] = [ObjectAction("answer", "Répondre", url, is_primary=True, asks=True)]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def answer(self, request, pk):
        problem = Problem.objects.filter(pk=pk).first()
        if problem is None:
            raise Http404
        if not can(request.user, "problem.answer"):
            raise PermissionDenied
        form = AnswerForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                reporting.answer(problem, form.cleaned_data["text"], by=request.user, now=timezone.now())
            except TransitionError:
                done = "Quelqu’un a déjà répondu : rien n’a changé."
                return back_to(request, problem, done, level=messages.WARNING)
            wake_delivery()
            return back_to(
                request, problem, "La réponse est enregistrée ; elle part si une adresse est connue."
            )
        context = {"title": "Répondre", "subtitle": problem.reference, "intro": f"« {problem.text} »"}
        context |= {"form": form, "errors": form.errors, "button": "Envoyer la réponse"}
        return page(self, request, "admin/ask.html", **context, back=change_url(problem))
