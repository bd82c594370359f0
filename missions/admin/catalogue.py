"""What missions are made from, in the desk: gestures and associations, with their versions."""

from django import forms
from django.contrib import admin

from missions.catalogue import shipped_gestures
from missions.models import Association, Gesture
from vitre_civique.accounts.versions import VersionedAdmin
from vitre_civique.lib.forms import PhoneField


def icon_choices():
    """The drawings there are, each named by a gesture that bears it: an unknown one would break pages."""
    known = {gesture.icon: gesture.name for gesture in shipped_gestures()}
    named = sorted(known.items(), key=lambda pair: pair[1])
    return [("hand-helping", "Une main tendue"), *((icon, f"Comme « {name} »") for icon, name in named)]


@admin.register(Gesture)
class GestureAdmin(VersionedAdmin):
    add_label = "Ajouter un geste"
    list_display = ["name", "kind", "help_kind", "usual_minutes", "is_active"]
    list_filter = ["is_active", "kind", "help_kind"]
    search_fields = ["name"]
    search_texts = ["search_text"]
    fieldsets = [
        (None, {"fields": ["name", "hint", ("kind", "help_kind")]}),
        ("Comment", {"fields": [("usual_minutes", "icon"), ("needs_address", "is_active")]}),
    ]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "icon":
            return forms.ChoiceField(label="Icône", choices=icon_choices, initial="hand-helping")
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(Association)
class AssociationAdmin(VersionedAdmin):
    add_label = "Ajouter une association"
    list_display = ["name", "purpose", "contact_name", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "purpose"]
    fieldsets = [
        (None, {"fields": ["name", "purpose", "is_active"]}),
        ("Personne à joindre", {"fields": ["contact_name", ("contact_email", "contact_phone")]}),
    ]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "contact_phone":
            return PhoneField(label="Téléphone", required=False)
        return super().formfield_for_dbfield(db_field, request, **kwargs)
