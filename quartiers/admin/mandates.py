"""Mandates at the desk: appoint, sign the charter, renew, end at once, print the card. Verbs: mandates.py."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone

from quartiers import mandates as verbs
from quartiers.cards import card_facts, card_pdf
from quartiers.models import Mandate
from vitre_civique.accounts.desk import DayInput, DeskAdmin, ObjectAction, back_to, change_url, page
from vitre_civique.accounts.permissions import can
from vitre_civique.lib.months import local_day

SIGN, RENEW, END = "signer", "renouveler", "arreter"
WORDS = {
    SIGN: ("Charte signée", "La charte est signée : cette personne peut signaler des besoins."),
    RENEW: ("Renouveler", "Le mandat est renouvelé."),
    END: ("Arrêter le mandat", "Le mandat est arrêté : cette personne ne peut plus rien envoyer."),
}


class AppointForm(forms.ModelForm):
    """Dated terms: the end is asked for."""

    class Meta:
        model = Mandate
        fields = ["referent", "quartier", "from_on", "until", "charter_signed_on"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "until" in self.fields:
            self.fields["until"].required = True
            self.fields["until"].error_messages["required"] = "Indiquez la fin du mandat : trois ans au plus."


class SignForm(forms.Form):
    on = forms.DateField(
        label="Charte signée le",
        widget=DayInput,
        error_messages={"required": "Indiquez le jour de la signature."},
    )

    def clean_on(self):
        if self.cleaned_data["on"] > local_day(timezone.now()):
            raise forms.ValidationError("Une signature ne peut pas être à venir.")
        return self.cleaned_data["on"]


class RenewForm(forms.Form):
    until = forms.DateField(
        label="Jusqu’au (exclu)",
        widget=DayInput,
        help_text="Le nouveau mandat commence le jour où l’ancien se termine.",
        error_messages={"required": "Indiquez la fin du nouveau mandat."},
    )


FORMS = {SIGN: SignForm, RENEW: RenewForm, END: forms.Form}


class InForceFilter(admin.SimpleListFilter):
    title = "mandat"
    parameter_name = "quand"

    def lookups(self, request, model_admin):
        return [
            ("en-cours", "En cours"),
            ("a-renouveler", "À renouveler"),
            ("sans-charte", "Charte à signer"),
        ]

    def queryset(self, request, queryset):
        today = local_day(timezone.now())
        if self.value() == "en-cours":
            return queryset.in_force(today)
        if self.value() == "a-renouveler":
            return queryset.filter(pk__in=verbs.to_renew(today).order_by().values("pk"))
        if self.value() == "sans-charte":
            return queryset.filter(charter_signed_on__isnull=True, ended_at__isnull=True)
        return queryset


@admin.register(Mandate)
class MandateAdmin(DeskAdmin):
    add_label = "Nommer un référent"
    form = AppointForm
    change_form_template = "admin/quartiers/mandate/change_form.html"
    list_display = ["referent", "quartier", "from_on", "until", "charter_signed_on", "ended_at"]
    list_filter = [InForceFilter, "quartier"]
    list_select_related = ["referent", "quartier"]
    search_fields = ["quartier__name"]
    search_texts = ["referent__search_text"]
    search_help_text = "Un nom, avec ou sans accents."
    raw_id_fields = ["referent"]

    def has_change_permission(self, request, obj=None):
        """A term is a written promise: it is renewed or ended, never typed over."""
        return obj is None and super().has_change_permission(request, obj)

    def save_model(self, request, obj, form, change):
        said = {name: form.cleaned_data[name] for name in ("from_on", "until", "charter_signed_on")}
        try:
            made = verbs.appoint(obj.referent, obj.quartier, by=request.user, **said)
            obj.pk = made.pk
        except verbs.MandateError as error:
            obj.pk = None
            messages.error(request, error.message)

    def log_addition(self, request, obj, message):
        return super().log_addition(request, obj, message) if obj.pk else None

    def response_add(self, request, obj, post_url_continue=None):
        if obj.pk is None:
            return redirect(request.get_full_path())
        return back_to(request, obj, "Le mandat est créé.")

    def get_urls(self):
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/faire/<slug:name>/", view(self.act), name="quartiers_mandate_act"),
            path("<int:pk>/carte/", view(self.card), name="quartiers_mandate_card"),
            path("<int:pk>/carte.pdf", view(self.card_file), name="quartiers_mandate_card_pdf"),
        ]
        return [*own, *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):  # noqa: FBT002 (Django's own signature)
        context["buttons"] = buttons(request.user, obj) if obj else []
        context["title"] = str(obj) if obj else "Nommer un référent"
        context["subtitle"] = ""
        context["is_in_force"] = bool(obj) and in_force(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def act(self, request, pk, name):
        mandate = self.mandate_or_404(pk)
        if name not in FORMS:
            raise Http404
        if not can(request.user, "mandate.edit"):
            raise PermissionDenied
        data = request.POST if request.method == "POST" else None
        form = FORMS[name](data, initial={"on": local_day(timezone.now())})
        if request.method == "POST" and form.is_valid():
            return run(request, mandate, name, form.cleaned_data)
        return page(
            self,
            request,
            "admin/ask.html",
            title=WORDS[name][0],
            subtitle=str(mandate),
            form=form,
            errors=form.errors,
            button=WORDS[name][0],
            is_danger=name == END,
            back=change_url(mandate),
        )

    def card(self, request, pk):
        mandate = self.mandate_or_404(pk)
        if not self.has_view_permission(request):
            raise PermissionDenied
        return page(
            self,
            request,
            "admin/quartiers/mandate/card.html",
            title="Carte de référent",
            card=card_facts(mandate),
            mandate=mandate,
            is_in_force=in_force(mandate),
            back=change_url(mandate),
        )

    def card_file(self, request, pk):
        mandate = self.mandate_or_404(pk)
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not in_force(mandate):
            return back_to(request, mandate, "Une carte ne s’imprime que pour un mandat en cours.", level=30)
        name = f"carte-referent-{mandate.pk}.pdf"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(card_pdf(mandate), content_type="application/pdf", headers=headers)

    def mandate_or_404(self, pk):
        mandate = Mandate.objects.select_related("referent", "quartier").filter(pk=pk).first()
        if mandate is None:
            raise Http404
        return mandate


def in_force(mandate):
    return Mandate.objects.in_force(local_day(timezone.now())).filter(pk=mandate.pk).exists()


def run(request, mandate, name, said):
    now, done = timezone.now(), mandate
    try:
        if name == SIGN:
            verbs.sign_charter(mandate, on=said["on"])
        elif name == RENEW:
            done = verbs.renew(mandate, until=said["until"], by=request.user)
        else:
            verbs.end(mandate, now=now)
    except verbs.MandateError as error:
        return back_to(request, mandate, error.message, level=messages.WARNING)
    return back_to(request, done, WORDS[name][1])


def buttons(user, mandate):
    if not can(user, "mandate.edit") or mandate.ended_at:
        return []
    shown = {SIGN: mandate.charter_signed_on is None, RENEW: mandate.until is not None, END: True}
    return [
        ObjectAction(
            name,
            WORDS[name][0],
            reverse("admin:quartiers_mandate_act", args=[mandate.pk, name]),
            is_primary=name == SIGN,
            is_danger=name == END,
            asks=True,
        )
        for name, is_shown in shown.items()
        if is_shown
    ]
