"""Who enters the desk, by which door, and what each role finds there."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from tests.factories import create_user

from .people import client_of, create_staff

LISTS = {
    "accounts_exportlog": {"administrator"},
    "accounts_guardianconsent": {"agent", "ccas", "administrator"},
    "accounts_preparedfile": {"agent", "ccas", "administrator"},
    "accounts_user": {"agent", "ccas", "administrator"},
    "missions_association": {"agent", "ccas", "civic_service", "administrator"},
    "missions_collection": {"agent", "ccas", "civic_service", "administrator"},
    "missions_disclosurelog": {"agent", "ccas", "administrator"},
    "missions_dropoffpoint": {"agent", "ccas", "civic_service", "administrator"},
    "missions_gesture": {"agent", "ccas", "civic_service", "administrator"},
    "missions_introduction": {"agent", "ccas", "administrator"},
    "missions_group": {"agent", "ccas", "administrator"},
    "missions_helpoffer": {"agent", "ccas", "administrator"},
    "missions_invitation": {"agent", "ccas", "civic_service", "administrator"},
    "missions_mission": {"agent", "ccas", "civic_service", "administrator"},
    "missions_signup": {"agent", "ccas", "civic_service", "administrator"},
    "missions_slot": {"agent", "ccas", "civic_service", "administrator"},
    "missions_suspension": {"agent", "ccas", "administrator"},
    "missions_tally": {"agent", "ccas", "civic_service", "administrator"},
    "missions_thanks": {"agent", "ccas", "administrator"},
    "missions_thread": {"agent", "ccas", "administrator"},
    "notifications_editorialfreeze": {"agent", "ccas", "administrator"},
    "notifications_notification": {"agent", "ccas", "administrator"},
    "problems_problem": {"agent", "ccas", "administrator"},
    "quartiers_category": {"agent", "ccas", "administrator"},
    "quartiers_mandate": {"agent", "ccas", "administrator"},
    "quartiers_needreport": {"agent", "ccas", "civic_service", "administrator"},
    "quartiers_open311key": {"agent", "administrator"},
    "quartiers_quartier": {"agent", "ccas", "civic_service", "administrator"},
    "quartiers_referral": {"ccas"},
    "quartiers_reportimport": {"agent", "administrator"},
    "quartiers_routing": {"agent", "administrator"},
    "quartiers_serviceincharge": {"agent", "ccas", "administrator"},
    "quartiers_standardanswer": {"agent", "ccas", "administrator"},
    "quartiers_story": {"agent", "ccas", "administrator"},
    "volunteers_hourentry": {"agent", "ccas", "administrator"},
    "volunteers_prerequisite": {"agent", "ccas", "civic_service", "administrator"},
    "volunteers_volunteer": {"agent", "ccas", "civic_service", "administrator"},
}
ROLES = ["agent", "ccas", "civic_service", "elected", "administrator"]


@pytest.mark.django_db
def test_admin_login_never_shows_a_password_form():
    answer = Client().get("/gestion/login/?next=/gestion/missions/mission/")

    assert answer.status_code == 302
    assert answer.url == f"{reverse('account_login')}?next=/gestion/missions/mission/"


@pytest.mark.django_db
def test_admin_login_ignores_a_foreign_next():
    answer = client_of(create_staff()).get("/gestion/login/?next=https://ailleurs.exemple/")

    assert (answer.status_code, answer.url) == (302, "/gestion/")


@pytest.mark.django_db
def test_admin_login_by_post_signs_nobody_in():
    create_staff(email="agente@exemple.fr", password="une phrase de passe longue")
    client = Client()

    client.post(
        "/gestion/login/", {"username": "agente@exemple.fr", "password": "une phrase de passe longue"}
    )

    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_resident_is_refused_by_the_desk():
    answer = client_of(create_user()).get("/gestion/", follow=True)

    assert answer.status_code == 403


@pytest.mark.django_db
def test_agent_without_second_factor_is_sent_to_add_one():
    user = create_staff()
    user.authenticator_set.all().delete()

    answer = client_of(user).get("/gestion/")

    assert answer.status_code == 302
    assert not answer.url.startswith("/gestion/")


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_its_lists_and_no_other(role):
    client = client_of(create_staff(role))

    opened = {name for name in LISTS if client.get(reverse(f"admin:{name}_changelist")).status_code == 200}

    assert opened == {name for name, roles in LISTS.items() if role in roles}


def test_no_page_of_a_library_is_open():
    assert sorted(model._meta.label_lower.replace(".", "_") for model in admin.site._registry) == sorted(
        LISTS
    )


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_the_start_page(role):
    answer = client_of(create_staff(role)).get("/gestion/")

    assert answer.status_code == 200
    assert answer.context["sees_to_do"] is (role != "elected")
