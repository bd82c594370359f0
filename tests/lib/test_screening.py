"""What free text gives away: every match is named, and innocent sentences pass."""

import pytest

from vitre_civique.lib.screening import findings, names


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Appelez le 06 12 34 56 78", ["phone"]),
        ("Mon numéro : +33 6.12.34.56.78 ou 02-99-75-05-21", ["phone", "phone"]),
        ("Écrivez à jeanne.dupre@exemple.fr, merci", ["email"]),
        ("IBAN FR76 3000 6000 0112 3456 7890 189", ["iban"]),
        ("n° 2 84 05 35 123 456 78", ["nir"]),
        ("carte 4242 4242 4242 4242", ["card"]),
        ("Elle a la maladie d’Alzheimer", ["health", "health"]),
        ("Préparer son pilulier", ["health"]),
        ("Je paie 15 € de l’heure", ["pay"]),
        ("Travail rémunéré, au noir", ["pay", "pay"]),
        ("Tél. 0612345678, jeanne@exemple.fr, diabète", ["email", "phone", "health"]),
    ],
)
def test_each_thing_is_found(text, kinds):
    assert [f.kind for f in findings(text)] == kinds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Tailler une haie de 12 mètres, vers 14 h 30, le 23/11/2026",
        "Aller à la pharmacie, au 3e étage sans ascenseur",
        "Marcher doucement : elle a des béquilles et se fatigue vite",
        "Collecter 1 000 boîtes avant le 12 décembre 2026",
        "Le pays de Vitré, place du Château 35506",
    ],
)
def test_innocent_sentences_pass(text):
    assert findings(text) == []


def test_excerpt_shows_the_words_that_gave_it_away():
    assert [(f.excerpt, f.label) for f in findings("le 06 12 34 56 78 !")] == [
        ("06 12 34 56 78", "un numéro de téléphone")
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Devant chez Mme Durandal.", ["Mme Durandal"]),
        ("Voir M. Le Guen ou madame de Kerlo", ["M. Le Guen", "madame de Kerlo"]),
        ("Demandé à Monsieur le Maire", []),
        ("Rue Madame Curie, école de Monsieur Vincent", []),
        ("L’hôtel de Madame de Sévigné", []),
        ("Le chemin de la Mme. est long", []),
        ("Une dame et un monsieur âgés", []),
    ],
)
def test_titles_give_names_away(text, found):
    assert [(one.kind, one.excerpt) for one in names(text)] == [("name", words) for words in found]
