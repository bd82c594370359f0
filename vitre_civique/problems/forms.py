"""What somebody writes about a problem, and what an agent answers. Shapes only."""

from django import forms
from django.core.exceptions import ValidationError

from vitre_civique.lib.forms import HoneypotField, TokenForm
from vitre_civique.lib.screening import findings

from .models import ANSWER_LENGTH, TEXT_LENGTH, ProblemKind


class ProblemForm(TokenForm):
    kind = forms.ChoiceField(
        label="De quoi s’agit-il ?",
        choices=ProblemKind,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choisissez une réponse, par exemple « Quelque chose ne marche pas ».",
            "invalid_choice": "Choisissez une réponse dans la liste.",
        },
    )
    page = forms.CharField(
        label="Sur quelle page ?",
        help_text="Son adresse ou son titre, par exemple : Mon heure.",
        max_length=200,
        required=False,
        error_messages={"max_length": "Plus court : 200 caractères au plus."},
    )
    text = forms.CharField(
        label="Que se passe-t-il ?",
        help_text="500 caractères au plus. Dites aussi votre appareil, ou l’aide utilisée, si cela compte. "
        "Ni nom, ni adresse, ni santé.",
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={
            "required": "Dites en une phrase ce qui ne va pas, par exemple : Le bouton ne répond pas.",
            "max_length": "Plus court : 500 caractères au plus (il y en a %(show_value)s).",
        },
    )
    email = forms.EmailField(
        label="Votre adresse e-mail",
        help_text="Pour vous répondre, et rien d’autre. Sans adresse, rappelez-nous avec la référence.",
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "invalid": "Écrivez une adresse complète, par exemple : prenom.nom@exemple.fr.",
            "max_length": "Cette adresse est trop longue : vérifiez-la.",
        },
    )
    website = HoneypotField()

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user if user.is_authenticated else None
        if self.user:
            del self.fields["email"]

    def clean_text(self):
        text = self.cleaned_data["text"]
        if found := findings(text):
            said = ", ".join(dict.fromkeys(f"« {one.excerpt} » ({one.label})" for one in found))
            raise ValidationError(f"Retirez ceci de votre texte : {said}.", code="screened")
        return text


class AnswerForm(forms.Form):
    text = forms.CharField(
        label="Votre réponse",
        help_text="La personne la lira telle quelle : ce qui est corrigé, quand, ou comment faire autrement.",
        max_length=ANSWER_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6, "cols": 60}),
        error_messages={
            "required": "Écrivez la réponse : la personne la recevra.",
            "max_length": "Plus court : 1 000 caractères au plus.",
        },
    )
