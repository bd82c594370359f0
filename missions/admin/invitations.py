"""Invitations in the desk: who could come and why, the proposals to read and send, what waves led to."""

from itertools import groupby

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone

from missions import invitations, monthly, waves
from missions.matching import candidates, reasons_for
from missions.models import Invitation, InvitationState, Slot
from missions.places import free_places
from missions.signups import SignupError
from missions.statistics import wave_figures
from vitre_civique.accounts.desk import ReadOnlyDeskAdmin
from vitre_civique.accounts.permissions import can
from vitre_civique.lib.french import count, month, span
from vitre_civique.lib.months import month_of
from vitre_civique.notifications.outbox import wake_delivery

from .pages import badge, mission_or_404, page

SHOWN = 20
REVIEWED_AT_MOST = 300
LIST, REVIEW = "admin:missions_invitation_changelist", "admin:missions_invitation_review"
ANSWERS = {
    "oui": (invitations.accept, "Le oui est noté : la place est prise."),
    "non": (invitations.decline, "Le non est noté."),
    "pas-ce-mois-ci": (invitations.not_this_month, "C’est noté : plus rien ne sera proposé ce mois-ci."),
}


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyDeskAdmin):
    change_list_template = "admin/missions/invitation/change_list.html"
    list_display = ["mission", "person", "state_badge", "why", "wave", "sent_at", "expires_at"]
    list_display_links = None
    list_filter = ["state", "wave"]
    search_texts = ["mission__search_text", "volunteer__user__search_text"]
    search_fields = ["mission__title"]
    search_help_text = "Une mission ou un nom, avec ou sans accents."
    ordering = ["-id"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("mission", "volunteer__user")

    @admin.display(description="volontaire")
    def person(self, invitation):
        return invitation.volunteer or "Personne effacée"

    @admin.display(description="état", ordering="state")
    def state_badge(self, invitation):
        return badge(invitation)

    @admin.display(description="pourquoi")
    def why(self, invitation):
        return " · ".join(invitation.reasons)

    def get_urls(self):
        view = self.admin_site.admin_view
        own = [
            path("a-relire/", view(self.review), name="missions_invitation_review"),
            path("proposer/", view(self.propose), name="missions_invitation_propose"),
            path("envoyer/", view(self.send), name="missions_invitation_send"),
            path("vague/<int:slot_pk>/", view(self.wave), name="missions_invitation_wave"),
            path("<int:pk>/retirer/", view(self.remove), name="missions_invitation_remove"),
            path("<int:pk>/repondre/<slug:word>/", view(self.answer), name="missions_invitation_answer"),
        ]
        return [*own, *super().get_urls()]

    def review(self, request):
        """The proposals that wait, each with its reasons; what the waves of the month led to."""
        require(request, "invitation.view")
        now = timezone.now()
        rows = list(Invitation.objects.for_review()[:REVIEWED_AT_MOST])
        return page(
            self,
            request,
            "admin/missions/invitation/review.html",
            title="Invitations à relire",
            groups=by_slot(rows),
            total=Invitation.objects.filter(state=InvitationState.PROPOSED).count(),
            month_words=month(monthly.month_to_plan(now)),
            waves=wave_figures(month_of(now)),
            may_send=can(request.user, "invitation.send"),
            back=reverse(LIST),
        )

    def propose(self, request):
        posted(request)
        rows = monthly.propose_month(by=request.user, now=timezone.now())
        words = count(len(rows), "invitation proposée", "invitations proposées")
        said = (
            f"{words}, à relire avant l’envoi."
            if rows
            else "Rien à proposer : personne de libre, ou plus de place."
        )
        messages.info(request, said)
        return redirect(REVIEW)

    def send(self, request):
        posted(request)
        sent = monthly.send_all(by=request.user, now=timezone.now())
        wake_delivery()
        messages.success(request, f"{count(sent, 'invitation envoyée', 'invitations envoyées')}.")
        return redirect(REVIEW)

    def wave(self, request, slot_pk):
        posted(request)
        slot = get_object_or_404(Slot.objects.select_related("mission"), pk=slot_pk)
        sent = len(waves.send_wave(slot, by=request.user, now=timezone.now()))
        wake_delivery()
        words = count(sent, "personne est invitée", "personnes sont invitées")
        said = (
            f"{words}. Sans réponse, les suivantes le seront d’elles-mêmes."
            if sent
            else "Personne de plus à inviter."
        )
        messages.add_message(request, messages.SUCCESS if sent else messages.WARNING, said)
        return redirect("admin:missions_mission_who", slot.mission_id)

    def remove(self, request, pk):
        posted(request)
        found = get_object_or_404(Invitation, pk=pk)
        try:
            invitations.remove(found, by=request.user, now=timezone.now())
            messages.success(request, "L’invitation est retirée : elle ne compte pas pour la personne.")
        except invitations.InvitationError as refusal:
            messages.warning(request, refusal.message)
        return redirect(REVIEW)

    def answer(self, request, pk, word):
        """What somebody said on the phone."""
        posted(request)
        found = get_object_or_404(Invitation, pk=pk)
        verb, said = ANSWERS.get(word, (None, ""))
        if verb is None or found.volunteer_id is None:
            raise PermissionDenied
        try:
            verb(found, by=request.user, now=timezone.now())
            wake_delivery()
            messages.success(request, said)
        except (invitations.InvitationError, SignupError) as refusal:
            messages.warning(request, refusal.message)
        return redirect("admin:missions_mission_who", found.mission_id)


def who(modeladmin, request, pk):
    """For each slot to come of a mission: the ranking with its reasons, and who was already asked."""
    require(request, "invitation.view")
    mission, now = mission_or_404(pk), timezone.now()
    rows = [who_row(slot, mission, now) for slot in Slot.objects.upcoming(now).filter(mission=mission)]
    return page(
        modeladmin,
        request,
        "admin/missions/mission/who.html",
        title="Qui pourrait venir ?",
        subtitle=mission.title,
        rows=rows,
        mission=mission,
        shown=SHOWN,
        may_send=can(request.user, "invitation.send"),
        back=reverse("admin:missions_mission_change", args=[mission.pk]),
    )


def who_row(slot, mission, now):
    free = free_places(slot, now)[0]
    asked = (
        Invitation.objects.filter(slot=slot).select_related("volunteer__user").order_by("wave", "rank", "id")
    )
    asked = list(asked)
    waiting = sum(each.state == InvitationState.SENT for each in asked)
    best = candidates(slot, mission, now=now, limit=SHOWN) if free else []
    return {
        "slot": slot,
        "when": span(slot.starts_at, slot.ends_at),
        "places": count(free, "place libre", "places libres"),
        "asked": asked,
        "candidates": [(each, " · ".join(reasons_for(each, mission, now=now))) for each in best],
        "next_count": min(waves.wave_size(free, waiting), len(best)),
    }


def by_slot(rows):
    return [
        {"slot": slot, "when": span(slot.starts_at, slot.ends_at), "rows": list(group)}
        for slot, group in groupby(rows, key=lambda row: row.slot)
    ]


def require(request, action):
    if not can(request.user, action):
        raise PermissionDenied


def posted(request):
    """What changes something: for those who may send, by POST only."""
    require(request, "invitation.send")
    if request.method != "POST":
        raise PermissionDenied
