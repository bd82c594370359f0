"""People, their roles, guardians' agreements and the log of exports, in the desk."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from vitre_civique.lib.forms import PhoneField

from . import files_admin  # noqa: F401 (registers its page)
from .desk import DeskAdmin, ReadOnlyDeskAdmin, back_to, change_url
from .merging import MergeError, merge, preview
from .minors import is_waiting_for_consent, record_paper_consent
from .models import ExportLog, GuardianConsent, RoleChange, User
from .permissions import can
from .roles import Role, grant_role, revoke_role


class UserForm(forms.ModelForm):
    phone = PhoneField(required=False)

    class Meta:
        model = User
        fields = ["first_name", "last_name", "phone", "postal_address", "preferred_channel", "is_active"]
        widgets = {"postal_address": forms.Textarea(attrs={"rows": 3, "cols": 40})}


class RolesForm(forms.Form):
    roles = forms.MultipleChoiceField(
        label="Rôles",
        required=False,
        choices=Role,
        widget=forms.CheckboxSelectMultiple,
        help_text="Un rôle ouvre le bureau ; la personne devra ajouter une clé d’accès ou des codes.",
    )


class MergeForm(forms.Form):
    other = forms.ModelChoiceField(
        label="Numéro de l’autre fiche",
        queryset=User.objects.filter(erased_at__isnull=True),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 8}),
        help_text="Il se lit dans l’adresse de sa page.",
        error_messages={
            "required": "Écrivez le numéro de l’autre fiche, par exemple : 42.",
            "invalid_choice": "Aucune fiche ne porte ce numéro.",
        },
    )
    confirmed = forms.BooleanField(
        label="C’est bien la même personne : j’ai lu ce qui change", required=False
    )


@admin.register(User)
class UserAdmin(DeskAdmin):
    """E-mail addresses are changed by their owner; roles by an administrator, on a page of their own."""

    form = UserForm
    change_form_template = "admin/accounts/user/change_form.html"
    list_display = [
        "full_name",
        "email",
        "preferred_channel",
        "origin",
        "is_staff",
        "is_active",
        "date_joined",
    ]
    list_filter = ["is_staff", "is_active", "preferred_channel", "origin", "groups"]
    search_fields = ["email"]
    search_texts = ["search_text", "email"]
    search_help_text = "Un nom, un prénom ou une adresse e-mail."
    ordering = ["last_name", "first_name", "id"]
    readonly_fields = ["email", "origin", "created_by", "notice_read_at", "birth_date", "date_joined"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("first_name", "last_name"),
                    "email",
                    "phone",
                    "postal_address",
                    "preferred_channel",
                ]
            },
        ),
        (
            "Compte",
            {
                "fields": [
                    ("origin", "created_by", "notice_read_at"),
                    ("birth_date", "date_joined"),
                    "is_active",
                ]
            },
        ),
    ]

    @admin.display(description="personne", ordering="last_name")
    def full_name(self, user):
        return str(user)

    def has_add_permission(self, request, obj=None):
        return False  # people come by signing up, or through « Inscrire une personne sans e-mail »

    def get_urls(self):
        own = path("<int:pk>/roles/", self.admin_site.admin_view(self.roles_view), name="accounts_user_roles")
        merge = path(
            "<int:pk>/reunir/", self.admin_site.admin_view(self.merge_view), name="accounts_user_merge"
        )
        return [own, merge, *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):  # noqa: FBT002 (Django's own signature)
        awaits = obj.birth_date is not None and is_waiting_for_consent(obj)
        context["may_record_consent"] = awaits and can(request.user, "consent.record")
        agreed = obj.birth_date is not None and not awaits
        context["may_end_consent"] = agreed and can(request.user, "consent.record")
        context["may_grant"] = can(request.user, "user.grant_role")
        context["may_suspend"] = can(request.user, "user.suspend")
        context["may_merge"] = can(request.user, "user.merge")
        context["roles"] = [Role(name).label for name in given_roles(obj)]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def merge_view(self, request, pk):
        """Choose the other row, read what would move, then do it."""
        if not can(request.user, "user.merge"):
            raise PermissionDenied
        kept = User.objects.filter(pk=pk, erased_at__isnull=True).first()
        if kept is None:
            raise Http404
        form = MergeForm(request.POST if request.method == "POST" else None)
        rows, intro = [], "La fiche que vous lisez est gardée : tout ce que porte l’autre y est déplacé."
        if request.method == "POST" and form.is_valid():
            try:
                if form.cleaned_data["confirmed"]:
                    merge(kept, form.cleaned_data["other"], by=request.user, now=timezone.now())
                    return back_to(request, kept, "Les deux fiches n’en font plus qu’une.")
                moved, filled = preview(kept, form.cleaned_data["other"])
                intro = f"{form.cleaned_data['other']} disparaît. Vérifiez, cochez, puis réunissez."
                rows = [f"{line.name} : {line.number}" for line in moved] or ["Rien à déplacer"]
                rows += [f"{name} : repris de l’autre fiche" for name in filled]
            except MergeError as refusal:
                form.add_error("other", refusal.message)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "form": form, "rows": rows}
        context |= {
            "title": "Réunir deux fiches",
            "subtitle": str(kept),
            "intro": intro,
            "is_danger": bool(rows),
        }
        context |= {
            "errors": form.errors,
            "back": change_url(kept),
            "button": "Réunir" if rows else "Voir d’abord",
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/ask.html", context)

    def roles_view(self, request, pk):
        if not can(request.user, "user.grant_role"):
            raise PermissionDenied
        user = User.objects.filter(pk=pk).first()
        if user is None:
            raise Http404
        form = RolesForm(request.POST or None, initial={"roles": sorted(given_roles(user))})
        if request.method == "POST" and form.is_valid():
            return self._change_roles(request, user, set(form.cleaned_data["roles"]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Rôles",
            "subtitle": str(user),
            "form": form,
            "errors": form.errors,
            "back": change_url(user),
            "person": user,
            "changes": RoleChange.objects.filter(user=user).select_related("by").order_by("-at", "-id"),
            "labels": dict(Role.choices),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/accounts/user/roles.html", context)

    def _change_roles(self, request, user, wanted):
        if user.pk == request.user.pk and Role.ADMINISTRATOR not in wanted:
            sentence = (
                "Vous ne pouvez pas vous retirer vous-même le rôle d’administrateur : demandez à un collègue."
            )
            return back_to(request, user, sentence, level=messages.ERROR)
        now, had = timezone.now(), given_roles(user)
        for role in sorted(wanted - had):
            grant_role(user, role, by=request.user, now=now)
        for role in sorted(had - wanted):
            revoke_role(user, role, by=request.user, now=now)
        return back_to(request, user, "Les rôles sont à jour.")


def given_roles(user):
    """Names of the roles given to `user` by an administrator."""
    return set(user.groups.filter(name__in=Role.values).values_list("name", flat=True))


class PaperConsentForm(forms.ModelForm):
    class Meta:
        model = GuardianConsent
        fields = ["minor", "guardian_name"]
        help_texts = {
            "guardian_name": "Le nom du parent ou du tuteur qui a signé le formulaire que vous avez vu."
        }


@admin.register(GuardianConsent)
class GuardianConsentAdmin(DeskAdmin):
    """Agents record a paper form they have seen; an agreement by e-mail is given by its code only."""

    form = PaperConsentForm
    list_display = ["minor", "guardian_name", "method", "given_at", "revoked_at", "recorded_by"]
    list_filter = ["method"]
    list_select_related = ["minor", "recorded_by"]
    search_fields = ["guardian_name"]
    search_texts = ["minor__search_text"]
    raw_id_fields = ["minor"]

    def has_add_permission(self, request, obj=None):
        return can(request.user, "consent.record")

    def has_change_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        written = record_paper_consent(
            form.cleaned_data["minor"],
            guardian_name=form.cleaned_data["guardian_name"],
            by=request.user,
            now=timezone.now(),
        )
        obj.pk = written.pk


@admin.register(ExportLog)
class ExportLogAdmin(ReadOnlyDeskAdmin):
    list_display = ["at", "by", "what", "subject", "file_format", "row_count", "reason"]
    list_filter = ["what"]
    list_select_related = ["by"]
    date_hierarchy = "at"
