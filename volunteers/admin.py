"""Volunteers, their hours and prerequisites, in the desk; registering somebody who has no e-mail."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from quartiers.models import Quartier
from vitre_civique.accounts import files
from vitre_civique.accounts.desk import DeskAdmin, ReadOnlyDeskAdmin, change_url
from vitre_civique.accounts.exports import NamedExportForm, download_names, log_names
from vitre_civique.accounts.models import Channel, ExportLog, Origin
from vitre_civique.accounts.permissions import can
from vitre_civique.accounts.reauthentication import require_recent_authentication
from vitre_civique.lib.forms import NameField, PhoneField
from vitre_civique.notifications.outbox import wake_delivery

from .availability import WEEKDAYS
from .exports import VolunteerResource
from .models import HelpKind, HourEntry, Prerequisite, Reach, Volunteer
from .pledges import PledgeError
from .registration import look_alikes, register

PERSON = ("first_name", "last_name", "phone", "postal_address", "preferred_channel", "origin")


class RegistrationForm(forms.Form):
    """Short on purpose: what is needed to call somebody back, and to ask them for what they like."""

    first_name = NameField(
        label="Prénom", autocomplete="off", error_messages={"required": "Écrivez le prénom."}
    )
    last_name = NameField(label="Nom", autocomplete="off", error_messages={"required": "Écrivez le nom."})
    phone = PhoneField(required=False)
    postal_address = forms.CharField(
        label="Adresse postale",
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 40}),
        help_text="Pour les courriers. Jamais montrée aux habitants.",
    )
    preferred_channel = forms.ChoiceField(
        label="Comment joindre cette personne ?",
        widget=forms.RadioSelect,
        initial=Channel.PHONE,
        choices=[(Channel.PHONE, "Par téléphone"), (Channel.POST, "Par courrier")],
    )
    origin = forms.ChoiceField(
        label="Comment s’inscrit-elle ?",
        widget=forms.RadioSelect,
        initial=Origin.PHONE,
        choices=[
            (Origin.PHONE, "Au téléphone"),
            (Origin.COUNTER, "À l’accueil"),
            (Origin.PAPER, "Sur papier"),
        ],
    )
    quartier = forms.ModelChoiceField(
        label="Quartier", required=False, queryset=Quartier.objects.active(), empty_label="Elle ne sait pas"
    )
    reach = forms.ChoiceField(label="Où veut-elle aller ?", choices=Reach, initial=Reach.ADJACENT)
    kinds = forms.MultipleChoiceField(
        label="Ce qu’elle aime faire", required=False, choices=HelpKind, widget=forms.CheckboxSelectMultiple
    )
    is_adult = forms.BooleanField(
        label="Elle est majeure",
        error_messages={"required": "Un mineur s’inscrit avec l’accord écrit d’un représentant légal."},
    )
    notice_read = forms.BooleanField(
        label="Je lui ai lu la notice sur ses données et la charte ; elle est d’accord",
        error_messages={"required": "Lisez-lui la notice et la charte, puis cochez cette case."},
    )
    is_another = forms.BooleanField(label="C’est une autre personne que celles-ci", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.alike = []

    def clean(self):
        data = super().clean()
        if (
            data.get("preferred_channel") == Channel.PHONE
            and not data.get("phone")
            and "phone" not in self.errors
        ):
            self.add_error("phone", "Écrivez un numéro, ou choisissez le courrier.")
        if data.get("preferred_channel") == Channel.POST and not data.get("postal_address"):
            self.add_error("postal_address", "Écrivez l’adresse où envoyer les courriers.")
        if not self.errors and not data["is_another"]:
            who = (data["first_name"], data["last_name"], data["phone"], data["postal_address"])
            self.alike = look_alikes(*who)
            if self.alike:
                self.add_error(
                    "is_another", "Cette personne est peut-être déjà connue : vérifiez, puis cochez ici."
                )
        return data


class VolunteerForm(forms.ModelForm):
    kinds = forms.MultipleChoiceField(
        label="Ce que cette personne aime faire",
        required=False,
        choices=HelpKind,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Volunteer
        fields = [
            "quartier",
            "reach",
            "kinds",
            "wont_do",
            "paused_until",
            "first_meeting_on",
            "prerequisites",
        ]
        widgets = {"prerequisites": forms.CheckboxSelectMultiple}


@admin.register(Volunteer)
class VolunteerAdmin(DeskAdmin):
    form = VolunteerForm
    list_display = ["user", "quartier", "reach", "channel", "paused_until", "charter_accepted_at"]
    list_filter = ["quartier", "reach", "user__preferred_channel", "user__origin"]
    list_select_related = ["user", "quartier"]
    search_fields = ["user__last_name"]
    search_texts = ["user__search_text"]
    search_help_text = "Un nom ou un prénom, avec ou sans accents."
    ordering = ["user__last_name", "user__first_name", "id"]
    readonly_fields = ["user", "name", "charter_version", "charter_accepted_at", "stopped_at"]
    fieldsets = [
        (None, {"fields": ["user", ("quartier", "reach"), "kinds", "wont_do"]}),
        ("Suivi", {"fields": [("paused_until", "first_meeting_on"), "prerequisites"]}),
        ("Engagement", {"fields": [("charter_version", "charter_accepted_at", "stopped_at")]}),
    ]
    change_list_template = "admin/volunteers/volunteer/change_list.html"

    def get_fieldsets(self, request, obj=None):
        """Whoever may not open the person's own sheet reads the name, without a link to it."""
        fieldsets = super().get_fieldsets(request, obj)
        if can(request.user, "user.view"):
            return fieldsets
        return [(None, {"fields": ["name", ("quartier", "reach"), "kinds", "wont_do"]}), *fieldsets[1:]]

    @admin.display(description="personne")
    def name(self, volunteer):
        return str(volunteer.user)

    @admin.display(description="joindre", ordering="user__preferred_channel")
    def channel(self, volunteer):
        return volunteer.user.get_preferred_channel_display()

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("export/", view(self.export), name="volunteers_volunteer_export"),
            path("papier/", view(self.paper), name="volunteers_volunteer_paper"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request, obj=None):
        return super().has_add_permission(request) and can(request.user, "volunteer.register")

    def changelist_view(self, request, extra_context=None):
        context = {
            "may_export": can(request.user, "volunteer.export"),
            "may_register": can(request.user, "volunteer.register"),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def add_view(self, request, form_url="", extra_context=None):
        """Not a bare row: a person, their notice read, their pledge, in one go."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = RegistrationForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                return self._registered(request, form.cleaned_data)
            except PledgeError as error:
                form.add_error(None, error.message)
        return self._page(
            request,
            "admin/volunteers/volunteer/register.html",
            title="Inscrire une personne sans e-mail",
            form=form,
            errors=form.errors,
            back=reverse("admin:volunteers_volunteer_changelist"),
        )

    def _registered(self, request, data):
        person = {name: data[name] for name in PERSON}
        answers = {name: data[name] for name in ("quartier", "reach", "kinds")}
        now = timezone.now()
        volunteer = register(
            {**person, "declared_adult_on": timezone.localdate(now)},
            {**answers, "wont_do": "", "availability": []},
            charter_version=settings.CHARTER_VERSION,
            by=request.user,
            now=now,
        )
        self.log_addition(request, volunteer, [{"added": {}}])
        wake_delivery()
        messages.success(
            request,
            f"{volunteer} est inscrite ou inscrit. Ses messages iront dans la liste d’appels.",
        )
        return redirect(change_url(volunteer))

    def paper(self, request):
        """The empty form in large print: an hour a month, promised by hand (ID-20)."""
        if not can(request.user, "volunteer.register"):
            raise PermissionDenied
        return self._page(
            request,
            "admin/volunteers/paper.html",
            title="Formulaire papier",
            quartiers=Quartier.objects.active().order_by("name", "id"),
            kinds=HelpKind.labels,
            reaches=Reach.labels,
            days=WEEKDAYS,
            back=reverse("admin:volunteers_volunteer_changelist"),
        )

    def export(self, request):
        """The list as filtered, with names: permission, reason, log."""
        if not can(request.user, "volunteer.export"):
            raise PermissionDenied
        require_recent_authentication(request)
        form = NamedExportForm(request.POST or None)
        queryset = self.filtered(request)
        if request.method == "POST" and form.is_valid():
            return self._exported(request, queryset, form.cleaned_data)
        return self._page(
            request,
            "admin/export.html",
            title="Exporter les volontaires",
            form=form,
            errors=form.errors,
            row_count=queryset.count(),
            words=("personne", "personnes"),
            is_named=True,
            back=reverse("admin:volunteers_volunteer_changelist"),
        )

    def _exported(self, request, queryset, data):
        """At once while it is short; else prepared by a worker, with the same line in the log."""
        now, number = timezone.now(), queryset.count()
        how = {"what": ExportLog.What.VOLUNTEERS, "by": request.user, "now": now, **data}
        if number <= files.AT_ONCE_AT_MOST:
            return download_names(VolunteerResource().export(queryset), name="volontaires", **how)
        log_names(number, **how)
        shape = {"name": "volontaires", "file_format": data["file_format"]}
        return redirect(change_url(files.ask("volunteers", queryset, **shape, by=request.user, now=now)))

    def _page(self, request, template, **context):
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request, template, {**self.admin_site.each_context(request), "opts": self.opts, **context}
        )


@admin.register(Prerequisite)
class PrerequisiteAdmin(DeskAdmin):
    add_label = "Ajouter un prérequis"
    list_display = ["name", "explanation"]
    search_fields = ["name"]


@admin.register(HourEntry)
class HourEntryAdmin(ReadOnlyDeskAdmin):
    """The ledger, read only: a correction is written from the signup, with a reason."""

    list_display = ["month", "volunteer", "minutes", "source", "label", "reason", "entered_by", "entered_at"]
    list_filter = ["source", "quartier"]
    list_select_related = ["volunteer__user", "entered_by"]
    search_fields = ["label"]
    search_texts = ["volunteer__user__search_text"]
    date_hierarchy = "month"
