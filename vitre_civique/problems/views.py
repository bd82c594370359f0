"""« Signaler un problème »: one short page for everybody, and what happens next."""

from allauth.core.ratelimit import consume_or_429
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from vitre_civique.lib.months import local_day
from vitre_civique.notifications.outbox import wake_delivery

from . import reporting
from .forms import ProblemForm

SENT = "problem_sent"  # what the next page shows, in the session


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request):
    known = {"page": request.GET.get("page", "")[:200]}
    if request.GET.get("quoi") == "accessibilite":
        known["kind"] = "accessibility"
    form = ProblemForm(request.POST if request.method == "POST" else None, user=request.user, initial=known)
    if request.method == "POST" and form.is_valid():
        if limited := consume_or_429(request, action="problem"):
            return limited
        try:
            problem = reporting.report(**told_in(form), user=form.user, now=timezone.now())
        except reporting.ProblemError as error:
            form.add_error(None, error.message)
        else:
            wake_delivery()
            is_told = bool(problem.email or problem.user)
            due_on = problem.due_on.isoformat()
            request.session[SENT] = {"reference": problem.reference, "due_on": due_on, "is_told": is_told}
            return redirect("problems:sent")
    return render(request, "problems/report.html", {"form": form})


def told_in(form):
    return {name: form.cleaned_data.get(name, "") for name in ("kind", "page", "text", "email", "token")}


@login_not_required
@require_GET
def sent(request):
    told = request.session.get(SENT)
    if told is None:
        return redirect("problems:report")
    due_on = type(local_day(timezone.now())).fromisoformat(told["due_on"])
    return render(request, "problems/sent.html", {**told, "due_on": due_on})
