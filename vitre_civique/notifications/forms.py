"""How often a person wants each kind of message (EM-06)."""

from django import forms

from . import kinds
from .models import Preference, Rhythm
from .unsubscribing import choose


class PreferencesForm(forms.Form):
    """One group of radio buttons per kind that can be chosen."""

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.chosen = dict(Preference.objects.filter(user=user).values_list("kind", "rhythm"))
        for kind in kinds.choosable():
            self.fields[kind.name] = forms.ChoiceField(
                label=kind.label,
                help_text=kind.explanation,
                choices=[(rhythm, Rhythm(rhythm).label) for rhythm in kind.rhythms],
                initial=self.chosen.get(kind.name, kind.default_rhythm),
                widget=forms.RadioSelect,
                error_messages={"required": "Choisissez une réponse, par exemple « Jamais »."},
            )

    def save(self):
        for name, rhythm in self.cleaned_data.items():
            if self.chosen.get(name) != rhythm:
                choose(self.user, name, rhythm)
