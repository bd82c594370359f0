"""Groups of young people in the desk: an agent who knows the adult writes one down, or puts it on pause."""

from django import forms
from django.contrib import admin
from django.utils import timezone

from missions.models import Group
from vitre_civique.accounts.desk import DeskAdmin
from vitre_civique.lib.screening import findings, names


class GroupForm(forms.ModelForm):
    class Meta:
        model = Group
        fields = ["name", "leader", "young_count", "is_active"]
        error_messages = {
            "name": {"unique": "Un groupe porte déjà ce nom."},
            "leader": {"required": "Choisissez l’adulte qui répond du groupe."},
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "leader" in self.fields:
            self.fields["leader"].required = True

    def clean_name(self):
        name = self.cleaned_data["name"]
        if found := findings(name) + names(name):
            raise forms.ValidationError(f"Retirez {found[0].label} : le nom du groupe est lu par d’autres.")
        return name

    def clean_leader(self):
        leader = self.cleaned_data["leader"]
        if leader is not None and leader.user.birth_date is not None:
            raise forms.ValidationError("L’adulte responsable doit être majeur.")
        if leader is not None and leader.stopped_at is not None:
            raise forms.ValidationError("Cette personne a arrêté : choisissez un autre adulte.")
        return leader


@admin.register(Group)
class GroupAdmin(DeskAdmin):
    add_label = "Inscrire un groupe"
    form = GroupForm
    list_display = ["name", "adult", "young_count", "is_active", "approved_at"]
    list_filter = ["is_active"]
    list_select_related = ["leader__user"]
    search_fields = ["name"]
    ordering = ["name", "id"]
    actions = None
    raw_id_fields = ["leader"]
    readonly_fields = ["approved_by", "approved_at"]
    fields = ["name", "leader", "young_count", "is_active", ("approved_by", "approved_at")]

    @admin.display(description="adulte responsable", ordering="leader__user__last_name")
    def adult(self, group):
        return str(group.leader) if group.leader else "Compte effacé"

    def save_model(self, request, group, form, change):
        if not change:
            group.approved_by, group.approved_at = request.user, timezone.now()
        super().save_model(request, group, form, change)
