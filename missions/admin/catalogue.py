"""What missions are made from, in the desk: gestures and associations, with their versions."""

from django.contrib import admin

from missions.models import Association, Gesture
from vitre_civique.accounts.versions import VersionedAdmin
from vitre_civique.lib.forms import PhoneField


@admin.register(Gesture)
class GestureAdmin(VersionedAdmin):
    list_display = ["name", "kind", "help_kind", "usual_minutes", "is_active"]
    list_filter = ["is_active", "kind", "help_kind"]
    search_fields = ["name"]
    search_texts = ["search_text"]
    fieldsets = [
        (None, {"fields": ["name", "hint", ("kind", "help_kind")]}),
        ("Comment", {"fields": [("usual_minutes", "icon"), ("needs_address", "is_active")]}),
    ]


@admin.register(Association)
class AssociationAdmin(VersionedAdmin):
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
