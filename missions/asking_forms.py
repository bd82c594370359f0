"""The five short pages of « J’ai besoin d’un coup de main »: one question each. Shapes only."""

from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError

from quartiers.models import Quartier
from vitre_civique.lib import french
from vitre_civique.lib.forms import HoneypotField, NameField, PhoneField
from vitre_civique.lib.screening import addresses, findings, names
from vitre_civique.lib.search import plain

from .asking_limits import limits_in
from .forms import PAID
from .models import Gesture, MissionKind, PartOfDay

WISHES_AT_MOST = 3
DAYS_AHEAD = 60
UNKNOWN_QUARTIER = "inconnu"


def gestures_matching(words=""):
    """Gestures between neighbours that have every word, whatever its accents, by kind of help then name."""
    found = Gesture.objects.filter(is_active=True, kind=MissionKind.INTERPERSONAL)
    for word in plain(words).split():
        found = found.filter(search_text__contains=word)
    return found.order_by("help_kind", "name", "id")


class WhoForm(forms.Form):
    for_whom = forms.ChoiceField(
        label="Pour qui est-ce ?",
        choices=[("me", "Pour moi"), ("close", "Pour quelqu’un de proche")],
        widget=forms.RadioSelect,
        error_messages={"required": "Dites si c’est pour vous ou pour quelqu’un de proche."},
    )
    first_name = NameField(
        label="Son prénom, si c’est pour un proche",
        help_text="Rien d’autre : ni nom, ni âge, ni santé.",
        required=False,
        autocomplete="off",
    )
    agrees = forms.BooleanField(
        label="Cette personne est au courant, et d’accord", required=False, widget=forms.CheckboxInput
    )

    def clean(self):
        data = super().clean()
        if data.get("for_whom") == "close":
            if not data.get("first_name") and "first_name" not in self.errors:
                self.add_error("first_name", "Écrivez son prénom, par exemple : Yvonne.")
            if not data.get("agrees"):
                self.add_error("agrees", "Demandez-lui d’abord : on n’aide personne sans son accord.")
        elif "first_name" not in self.errors:
            data["first_name"], data["agrees"] = "", False
        return data


class WhatForm(forms.Form):
    """A gesture from the catalogue, and a few words. What neighbours do not do is said kindly."""

    gesture = forms.ModelChoiceField(
        label="De quoi avez-vous besoin ?",
        queryset=Gesture.objects.filter(is_active=True, kind=MissionKind.INTERPERSONAL),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": "Choisissez un coup de main dans la liste.",
            "invalid_choice": "Choisissez un coup de main dans la liste.",
        },
    )
    text = forms.CharField(
        label="Un mot de plus",
        help_text="500 caractères au plus. Lu par les volontaires : ni nom, ni adresse, ni numéro, ni santé.",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"max_length": "Plus court : 500 caractères au plus (il y en a %(show_value)s)."},
    )

    def clean_text(self):
        text = self.cleaned_data["text"]
        if limits := limits_in(text):
            raise ValidationError([limit.sentence for limit in limits], code="limit")
        found = [*findings(text), *names(text), *addresses(text)]
        if any(one.kind == "pay" for one in found):
            raise ValidationError(PAID, code="pay")
        self.findings = found
        return text

    findings = ()


class WhenForm(forms.Form):
    """Up to three wishes: a day and a part of it, from lists."""

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        days = [today + timedelta(n) for n in range(1, DAYS_AHEAD + 1)]
        choices = [("", "Choisissez un jour"), *((day.isoformat(), french.day(day)) for day in days)]
        for rank in range(1, WISHES_AT_MOST + 1):
            which = {1: "Le jour qui vous va", 2: "Un autre jour possible", 3: "Encore un autre"}[rank]
            self.fields[f"day_{rank}"] = forms.ChoiceField(
                label=which,
                choices=choices,
                required=rank == 1,
                error_messages={
                    "required": "Choisissez un jour dans la liste.",
                    "invalid_choice": "Ce jour n’est plus proposé : choisissez-le dans la liste.",
                },
            )
            self.fields[f"part_{rank}"] = forms.ChoiceField(
                label="Plutôt" if rank == 1 else f"Plutôt, jour {rank}",
                choices=PartOfDay,
                required=False,
                initial=PartOfDay.MORNING,
                error_messages={"invalid_choice": "Choisissez un moment dans la liste."},
            )

    def wishes(self):
        """[[day, part]], each once, in order."""
        data = self.cleaned_data
        chosen = {
            (data[f"day_{rank}"], data[f"part_{rank}"] or PartOfDay.MORNING.value)
            for rank in range(1, WISHES_AT_MOST + 1)
            if data.get(f"day_{rank}")
        }
        return [list(pair) for pair in sorted(chosen)]


class WhereForm(forms.Form):
    quartier = forms.ChoiceField(
        label="Dans quel quartier ?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choisissez le quartier, ou « Je ne sais pas ».",
            "invalid_choice": "Choisissez le quartier dans la liste, ou « Je ne sais pas ».",
        },
    )
    address = forms.CharField(
        label="L’adresse exacte",
        help_text="Jamais publiée. Seule la personne qui vient la verra, et seulement si vous êtes d’accord.",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    instructions = forms.CharField(label="Pour trouver (étage, sonnette…)", max_length=300, required=False)

    def __init__(self, *args, needs_address, **kwargs):
        super().__init__(*args, **kwargs)
        quartiers = [(str(q.pk), q.name) for q in Quartier.objects.active()]
        self.fields["quartier"].choices = [*quartiers, (UNKNOWN_QUARTIER, "Je ne sais pas")]
        if not needs_address:
            del self.fields["address"], self.fields["instructions"]

    def answers(self):
        data = self.cleaned_data
        return {
            "quartier": None if data["quartier"] == UNKNOWN_QUARTIER else int(data["quartier"]),
            "address": data.get("address", ""),
            "instructions": data.get("instructions", ""),
        }


class CallbackForm(forms.Form):
    """« La mairie vous rappelle »: a first name and a phone number, no account."""

    first_name = NameField(
        label="Votre prénom",
        autocomplete="given-name",
        error_messages={"required": "Écrivez votre prénom, pour que nous sachions qui demander."},
    )
    phone = PhoneField(
        label="Votre numéro de téléphone",
        help_text="Par exemple : 06 12 34 56 78. Pour vous rappeler, et rien d’autre.",
        error_messages={"required": "Écrivez votre numéro, par exemple : 06 12 34 56 78."},
    )
    website = HoneypotField()


class ResumeForm(forms.Form):
    code = forms.CharField(
        label="Votre code de reprise",
        help_text="Huit lettres et chiffres, notés au bas de chaque page. Par exemple : K7PM 3XQB.",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        error_messages={"required": "Écrivez le code, par exemple : K7PM 3XQB."},
    )
