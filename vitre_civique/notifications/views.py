"""What people receive and how often; « ne plus recevoir » from a mail, without signing in."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from . import bounces, kinds
from .forms import PreferencesForm
from .freezes import freeze_of
from .unsubscribing import BadToken, read
from .unsubscribing import unsubscribe as stop


@require_http_methods(["GET", "POST"])
def preferences(request):
    form = PreferencesForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "C’est noté : vous recevrez seulement ce que vous avez choisi.")
        return redirect("notifications:preferences")
    freeze = freeze_of(timezone.now())
    silent = [kind.label for kind in kinds.choosable() if kind.is_editorial] if freeze else []
    context = {"form": form, "freeze": freeze, "silent": silent}
    return render(request, "notifications/preferences.html", context)


@require_POST
def address_works(request):
    """The person says that the address from which mails came back is right."""
    bounces.resume(request.user)
    messages.success(request, "Merci : nous écrirons de nouveau à cette adresse.")
    return redirect("home")


# Mail programs POST here by themselves (RFC 8058): no session, no cookie, hence no CSRF token to ask for.
# The signed token is the permission, and all it permits is to write less.
@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request, token):
    """GET shows a button and changes nothing: scanners open links."""
    try:
        user, kind = read(token)
    except BadToken:
        raise Http404 from None
    if request.method == "POST":
        stop(user, kind)
    context = {"kind": kind, "is_done": request.method == "POST"}
    return render(request, "notifications/unsubscribe.html", context)
