"""A service answers one report by its signed link: GET shows, POST answers. Nothing else opens."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from quartiers import acts, handling, service_links
from quartiers.handling_forms import FORMS, USUAL_TEXTS
from quartiers.handling_permissions import SERVICE
from quartiers.needs import NeedError
from vitre_civique.lib.states import TransitionError
from vitre_civique.notifications.outbox import wake_delivery

TOO_LATE = "Cette remontée vient de changer d’état : relisez-la, puis recommencez."


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def answer(request, token):
    link = service_links.link_for(token, now=timezone.now())
    if link is None:
        return render(request, "quartiers/service/gone.html", status=404)
    chosen = request.POST.get("act") or request.GET.get("reponse", "")
    offered = [acts.ACTS[name] for name in acts.SERVICE_ACTS]
    offered = [each for each in offered if acts.may_act({SERVICE}, link.report, each)]
    act = acts.ACTS[chosen] if chosen in acts.SERVICE_ACTS else None
    form = form_of(request, link.report, act)
    if request.method == "POST" and form is not None and form.is_valid() and send(request, link, act, form):
        return redirect("need_service:answer", token=token)
    context = {"link": link, "report": link.report, "acts": offered, "act": act, "form": form, "token": token}
    context |= {"steps": link.report.steps.all(), "photos": link.report.photos.all()}
    return render(request, "quartiers/service/answer.html", context)


def form_of(request, report, act):
    if act is None:
        return None
    initial = {"seen": handling.version_of(report), "text": USUAL_TEXTS.get(act.name, "")}
    return FORMS[act.name](request.POST if request.method == "POST" else None, initial=initial)


def send(request, link, act, form):
    """Whether the answer was taken; else the form says why and keeps what was typed."""
    now = timezone.now()
    try:
        service_links.answer(link, act.name, seen=form.cleaned_data["seen"], said=form.said(), now=now)
    except handling.ChangedMeanwhile as error:
        form.add_error(None, error.message)
        form.data = {**form.data.dict(), "seen": handling.version_of(link.report)}
        return False
    except (NeedError, TransitionError) as error:
        form.add_error(None, getattr(error, "message", TOO_LATE))
        return False
    wake_delivery()
    messages.success(request, "Merci, votre réponse est partie : les personnes qui suivent la lisent.")
    return True


@login_not_required
@require_GET
def photo(request, token, photo):
    link = service_links.link_for(token, now=timezone.now())
    if link is None:
        raise Http404
    found = get_object_or_404(link.report.photos, pk=photo)
    response = FileResponse(found.image.open("rb"), content_type="image/jpeg")
    response["Content-Security-Policy"] = "sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
