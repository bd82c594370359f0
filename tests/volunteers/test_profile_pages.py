"""The profile (change, pause, stop, resume) and « Mes données » (see, download, delete) in a client."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from bs4 import BeautifulSoup
from django.utils import timezone

from missions.models import PrivatePlace
from tests.factories import (
    create_mission,
    create_quartier,
    create_signup,
    create_slot,
    create_user,
    create_volunteer,
)
from vitre_civique.accounts.models import User
from vitre_civique.lib.months import add_months, month_of
from volunteers import hours
from volunteers.models import Pledge, Volunteer

pytestmark = pytest.mark.django_db


def page(response):
    return BeautifulSoup(response.content, "html.parser")


def summary(response):
    return [item.get_text(strip=True) for item in page(response).select(".error-summary li")]


def month_text(count):
    return add_months(month_of(timezone.now()), count).isoformat()[:7]


@pytest.fixture
def volunteer(client):
    quartier = create_quartier(name="Le Rachapt", slug="le-rachapt")
    volunteer = create_volunteer(
        quartier=quartier, kinds=["garden"], wont_do="pas d’échelle", availability=[3]
    )
    client.force_login(volunteer.user)
    return volunteer


def test_the_profile_shows_what_was_told_with_a_link_to_change_each(client, volunteer):
    rows = page(client.get("/mon-profil/")).select(".answer")
    assert [row.select_one("dt").text for row in rows] == [
        "Quartier",
        "Jusqu’où",
        "Ce que j’aime faire",
        "Ce que je ne fais pas",
        "Mes moments",
    ]
    assert [row.select_one("a")["href"] for row in rows] == ["/mon-profil/ou/"] * 2 + [
        "/mon-profil/quoi-et-quand/"
    ] * 3


def test_changing_where_changes_nothing_else(client, volunteer):
    create_quartier(slug="la-gare")
    assert client.post("/mon-profil/ou/", {"quartier": "la-gare", "reach": "town"}).url == "/mon-profil/"
    changed = Volunteer.objects.select_related("quartier").get()
    assert (changed.quartier.slug, changed.reach) == ("la-gare", "town")
    assert (changed.kinds, changed.wont_do, changed.availability) == (["garden"], "pas d’échelle", [3])


def test_changing_what_changes_nothing_else(client, volunteer):
    data = {"kinds": ["papers", "town"], "wont_do": "", "depends": "on"}
    assert client.post("/mon-profil/quoi-et-quand/", data).url == "/mon-profil/"
    changed = Volunteer.objects.select_related("quartier").get()
    assert (changed.kinds, changed.wont_do, changed.availability) == (["papers", "town"], "", [])
    assert (changed.quartier.slug, changed.reach) == ("le-rachapt", "adjacent")


def test_what_is_refused_is_not_written(client, volunteer):
    response = client.post("/mon-profil/ou/", {"quartier": "999999", "reach": "town"})
    assert len(summary(response)) == 1
    assert Volunteer.objects.get().reach == "adjacent"


def test_pausing_resuming_stopping_and_resuming(client, volunteer):
    assert client.post("/mon-profil/pause/", {"until": month_text(2)}).url == "/mon-profil/"
    assert Volunteer.objects.get().paused_until.isoformat()[:7] == month_text(2)
    assert "En pause" in page(client.get("/mon-profil/")).text
    client.post("/mon-profil/reprendre/")
    assert Volunteer.objects.get().paused_until is None
    assert client.get("/mon-profil/arreter/").status_code == 200
    assert Volunteer.objects.get().stopped_at is None
    assert client.post("/mon-profil/arreter/").url == "/mon-profil/"
    assert Volunteer.objects.get().stopped_at is not None
    assert Pledge.objects.filter(until_month__isnull=True).count() == 0
    client.post("/mon-profil/reprendre/")
    assert Volunteer.objects.get().stopped_at is None
    assert Pledge.objects.filter(until_month__isnull=True).count() == 1


@pytest.mark.parametrize("until", ["", "2026-02-30", "hier", "1999-01", "<script>"])
def test_a_pause_without_a_month_of_the_list_is_refused(client, volunteer, until):
    response = client.post("/mon-profil/pause/", {"until": until})
    assert len(summary(response)) == 1
    assert Volunteer.objects.get().paused_until is None


@pytest.mark.parametrize("url", ["/mon-profil/pause/", "/mon-profil/reprendre/"])
def test_verbs_refuse_get(client, volunteer, url):
    assert client.get(url).status_code == 405


def test_the_profile_keeps_its_number_of_queries(client, volunteer, django_assert_num_queries):
    client.get("/mon-profil/")
    with django_assert_num_queries(4):
        client.get("/mon-profil/")


# --- « Mes données » ----------------------------------------------------------------------------------------


def plant(volunteer):
    user = volunteer.user
    EmailAddress.objects.create(user=user, email=user.email, verified=True)
    month = month_of(timezone.now())
    hours.declare(volunteer, month=month, minutes=45, label="Courses", by=user, now=timezone.now())
    return create_signup(create_slot(starts_at=timezone.now() + timedelta(days=3)), volunteer)


def test_people_see_all_that_is_kept_about_them_and_nothing_of_others(client, volunteer):
    plant(volunteer)
    other = create_volunteer(wont_do="pas de chat")
    shown = page(client.get("/mes-donnees/")).select_one("main").get_text(" ", strip=True)
    for word in [volunteer.user.email, "Le Rachapt", "pas d’échelle", "Courses", "Ramasser les feuilles"]:
        assert word in shown
    assert other.user.email not in shown
    assert "pas de chat" not in shown


def test_the_archive_asks_who_you_are_again(client, volunteer):
    response = client.get("/mes-donnees/telecharger/")
    assert response.status_code == 302
    assert response.url.startswith("/compte/confirmer/")


def test_the_archive_holds_the_same_in_json_and_html(client, volunteer):
    signup = plant(volunteer)
    authenticate(client)
    response = client.get("/mes-donnees/telecharger/")
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"].startswith('attachment; filename="mes-donnees-vitre-civique-')
    folder = zipfile.ZipFile(io.BytesIO(response.content))
    assert folder.namelist() == ["mes-donnees.json", "mes-donnees.html"]
    data = json.loads(folder.read("mes-donnees.json"))
    assert data["hours"]["lignes"][0]["Minutes"] == "45"
    assert data["signups"]["lignes"][0]["Référence"] == signup.reference
    html = folder.read("mes-donnees.html").decode()
    for section in data.values():
        assert section["titre"].replace("'", "&#x27;") in html


def authenticate(client):
    """As after typing a mailed code a moment ago."""
    session = client.session
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session["account_authentication_methods"] = [{"method": "code", "at": timezone.now().timestamp()}]
    session.save()


def test_deleting_asks_to_sign_in_again_first(client, volunteer):
    response = client.get("/mes-donnees/effacer/")
    assert response.status_code == 302
    assert response.url == "/compte/confirmer/code/?next=%2Fmes-donnees%2Feffacer%2F"
    assert client.post("/mes-donnees/effacer/").status_code == 302
    assert User.objects.get(pk=volunteer.user_id).erased_at is None


def test_deleting_says_of_what_then_erases_and_signs_out(client, volunteer):
    signup = plant(volunteer)
    authenticate(client)
    shown = page(client.get("/mes-donnees/effacer/")).select_one("main").text
    assert signup.slot.mission.title in shown
    assert User.objects.get(pk=volunteer.user_id).erased_at is None
    response = client.post("/mes-donnees/effacer/")
    assert (response.url, response.headers["Clear-Site-Data"]) == (
        "/mes-donnees/c-est-efface/",
        '"cache", "storage"',
    )
    user = User.objects.get(pk=volunteer.user_id)
    assert (user.email, user.first_name, user.is_active) == (None, "", False)
    signup.refresh_from_db()
    assert (signup.state, signup.volunteer) == ("withdrawn", None)
    assert client.get("/mes-donnees/c-est-efface/").status_code == 200
    assert "next=" in client.get("/mes-donnees/").url


def test_someone_without_a_promise_has_data_too(client):
    user = create_user(first_name="Léon")
    client.force_login(user)
    assert "Léon" in page(client.get("/mes-donnees/")).select_one("main").text


def test_the_address_of_the_person_helped_is_not_data_of_whoever_proposed(client):
    """A mission proposed by one person, then given by an agent to somebody else."""
    proposer, helped = create_user(), create_user()
    mission = create_mission(kind="interpersonal", proposed_by=proposer, beneficiary=helped)
    PrivatePlace.objects.create(mission=mission, address="3, rue du Canari", phone="", instructions="")

    shown = []
    for user in (proposer, helped):
        client.force_login(user)
        shown.append("rue du Canari" in client.get("/mes-donnees/").content.decode())

    assert shown == [False, True]
