"""Forms of the needs reports: the pages of filing, details and reopening, filters. They clean and convert."""

from django import forms
from django.core.exceptions import ValidationError

from vitre_civique.lib.photos import PhotoError, clean_photo

from .filing import screened
from .models import Category, Family, Quartier
from .photos import AT_MOST

ANY = ("", "Peu importe")
TEXT_AT_MOST = 500
SUMMARY_AT_MOST = 300
DESCRIPTION_AT_MOST = 160
TOO_LONG = f"Plus court : {TEXT_AT_MOST} caractères au plus."
BAD_POINT = "Le point n’a pas pu être lu : il est retiré, la rue ou le repère suffit."


def refuse_found(form, name, text):
    """What says who somebody is never goes further; returns what may stay when it speaks of a place."""
    must_go, may_stay = screened(text)
    if must_go:
        what = ", ".join(dict.fromkeys(one.label for one in must_go))
        words = ", ".join(f"« {one.excerpt} »" for one in must_go)
        form.add_error(name, f"Modifiez ce passage, qui contient {what} : {words}.")
    return may_stay


class WordsField(forms.CharField):
    """Words of the author: a line end counts for one character, as in the browser."""

    def __init__(self, **kwargs):
        kwargs.setdefault("max_length", TEXT_AT_MOST)
        super().__init__(**kwargs)

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")


class WhatForm(forms.Form):
    category = forms.ModelChoiceField(
        label="De quoi s’agit-il ?",
        queryset=Category.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": "Ouvrez une famille et choisissez ce qui ressemble le plus à ce que vous avez vu.",
            "invalid_choice": "Cette catégorie n’est plus proposée : choisissez-en une autre.",
        },
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["category"].queryset = Category.objects.filter(is_active=True)

    def families(self):
        """[{family, label, categories, is_open}] for the page: one query, in order."""
        chosen = str(self["category"].value() or "")
        by_family = {family: [] for family in Family.values}
        for category in self.fields["category"].queryset.order_by("position", "name"):
            category.is_chosen = str(category.pk) == chosen
            by_family[category.family].append(category)
        return [
            {
                "family": family,
                "label": Family(family).label,
                "categories": categories,
                "is_open": any(category.is_chosen for category in categories),
            }
            for family, categories in by_family.items()
            if categories
        ]


class WhereForm(forms.Form):
    quartier = forms.ModelChoiceField(
        label="Dans quel quartier ?",
        queryset=Quartier.objects.active(),
        empty_label="Choisissez un quartier",
        error_messages={"required": "Choisissez un quartier dans la liste."},
    )
    street = forms.CharField(
        label="Rue ou repère",
        help_text="Comme vous le diriez à un voisin : « rue de Paris, devant la boulangerie ». "
        "Un lieu public, jamais chez quelqu’un.",
        max_length=160,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "Écrivez la rue ou un repère, par exemple : devant l’école, côté parking.",
            "max_length": "Plus court : 160 caractères au plus.",
        },
    )
    longitude = forms.FloatField(
        required=False,
        min_value=-180,
        max_value=180,
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), BAD_POINT),
    )
    latitude = forms.FloatField(
        required=False,
        min_value=-90,
        max_value=90,
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), BAD_POINT),
    )

    def clean(self):
        cleaned = super().clean()
        refuse_found(self, "street", cleaned.get("street", ""))
        if (cleaned.get("longitude") is None) != (cleaned.get("latitude") is None):
            cleaned["longitude"] = cleaned["latitude"] = None
        return cleaned


class PhotoField(forms.FileField):
    """A photo read for real and written anew: the cleaned value is a ContentFile, or None."""

    widget = forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})

    def clean(self, data, initial=None):
        uploaded = super().clean(data, initial)
        if not uploaded:
            return None
        try:
            return clean_photo(uploaded)
        except PhotoError as refusal:
            raise ValidationError(refusal.message, code="photo") from refusal


class SeenForm(forms.Form):
    """What was seen, with up to three photos. `kept` are those the draft has already, by position."""

    text = WordsField(
        label="Qu’avez-vous vu ?",
        help_text=f"{TEXT_AT_MOST} caractères au plus. Décrivez le lieu, pas les gens : "
        "ni nom, ni téléphone, ni santé de quelqu’un.",
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={
            "required": "Dites en une ou deux phrases ce que vous avez vu, "
            "par exemple : « Le banc a perdu deux lattes. »",
            "max_length": TOO_LONG,
        },
    )

    summary = WordsField(
        label="En une phrase, pour tout le monde",
        required=False,
        max_length=SUMMARY_AT_MOST,
        help_text="La mairie pourra la publier, telle quelle ou relue. Sans elle, la mairie l’écrit.",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": f"Plus court : {SUMMARY_AT_MOST} caractères au plus."},
    )

    def __init__(self, *args, kept=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.kept = {photo.position: photo for photo in kept}
        self.may_stay = []
        for position in range(1, AT_MOST + 1):
            photo = self.kept.get(position)
            if photo is None:
                self.fields[f"photo_{position}"] = PhotoField(
                    label=f"Photo {position}", required=False, max_length=200
                )
            self.fields[f"description_{position}"] = forms.CharField(
                label=f"Ce qu’on voit sur la photo {position}",
                max_length=DESCRIPTION_AT_MOST,
                required=False,
                initial=photo.description if photo else "",
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
                error_messages={"max_length": f"Plus court : {DESCRIPTION_AT_MOST} caractères au plus."},
            )

    def clean(self):
        cleaned = super().clean()
        self.may_stay = [
            *refuse_found(self, "text", cleaned.get("text", "")),
            *refuse_found(self, "summary", cleaned.get("summary", "")),
        ]
        for position in range(1, AT_MOST + 1):
            self._clean_place(cleaned, position)
        return cleaned

    def _clean_place(self, cleaned, position):
        description = cleaned.get(f"description_{position}", "").strip()
        refuse_found(self, f"description_{position}", description)
        has_photo = position in self.kept or cleaned.get(f"photo_{position}")
        if has_photo and not description and f"description_{position}" not in self.errors:
            self.add_error(
                f"description_{position}",
                "Dites en quelques mots ce qu’on voit, pour ceux qui ne voient pas la photo.",
            )

    def show_kept(self, photos):
        """The photos kept meanwhile stand in their places when the page is shown again."""
        self.kept = {photo.position: photo for photo in photos}

    def typed(self):
        """{column: words as typed, refused or not}, without what is too long to be kept."""
        columns = {"text": ("text", TEXT_AT_MOST), "public_summary": ("summary", SUMMARY_AT_MOST)}
        found = {}
        for column, (name, at_most) in columns.items():
            words = self.data.get(name, "").replace("\r\n", "\n").replace("\x00", "")
            if len(words) <= at_most:
                found[column] = words
        return found

    def description_of(self, position):
        text = self.data.get(f"description_{position}", "")
        return text[:DESCRIPTION_AT_MOST].replace("\x00", "").strip()

    def new_photos(self):
        """[(image, description)] of the photos that could be read, whatever else is wrong."""
        return [
            (image, self.description_of(position))
            for position in range(1, AT_MOST + 1)
            if (image := self.cleaned_data.get(f"photo_{position}"))
        ]

    def places(self):
        """[{position, photo, field, description}] for the page."""
        return [
            {
                "position": position,
                "photo": self.kept.get(position),
                "field": self[f"photo_{position}"] if f"photo_{position}" in self.fields else None,
                "description": self[f"description_{position}"],
                "is_open": position == 1
                or bool(self.errors.get(f"photo_{position}") or self.errors.get(f"description_{position}")),
            }
            for position in range(1, AT_MOST + 1)
        ]


class WordsForm(forms.Form):
    """One text of the author after filing: the details asked for, or why it is not settled."""

    text = WordsField(
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=f"{TEXT_AT_MOST} caractères au plus. Décrivez le lieu, pas les gens.",
        error_messages={
            "required": "Écrivez une phrase, par exemple : « C’est du côté de l’arrêt de bus. »",
            "max_length": TOO_LONG,
        },
    )

    def __init__(self, *args, label, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["text"].label = label

    def clean_text(self):
        text = self.cleaned_data["text"]
        must_go, _ = screened(text)
        if must_go:
            what = ", ".join(dict.fromkeys(one.label for one in must_go))
            raise ValidationError(f"Modifiez ce passage, qui contient {what}.")
        return text


class FilterForm(forms.Form):
    """The filters of the public list; the names are those people read in the address."""

    mots = forms.CharField(label="Un mot", max_length=80, required=False)
    quartier = forms.ModelChoiceField(
        label="Quartier",
        queryset=Quartier.objects.active(),
        to_field_name="slug",
        empty_label="Peu importe",
        required=False,
    )
    famille = forms.ChoiceField(label="Famille", choices=[ANY, *Family.choices], required=False)
    etat = forms.ChoiceField(
        label="Où cela en est",
        choices=[ANY, ("en-cours", "En cours"), ("prevues", "Travaux prévus"), ("terminees", "Terminées")],
        required=False,
    )

    def __init__(self, *args, is_one_quartier=False, **kwargs):
        super().__init__(*args, **kwargs)
        if is_one_quartier:
            del self.fields["quartier"]

    def chosen(self):
        """What was understood; a value nobody offered filters nothing."""
        self.is_valid()
        return self.cleaned_data
