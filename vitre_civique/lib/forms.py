"""Fields and widgets that several apps need: phones, names, memorable dates, the trap for robots; the form
that may be sent twice.

Forms are drawn by `{{ form|crispy }}` inside a `<form method="post" novalidate>`, so that errors are ours.
"""

import re
import unicodedata
import uuid
from datetime import date

import phonenumbers
from crispy_forms.bootstrap import StrictButton
from django import forms
from django.core.exceptions import ValidationError

MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
REGION = "FR"
STALE = "Cette page est restée ouverte trop longtemps : rechargez-la et recommencez."


def continue_button(label="Continuer"):
    """The one clear action of a page, for crispy layouts (templates include `includes/_continue.html`)."""
    return StrictButton(label, type="submit", css_class="btn-primary btn-big")


class PhoneField(forms.CharField):
    """A phone number as people write it (« 02 99 75 05 21 », « +33 2… »), kept in E.164; "" when empty."""

    INVALID = "Écrivez un numéro de téléphone complet, par exemple : 06 12 34 56 78."

    def __init__(self, **kwargs):
        attrs = {"type": "tel", "inputmode": "tel", "autocomplete": "tel"}
        kwargs.setdefault("widget", forms.TextInput(attrs=attrs))
        kwargs.setdefault("label", "Téléphone")
        super().__init__(max_length=40, **kwargs)

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return ""
        try:
            number = phonenumbers.parse(text, REGION)
        except phonenumbers.NumberParseException:
            raise ValidationError(self.INVALID, code="invalid") from None
        if not phonenumbers.is_valid_number(number):
            raise ValidationError(self.INVALID, code="invalid")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    def prepare_value(self, value):
        """What the input shows: the national form of a stored number, or what was just typed."""
        if not isinstance(value, str) or not value.startswith("+33"):
            return value
        try:
            number = phonenumbers.parse(value)
        except phonenumbers.NumberParseException:
            return value
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


class NameField(forms.CharField):
    """A person's name: letters with their accents, hyphens, apostrophes, spaces, an initial's full stop."""

    INVALID = "Écrivez ce nom avec des lettres, par exemple : Anne-Laure ou D’Hervé."
    ALLOWED_SIGNS = frozenset(" -‐’'.·")

    def __init__(self, *, autocomplete="name", max_length=80, **kwargs):
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"autocomplete": autocomplete, "spellcheck": "false"})
        )
        super().__init__(max_length=max_length, **kwargs)

    def clean(self, value):
        name = re.sub(r"\s+", " ", unicodedata.normalize("NFC", super().clean(value)))
        letters = [sign for sign in name if unicodedata.category(sign)[0] in "LM"]
        others = {sign for sign in name if unicodedata.category(sign)[0] not in "LM"}
        if name and (not letters or not others <= self.ALLOWED_SIGNS):
            raise ValidationError(self.INVALID, code="invalid")
        return name


class MemorableDateWidget(forms.MultiWidget):
    """A date one knows by heart, in three text inputs: day, month, year (requirement UI-13)."""

    template_name = "widgets/memorable_date.html"
    use_fieldset = True
    PARTS = (("Jour", "day", 2), ("Mois", "month", 9), ("Année", "year", 4))

    def __init__(self, attrs=None, *, autocomplete=""):
        super().__init__(
            [
                forms.TextInput(attrs=self.part_attrs(part, length, autocomplete))
                for _, part, length in self.PARTS
            ],
            attrs,
        )

    @staticmethod
    def part_attrs(part, length, autocomplete):
        attrs = {"inputmode": "text" if part == "month" else "numeric", "maxlength": length}
        if autocomplete:
            attrs["autocomplete"] = f"{autocomplete}-{part}"
        return attrs

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        for subwidget, (label, part, _) in zip(context["widget"]["subwidgets"], self.PARTS, strict=True):
            subwidget["label"], subwidget["part"] = label, part
        return context

    def decompress(self, value):
        return [value.day, value.month, value.year] if isinstance(value, date) else ["", "", ""]


class MemorableDateField(forms.MultiValueField):
    """A `date` from three text inputs; the month may be a number or a French word. None when left empty."""

    widget = MemorableDateWidget
    default_error_messages = {
        "required": "Écrivez cette date, par exemple : 27 3 1957.",
        "day": "Écrivez aussi le jour, par exemple : 27.",
        "month": "Écrivez aussi le mois, par exemple : 3 ou mars.",
        "year": "Écrivez l’année avec ses quatre chiffres, par exemple : 1957.",
        "invalid": "Cette date n’existe pas dans le calendrier : vérifiez le jour et le mois.",
    }

    def __init__(self, *, autocomplete="", **kwargs):
        kwargs.setdefault("widget", MemorableDateWidget(autocomplete=autocomplete))
        fields = [forms.CharField(required=False) for _ in range(3)]
        super().__init__(fields, require_all_fields=False, **kwargs)

    def clean(self, value):
        day, month, year = ((part or "").strip() for part in value or ["", "", ""])
        if not (day or month or year):
            if self.required:
                raise self.error("required")
            return None
        month_number = month_from(month)
        if not day.isdecimal():
            raise self.error("day")
        if not month_number:
            raise self.error("month")
        if not year.isdecimal() or len(year) != 4:
            raise self.error("year")
        try:
            return date(int(year), month_number, int(day))
        except ValueError:
            raise self.error("invalid") from None

    def compress(self, data_list):
        return self.clean(data_list)

    def error(self, code):
        return ValidationError(self.error_messages[code], code=code)


def month_from(text):
    """A number as it is; 1–12 for a French month (accents and capitals free, three letters suffice), or 0."""
    if text.isdecimal():
        return int(text)
    plain = without_accents(text)
    found = [
        n for n, name in enumerate(MONTHS, 1) if len(plain) >= 3 and without_accents(name).startswith(plain)
    ]
    return found[0] if len(found) == 1 else 0


def without_accents(text):
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


class HoneypotField(forms.CharField):
    """A field only a robot fills, hidden by a CSS class. It refuses openly: who fills it learns so."""

    is_honeypot = True
    FILLED = "Laissez ce champ vide : il sert à écarter les robots. Effacez-le et recommencez."

    def __init__(self, **kwargs):
        kwargs.setdefault("label", "Laissez ce champ vide")
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}))
        super().__init__(required=False, **kwargs)

    def clean(self, value):
        if value:
            raise ValidationError(self.FILLED, code="honeypot")
        return ""


class TokenForm(forms.Form):
    """Carries a token drawn with the page: sending it twice is sending it once."""

    token = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"required": STALE, "invalid": STALE}, label=""
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("token", uuid.uuid4())

    def clean(self):
        if "token" in self.errors:  # a hidden field has no place of its own for its error
            self.add_error(None, STALE)
            del self.errors["token"]
        return super().clean()
