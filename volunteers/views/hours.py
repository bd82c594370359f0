"""Passing a month, and writing down an hour given elsewhere. Both come back to « Mon heure »."""

import uuid

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from vitre_civique.lib import french
from vitre_civique.lib.months import month_of, parse_month
from volunteers import hours, pledges
from volunteers.forms import DeclareForm, posted

from .profile import for_volunteers

MY_HOUR = "missions:my_hour"  # a page of the app above, known by its name only


@require_POST
@for_volunteers
def skip_month(request, volunteer, month):
    return change_skip(
        request, volunteer, month, pledges.skip_month, "C’est noté, vous passez {}. Rien à rattraper."
    )


@require_POST
@for_volunteers
def unskip_month(request, volunteer, month):
    return change_skip(
        request, volunteer, month, pledges.unskip_month, "C’est noté, {} est de nouveau à vous."
    )


def change_skip(request, volunteer, month_text, verb, sentence):
    try:
        month = parse_month(month_text)
    except ValueError:
        raise Http404 from None
    try:
        verb(volunteer, month, now=timezone.now())
    except pledges.PledgeError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, sentence.format(french.month(month)))
    return redirect(MY_HOUR)


@require_http_methods(["GET", "HEAD", "POST"])
@for_volunteers
def declare(request, volunteer):
    now = timezone.now()
    form = DeclareForm(posted(request), this_month=month_of(now), initial={"token": uuid.uuid4()})
    if form.is_valid():
        try:
            hours.declare(volunteer, **form.cleaned_data, by=request.user, now=now)
        except hours.HourError as error:
            form.add_error(None, error.message)
        else:
            given = french.duration(form.cleaned_data["minutes"])
            messages.success(
                request, f"Merci ! C’est noté pour {french.month(form.cleaned_data['month'])} : {given}."
            )
            return redirect(MY_HOUR)
    return render(request, "volunteers/declare.html", {"form": form, "back_url": reverse(MY_HOUR)})
