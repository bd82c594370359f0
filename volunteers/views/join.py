"""From the home page to a pledge in three pages; anyone may begin, signing in comes before the last word."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from vitre_civique.accounts.minors import is_waiting_for_consent
from vitre_civique.notifications.outbox import wake_delivery
from volunteers import drafts, pledges, profiles
from volunteers.forms import CharterForm, WhatForm, WhereForm, posted

STEPS = {"where": "volunteers:join", "what": "volunteers:join_what"}


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def where(request):
    return step(request, "where", WhereForm, "volunteers/join_where.html", back="home")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def what(request):
    return step(request, "what", WhatForm, "volunteers/join_what.html", back="volunteers:join")


def step(request, name, form_class, template, *, back):
    """One page of the draft: keeps what is typed, then leads to the first page that still lacks something."""
    volunteer = profiles.own_volunteer(request.user)
    if profiles.has_open_pledge(volunteer):
        return redirect("volunteers:profile")
    known = drafts.of_volunteer(volunteer) if volunteer else None
    form = form_class(posted(request), initial=drafts.read(request.session, name) or known)
    if form.is_valid():
        drafts.write(request.session, name, form.cleaned_data)
        missing = drafts.first_missing(request.session)
        return redirect(STEPS.get(missing, "volunteers:join_check"))
    return render(request, template, {"form": form, "back_url": reverse(back), "is_joining": True})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def check(request):
    if profiles.has_open_pledge(profiles.own_volunteer(request.user)):
        return redirect("volunteers:profile")
    if missing := drafts.first_missing(request.session):
        return redirect(STEPS[missing])
    if request.method == "POST" and not request.user.is_authenticated:
        return redirect_to_login(reverse("volunteers:join_check"))
    form = CharterForm(posted(request))
    if form.is_valid():
        return pledge(request, form)
    return show_check(request, form)


def pledge(request, form):
    try:
        pledges.pledge(
            request.user,
            **drafts.offer(request.session),
            charter_version=settings.CHARTER_VERSION,
            now=timezone.now(),
        )
    except pledges.PledgeError as error:
        form.add_error(None, error.message)
        return show_check(request, form)
    drafts.clear(request.session)
    wake_delivery()
    return redirect("volunteers:joined")


def show_check(request, form):
    columns = drafts.offer(request.session)
    rows = profiles.answers(columns, "volunteers:join", "volunteers:join_what")
    context = {"form": form, "rows": rows, "back_url": reverse("volunteers:join_what")}
    return render(request, "volunteers/join_check.html", context)


@require_GET
def joined(request):
    volunteer = profiles.own_volunteer(request.user)
    if not profiles.has_open_pledge(volunteer):
        return redirect("volunteers:join")
    context = {
        "volunteer": volunteer,
        "pledge": profiles.open_pledge(volunteer),
        "is_waiting": is_waiting_for_consent(request.user),
    }
    return render(request, "volunteers/joined.html", context)
