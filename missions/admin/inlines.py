"""What a mission is made of, on its own page: slots, private place, prerequisites."""

from django.contrib import admin

from missions.models import MissionPrerequisite, PrivatePlace, Slot
from vitre_civique.accounts.desk import DeskRights
from vitre_civique.accounts.permissions import can

from .mission_form import PrerequisiteFormSet, PrivatePlaceForm, SlotForm, SlotFormSet


class DeskInline(DeskRights, admin.StackedInline):
    template = "admin/_inline.html"
    extra = 0


class SlotInline(DeskInline):
    model = Slot
    form = SlotForm
    formset = SlotFormSet
    verbose_name_plural = "quand : créneaux"
    extra = 1
    fields = [("starts_at", "ends_at"), ("places", "newcomer_places")]

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        # Django refuses to delete a slot somebody signed up for: ours is cancelled, its people told.
        formset.form.hand_clean_DELETE = lambda form: None
        return formset

    def get_extra(self, request, obj=None, **kwargs):
        return 0 if obj and obj.slots.exists() else self.extra


class PrivatePlaceInline(DeskInline):
    """A table apart: shown to the volunteers accepted for this mission and to agents, to nobody else."""

    model = PrivatePlace
    form = PrivatePlaceForm
    extra = 1
    can_delete = True
    verbose_name_plural = "lieu privé"
    warning = (
        "Jamais public. Seules les personnes acceptées pour cette mission et le bureau le lisent ; "
        "il ne va ni dans les e-mails, ni dans les agendas, ni dans les exports."
    )
    fields = ["address", "phone", "instructions"]

    def has_view_permission(self, request, obj=None):
        return can(request.user, "mission.view_private_place")


class PrerequisiteInline(DeskInline):
    model = MissionPrerequisite
    formset = PrerequisiteFormSet
    fields = ["prerequisite"]
    max_num = 3
    extra = 1

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        field.widget.can_add_related = field.widget.can_change_related = False
        field.widget.can_view_related = field.widget.can_delete_related = False
        return field
