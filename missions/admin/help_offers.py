"""Offers of help: read first, put online or not, taken off with a reason that the volunteer reads."""

from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone

from missions import help_offers
from missions.models import HelpOffer, HelpOfferState
from vitre_civique.accounts.desk import ObjectAction, ReadOnlyDeskAdmin, back_to, badge, change_url, page
from vitre_civique.accounts.permissions import can
from vitre_civique.lib.french import day
from vitre_civique.lib.months import local_day
from vitre_civique.notifications.outbox import wake_delivery


@dataclass(frozen=True)
class Act:
    label: str
    states: tuple
    done: str
    asks: bool = False


ACTS = {
    "publier": Act(
        "Mettre en ligne",
        (HelpOfferState.SUBMITTED,),
        "L’offre est en ligne pour un mois ; la personne est prévenue.",
    ),
    "refuser": Act(
        "Ne pas mettre en ligne",
        (HelpOfferState.SUBMITTED,),
        "C’est noté ; la personne reçoit votre motif.",
        asks=True,
    ),
    "retirer": Act(
        "Retirer du site",
        (HelpOfferState.PUBLISHED,),
        "L’offre n’est plus en ligne ; la personne reçoit votre motif.",
        asks=True,
    ),
}


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Motif",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 60}),
        help_text="La personne le lit tel quel : soyez clair et aimable.",
        error_messages={"required": "Écrivez le motif : la personne le recevra."},
    )


@admin.register(HelpOffer)
class HelpOfferAdmin(ReadOnlyDeskAdmin):
    change_form_template = "admin/missions/buttons_form.html"
    list_display = ["what", "who", "quartier", "state_badge", "submitted_at", "until"]
    list_filter = ["state", "quartier", "help_kind"]
    list_select_related = ["quartier", "gesture", "volunteer__user"]
    ordering = ["-submitted_at", "-id"]
    actions = None
    fields = ["what", "text", "when_text", "quartier", "who", "submitted_at", "until", "renewals_count"]

    @admin.display(description="ce qui est proposé")
    def what(self, offer):
        return offer.title

    @admin.display(description="volontaire")
    def who(self, offer):
        return str(offer.volunteer)

    @admin.display(description="état", ordering="state")
    def state_badge(self, offer):
        return badge(offer)

    @admin.display(description="en ligne jusqu’au", ordering="expires_at")
    def until(self, offer):
        return day(local_day(help_offers.last_moment(offer))) if offer.expires_at else "–"

    def get_urls(self):
        act = self.admin_site.admin_view(self.act_view)
        return [path("<int:pk>/faire/<slug:name>/", act, name="missions_helpoffer_act"), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        context = {**(extra_context or {}), "buttons": self.buttons(request, object_id)}
        return super().change_view(request, object_id, form_url, context)

    def buttons(self, request, pk):
        offer = HelpOffer.objects.filter(pk=pk).first() if str(pk).isdecimal() else None
        if offer is None or not can(request.user, "help_offer.moderate"):
            return []
        return [
            ObjectAction(
                name,
                act.label,
                reverse("admin:missions_helpoffer_act", args=[pk, name]),
                is_primary=not act.asks,
                is_danger=act.asks,
                asks=act.asks,
            )
            for name, act in ACTS.items()
            if offer.state in act.states
        ]

    def act_view(self, request, pk, name):
        """POST runs the verb; GET shows the page of a verb that asks for a reason."""
        if not can(request.user, "help_offer.moderate"):
            raise PermissionDenied
        if name not in ACTS:
            raise Http404
        act, offer = ACTS[name], get_object_or_404(HelpOffer.objects.select_related("volunteer__user"), pk=pk)
        form = ReasonForm(request.POST or None) if act.asks else None
        if request.method == "POST" and (form is None or form.is_valid()):
            return self.run(request, offer, act, form)
        return page(
            self,
            request,
            "admin/ask.html",
            title=f"{act.label} : {offer.title}",
            form=form,
            errors=form.errors if form else None,
            button=act.label,
            is_danger=act.asks,
            back=change_url(offer),
        )

    def run(self, request, offer, act, form):
        now, by = timezone.now(), request.user
        try:
            if offer.state not in act.states:
                raise help_offers.HelpOfferError("Quelqu’un est passé avant vous : rien n’a changé.")
            if form is None:
                help_offers.publish(offer, by=by, now=now)
            else:
                help_offers.refuse(offer, by=by, reason=form.cleaned_data["reason"], now=now)
        except help_offers.HelpOfferError as refusal:
            return back_to(request, offer, refusal.message, level=messages.WARNING)
        wake_delivery()
        return back_to(request, offer, act.done)
