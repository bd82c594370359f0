"""« Je propose mon aide »: reading offers, writing, renewing, taking back, answering a neighbour’s."""

from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from missions import help_offers
from missions.help_offer_forms import HelpOfferForm
from missions.models import HelpOffer
from quartiers.models import Quartier
from vitre_civique.accounts.permissions import can, requires
from vitre_civique.lib import french
from vitre_civique.lib.months import local_day
from volunteers.profiles import own_volunteer

from .asking import DRAFT_KEY

PAGE_SIZE = 12


def volunteers_first(view):
    """Leads whoever is signed in and gives no hour yet to pledging, rather than to a refusal."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        is_reading = request.method != "POST"
        if is_reading and request.user.is_authenticated and not can(request.user, "help_offer.make"):
            messages.info(request, "D’abord, dites ce que vous aimez faire : votre offre vient ensuite.")
            return redirect("volunteers:join")
        return view(request, *args, **kwargs)

    return guarded


@login_not_required
@require_GET
def offer_list(request):
    slug, now = request.GET.get("quartier", ""), timezone.now()
    quartiers = list(Quartier.objects.active().order_by("name", "id"))
    chosen = next((quartier for quartier in quartiers if quartier.slug == slug), None)
    offers = help_offers.visible_to(request.user, now=now)
    if chosen:
        offers = offers.filter(quartier=chosen)
    page = Paginator(offers, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "offers": page.object_list, "quartiers": quartiers, "chosen": chosen}
    return render(request, "missions/help_offers/list.html", context)


@requires("help_offer.answer")
@require_GET
def offer(request, pk):
    """One offer, alone: where signing in « pour répondre » leads."""
    shown = get_object_or_404(help_offers.visible_to(request.user, now=timezone.now()), pk=pk)
    return render(request, "missions/help_offers/offer.html", {"offer": shown})


@volunteers_first
@requires("help_offer.make")
@require_http_methods(["GET", "HEAD", "POST"])
def make(request):
    now, volunteer = timezone.now(), own_volunteer(request.user)
    volunteer.user = request.user
    is_minor = request.user.is_minor_on(local_day(now))
    form = HelpOfferForm(
        request.POST or None,
        is_minor=is_minor,
        instance=HelpOffer(volunteer=volunteer),
        initial={"quartier": volunteer.quartier},
    )
    reasons = help_offers.reasons_against_offering(volunteer, now=now)
    if request.method == "POST" and not reasons and form.is_valid():
        try:
            help_offers.submit(form.save(commit=False), by=request.user, now=now)
        except help_offers.HelpOfferError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, "Merci ! La mairie relit votre offre, puis la met en ligne.")
            return redirect("missions:my_help_offers")
    context = {"form": form, "reasons": reasons, "is_minor": is_minor}
    return render(request, "missions/help_offers/make.html", context)


@volunteers_first
@requires("help_offer.make")
@require_GET
def my_offers(request):
    now = timezone.now()
    offers = list(HelpOffer.objects.for_my_offers(request.user).prefetch_related("state_changes")[:60])
    rows = [
        {
            "offer": offer,
            "last_day": french.day(local_day(help_offers.last_moment(offer))) if offer.expires_at else "",
            "reason": list(offer.state_changes.all())[-1].reason if offer.state == "refused" else "",
            "may_renew": help_offers.may_renew(offer, now=now),
            "may_withdraw": offer.state in ("submitted", "published"),
        }
        for offer in offers
    ]
    return render(request, "missions/help_offers/mine.html", {"rows": rows})


@requires("help_offer.make")
@require_POST
def renew(request, pk):
    return act(request, pk, help_offers.renew, "C’est reparti pour un mois, merci !")


@requires("help_offer.make")
@require_POST
def withdraw(request, pk):
    return act(request, pk, help_offers.withdraw, "Votre offre est retirée : plus personne ne la lit.")


def act(request, pk, verb, done):
    offer = get_object_or_404(HelpOffer, pk=pk, volunteer__user=request.user)
    try:
        verb(offer, by=request.user, now=timezone.now())
    except help_offers.HelpOfferError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, done)
    return redirect("missions:my_help_offers")


@requires("help_offer.answer")
@require_POST
def answer(request, pk):
    """« Ça m’intéresse »: a request started from the offer, on its first page."""
    now = timezone.now()
    offer = get_object_or_404(help_offers.visible_to(request.user, now=now), pk=pk)
    try:
        draft = help_offers.answer(offer, by=request.user, now=now)
    except help_offers.HelpOfferError as refusal:
        messages.error(request, refusal.message)
        return redirect("missions:help_offers")
    request.session[DRAFT_KEY] = draft.pk
    messages.success(request, "Voici votre demande, commencée avec cette offre : il reste trois questions.")
    return redirect("missions:ask_who")
