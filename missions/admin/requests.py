"""Requests in the desk: filed for somebody on the phone, on paper, and turned into slots."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils import timezone

from missions import assisted, papers, planning, requests
from missions.asking_forms import WhatForm, WhenForm
from missions.forms import DURATIONS, HOURS
from missions.models import Gesture, MissionKind, MissionState, RequestWish
from quartiers.models import Quartier, Referral, ReferralState
from vitre_civique.accounts.desk import back_to, change_url
from vitre_civique.accounts.models import Origin
from vitre_civique.accounts.permissions import can
from vitre_civique.lib import french
from vitre_civique.lib.forms import NameField, PhoneField
from vitre_civique.lib.months import local_day
from vitre_civique.notifications.outbox import wake_delivery
from volunteers.admin import RegistrationForm
from volunteers.registration import look_alikes

from .pages import page


class AssistedForm(WhenForm):
    """One short page, in the order people speak: who, what, when, where. Two minutes on the phone."""

    origin = forms.ChoiceField(
        label="La demande arrive",
        widget=forms.RadioSelect,
        initial=Origin.PHONE,
        choices=RegistrationForm.base_fields["origin"].choices,
    )
    first_name = NameField(
        label="Prénom", autocomplete="off", error_messages={"required": "Écrivez le prénom."}
    )
    last_name = NameField(label="Nom", autocomplete="off", error_messages={"required": "Écrivez le nom."})
    phone = PhoneField(required=False)
    called_by = forms.CharField(
        label="Qui appelle, si c’est un proche",
        help_text="Par exemple : sa fille, Anne, et son numéro. Lu au bureau seulement.",
        max_length=120,
        required=False,
    )
    gesture = forms.ModelChoiceField(
        label="De quoi la personne a-t-elle besoin ?",
        queryset=Gesture.objects.filter(is_active=True, kind=MissionKind.INTERPERSONAL).order_by("name"),
        empty_label="Choisissez",
        error_messages={"required": "Choisissez un coup de main dans la liste."},
    )
    text = forms.CharField(
        label="Un mot de plus",
        help_text="Les volontaires le liront : ni nom, ni adresse, ni santé.",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
    )
    quartier = forms.ModelChoiceField(
        label="Quartier", required=False, queryset=Quartier.objects.active(), empty_label="Elle ne sait pas"
    )
    address = forms.CharField(label="Adresse exacte", max_length=200, required=False)
    instructions = forms.CharField(label="Pour trouver (étage, sonnette…)", max_length=300, required=False)
    agrees = forms.BooleanField(
        label="La personne est au courant et d’accord ; je lui ai lu la notice",
        error_messages={"required": "Lisez-lui la notice et demandez-lui son accord, puis cochez."},
    )
    known = forms.CharField(
        label="C’est peut-être quelqu’un de connu", required=False, widget=forms.HiddenInput
    )
    order = [
        *("origin", "first_name", "last_name", "phone", "called_by", "gesture", "text"),
        *("day_1", "part_1", "day_2", "part_2", "day_3", "part_3"),
        *("quartier", "address", "instructions", "agrees", "known"),
    ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.order_fields(self.order)
        self.alike = []

    clean_text = WhatForm.clean_text
    findings = ()

    def clean(self):
        data = super().clean()
        if not data.get("phone") and not data.get("address") and "phone" not in self.errors:
            self.add_error("phone", "Donnez un numéro ou une adresse : il faut pouvoir répondre.")
        if {"first_name", "last_name"} <= set(data):
            self._look_for_known(data)
        return data

    def _look_for_known(self, data):
        who = (data["first_name"], data["last_name"], data.get("phone", ""), data.get("address", ""))
        self.alike = look_alikes(*who)
        if not self.alike:
            return
        people = [(str(person.pk), assisted.in_words(person)) for person in self.alike]
        choices = [*people, ("new", "Non, c’est une autre personne")]
        self.fields["known"].widget = forms.RadioSelect(choices=choices)
        if data.get("known") not in dict(choices):
            self.add_error("known", "Cette personne est peut-être déjà connue : choisissez.")
        data["person"] = next((each for each in self.alike if str(each.pk) == data.get("known")), None)


class SlotForm(forms.Form):
    """A wish becomes a slot; the agent decides how the visit is made."""

    hour = forms.TypedChoiceField(
        label="À quelle heure",
        choices=[
            (f"{at:%H:%M}", f"{at.hour} h {at.minute:02d}" if at.minute else f"{at.hour} h") for at in HOURS
        ],
        coerce={f"{at:%H:%M}": at for at in HOURS}.get,
    )
    minutes = forms.TypedChoiceField(
        label="Combien de temps", choices=[(n, french.duration(n)) for n in DURATIONS], coerce=int
    )
    is_in_pairs = forms.BooleanField(label="À deux", required=False)
    adults_only = forms.BooleanField(label="Adultes seulement", required=False, initial=True)
    is_first_visit_accompanied = forms.BooleanField(
        label="Première fois accompagnée par la mairie", required=False
    )
    publish = forms.BooleanField(label="Publier aux volontaires tout de suite", required=False, initial=True)

    def clean(self):
        data = super().clean()
        if not data.get("adults_only") and not data.get("is_in_pairs"):
            self.add_error("is_in_pairs", "Chez quelqu’un, une mission ouverte aux mineurs se fait à deux.")
        return data


def assist(modeladmin, request):
    """File a request for somebody who phones or stands at the counter: employed agents only."""
    if not can(request.user, "request.file"):
        raise PermissionDenied
    now = timezone.now()
    data = request.POST if request.method == "POST" else None
    form = AssistedForm(data, initial=from_referral(request), today=local_day(now))
    if request.method == "POST" and form.is_valid():
        try:
            mission = assisted.file_for(
                form.cleaned_data, form.wishes(), findings=form.findings, by=request.user, now=now
            )
        except planning.PlanningError as refusal:
            form.add_error(None, refusal.message)
        else:
            wake_delivery()
            return back_to(request, mission, f"La demande {mission.request_reference} est notée.")
    context = {"form": form, "errors": form.errors if form.is_bound else None}
    return page(modeladmin, request, "admin/missions/assist.html", title="Noter une demande", **context)


def from_referral(request):
    """« Proposez-lui » : what a referent told the CCAS, once the person says yes. The quartier
    alone is copied: the rest is for the person to say.
    """
    wanted = request.GET.get("orientation", "")
    if not wanted.isdecimal() or not can(request.user, "referral.handle"):
        return {}
    referral = Referral.objects.filter(pk=wanted, state=ReferralState.TAKEN).first()
    return {"quartier": referral.quartier_id} if referral else {}


def wish_to_slot(modeladmin, request, pk, wish_pk):
    """« Jeudi, le matin » becomes « jeudi à 10 h », and is published if the agent wants."""
    rows = RequestWish.objects.select_related("mission__gesture")
    wish = rows.filter(pk=wish_pk, mission=pk).first()
    if wish is None:
        raise Http404
    if not can(request.user, "mission.publish"):
        raise PermissionDenied
    usual = requests.slot_from_wish(wish)
    nearest = min(DURATIONS, key=lambda n: abs(n - usual.minutes))
    initial = {
        "hour": f"{usual.starts_at:%H:%M}",
        "minutes": nearest,
        "is_in_pairs": wish.mission.is_in_pairs,
    }
    form = SlotForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        return make_slot(request, wish, form.cleaned_data)
    context = {
        "form": form,
        "errors": form.errors if form.is_bound else None,
        "back": change_url(wish.mission),
    }
    context |= {"title": "Faire de ce souhait un créneau", "button": "Garder ce créneau"}
    subtitle = f"{wish.mission}, {french.day(wish.day)}, {wish.get_part_display()}"
    return page(modeladmin, request, "admin/ask.html", subtitle=subtitle, **context)


def make_slot(request, wish, data):
    try:
        published = requests.plan_wish(wish, **data, by=request.user, now=timezone.now())
    except planning.PlanningError as refusal:
        return back_to(request, wish.mission, refusal.message, level=messages.WARNING)
    wake_delivery()
    done = (
        "Le créneau est prêt et publié." if published else "Le créneau est prêt ; publiez quand vous voulez."
    )
    return back_to(request, wish.mission, done)


def paper(modeladmin, request):
    """The empty form in large print, to fill in by hand."""
    if not can(request.user, "request.file"):
        raise PermissionDenied
    words = papers.form_words()
    return page(
        modeladmin, request, "admin/missions/paper_request.html", title="Formulaire papier", words=words
    )


def paper_pdf(request):
    if not can(request.user, "request.file"):
        raise PermissionDenied
    return printed("paper_request", papers.form_words(), "formulaire-coup-de-main.pdf")


def receipt(modeladmin, request, pk):
    """What the person takes home: reference, what happens next, whom to call. No address on it."""
    mission = filed_or_404(modeladmin, request, pk)
    words = papers.receipt_words(mission, mission.wishes.order_by("day", "id"))
    context = {"title": "Reçu", "words": words, "mission": mission}
    return page(modeladmin, request, "admin/missions/receipt.html", **context)


def receipt_pdf(modeladmin, request, pk):
    mission = filed_or_404(modeladmin, request, pk)
    words = papers.receipt_words(mission, mission.wishes.order_by("day", "id"))
    return printed("receipt", words, f"recu-{mission.request_reference}.pdf")


def filed_or_404(modeladmin, request, pk):
    if not can(request.user, "request.file"):
        raise PermissionDenied
    mission = modeladmin.get_queryset(request).filter(pk=pk, kind=MissionKind.INTERPERSONAL).first()
    if mission is None or mission.state == MissionState.DRAFT:
        raise Http404
    return mission


def printed(name, words, filename):
    answer = HttpResponse(papers.pdf(name, words), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{filename}"'
    return answer
