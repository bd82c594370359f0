"""No English on any page of the desk (UX-28)."""

import re

import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.urls import reverse
from django.utils.text import capfirst

from tests.factories import create_mission, create_signup, create_slot

from .forms import text_of
from .people import client_of, create_staff
from .test_doors import LISTS

pytestmark = pytest.mark.django_db
ENGLISH = re.compile(
    r"\b(?:the|add|change|delete|search|filter|by|history|home|save|view|welcome|log out|submit|yes|no|"
    r"none|select|go|all|items?|entries|error|please|currently|today|now|lookup|choose|with|volunteer|slot|signup|user)\b",
    re.IGNORECASE,
)


def english_in(answer):
    return sorted(set(ENGLISH.findall(text_of(answer))))


def test_each_list_is_titled_by_what_it_lists():
    administrator, ccas = (client_of(create_staff(role)) for role in ("administrator", "ccas"))
    pages = {
        name: (ccas if name == "quartiers_referral" else administrator)
        .get(reverse(f"admin:{name}_changelist"))
        .content
        for name in LISTS
    }

    found = {
        name: BeautifulSoup(page, "html.parser").title.get_text().split(" – ") for name, page in pages.items()
    }

    plurals = {name: apps.get_model(*name.split("_"))._meta.verbose_name_plural for name in LISTS}
    ours = ["Bureau de la mairie", "Vitré civique"]
    assert found == {name: [capfirst(plural), *ours] for name, plural in plurals.items()}


def test_no_english_on_the_pages_of_the_desk():
    client = client_of(create_staff("administrator"))
    mission = create_mission(state="submitted")
    signup = create_signup(create_slot(mission))
    paths = [reverse(f"admin:{name}_changelist") for name in LISTS]
    paths += [f"{path}?q=x" for path in paths]
    paths += [
        reverse(f"admin:{name}_add") for name in ("missions_mission", "missions_gesture", "quartiers_mandate")
    ]
    paths += [
        "/gestion/",
        "/gestion/volunteers/volunteer/add/",
        reverse("admin:missions_mission_change", args=[mission.pk]),
        reverse("admin:missions_mission_history", args=[mission.pk]),
        reverse("admin:missions_signup_change", args=[signup.pk]),
        reverse("admin:volunteers_volunteer_change", args=[signup.volunteer_id]),
        reverse("admin:accounts_user_change", args=[signup.volunteer.user_id]),
        reverse("admin:accounts_user_roles", args=[signup.volunteer.user_id]),
    ]

    found = {path: english_in(client.get(path)) for path in paths}

    assert {path: words for path, words in found.items() if words} == {}
