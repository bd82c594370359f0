"""Fields of vitre_civique.lib.forms and the way forms are drawn (requirements A11Y-30, UI-13, UI-17)."""

from datetime import date
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.template import engines

from vitre_civique.lib.forms import HoneypotField, MemorableDateField, NameField, PhoneField

QUARTIERS = [("rachapt", "Le Rachapt"), ("nsp", "Je ne sais pas")]


class EveryKind(forms.Form):
    first_name = NameField(label="Votre prénom", autocomplete="given-name")
    email = forms.EmailField(label="Votre adresse e-mail", help_text="Montrée à personne.")
    phone = PhoneField(required=False)
    birth = MemorableDateField(label="Votre date de naissance", autocomplete="bday", help_text="27 3 2009")
    quartier = forms.ChoiceField(label="Votre quartier", widget=forms.RadioSelect, choices=QUARTIERS)
    likes = forms.MultipleChoiceField(
        label="Ce que j’aime", required=False, widget=forms.CheckboxSelectMultiple, choices=QUARTIERS
    )
    when = forms.ChoiceField(label="Quand", choices=[("", "Choisissez"), ("matin", "Le matin")])
    charter = forms.BooleanField(label="J’accepte la charte")
    website = HoneypotField()


def drawn(form):
    template = engines["django"].from_string("{% load crispy_forms_tags %}{{ form|crispy }}")
    return BeautifulSoup(template.render({"form": form}), "html.parser")


# --- Phones, names, dates ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["06 12 34 56 78", "06.12.34.56.78", "0612345678", "+33 6 12 34 56 78", "06-12-34-56-78"]
)
def test_phone_is_kept_in_e164(typed):
    assert PhoneField().clean(typed) == "+33612345678"


@pytest.mark.parametrize("typed", ["12", "abc", "06 12 34 56", "+33 0", "<script>", "☎️"])
def test_phone_refuses_with_an_example(typed):
    with pytest.raises(ValidationError) as refused:
        PhoneField().clean(typed)

    message = "Écrivez un numéro de téléphone complet, par exemple : 06 12 34 56 78."
    assert refused.value.messages == [message]


def test_phone_may_be_empty_when_optional():
    assert PhoneField(required=False).clean("") == ""


def test_phone_is_shown_as_people_write_it():
    assert PhoneField().prepare_value("+33612345678") == "06 12 34 56 78"
    assert PhoneField().prepare_value("06 12 34") == "06 12 34"


@pytest.mark.parametrize("name", ["Anne-Laure", "D’Hervé", "D'Hervé", "Loïc", "Le Goff", "José M.", "Nguyễn"])
def test_name_accepts(name):
    assert NameField().clean(name) == name


def test_name_composes_accents_and_spaces():
    assert NameField().clean("  Zoe\u0308   Le  Goff ") == "Zoë Le Goff"


@pytest.mark.parametrize("name", ["<script>", "Bob42", "😀", "---", "a@b.fr"])
def test_name_refuses_with_an_example(name):
    with pytest.raises(ValidationError) as refused:
        NameField().clean(name)

    assert refused.value.messages == ["Écrivez ce nom avec des lettres, par exemple : Anne-Laure ou D’Hervé."]


@pytest.mark.parametrize(
    "typed",
    [["27", "3", "2009"], ["27", "03", "2009"], ["27", "mars", "2009"], ["27", "MARS ", "2009"]],
)
def test_date_is_read(typed):
    assert MemorableDateField().clean(typed) == date(2009, 3, 27)


@pytest.mark.parametrize(("month", "number"), [("fév", 2), ("fevrier", 2), ("aout", 8), ("déc", 12)])
def test_date_reads_french_months(month, number):
    assert MemorableDateField().clean(["1", month, "2009"]) == date(2009, number, 1)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (["", "", ""], "required"),
        (["", "3", "2009"], "day"),
        (["1", "", "2009"], "month"),
        (["1", "jui", "2009"], "month"),
        (["1", "3", ""], "year"),
        (["1", "3", "09"], "year"),
        (["31", "2", "2009"], "invalid"),
        (["29", "2", "2009"], "invalid"),
        (["1", "13", "2009"], "invalid"),
        (["1", "1", "0000"], "invalid"),
        (["²", "1", "2009"], "day"),
    ],
)
def test_date_says_what_is_missing(typed, code):
    with pytest.raises(ValidationError) as refused:
        MemorableDateField().clean(typed)

    assert refused.value.code == code


def test_date_may_be_empty_when_optional():
    assert MemorableDateField(required=False).clean(["", "", ""]) is None


def test_honeypot_refuses_openly():
    with pytest.raises(ValidationError, match="robots"):
        HoneypotField().clean("https://exemple.com")
    assert HoneypotField().clean("") == ""


# --- Drawing ----------------------------------------------------------------------------------------------


def test_each_control_has_its_visible_label():
    page = drawn(EveryKind())
    controls = page.select("input:not([type=hidden]), select, textarea")
    labels = {label["for"]: label.get_text(strip=True) for label in page.find_all("label")}

    assert [control["id"] for control in controls if control["id"] not in labels] == []
    assert all(labels.values())
    assert page.find_all(placeholder=True) == []
    assert page.find_all("legend", attrs={"for": True}) == []
    assert "*" not in page.get_text()


def test_groups_stand_in_fieldsets_with_legends():
    legends = [legend.get_text(" ", strip=True) for legend in drawn(EveryKind()).select("fieldset > legend")]

    assert legends == ["Votre date de naissance", "Votre quartier", "Ce que j’aime (facultatif)"]


def test_optional_is_said_in_words():
    optional = [label.parent.get_text(" ", strip=True) for label in drawn(EveryKind()).select(".optional")]

    assert optional == ["Téléphone (facultatif)", "Ce que j’aime (facultatif)"]


def test_date_parts_are_labelled_and_completed_by_the_browser():
    parts = drawn(EveryKind()).select(".date-part")

    assert [part.label.string for part in parts] == ["Jour", "Mois", "Année"]
    assert [part.input["autocomplete"] for part in parts] == ["bday-day", "bday-month", "bday-year"]


def test_error_summary_comes_first_takes_focus_and_links_to_fields():
    page = drawn(EveryKind({}))
    summary = page.find()
    links = summary.find_all("a")
    ids = {tag["id"] for tag in page.find_all(id=True)}

    assert (summary["role"], summary["tabindex"], "autofocus" in summary.attrs) == ("alert", "-1", True)
    assert summary.h2.string == "Il reste quelque chose à corriger"
    assert [link.string for link in links] == [
        "Remplissez « Votre prénom ».",
        "Remplissez « Votre adresse e-mail ».",
        "Écrivez cette date, par exemple : 27 3 1957.",
        "Choisissez une réponse : Votre quartier.",
        "Choisissez une réponse : Quand.",
        "Cochez la case « J’accepte la charte » pour continuer.",
    ]
    assert [link["href"] for link in links if link["href"][1:] not in ids] == []


def test_help_and_errors_are_tied_to_their_control():
    page = drawn(EveryKind({"email": "marie@"}))
    ids = {tag["id"]: tag for tag in page.find_all(id=True)}
    described = page.find_all(attrs={"aria-describedby": True})

    assert page.find(id="id_email")["aria-describedby"].split() == ["id_email_helptext", "id_email_error"]
    assert page.find(id="id_email")["aria-invalid"] == "true"
    assert [one for tag in described for one in tag["aria-describedby"].split() if one not in ids] == []
    assert "prenom.nom@exemple.fr" in ids["id_email_error"].get_text()
    assert len(ids) == len(page.find_all(id=True))


def test_what_was_typed_is_kept_and_escaped():
    page = drawn(
        EveryKind({"first_name": '<script>"&', "birth_0": "31", "birth_1": "février", "birth_2": "2009"})
    )

    assert page.find(id="id_first_name")["value"] == '<script>"&'
    assert [page.find(id=f"id_birth_{n}")["value"] for n in range(3)] == ["31", "février", "2009"]
    assert page.find("script") is None


def test_trap_is_hidden_by_a_class_without_inline_style():
    trap = drawn(EveryKind()).find(id="div_id_website")

    assert "trap" in trap["class"]
    assert trap.find_all(style=True) == []


def test_valid_form_shows_no_summary():
    assert drawn(EveryKind()).select(".error-summary") == []


def test_no_page_shows_its_error_summary_twice():
    """`{{ form|crispy }}` draws the summary itself; pages that draw field by field include it."""
    templates = Path(settings.BASE_DIR, "templates").rglob("*.html")
    twice = [
        path.name
        for path in templates
        if "form|crispy" in (source := path.read_text(encoding="utf-8"))
        and "bootstrap5/errors.html" in source
    ]

    assert twice == []
