"""« J’ai besoin d’un coup de main »: five short pages, kept as one goes, sent by code or by phone."""

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from missions import requests
from missions.asking_forms import (
    UNKNOWN_QUARTIER,
    CallbackForm,
    ResumeForm,
    WhatForm,
    WhenForm,
    WhereForm,
    WhoForm,
    gestures_matching,
)
from missions.asking_limits import limits_in
from missions.models import Gesture, Mission, PartOfDay
from missions.planning import PlanningError
from quartiers.models import Quartier
from vitre_civique.lib import french
from vitre_civique.lib.months import local_day
from vitre_civique.notifications.outbox import wake_delivery
from volunteers.models import HelpKind

DRAFT_KEY, SENT_KEY = "request_draft", "request_sent"
PAGES = {step: f"missions:ask_{step}" for step in requests.STEPS}
NUMBERS = {"who": 1, "what": 2, "when": 3, "where": 4, "check": 5}
any_method = require_http_methods(["GET", "HEAD", "POST"])


def draft_of(request):
    return requests.open_draft(request.session.get(DRAFT_KEY), request.user, now=timezone.now())


def posted(request):
    return request.POST if request.method == "POST" else None


def kept(request, draft, step, answers):
    """Keep the page, then lead to the first that still lacks something."""
    draft = requests.keep(draft, step, answers, user=request.user, now=timezone.now())
    request.session[DRAFT_KEY] = draft.pk
    missing = requests.first_missing(draft)
    return redirect(PAGES.get(missing, "missions:ask_check"))


def show(request, step, draft, form, **context):
    steps = [*requests.STEPS, "check"]
    before = steps[NUMBERS[step] - 2] if step != "who" else None
    back_url = reverse(f"missions:ask_{before}" if before else "pages:ask")
    context |= {"form": form, "draft": draft, "step": NUMBERS[step], "back_url": back_url}
    return render(request, f"missions/ask_{step}.html", context)


@never_cache
@login_not_required
@any_method
def who(request):
    draft = draft_of(request)
    form = WhoForm(posted(request), initial=draft.answers.get("who") if draft else None)
    if form.is_valid():
        return kept(request, draft, "who", form.cleaned_data)
    return show(request, "who", draft, form)


@never_cache
@login_not_required
@any_method
def what(request):
    draft, words = draft_of(request), request.GET.get("mots", "")[:80]
    form = WhatForm(posted(request), initial=draft.answers.get("what") if draft else None)
    if form.is_valid() and (not form.findings or request.POST.get("act") == "agent"):
        data = form.cleaned_data
        answers = {"gesture": data["gesture"].pk, "text": data["text"]}
        return kept(request, draft, "what", {**answers, "for_agent_only": bool(form.findings)})
    groups = {}
    for gesture in gestures_matching(words):
        groups.setdefault(HelpKind(gesture.help_kind).label, []).append(gesture)
    chosen = form["gesture"].value()
    context = {"groups": groups, "words": words, "limits": limits_in(words), "chosen": str(chosen or "")}
    return show(request, "what", draft, form, findings=form.findings, **context)


@never_cache
@login_not_required
@any_method
def when(request):
    draft = draft_of(request)
    wishes = draft.answers.get("when", {}).get("wishes", []) if draft else []
    initial = {}
    for rank, (day, part) in enumerate(wishes, 1):
        initial |= {f"day_{rank}": day, f"part_{rank}": part}
    form = WhenForm(posted(request), initial=initial, today=local_day(timezone.now()))
    if form.is_valid():
        return kept(request, draft, "when", {"wishes": form.wishes()})
    return show(request, "when", draft, form)


@never_cache
@login_not_required
@any_method
def where(request):
    draft = draft_of(request)
    known = dict(draft.answers.get("where", {})) if draft else {}
    if known:
        known["quartier"] = str(known["quartier"] or UNKNOWN_QUARTIER)
    elif draft and "offer" in draft.answers:
        known["quartier"] = str(draft.answers["offer"]["quartier"])
    form = WhereForm(posted(request), initial=known, needs_address=needs_address(draft))
    if form.is_valid():
        return kept(request, draft, "where", form.answers())
    return show(request, "where", draft, form)


def needs_address(draft):
    gesture = draft.answers.get("what", {}).get("gesture") if draft else None
    return Gesture.objects.filter(pk=gesture, needs_address=True).exists()


@never_cache
@login_not_required
@any_method
def check(request):
    """The answers once more, then one's own code by mail, or a phone number the mairie calls."""
    draft = draft_of(request)
    if missing := requests.first_missing(draft):
        return redirect(PAGES[missing])
    is_known = request.user.is_authenticated
    form = None if is_known else CallbackForm(posted(request))
    error = ""
    if request.method == "POST" and (is_known or form.is_valid()):
        try:
            return send(request, draft, None if is_known else form.cleaned_data)
        except PlanningError as refusal:
            error = refusal.message
    return show(request, "check", draft, form, rows=rows_of(draft), error=error)


def send(request, draft, caller):
    now = timezone.now()
    asker = requests.caller(caller["first_name"], caller["phone"], now=now) if caller else request.user
    mission = requests.send_draft(draft, asker=asker, now=now)
    request.session.pop(DRAFT_KEY, None)
    request.session[SENT_KEY] = mission.pk
    wake_delivery()
    return redirect("missions:ask_sent")


def rows_of(draft):
    """« Vérifiez vos réponses » in words, each with its « Modifier »."""
    answers = draft.answers
    who, what, where = answers["who"], answers["what"], answers["where"]
    gesture = Gesture.objects.filter(pk=what["gesture"]).first()
    quartier = Quartier.objects.filter(pk=where["quartier"]).first()
    text = what["text"] + (" (lu par un agent seulement)" if what["for_agent_only"] else "")
    wishes = [
        f"{french.day(date.fromisoformat(day))}, {PartOfDay(part).label}"
        for day, part in answers["when"]["wishes"]
    ]
    rows = [
        (
            "Pour qui",
            {"value": "Pour moi" if who["for_whom"] == "me" else f"Pour {who['first_name']}"},
            "who",
        ),
        ("Quoi", {"value": gesture.name if gesture else ""}, "what"),
        ("Un mot de plus", {"value": text}, "what"),
        ("Quand", {"lines": wishes}, "when"),
        ("Quartier", {"value": quartier.name if quartier else "Je ne sais pas"}, "where"),
    ]
    if gesture and gesture.needs_address:
        rows.append(
            ("Adresse, jamais publiée", {"value": where["address"] or "Je la dirai plus tard"}, "where")
        )
    return [{"label": label, **value, "url": reverse(PAGES[step])} for label, value, step in rows]


@never_cache
@login_not_required
@any_method
def resume(request):
    """On another device: the code alone brings the draft back."""
    form = ResumeForm(posted(request))
    if form.is_valid():
        draft = requests.resume_draft(form.cleaned_data["code"], request.user, now=timezone.now())
        if draft:
            request.session[DRAFT_KEY] = draft.pk
            messages.success(request, "Voici votre demande, là où vous l’aviez laissée.")
            return redirect(PAGES.get(requests.first_missing(draft), "missions:ask_check"))
        form.add_error("code", "Ce code ne correspond à aucune demande gardée : vérifiez-le, ou recommencez.")
    return render(request, "missions/ask_resume.html", {"form": form})


@never_cache
@login_not_required
@require_GET
def sent(request):
    mission = Mission.objects.filter(pk=request.session.get(SENT_KEY)).select_related("proposed_by").first()
    if mission is None:
        return redirect("pages:ask")
    return render(request, "missions/ask_sent.html", {"mission": mission})
