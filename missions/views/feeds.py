"""Calendar files: a slot for everyone, a signup for its person, a private feed by token."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from missions import calendars
from missions.feeds import renew_feed, revoke_feed
from missions.models import CalendarFeed, Signup, Slot
from missions.permissions import PUBLIC


def calendar_file(content, name):
    return HttpResponse(
        content,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.ics"', "X-Robots-Tag": "noindex"},
    )


@login_not_required
@require_GET
def slot_ics(request, pk):
    slots = Slot.objects.filter(mission__state__in=PUBLIC).select_related("mission__quartier")
    slot = get_object_or_404(slots, pk=pk)
    return calendar_file(calendars.slot_calendar(slot, now=timezone.now()), f"mission-{slot.mission_id}")


@require_GET
def signup_ics(request, pk):
    rows = Signup.objects.select_related("slot__mission__quartier")
    signup = get_object_or_404(rows, pk=pk, volunteer__user=request.user)
    return calendar_file(calendars.signup_calendar(signup, now=timezone.now()), f"inscription-{signup.pk}")


@require_http_methods(["GET", "HEAD", "POST"])
def my_feed(request):
    if request.method == "POST":
        if request.POST.get("act") == "revoke":
            revoke_feed(request.user)
            messages.success(request, "L’adresse est supprimée : votre agenda n’est plus lisible.")
        else:
            renew_feed(request.user)
            messages.success(request, "Voici une nouvelle adresse. Les anciennes ne marchent plus.")
        return redirect("missions:my_feed")
    feed = CalendarFeed.objects.filter(user=request.user).first()
    url = request.build_absolute_uri(reverse("missions:feed", args=[feed.token])) if feed else ""
    return render(request, "missions/my_feed.html", {"feed": feed, "feed_url": url})


@login_not_required
@require_GET
def feed(request, token):
    found = get_object_or_404(CalendarFeed.objects.select_related("user"), token=token, user__is_active=True)
    return calendar_file(calendars.feed_calendar(found.user, now=timezone.now()), "mes-missions")
