"""Words that people type are kept as French is set; what is no prose is left alone."""

import pytest

from tests.factories import create_mission
from vitre_civique.lib.public_words import typographic


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Noël solidaire : tenir la table", "Noël solidaire\u00a0: tenir la table"),
        ("Qui vient ?  Moi !", "Qui vient\u202f?  Moi\u202f!"),
        ("Dire « bonjour »", "Dire «\u00a0bonjour\u00a0»"),
        ("L'heure d'hiver", "L’heure d’hiver"),
        ("De 14:30 à 16h, voir https://exemple.fr/a?b=c", "De 14:30 à 16h, voir https://exemple.fr/a?b=c"),
        ("Deux: sans espace", "Deux: sans espace"),
        ("5 ' de marche", "5 ' de marche"),
        ("Loin" + " " * 50_000 + "!", "Loin\u202f!"),  # in no more time than its length
        (" " * 50_000, " " * 50_000),
        ("", ""),
    ],
)
def test_typed_words_get_the_spaces_and_apostrophes_of_french(typed, kept):
    assert typographic(typed) == kept
    assert typographic(kept) == kept


@pytest.mark.django_db
def test_a_mission_keeps_and_finds_its_words_so():
    mission = create_mission(title="Tailler une haie : chez qui ?", public_text="L'échelle est là !")

    mission.refresh_from_db()

    assert mission.title == "Tailler une haie\u00a0: chez qui\u202f?"
    assert mission.public_text == "L’échelle est là\u202f!"
    assert type(mission).objects.only("state").get().save() is None  # what was not read is not touched
