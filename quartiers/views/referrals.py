"""« Je pense à une personne » : sent to the CCAS alone, shown to nobody afterwards, not even its author."""

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from quartiers import referrals
from quartiers.referral_forms import ReferralForm
from vitre_civique.accounts.permissions import requires


@requires("referral.file")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def referral(request):
    if not referrals.are_open():
        if request.method == "POST":
            raise Http404
        return render(request, "quartiers/referrals/closed.html")
    form = ReferralForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            referrals.send(form.save(commit=False), by=request.user, now=timezone.now())
        except referrals.ReferralError as refusal:
            form.add_error(None, refusal.message)
        else:
            return redirect("quartiers:referral_sent")
    return render(request, "quartiers/referrals/new.html", {"form": form})


@requires("referral.file")
@require_GET
def sent(request):
    return render(request, "quartiers/referrals/sent.html")
