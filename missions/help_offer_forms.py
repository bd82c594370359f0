"""The one short page of « Je propose mon aide ». Shapes only; who may offer what: help_offers.py."""

from django import forms

from quartiers.models import Quartier
from vitre_civique.lib.screening import findings, names

from .asking_limits import limits_in
from .help_offers import KINDS
from .models import Gesture, HelpOffer, MissionKind

LIMITS = (
    "Entre voisins, on ne s’occupe ni d’argent, ni de clés, ni de médicaments, ni de soins, ni de trajets "
    "chez le médecin : retirez-le, le reste est bienvenu."
)


class HelpOfferForm(forms.ModelForm):
    """`is_minor` leaves out what is done in a home."""

    gesture = forms.ModelChoiceField(
        label="Que proposez-vous ?",
        queryset=Gesture.objects.none(),
        required=False,
        empty_label="Autre chose, dit plus bas",
        error_messages={"invalid_choice": "Choisissez un coup de main dans la liste."},
    )
    help_kind = forms.ChoiceField(
        label="Si c’est autre chose, plutôt",
        choices=[("", "Choisissez"), *((kind.value, kind.label) for kind in KINDS)],
        required=False,
        error_messages={"invalid_choice": "Choisissez dans la liste."},
    )
    text = forms.CharField(
        label="En quelques mots",
        help_text="500 caractères au plus. Tout le monde lira : ni nom, ni adresse, ni téléphone, ni santé.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": "Dites en une phrase ou deux ce que vous proposez.",
            "max_length": "Plus court : 500 caractères au plus (il y en a %(show_value)s).",
        },
    )
    when_text = forms.CharField(
        label="Plutôt quand ?",
        help_text="Par exemple : le samedi matin, ou en semaine après 18 h.",
        max_length=80,
        error_messages={
            "required": "Dites à peu près quand, par exemple : le samedi matin.",
            "max_length": "Plus court : 80 caractères au plus (il y en a %(show_value)s).",
        },
    )
    quartier = forms.ModelChoiceField(
        label="Dans quel quartier ?",
        queryset=Quartier.objects.active(),
        empty_label="Choisissez un quartier",
        error_messages={
            "required": "Choisissez le quartier où l’offre sera lue.",
            "invalid_choice": "Choisissez le quartier dans la liste.",
        },
    )

    class Meta:
        model = HelpOffer
        fields = ["gesture", "help_kind", "text", "when_text", "quartier"]

    def __init__(self, *args, is_minor=False, **kwargs):
        super().__init__(*args, **kwargs)
        gestures = Gesture.objects.filter(is_active=True, kind=MissionKind.INTERPERSONAL).order_by("name")
        if is_minor:
            gestures = gestures.filter(needs_address=False)
            self.fields["gesture"].empty_label = "Choisissez"
            self.fields["gesture"].required = True
            self.fields["gesture"].error_messages["required"] = "Choisissez un coup de main dans la liste."
            del self.fields["help_kind"]
        self.fields["gesture"].queryset = gestures

    def clean(self):
        data = super().clean()
        gesture = data.get("gesture")
        if gesture is not None:
            data["help_kind"] = self.instance.help_kind = gesture.help_kind
        elif "help_kind" in self.fields and not data.get("help_kind") and "help_kind" not in self.errors:
            self.add_error("help_kind", "Choisissez un coup de main, ou dites de quoi il s’agit.")
        for name in ("text", "when_text"):
            self._screen(name, data.get(name, ""))
        return data

    def _screen(self, name, text):
        """Everyone will read it: what gives somebody away, pay and what neighbours never do are refused."""
        if found := findings(text) + names(text):
            told = " ; ".join(f"{finding.label} (« {finding.excerpt} »)" for finding in found)
            self.add_error(name, f"Tout le monde lira ce texte. Retirez-en : {told}.")
        elif limits_in(text):
            self.add_error(name, LIMITS)
