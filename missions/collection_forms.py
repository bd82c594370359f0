"""The two small forms of counting: a tally, and the correction of one."""

from django import forms
from django.core.exceptions import ValidationError

from vitre_civique.lib.forms import TokenForm
from vitre_civique.lib.screening import findings, names
from vitre_civique.lib.search import plain

from .models import DropOffPoint, TallyKind
from .models.collection import MOST_AT_ONCE

KINDS = [
    (TallyKind.RECEIVED, "Reçu : on vient de les déposer"),
    (TallyKind.HANDED_OUT, "Remis : on vient de les donner"),
]


def numeric(**attrs):
    return forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", **attrs})


class TallyForm(TokenForm):
    kind = forms.ChoiceField(
        label="Que comptez-vous ?",
        choices=KINDS,
        widget=forms.RadioSelect,
        initial=TallyKind.RECEIVED,
        error_messages={"invalid_choice": "Choisissez « reçu » ou « remis »."},
    )
    count = forms.IntegerField(
        label="Combien",
        min_value=1,
        max_value=MOST_AT_ONCE,
        widget=numeric(),
        error_messages={
            "required": "Écrivez un nombre, par exemple : 12.",
            "invalid": "Écrivez un nombre entier, en chiffres, par exemple : 12.",
            "min_value": "Indiquez au moins 1.",
            "max_value": f"Indiquez {MOST_AT_ONCE} au plus : au-delà, comptez en plusieurs fois.",
        },
    )
    point = forms.ModelChoiceField(
        label="Où",
        queryset=DropOffPoint.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": "Choisissez le point de dépôt où vous êtes.",
            "invalid_choice": "Choisissez un point de dépôt de la liste.",
        },
    )
    note = forms.CharField(
        label="Un mot",
        help_text="Par exemple : «\u00a0dont trois sans jeu\u00a0». Aucun nom.",
        max_length=140,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args, collection, **kwargs):
        super().__init__(*args, **kwargs)
        points = collection.points.filter(is_active=True).order_by("id")
        self.fields["point"].queryset = points
        self.fields["count"].label = how_many(collection.unit_many)

    def clean_note(self):
        return without_people(self.cleaned_data["note"])


def how_many(unit):
    """« Combien de boîtes »; no elision to get wrong before a vowel or an h (« haricots », « habits »)."""
    return f"Combien ({unit})" if plain(unit)[:1] in "aeiouyh" else f"Combien de {unit}"


class CorrectionForm(TokenForm):
    right_count = forms.IntegerField(
        label="Le bon nombre",
        help_text="Écrivez 0 si ce comptage est à oublier.",
        min_value=0,
        max_value=MOST_AT_ONCE,
        widget=numeric(),
        error_messages={
            "required": "Écrivez le bon nombre, par exemple : 12.",
            "invalid": "Écrivez un nombre entier, en chiffres, par exemple : 12.",
            "min_value": "Indiquez 0 ou plus.",
            "max_value": f"Indiquez {MOST_AT_ONCE} au plus.",
        },
    )
    reason = forms.CharField(
        label="Pourquoi",
        help_text="Par exemple : «\u00a0un zéro de trop\u00a0». Aucun nom.",
        max_length=200,
        error_messages={"required": "Dites pourquoi, par exemple : un zéro de trop."},
    )

    def clean_reason(self):
        return without_people(self.cleaned_data["reason"])


def without_people(text):
    """`text`, refused when it holds a name, a number or anything about a person."""
    if found := [*findings(text), *names(text)]:
        said = ", ".join(f"{one.label} (« {one.excerpt} »)" for one in found)
        raise ValidationError(f"Retirez {said} : tout le bureau lit ce mot.", code="personal")
    return text
