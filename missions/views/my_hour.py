"""The page « Mon heure »: this month in a ring, what is coming, the year behind."""

from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from vitre_civique.accounts.minors import is_waiting_for_consent
from vitre_civique.lib.months import local_day, month_of, next_month
from volunteers.profiles import own_volunteer

from .. import my_hour as hours


@require_GET
def my_hour(request):
    volunteer = own_volunteer(request.user)
    if volunteer is None:
        return redirect("volunteers:join")
    now = timezone.now()
    today, month = local_day(now), month_of(now)
    context = {
        "volunteer": volunteer,
        "month": hours.month_view(volunteer, month, today=today),
        "following": hours.month_view(volunteer, next_month(month), today=today),
        "signups": hours.upcoming(volunteer, now=now),
        "past": hours.past_year(volunteer, today=today),
        "is_paused": volunteer.is_paused_on(today),
        "is_waiting": is_waiting_for_consent(request.user, today),
    }
    return render(request, "missions/my_hour.html", context)
