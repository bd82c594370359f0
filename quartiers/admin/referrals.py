"""The queue of the CCAS: nobody else opens it, whatever their role."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from quartiers import referrals
from quartiers.models import Referral, ReferralState
from vitre_civique.accounts.desk import ObjectAction, ReadOnlyDeskAdmin, back_to
from vitre_civique.accounts.permissions import can
from vitre_civique.lib.states import TransitionError, can_move

ACTS = {
    "suivre": (
        ReferralState.TAKEN,
        "Je m’en occupe",
        referrals.take,
        "C’est noté : vous suivez cette orientation.",
    ),
    "transmettre": (
        ReferralState.HANDED_OVER,
        "C’est transmis",
        referrals.hand_over,
        "C’est noté. Dans 30 jours, seuls la date, le quartier et le genre d’aide resteront.",
    ),
}


@admin.register(Referral)
class ReferralAdmin(ReadOnlyDeskAdmin):
    list_display = ["__str__", "sent_on", "quartier", "help_needed", "pace", "state"]
    list_filter = ["state", "quartier", "help_needed"]
    list_select_related = ["quartier"]
    fields = [
        "sent_on",
        "quartier",
        "help_needed",
        "tie",
        "pace",
        "person_agrees",
        "person_name",
        "text",
        "author",
        "handed_over_at",
    ]

    def get_urls(self):
        act = self.admin_site.admin_view(require_POST(self.act_view))
        return [path("<int:pk>/faire/<slug:name>/", act, name="quartiers_referral_act"), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "buttons": self.buttons(object_id)}
        )

    def buttons(self, pk):
        referral = Referral.objects.filter(pk=pk).first() if str(pk).isdecimal() else None
        acts = [
            ObjectAction(
                name, label, reverse("admin:quartiers_referral_act", args=[pk, name]), is_primary=True
            )
            for name, (target, label, _, _) in ACTS.items()
            if referral and can_move(referral, target)
        ]
        if referral and referral.state == ReferralState.TAKEN:
            url = f"{reverse('admin:missions_mission_assist')}?orientation={referral.pk}"
            acts.append(ObjectAction("proposer", "Elle est d’accord : noter sa demande", url, asks=True))
        return acts

    def act_view(self, request, pk, name):
        if not can(request.user, "referral.handle"):
            raise PermissionDenied
        if name not in ACTS:
            raise Http404
        referral = get_object_or_404(Referral, pk=pk)
        _, _, verb, done = ACTS[name]
        try:
            verb(referral, by=request.user, now=timezone.now())
        except TransitionError:
            sentence = "Quelqu’un est passé avant vous : rien n’a changé."
            return back_to(request, referral, sentence, level=messages.WARNING)
        return back_to(request, referral, done)
