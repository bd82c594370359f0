"""Telling a story in three short questions. What would name somebody is found and said."""

from django import forms

from vitre_civique.lib.screening import findings, names

from .models import Quartier, Story

TEXTS = ("title", "offered", "knocked", "learnt", "signed")
LONG = {"max_length": "Écrivez 500 signes au plus : un récit court se lit jusqu’au bout."}


def long_text(label, hint, missing):
    return forms.CharField(
        label=label,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=hint,
        error_messages={"required": missing, **LONG},
    )


class StoryForm(forms.ModelForm):
    field_order = ["quartier", "offered", "knocked", "learnt", "title", "signed"]
    quartier = forms.ModelChoiceField(
        label="Dans quel quartier ?",
        queryset=Quartier.objects.active(),
        empty_label="Choisissez un quartier",
    )
    offered = long_text(
        "Ce que j’ai proposé",
        "Par exemple : rapporter du pain, changer une ampoule, marcher un peu.",
        "Dites en une phrase ce que vous avez proposé.",
    )
    knocked = long_text(
        "Comment j’ai toqué",
        "Les premiers mots, l’hésitation, la réponse. C’est ce qui aidera les autres.",
        "Racontez comment vous avez toqué, même en une phrase.",
    )
    learnt = long_text(
        "Ce que j’en retiens",
        "Un conseil, une surprise, ce que vous feriez autrement.",
        "Dites ce que vous en retenez.",
    )
    title = forms.CharField(
        label="Un titre",
        max_length=90,
        help_text="Comme on le dit : « Le pain du samedi ».",
        error_messages={"required": "Donnez un titre, par exemple : Le pain du samedi."},
    )
    signed = forms.CharField(
        label="Signé",
        max_length=40,
        initial="Une voisine, un voisin",
        help_text="Un prénom changé ou « une voisine ». Jamais votre nom de famille.",
    )
    has_changed_names = forms.BooleanField(label="J’ai changé les prénoms")
    has_consent = forms.BooleanField(label="La personne que j’ai aidée est d’accord pour que je raconte")

    class Meta:
        model = Story
        fields = ["quartier", "offered", "knocked", "learnt", "title", "signed", "has_consent"]

    def clean(self):
        given = super().clean()
        for name in TEXTS:
            text = given.get(name, "")
            if found := findings(text) + names(text):
                told = " ; ".join(f"{finding.label} (« {finding.excerpt} »)" for finding in found)
                self.add_error(name, f"Tout le monde lira ce texte. Retirez-en : {told}.")
        return given
