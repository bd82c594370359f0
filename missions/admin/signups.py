"""Signups in the desk: approving, refusing, correcting the hours. Verbs: signups.py, attendance.py."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone

from missions import signups as verbs
from missions.attendance import AttendanceError, record
from missions.models import Signup, SignupState
from missions.models.signup import LIVE, OUTCOMES
from vitre_civique.accounts.desk import ObjectAction, ReadOnlyDeskAdmin, back_to, change_url
from vitre_civique.accounts.permissions import can
from vitre_civique.accounts.versions import newest_first, state_events
from vitre_civique.lib.french import NBSP, count, span
from vitre_civique.notifications.outbox import wake_delivery
from volunteers.models import HourEntry

from .filters import MonthFilter, SignupFilter
from .pages import MessageForm, badge, page

APPROVE, REFUSE, WITHDRAW, CORRECT = "confirmer", "refuser", "desister", "corriger"
PERMISSIONS = {
    APPROVE: "signup.approve",
    REFUSE: "signup.approve",
    WITHDRAW: "signup.withdraw",
    CORRECT: "signup.correct_hours",
}
WORDS = {
    APPROVE: ("Confirmer l’inscription", "L’inscription est confirmée : la personne est prévenue."),
    REFUSE: ("Refuser l’inscription", "L’inscription est refusée : la personne reçoit votre motif."),
    WITHDRAW: ("Noter un désistement", "Le désistement est noté et la place rendue."),
    CORRECT: ("Corriger les heures", "La correction est écrite, avec votre nom et le motif."),
}


class CorrectionForm(forms.Form):
    """The ledger keeps its first line: what is written here becomes a counter-entry."""

    state = forms.ChoiceField(
        label="Ce qui s’est passé",
        choices=[(state, SignupState(state).label) for state in OUTCOMES],
        widget=forms.RadioSelect,
    )
    minutes = forms.IntegerField(
        label="Minutes données",
        required=False,
        min_value=1,
        max_value=1440,
        help_text="Si la personne est venue. Laissez vide pour toute la durée du créneau.",
        error_messages={
            "invalid": "Écrivez des minutes en chiffres, par exemple : 45.",
            "min_value": "Indiquez entre une minute et 24 heures (1440 minutes).",
            "max_value": "Indiquez entre une minute et 24 heures (1440 minutes).",
        },
    )
    text = forms.CharField(
        label="Motif",
        max_length=300,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text="Gardé avec votre nom. Par exemple : « partie une demi-heure plus tôt ».",
        error_messages={"required": "Dites pourquoi vous corrigez."},
    )


@admin.action(description="Confirmer")
def approve_selected(modeladmin, request, queryset):
    return bulk(modeladmin, request, queryset, APPROVE)


@admin.action(description="Refuser, avec un motif")
def refuse_selected(modeladmin, request, queryset):
    return bulk(modeladmin, request, queryset, REFUSE)


@admin.register(Signup)
class SignupAdmin(ReadOnlyDeskAdmin):
    change_form_template = "admin/missions/signup/change_form.html"
    list_display = ["when", "mission", "person", "state_badge", "created_at", "expires_at"]
    list_display_links = ["when"]
    list_filter = [SignupFilter, "state", MonthFilter]
    search_fields = ["slot__mission__title"]
    search_texts = ["slot__mission__search_text", "volunteer__user__search_text"]
    search_help_text = "Une mission ou un nom, avec ou sans accents."
    ordering = ["-id"]  # the newest first: what an agent has not seen yet
    actions = [approve_selected, refuse_selected]
    fields = [
        "state",
        "created_at",
        "expires_at",
        "made_by",
        "is_newcomer",
        ("group", "seats", "young_present"),
        "withdraw_reason",
        "volunteer_said",
        "organiser_said",
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("slot__mission", "volunteer__user", "made_by")

    def get_actions(self, request):
        return super().get_actions(request) if can(request.user, PERMISSIONS[APPROVE]) else {}

    def lookup_allowed(self, lookup, value, request=None):
        return lookup == "slot__mission" or super().lookup_allowed(lookup, value, request)

    @admin.display(description="quand", ordering="starts_at")
    def when(self, signup):
        return span(signup.starts_at, signup.ends_at)

    @admin.display(description="mission", ordering="slot__mission__title")
    def mission(self, signup):
        return signup.slot.mission.title

    @admin.display(description="volontaire", ordering="volunteer__user__last_name")
    def person(self, signup):
        return signup.volunteer or "Compte effacé"

    @admin.display(description="état", ordering="state")
    def state_badge(self, signup):
        return badge(signup)

    def get_urls(self):
        view = self.admin_site.admin_view
        own = [path("<int:pk>/faire/<slug:name>/", view(self.act), name="missions_signup_act")]
        return [*own, *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):  # noqa: FBT002 (Django's own signature)
        context["title"], context["subtitle"] = f"Inscription {obj.reference}", ""
        context["buttons"] = buttons(request.user, obj)
        context["events"] = newest_first(state_events(obj))
        context["hours"] = (
            HourEntry.objects.filter(subject=f"signup-{obj.pk}").select_related("entered_by").order_by("id")
        )
        return super().render_change_form(request, context, add, change, form_url, obj)

    def act(self, request, pk, name):
        signup = self.get_queryset(request).filter(pk=pk).first()
        if signup is None or name not in PERMISSIONS:
            raise Http404
        if not can(request.user, PERMISSIONS[name]):
            raise PermissionDenied
        form = form_for(name, signup, request.POST or None)
        if request.method == "POST" and (form is None or form.is_valid()):
            return run(request, signup, name, form.cleaned_data if form else {})
        return page(
            self,
            request,
            "admin/ask.html",
            title=WORDS[name][0],
            subtitle=f"{signup.volunteer}, {signup.slot.mission}",
            form=form,
            errors=form.errors if form else None,
            button=WORDS[name][0],
            is_danger=name in (REFUSE, WITHDRAW),
            back=change_url(signup),
        )


def form_for(name, signup, data):
    if name == APPROVE:
        return None
    if name == CORRECT:
        return CorrectionForm(data, initial={"state": signup.state, "minutes": signup.minutes})
    hints = {
        REFUSE: "La personne le reçoit tel quel : soyez clair et aimable.",
        WITHDRAW: "Ce que la personne vous a dit.",
    }
    form = MessageForm(data, label="Motif", hint=hints[name])
    form.fields["text"].required = name == REFUSE
    return form


def buttons(user, signup):
    """What an agent may do to this signup now."""
    is_over = signup.starts_at <= timezone.now()
    shown = {
        APPROVE: signup.state == SignupState.PENDING,
        REFUSE: signup.state in LIVE and not is_over,
        WITHDRAW: signup.state in LIVE and not is_over,
        CORRECT: is_over and signup.state in [SignupState.CONFIRMED, *OUTCOMES],
    }
    return [
        ObjectAction(
            name,
            WORDS[name][0],
            reverse("admin:missions_signup_act", args=[signup.pk, name]),
            is_primary=name == APPROVE,
            is_danger=name == REFUSE,
            asks=name != APPROVE,
        )
        for name, is_shown in shown.items()
        if is_shown and can(user, PERMISSIONS[name])
    ]


def apply(name, signup, data, *, by, now):
    text = data.get("text", "")
    if name == APPROVE:
        verbs.approve(signup, by=by, now=now)
    elif name == REFUSE:
        verbs.refuse(signup, by=by, reason=text, now=now)
    elif name == WITHDRAW:
        verbs.withdraw(signup, by=by, reason=text, now=now)
    else:
        record(signup, data["state"], minutes=data["minutes"], by=by, reason=text, now=now)


def run(request, signup, name, data):
    try:
        apply(name, signup, data, by=request.user, now=timezone.now())
    except (verbs.SignupError, AttendanceError) as error:
        return back_to(request, signup, error.message, level=messages.WARNING)
    wake_delivery()
    return back_to(request, signup, WORDS[name][1])


def bulk(modeladmin, request, queryset, name):
    """Approve or refuse several; one sentence says how many, and why some could not be."""
    if not can(request.user, PERMISSIONS[name]):
        raise PermissionDenied
    signups = list(queryset.order_by("starts_at", "id")[:200])
    confirmed = "confirmed" in request.POST
    form = form_for(name, None, request.POST if confirmed else None)
    if not confirmed or (form and not form.is_valid()):
        return page(
            modeladmin,
            request,
            "admin/ask.html",
            form=form,
            errors=form.errors if form else None,
            title=f"{WORDS[name][0]}{NBSP}: {count(len(signups), 'personne', 'personnes')}",
            rows=[
                f"{signup.volunteer} — {signup.slot.mission}, {span(signup.starts_at, signup.ends_at)}"
                for signup in signups
            ],
            button=WORDS[name][0],
            is_danger=name == REFUSE,
            action_name=request.POST.get("action", ""),
            checkbox_name=ACTION_CHECKBOX_NAME,
            selected=[signup.pk for signup in signups],
            back=reverse("admin:missions_signup_changelist"),
        )
    done, reasons = 0, []
    for signup in signups:
        try:
            apply(name, signup, form.cleaned_data if form else {}, by=request.user, now=timezone.now())
            done += 1
        except verbs.SignupError as error:
            reasons.append(f"{signup.volunteer} : {error.message}")
    wake_delivery()
    word = (
        ("inscription confirmée", "inscriptions confirmées")
        if name == APPROVE
        else ("inscription refusée", "inscriptions refusées")
    )
    level = messages.WARNING if reasons else messages.SUCCESS
    messages.add_message(request, level, " ".join([f"{count(done, *word)}.", *reasons]))
    return redirect(request.get_full_path())
