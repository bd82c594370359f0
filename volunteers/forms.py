"""What people write about the hour they give: where, what and when, an hour given elsewhere. Shapes only."""

from django import forms
from django.core.exceptions import ValidationError

from quartiers.models import Quartier
from vitre_civique.lib import french
from vitre_civique.lib.screening import findings

from . import availability
from .hours import declarable_months
from .models import HelpKind, Reach
from .pledges import months_to_pause_until

UNKNOWN_QUARTIER = "inconnu"
WONT_DO_LENGTH = 500
LABEL_LENGTH = 160
DECLARABLE_MINUTES = (15, 30, 45, 60, 90, 120, 180, 240, 360, 480)


def posted(request):
    """The data of a form: what was sent, even when it is empty; None on a GET."""
    return request.POST if request.method == "POST" else None


class ScreenedCharField(forms.CharField):
    """Free text: contact details, health, bank numbers or pay found in it are given back to be changed."""

    def clean(self, value):
        text = super().clean(value)
        found = findings(text)
        if found:
            excerpts = ", ".join(dict.fromkeys(f"« {one.excerpt} » ({one.label})" for one in found))
            raise ValidationError(
                f"Nous avons reconnu ceci : {excerpts}. Pour votre tranquillité et celle des autres, "
                "modifiez votre texte pour que cela n’y figure plus.",
                code="screened",
            )
        return text


class WhereForm(forms.Form):
    """Quartier and reach. `cleaned_data["quartier"]` is a slug, or UNKNOWN_QUARTIER."""

    quartier = forms.ChoiceField(
        label="Où habitez-vous ?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choisissez votre quartier, ou « Je ne sais pas ».",
            "invalid_choice": "Ce quartier n’est pas dans la liste. Choisissez-le, ou « Je ne sais pas ».",
        },
    )
    reach = forms.ChoiceField(
        label="Jusqu’où voulez-vous aller ?",
        widget=forms.RadioSelect,
        choices=Reach,
        initial=Reach.ADJACENT,
        error_messages={
            "required": "Dites jusqu’où vous voulez aller.",
            "invalid_choice": "Choisissez l’une des trois distances de la liste.",
        },
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        names = list(Quartier.objects.active().values_list("slug", "name"))
        self.fields["quartier"].choices = [*names, (UNKNOWN_QUARTIER, "Je ne sais pas")]


class WhatForm(forms.Form):
    """Kinds of help, what I don't do, when. No code in `availability` means « cela dépend »."""

    kinds = forms.MultipleChoiceField(
        label="Qu’aimeriez-vous faire ?",
        help_text="Cochez tout ce qui vous plaît. Vous restez libre de dire non à chaque fois.",
        choices=HelpKind,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Cochez au moins une chose que vous aimeriez faire.",
            "invalid_choice": "Choisissez dans la liste ce que vous aimeriez faire.",
        },
    )
    wont_do = ScreenedCharField(
        label="Ce que je ne fais pas",
        help_text="Par exemple : pas d’échelle, pas de chiens, pas de voiture. Sans raison à donner.",
        required=False,
        max_length=WONT_DO_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": "Écrivez 500 caractères au plus (il y en a %(show_value)s)."},
    )
    availability = forms.TypedMultipleChoiceField(
        label="Quand êtes-vous libre, en général ?",
        help_text="Cochez les moments qui vous vont. Ce n’est pas un engagement.",
        choices=[(code, availability.label(code)) for code in availability.CODES],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
        error_messages={"invalid_choice": "Choisissez vos moments dans la grille."},
    )
    depends = forms.BooleanField(label="Cela dépend : demandez-moi à chaque fois", required=False)

    def clean(self):
        cleaned = super().clean()
        if "availability" in self.errors:
            return cleaned
        if not cleaned.get("availability") and not cleaned.get("depends"):
            self.add_error("availability", "Cochez vos moments dans la grille, ou « Cela dépend ».")
        elif cleaned["depends"]:
            cleaned["availability"] = []
        return cleaned

    def week(self):
        """Rows of the grid: (weekday, its three checkboxes)."""
        boxes = list(self["availability"])
        return [(name, boxes[3 * day : 3 * day + 3]) for day, name in enumerate(availability.WEEKDAYS)]


class CharterForm(forms.Form):
    accepted = forms.BooleanField(
        label="J’ai lu la charte et je l’accepte",
        error_messages={"required": "Cochez la case pour accepter la charte : sans elle, pas de promesse."},
    )


class MonthChoiceField(forms.TypedChoiceField):
    """A month from a list; the value is its first day."""

    def __init__(self, **kwargs):
        super().__init__(empty_value=None, **kwargs)

    def offer(self, months):
        self.coerce = {month.isoformat()[:7]: month for month in months}.__getitem__
        self.choices = [(month.isoformat()[:7], french.month(month)) for month in months]


class PauseForm(forms.Form):
    until = MonthChoiceField(
        label="Je reviens en",
        error_messages={
            "required": "Choisissez le mois de votre retour.",
            "invalid_choice": "Choisissez le mois de votre retour dans la liste.",
        },
    )

    def __init__(self, *args, this_month, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["until"].offer(months_to_pause_until(this_month))


class DeclareForm(forms.Form):
    """An hour given outside the platform. `token` makes sending it twice count once."""

    label = ScreenedCharField(
        label="Qu’avez-vous fait ?",
        help_text="En quelques mots, sans nom ni adresse : « courses pour une voisine ».",
        max_length=LABEL_LENGTH,
        error_messages={
            "required": "Dites ce que vous avez fait, par exemple : courses pour une voisine.",
            "max_length": "Écrivez 160 caractères au plus (il y en a %(show_value)s).",
        },
    )
    month = MonthChoiceField(
        label="En quel mois ?",
        error_messages={
            "required": "Choisissez le mois.",
            "invalid_choice": "Choisissez le mois dans la liste : celui-ci ou l’un des onze précédents.",
        },
    )
    minutes = forms.TypedChoiceField(
        label="Combien de temps ?",
        coerce=int,
        initial=60,
        choices=[(minutes, french.duration(minutes)) for minutes in DECLARABLE_MINUTES],
        error_messages={
            "required": "Choisissez une durée.",
            "invalid_choice": "Choisissez une durée dans la liste.",
        },
    )
    token = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={
            "required": "Cette page n’était plus à jour : envoyez-la de nouveau.",
            "invalid": "Cette page n’était plus à jour : envoyez-la de nouveau.",
        },
    )

    def __init__(self, *args, this_month, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["month"].offer(declarable_months(this_month))
