"""Quartiers in the desk: their names, neighbours and drawing."""

import json

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string

from quartiers.boundaries import problems
from quartiers.models import Quartier
from vitre_civique.accounts.versions import VersionedAdmin
from vitre_civique.lib.geometry import projection_for, svg_path


class BoundaryField(forms.JSONField):
    default_error_messages = {
        "invalid": "Ce n’est pas du GeoJSON : vérifiez les accolades, les crochets et les virgules."
    }

    def validate(self, value):
        super().validate(value)
        if found := problems(value):
            raise ValidationError(found)

    def clean(self, value):
        return super().clean(value) or {}

    def prepare_value(self, value):
        return (
            json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else super().prepare_value(value)
        )


class QuartierForm(forms.ModelForm):
    boundary = BoundaryField(
        label="Contour (GeoJSON)",
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "cols": 70, "spellcheck": "false"}),
        help_text="Un « Polygon » : des points [longitude, latitude], le dernier égal au premier.",
    )

    class Meta:
        model = Quartier
        fields = [
            "name",
            "slug",
            "population",
            "is_pilot",
            "is_active",
            "adjacent",
            "boundary",
            "centre_longitude",
            "centre_latitude",
        ]
        widgets = {"adjacent": forms.CheckboxSelectMultiple}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and "adjacent" in self.fields:
            self.fields["adjacent"].queryset = Quartier.objects.exclude(pk=self.instance.pk)


@admin.register(Quartier)
class QuartierAdmin(VersionedAdmin):
    add_label = "Ajouter un quartier"
    form = QuartierForm
    list_display = ["name", "population", "is_pilot", "is_active"]
    list_filter = ["is_active", "is_pilot"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}
    readonly_fields = ["drawing"]
    fieldsets = [
        (None, {"fields": [("name", "slug"), "population", ("is_pilot", "is_active"), "adjacent"]}),
        ("Sur le plan", {"fields": ["drawing", "boundary", ("centre_longitude", "centre_latitude")]}),
    ]

    @admin.display(description="Dessin")
    def drawing(self, quartier):
        if not quartier or not quartier.boundary or problems(quartier.boundary):
            return "Pas encore de contour."
        projection = projection_for([quartier.boundary], width=320)
        context = {
            "path": svg_path(quartier.boundary, projection),
            "projection": projection,
            "name": quartier.name,
        }
        return render_to_string("admin/quartiers/_drawing.html", context)

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else super().get_prepopulated_fields(request, obj)
