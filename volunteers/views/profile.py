"""The profile of a volunteer: read it, change it, pause, stop, come back. Each act is one POST."""

from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from vitre_civique.accounts.minors import is_waiting_for_consent
from vitre_civique.lib import french
from vitre_civique.lib.months import local_day, month_of
from vitre_civique.lib.navigation import safe_back
from volunteers import drafts, pledges, profiles
from volunteers.forms import CharterForm, PauseForm, WhatForm, WhereForm, posted


def for_volunteers(view):
    """Gives the view the volunteer that the person is; leads to the pledge when there is none."""

    @wraps(view)
    def with_volunteer(request, *args, **kwargs):
        volunteer = profiles.own_volunteer(request.user)
        if volunteer is None:
            return redirect("volunteers:join")
        return view(request, volunteer, *args, **kwargs)

    return with_volunteer


@require_GET
@for_volunteers
def profile(request, volunteer):
    return show_profile(request, volunteer, PauseForm(this_month=month_of(timezone.now())))


def show_profile(request, volunteer, form):
    columns = {
        name: getattr(volunteer, name) for name in ("quartier", "reach", "kinds", "wont_do", "availability")
    }
    context = {
        "volunteer": volunteer,
        "pledge": profiles.open_pledge(volunteer),
        "rows": profiles.answers(columns, "volunteers:edit_where", "volunteers:edit_what"),
        "form": form,
        "is_paused": volunteer.is_paused_on(local_day(timezone.now())),
        "is_waiting": is_waiting_for_consent(request.user),
        "is_charter_new": profiles.is_charter_new(volunteer),
    }
    return render(request, "volunteers/profile.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_volunteers
def edit_where(request, volunteer):
    return edit(request, volunteer, WhereForm, "volunteers/join_where.html")


@require_http_methods(["GET", "HEAD", "POST"])
@for_volunteers
def edit_what(request, volunteer):
    return edit(request, volunteer, WhatForm, "volunteers/join_what.html")


def edit(request, volunteer, form_class, template):
    form = form_class(posted(request), initial=drafts.of_volunteer(volunteer))
    if form.is_valid():
        profiles.change(volunteer, drafts.offered(form.cleaned_data))
        messages.success(request, "C’est changé. Les prochaines missions proposées en tiendront compte.")
        return redirect("volunteers:profile")
    return render(request, template, {"form": form, "back_url": reverse("volunteers:profile")})


@require_POST
@for_volunteers
def pause(request, volunteer):
    now = timezone.now()
    form = PauseForm(request.POST, this_month=month_of(now))
    if not form.is_valid():
        return show_profile(request, volunteer, form)
    until = form.cleaned_data["until"]
    pledges.pause(volunteer, until=until, now=now)
    messages.success(
        request,
        f"Bonne pause. Nous ne vous écrirons pas avant {french.month(until)} ; "
        "ce qui est déjà prévu reste prévu.",
    )
    return redirect("volunteers:profile")


@require_POST
@for_volunteers
def resume(request, volunteer):
    pledges.resume(volunteer, now=timezone.now())
    messages.success(request, "Content de vous retrouver ! Les missions près de chez vous vous attendent.")
    return redirect("volunteers:profile")


@require_http_methods(["GET", "HEAD", "POST"])
@for_volunteers
def accept_charter(request, volunteer):
    """The charter has changed: read it, accept it, and go on where one was."""
    back = safe_back(request, request.POST.get("next") or request.GET.get("next"))
    if not profiles.is_charter_new(volunteer):
        return redirect(back or "volunteers:profile")
    form = CharterForm(posted(request))
    if form.is_valid():
        pledges.accept_charter(volunteer, version=settings.CHARTER_VERSION, now=timezone.now())
        messages.success(request, "Merci : vous pouvez de nouveau vous inscrire aux missions.")
        return redirect(back or "volunteers:profile")
    return render(request, "volunteers/accept_charter.html", {"form": form, "back": back})


@require_http_methods(["GET", "HEAD", "POST"])
@for_volunteers
def stop(request, volunteer):
    """The page says of what; the POST stops. Stopping twice changes nothing more."""
    if request.method != "POST":
        return render(request, "volunteers/stop.html", {"back_url": reverse("volunteers:profile")})
    pledges.stop(volunteer, now=timezone.now())
    messages.success(request, "Votre promesse est arrêtée. Merci pour tout ce que vous avez donné.")
    return redirect("volunteers:profile")
