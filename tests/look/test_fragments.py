"""The drawings and pieces that pages are made of: ring, badge, card, map, menus, answers, pager."""

import pytest
from bs4 import BeautifulSoup
from django.template import engines

from tests.factories import create_user
from vitre_civique.lib.navigation import Entry, menu
from vitre_civique.lib.states_look import look_of
from vitre_civique.lib.templatetags.look import icon, ring_ticks

SHAPES = [
    {"name": "Rachapt", "url": "/q/r/", "path_d": "M0 0h9v9z", "label_x": 4, "label_y": 5, "chosen": True},
    {"name": "Centre", "url": "/q/c/", "path_d": "M9 9h9v9z", "label_x": 12, "label_y": 13, "chosen": False},
]


def drawn(source, **context):
    template = engines["django"].from_string("{% load look %}" + source)
    return BeautifulSoup(template.render(context), "html.parser")


@pytest.mark.parametrize(
    ("given", "planned", "counts"),
    [
        (0, 0, (0, 0, 60)),
        (25, 20, (25, 20, 15)),
        (60, 0, (60, 0, 0)),
        (0, 90, (0, 60, 0)),
        (150, 30, (60, 0, 0)),
        (45, 60, (45, 15, 0)),
    ],
)
def test_ring_has_sixty_ticks(given, planned, counts):
    states = [tick["state"] for tick in ring_ticks(given, planned)]

    assert tuple(states.count(state) for state in ("given", "planned", "free")) == counts


def test_ring_is_decorative_and_its_sentence_is_read():
    page = drawn('{% hour_ring 30 0 "Votre heure est donnée." %}')

    assert page.svg["aria-hidden"] == "true"
    assert len(page.select("rect.tick")) == 60
    assert page.figcaption.string == "Votre heure est donnée."


def test_badge_is_a_word_an_icon_and_a_colour():
    page = drawn('{% state_badge "cancelled" "Annulée" %}')

    assert page.span["class"] == ["badge-state", "badge-alert"]
    assert page.span.get_text(strip=True) == "Annulée"
    assert page.svg["aria-hidden"] == "true"


def test_unknown_state_is_neutral():
    assert look_of("anything") == ("circle-dashed", "neutral")


def test_icons_carry_no_inline_style():
    svg = BeautifulSoup(icon("phone"), "html.parser").svg

    assert (svg["aria-hidden"], svg["class"], svg.find_all(style=True)) == ("true", ["icon"], [])


def test_card_escapes_and_says_only_what_it_has():
    card = {"kind_label": "Entre voisins", "kind_icon": "users", "title": "<b>Haie</b>", "url": "/m/1/"}
    page = drawn('{% include "missions/_mission_card.html" with card=card only %}', card=card)

    assert page.h3.a.get_text() == "<b>Haie</b>"
    assert page.select(".why, .card-state") == []


def test_map_has_a_list_twin_with_the_same_links():
    page = drawn('{% include "quartiers/_map.html" %}', shapes=SHAPES, viewbox="0 0 20 20")
    on_map = {link["href"]: link.title.get_text(strip=True) for link in page.select("svg a")}
    in_list = {link["href"]: link.get_text(strip=True) for link in page.select("ul a")}

    assert on_map == in_list == {"/q/r/": "Rachapt", "/q/c/": "Centre"}
    assert [link["href"] for link in page.select("[aria-current]")] == ["/q/r/", "/q/r/"]


def test_menu_leaves_out_pages_that_do_not_exist_and_marks_the_current_one():
    entries = [Entry("Accueil", "home", ""), Entry("Aide", "pages:help", ""), Entry("Rien", "no:where", "")]

    assert [(item["label"], item["current"]) for item in menu(entries, "/aide/")] == [
        ("Accueil", ""),
        ("Aide", "page"),
    ]
    assert [item["current"] for item in menu(entries, "/aide/connexion/")] == ["", "true"]


@pytest.mark.django_db
def test_signed_in_people_find_the_collections_in_the_menu_not_in_the_bar_of_the_phone(client):
    client.force_login(create_user())

    page = BeautifulSoup(client.get("/collectes/").content, "html.parser")

    labels = {
        place: [link.get_text(strip=True) for link in page.select(f"{place} a")]
        for place in (".nav-wide", ".nav-phone", ".bottom-bar")
    }
    mine = ["Missions", "Collectes", "Mon heure", "Mon quartier", "Messages", "Mon compte"]
    assert (labels[".nav-wide"], labels[".nav-phone"]) == (mine, mine)
    assert labels[".bottom-bar"] == ["Missions", "Mon heure", "Mon quartier", "Messages"]
    assert [link.get_text() for link in page.select(".nav-wide [aria-current=page]")] == ["Collectes"]


def test_answers_show_one_line_several_or_none():
    rows = [
        {"label": "Quartier", "value": "Rachapt", "url": "/a/", "what": "le quartier"},
        {"label": "Goûts", "lines": ["Marcher", "Lire"]},
        {"label": "Autre", "value": ""},
    ]
    page = drawn('{% include "includes/_check_answers.html" with rows=rows only %}', rows=rows)

    assert [" ".join(answer.dd.get_text(" ", strip=True).split()) for answer in page.select(".answer")] == [
        "Rachapt",
        "Marcher Lire",
        "Rien d’indiqué",
    ]
    assert page.a.get_text() == "Modifier le quartier"


@pytest.mark.parametrize(
    ("context", "links"),
    [
        ({}, []),
        ({"next_url": "?apres=3"}, ["?apres=3"]),
        ({"previous_url": "?a", "next_url": "?b"}, ["?a", "?b"]),
    ],
)
def test_pager_shows_the_ways_that_exist(context, links):
    page = drawn('{% include "includes/_pagination.html" %}', **context)

    assert [link["href"] for link in page.find_all("a")] == links
