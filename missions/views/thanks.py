"""Words of thanks: writing one after a mission, reading those received."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from missions import thanks
from missions.models import Side, Signup
from missions.neighbour_forms import ThanksForm


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def write(request, pk):
    rows = Signup.objects.select_related(
        "slot__mission__beneficiary", "slot__mission__proposed_by", "volunteer__user"
    )
    signup = get_object_or_404(rows, pk=pk)
    side = thanks.side_of(request.user, signup)
    if side is None:
        raise Http404
    form = ThanksForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            thanks.write(signup, by=request.user, text=form.cleaned_data["text"], now=timezone.now())
        except thanks.ThanksError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, "Merci pour ce mot : un agent le relit, puis le transmet.")
            return redirect(after(signup, side))
    other = thanks.recipient_of(signup, side)
    context = {"form": form, "signup": signup, "mission": signup.slot.mission, "other": other}
    context |= {"may_thank": thanks.may_thank(request.user, signup), "back": after(signup, side)}
    return render(request, "missions/thank.html", context)


def after(signup, side):
    """The page from which that side came: their own signup, or the sheet of who came."""
    if side == Side.VOLUNTEER:
        return reverse("missions:signup", args=[signup.pk])
    return reverse("missions:attendance", args=[signup.slot_id])


@never_cache
@require_GET
def my_thanks(request):
    return render(request, "missions/my_thanks.html", {"rows": thanks.for_page(request.user)[:100]})
