"""Forms between neighbours: what one shows, a message, a report, an answer to a suspension. Shapes only."""

from django import forms
from django.core.exceptions import ValidationError

from vitre_civique.lib.screening import findings

from .introductions import OFFERED
from .models import Detail
from .models.thanks import THANKS_LENGTH


class ShareForm(forms.Form):
    """What one side shows. Nothing is required: one may agree and meet on a square."""

    shares = forms.MultipleChoiceField(
        label="Qu’acceptez-vous de montrer ?",
        help_text="À cette personne seulement, si elle est d’accord aussi. Rien n’est obligatoire.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choisissez dans la liste ce que vous montrez."},
    )

    def __init__(self, *args, side, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["shares"].choices = [(detail.value, detail.label) for detail in OFFERED[side]]

    def labels(self):
        """What was ticked, in words."""
        return [Detail(name).label for name in self.cleaned_data["shares"]]


class MessageForm(forms.Form):
    """A message on the site. Contact details go through « ce que je montre », never through here."""

    text = forms.CharField(
        label="Votre message",
        help_text="500 caractères au plus. Ni adresse ni téléphone ici : ils se montrent quand vous êtes "
        "d’accord tous les deux.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": "Écrivez votre message, par exemple : Bonjour, je peux venir à 14 h.",
            "max_length": "Plus court : 500 caractères au plus (il y en a %(show_value)s).",
        },
    )

    def clean_text(self):
        text = self.cleaned_data["text"]
        if found := findings(text):
            said = ", ".join(dict.fromkeys(f"« {one.excerpt} » ({one.label})" for one in found))
            raise ValidationError(f"Retirez ceci de votre message : {said}.", code="screened")
        return text


class ThanksForm(MessageForm):
    """A word of thanks: short, and screened like a message."""

    text = forms.CharField(
        label="Votre mot de merci",
        help_text="300 caractères au plus. Ni adresse, ni téléphone, ni santé.",
        max_length=THANKS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": "Écrivez votre mot, par exemple : Merci pour la haie, et pour la conversation !",
            "max_length": "Plus court : 300 caractères au plus (il y en a %(show_value)s).",
        },
    )


class WordForm(forms.Form):
    """One sentence somebody at the mairie will read: a report, an answer to a suspension."""

    text = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": "Dites en une phrase ce qu’il y a : un agent la lira.",
            "max_length": "Plus court : 500 caractères au plus (il y en a %(show_value)s).",
        },
    )

    def __init__(self, *args, label, help_text="", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["text"].label, self.fields["text"].help_text = label, help_text
