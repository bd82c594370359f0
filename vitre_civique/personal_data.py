"""« Mes données »: see, correct, download, delete, alone (DP-10). The eraser is missions/erasure.py."""

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from missions import erasure
from vitre_civique.lib.months import local_day
from vitre_civique.notifications.outbox import wake_delivery
from volunteers.profiles import own_volunteer

from .accounts.reauthentication import recently_authenticated
from .accounts.sessions import CLEAR_SITE_DATA
from .personal_export import archive, sections_of


@never_cache
@require_GET
def index(request):
    context = {"sections": sections_of(request.user), "volunteer": own_volunteer(request.user)}
    return render(request, "personal_data/index.html", context)


@never_cache
@require_GET
@recently_authenticated
def download(request):
    now = timezone.now()
    name = f"mes-donnees-vitre-civique-{local_day(now)}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(archive(request.user, now=now), content_type="application/zip", headers=headers)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@recently_authenticated
def delete(request):
    """The page says of what; the POST withdraws what is to come, erases, signs out."""
    now, refusal = timezone.now(), ""
    if request.method == "POST":
        try:
            erasure.erase_person(request.user, by=request.user, now=now)
        except erasure.ErasureError as error:
            refusal = error.message
        else:
            wake_delivery()
            logout(request)
            response = redirect("personal_data:erased")
            response.headers["Clear-Site-Data"] = CLEAR_SITE_DATA
            return response
    volunteer = own_volunteer(request.user)
    context = {
        "signups": erasure.to_withdraw(volunteer, now=now) if volunteer else [],
        "missions": erasure.to_cancel(request.user),
        "volunteer": volunteer,
        "refusal": refusal,
    }
    return render(request, "personal_data/delete.html", context)


@login_not_required
@require_GET
def erased(request):
    return render(request, "personal_data/erased.html")


app_name = "personal_data"
urlpatterns = [
    path("", index, name="index"),
    path("telecharger/", download, name="download"),
    path("effacer/", delete, name="delete"),
    path("c-est-efface/", erased, name="erased"),
]
