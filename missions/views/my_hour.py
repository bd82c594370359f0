"""The page « Mon heure »: this month in a ring, what is coming, the year behind."""

from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from missions.my_hour import page_of
from vitre_civique.accounts.minors import is_waiting_for_consent
from vitre_civique.lib.months import local_day
from volunteers.profiles import is_charter_new, own_volunteer


@require_GET
def my_hour(request):
    volunteer = own_volunteer(request.user)
    if volunteer is None:
        return redirect("volunteers:join")
    now = timezone.now()
    context = {
        **page_of(volunteer, now=now),
        "volunteer": volunteer,
        "is_paused": volunteer.is_paused_on(local_day(now)),
        "is_waiting": is_waiting_for_consent(request.user, local_day(now)),
        "is_charter_new": is_charter_new(volunteer),
    }
    return render(request, "missions/my_hour.html", context)
