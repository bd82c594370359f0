"""What each act asks: one small form by act, used at the desk and by services on their link."""

from django import forms
from django.db.models import Q

from vitre_civique.accounts.desk import DayInput
from vitre_civique.lib import screening

from .models import Category, CloseReason, ResolvedBy, StandardAnswer, Visibility

PUBLIC_TEXT = "Lu par la personne qui a signalé et par celles qui suivent."


class ActForm(forms.Form):
    """`seen` is the version the person was reading (handling.version_of)."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def said(self):
        """What the verb needs, without the version."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}


def text_field(
    label="Ce que les personnes liront", hint=PUBLIC_TEXT, required_message="Écrivez cette phrase."
):
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 60}),
        error_messages={
            "required": required_message,
            "max_length": "Cette phrase est trop longue : 500 signes au plus.",
        },
    )


def day_field(label, hint):
    return forms.DateField(
        label=label,
        help_text=hint,
        widget=DayInput,
        error_messages={
            "required": "Choisissez une date, par exemple : 26/11/2026.",
            "invalid": "Cette date n’existe pas : choisissez-la dans le calendrier.",
        },
    )


class PublicWordsForm(ActForm):
    summary = forms.CharField(
        label="Résumé public",
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text="Les mots de la mairie : ni nom, ni numéro de rue d’une personne, ni santé.",
        error_messages={"max_length": "Ce résumé est trop long : 300 signes au plus."},
    )
    visibility = forms.ChoiceField(
        label="Visible par",
        choices=Visibility.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Dites qui peut lire cette remontée.",
            "invalid_choice": "Choisissez dans la liste qui peut lire cette remontée.",
        },
    )

    def clean(self):
        data = super().clean()
        if data.get("visibility") == Visibility.PUBLIC:
            found = screening.findings(data.get("summary", ""))
            if found:
                labels = ", ".join(sorted({finding.label for finding in found}))
                self.add_error("summary", f"Tout le monde lirait {labels} : retirez-le du résumé public.")
        return data


class TextForm(ActForm):
    text = text_field()


class QuestionForm(ActForm):
    text = text_field("Votre question", "Une seule, simple : la personne y répond d’un message.")


class PlanForm(ActForm):
    on = day_field("Date annoncée", "Le jour où ce sera fait, ou commencé.")
    text = text_field()


class ForwardForm(ActForm):
    to = forms.CharField(
        label="Organisme",
        max_length=120,
        help_text="Par exemple : Vitré Communauté, le Département, le bailleur.",
        error_messages={"required": "Dites à qui la remontée est transmise."},
    )
    follow_up_on = day_field("Date de relance", "Ce jour-là, la remontée revient dans votre file.")
    text = text_field()


class ResolveForm(ActForm):
    how = forms.ChoiceField(
        label="Réglée",
        choices=ResolvedBy.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Dites comment c’est réglé.",
            "invalid_choice": "Choisissez dans la liste.",
        },
    )
    text = text_field()


class CloseForm(ActForm):
    reason = forms.ChoiceField(
        label="Motif",
        choices=CloseReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez un motif.", "invalid_choice": "Choisissez dans la liste."},
    )
    text = text_field("Votre explication")


class DuplicateForm(ActForm):
    """`candidates` are the reports found; « of » is one of them."""

    of = forms.ModelChoiceField(
        label="La remontée d’origine",
        queryset=None,
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": "Choisissez la remontée d’origine.",
            "invalid_choice": "Cette remontée ne convient pas : choisissez-en une dans la liste.",
        },
    )

    def __init__(self, *args, candidates, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["of"].queryset = candidates
        self.fields["of"].label_from_instance = words_of


def words_of(report):
    summary = report.public_summary or "sans résumé public"
    return f"{report.reference} · {report.category} · {report.quartier} · {summary}"


class HideForm(ActForm):
    text = text_field("Motif", "L’auteur le lit tel quel et peut répondre.", "Dites pourquoi.")


FORMS = {
    "recevoir": PublicWordsForm,
    "commencer": TextForm,
    "prevoir": PlanForm,
    "transmettre": ForwardForm,
    "question": QuestionForm,
    "reprendre": ActForm,
    "regler": ResolveForm,
    "clore": CloseForm,
    "doublon": DuplicateForm,
    "reorienter": TextForm,
    "rouvrir": TextForm,
    "maintenir": TextForm,
    "masquer": HideForm,
}
USUAL_TEXTS = {
    "commencer": "Nous nous en occupons.",
    "regler": "C’est fait. Merci de nous l’avoir signalé.",
}


def standard_answers(report, act_name):
    """The town's own sentences for this act: of the category first, then for all."""
    return StandardAnswer.objects.filter(
        Q(category__isnull=True) | Q(category_id=report.category_id), act=act_name, is_active=True
    ).order_by("category_id", "title", "id")


class NoteForm(forms.Form):
    text = forms.CharField(
        label="Note interne",
        max_length=1000,
        help_text="Lue au bureau seulement, jamais par les habitants. Jamais de santé.",
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        error_messages={"required": "Écrivez votre note."},
    )


class AssignForm(ActForm):
    person = forms.ModelChoiceField(
        label="Suivie par",
        queryset=None,
        required=False,
        empty_label="Personne pour l’instant",
        error_messages={"invalid_choice": "Cette personne ne travaille pas au bureau."},
    )

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people


class CategoryForm(ActForm):
    category = forms.ModelChoiceField(
        label="Catégorie",
        queryset=Category.objects.filter(is_active=True).select_related("service"),
        error_messages={
            "required": "Choisissez une catégorie.",
            "invalid_choice": "Choisissez dans la liste.",
        },
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["category"].label_from_instance = lambda category: (
            f"{category.get_family_display()} · {category} ({category.service})"
        )


class RectanglesForm(forms.Form):
    """Up to four rectangles, in hundredths of the picture: a script draws them, numbers do as well."""

    COUNT = 4
    PARTS = (("left", "Gauche"), ("top", "Haut"), ("width", "Largeur"), ("height", "Hauteur"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for number in range(1, self.COUNT + 1):
            for part, label in self.PARTS:
                self.fields[f"{part}_{number}"] = forms.IntegerField(
                    label=f"{label} (%)",
                    required=False,
                    min_value=0 if part in ("left", "top") else 1,
                    max_value=100,
                    error_messages={
                        "invalid": "Écrivez un nombre de 0 à 100.",
                        "min_value": "Écrivez un nombre de 0 à 100, et au moins 1 de large et de haut.",
                        "max_value": "Écrivez un nombre de 0 à 100.",
                    },
                )

    def lines(self):
        """For the page: the four fields of each rectangle."""
        return [
            (number, [self[f"{part}_{number}"] for part, _ in self.PARTS])
            for number in range(1, self.COUNT + 1)
        ]

    def clean(self):
        data, self.rectangles = super().clean(), []
        for number in range(1, self.COUNT + 1):
            values = [data.get(f"{part}_{number}") for part, _ in self.PARTS]
            if all(value is None for value in values):
                continue
            if any(value is None for value in values):
                self.add_error(f"left_{number}", f"Zone {number} : écrivez les quatre nombres.")
                continue
            left, top, width, height = (value / 100 for value in values)
            self.rectangles.append((left, top, min(left + width, 1), min(top + height, 1)))
        if not self.rectangles and not self.errors:
            raise forms.ValidationError("Indiquez au moins une zone à masquer.")
        return data
