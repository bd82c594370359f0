"""The forms of our own account pages; those of allauth are in allauth_forms."""

from django import forms

from vitre_civique.lib.forms import NameField, PhoneField

from .allauth_forms import word_code
from .models import Channel, User


class DetailsForm(forms.ModelForm):
    first_name = NameField(label="Prénom", autocomplete="given-name")
    last_name = NameField(label="Nom", autocomplete="family-name")
    phone = PhoneField(
        label="Téléphone",
        required=False,
        help_text="Par exemple : 06 12 34 56 78. Jamais montré sans votre accord.",
    )
    preferred_channel = forms.ChoiceField(
        label="Comment préférez-vous être joint ?", choices=Channel, widget=forms.RadioSelect
    )
    postal_address = forms.CharField(
        label="Adresse postale",
        required=False,
        max_length=300,
        help_text="Utile seulement si vous préférez le courrier.",
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
    )

    class Meta:
        model = User
        fields = ("first_name", "last_name", "phone", "preferred_channel", "postal_address")

    def clean(self):
        cleaned = super().clean()
        needed = {
            Channel.PHONE: ("phone", "Écrivez votre numéro, puisque vous préférez le téléphone."),
            Channel.POST: ("postal_address", "Écrivez votre adresse, puisque vous préférez le courrier."),
        }
        field, sentence = needed.get(cleaned.get("preferred_channel"), ("", ""))
        if field and field not in self.errors and not cleaned.get(field):
            self.add_error(field, sentence)
        return cleaned


class CodeForm(forms.Form):
    """Six digits; whether they are right is the view's question."""

    code = forms.CharField(max_length=20)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        word_code(self.fields["code"])


class PaperConsentForm(forms.Form):
    guardian_name = NameField(label="Prénom et nom du représentant légal", max_length=120, autocomplete="off")
    is_seen = forms.BooleanField(
        label="J’ai vu le formulaire signé et vérifié l’identité du représentant légal",
        error_messages={"required": "Cochez la case seulement quand vous avez vu le formulaire signé."},
    )
