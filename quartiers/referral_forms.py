"""The form about a person: menus, and a few words that say neither who nor what illness."""

from django import forms

from vitre_civique.lib.forms import NameField
from vitre_civique.lib.screening import findings

from .models import HelpNeeded, Pace, Quartier, Referral, Tie


class ReferralForm(forms.ModelForm):
    quartier = forms.ModelChoiceField(
        label="Dans quel quartier ?",
        queryset=Quartier.objects.active(),
        empty_label="Choisissez un quartier",
        help_text="Le quartier seulement, jamais l’adresse.",
    )
    help_needed = forms.ChoiceField(
        label="Qu’est-ce qui aiderait ?", choices=HelpNeeded, widget=forms.RadioSelect
    )
    tie = forms.ChoiceField(label="Vous êtes pour elle", choices=Tie, widget=forms.RadioSelect)
    pace = forms.ChoiceField(label="Quand ?", choices=Pace, widget=forms.RadioSelect)
    person_agrees = forms.BooleanField(
        label="La personne est d’accord pour que j’écrive son nom", required=False
    )
    person_name = NameField(
        label="Son nom",
        autocomplete="off",
        required=False,
        help_text="Seulement si la case ci-dessus est cochée. Sinon, laissez vide.",
    )
    text = forms.CharField(
        label="Ce que le CCAS doit savoir",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="500 signes au plus. Ni adresse, ni téléphone, rien sur la santé.",
        error_messages={"max_length": "Écrivez 500 signes au plus : le CCAS rappellera pour le reste."},
    )

    class Meta:
        model = Referral
        fields = ["quartier", "help_needed", "tie", "pace", "person_agrees", "person_name", "text"]

    def clean_text(self):
        text = self.cleaned_data["text"].strip()
        if found := findings(text):
            told = " ; ".join(f"{finding.label} (« {finding.excerpt} »)" for finding in found)
            raise forms.ValidationError(f"Retirez de ce texte : {told}. Vous le direz de vive voix au CCAS.")
        return text

    def clean(self):
        given = super().clean()
        if given.get("person_name") and not given.get("person_agrees"):
            self.add_error(
                "person_name",
                "Le nom ne s’écrit que si la personne est d’accord : cochez la case, ou effacez-le.",
            )
        return given
