"""The desk in a real browser under the real CSP: an agent signs in with TOTP, then axe on each page type."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils import timezone

from missions.models import Mission
from tests.accounts.people import add_totp, code_in, totp_code
from tests.browser_checks import (
    assert_both_looks_accessible,
    assert_no_horizontal_scroll,
    assert_one_title,
)
from tests.factories import NOW, create_mission, create_quartier, create_signup, create_slot, create_user
from vitre_civique.accounts.roles import grant_role

from .people import client_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MISSIONS = "/gestion/missions/mission/"


def create_agent():
    agent = create_user(email="agente@exemple.fr", first_name="Anne", last_name="Agente")
    EmailAddress.objects.create(user=agent, email=agent.email, verified=True, primary=True)
    grant_role(agent, "agent", by=None, now=NOW)
    add_totp(agent)
    return agent


def session_of(user, url):
    """A session made without the sign-in pages, for the tests that look at something else."""
    cookie = client_of(user).cookies[settings.SESSION_COOKIE_NAME]
    return [{"name": settings.SESSION_COOKIE_NAME, "value": cookie.value, "url": url}]


def watch(page):
    """What the browser refuses or fails at: CSP violations and script errors."""
    wrong = []
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    return wrong


def town():
    quartier = create_quartier(name="Le Rachapt")
    for number, state in enumerate(("published", "submitted", "draft", "cancelled")):
        slot = create_slot(
            create_mission(state=state, quartier=quartier, title=f"Mission {number}"),
            starts_at=timezone.now() + timedelta(days=2 + number),
            places=3,
        )
        create_signup(slot)
    begun = create_slot(starts_at=timezone.now() - timedelta(hours=2))
    create_signup(begun)
    pending = create_signup(
        create_slot(starts_at=timezone.now() + timedelta(days=3)),
        state="pending",
        expires_at=timezone.now() + timedelta(days=1),
    )
    return Mission.objects.get(title="Mission 0"), begun, pending


def send(page):
    """The next page may have a field of the same name: it must be there before anything is typed."""
    with page.expect_navigation():
        page.locator("main form button[type=submit]").first.click()


def test_agent_signs_in_with_a_code_and_totp_then_publishes(page, mailbox):
    create_agent()
    wrong = watch(page)
    page.goto("/gestion/")
    page.locator("input[name=login]").fill("agente@exemple.fr")
    send(page)
    code = code_in(mailbox.to("agente@exemple.fr")[-1])
    page.locator("input[name=code]").fill(code)
    send(page)
    page.locator("input[name=code]").fill(totp_code())
    send(page)

    page.get_by_role("heading", name="À faire aujourd’hui").wait_for()
    page.get_by_role("link", name="Proposer une mission").click()
    page.get_by_label("Titre").fill("Ramasser les feuilles")
    page.get_by_label("Texte public").fill("On apporte les râteaux.")
    page.get_by_label("Genre").select_option("collective")
    page.get_by_label("Aide demandée").select_option("town")
    day = timezone.localdate() + timedelta(days=6)
    page.locator("#id_slots-0-starts_at_0").fill(f"{day:%Y-%m-%d}")
    page.locator("#id_slots-0-starts_at_1").fill("14:00")
    page.get_by_role("button", name="Enregistrer et publier").click()

    page.get_by_text("La mission est publiée : les habitants la voient.").wait_for()
    assert wrong == []


def test_slots_are_added_one_by_one_in_the_form(page, live_site):
    page.context.add_cookies(session_of(create_agent(), live_site.url))
    wrong = watch(page)
    page.goto(f"{MISSIONS}add/")

    page.get_by_text("Ajouter : créneau").click()

    assert page.locator("#slots-group .inline-related:not(.empty-form)").count() == 2
    assert wrong == []


def test_pages_of_the_desk_are_accessible(browser, live_site, context_options):
    mission, begun, pending = town()
    paths = [
        "/gestion/",
        MISSIONS,
        f"{MISSIONS}{mission.pk}/change/",
        f"{MISSIONS}{mission.pk}/apercu/",
        f"{MISSIONS}{mission.pk}/faire/annuler/",
        f"{MISSIONS}add/",
        f"{MISSIONS}{mission.pk}/history/",
        f"{MISSIONS}export/",
        "/gestion/missions/signup/",
        f"/gestion/missions/signup/{pending.pk}/change/",
        f"/gestion/missions/signup/{pending.pk}/faire/refuser/",
        "/gestion/missions/slot/",
        f"/gestion/missions/slot/{begun.pk}/feuille/",
        "/gestion/volunteers/volunteer/",
        "/gestion/volunteers/volunteer/add/",
        f"/gestion/volunteers/volunteer/{pending.volunteer_id}/change/",
        f"/gestion/quartiers/quartier/{mission.quartier_id}/change/",
        "/gestion/notifications/notification/",
        "/gestion/notifications/notification/courriers/",
        "/gestion/notifications/editorialfreeze/",
        "/gestion/missions/thanks/",
        f"{MISSIONS}archives/",
        "/gestion/volunteers/volunteer/papier/",
        "/gestion/problems/problem/",
        "/gestion/accounts/preparedfile/",
    ]
    context = browser.new_context(base_url=live_site.url, **context_options | {"reduced_motion": "reduce"})
    context.add_cookies(session_of(create_agent(), live_site.url))
    page = context.new_page()
    wrong = watch(page)
    for path in paths:
        assert (page.goto(path).status, page.url) == (200, live_site.url + path)
        assert (path, wrong, page.locator(".messagelist").all_inner_texts()) == (path, [], [])
        assert_one_title(page)
        assert_both_looks_accessible(page)
        assert_no_horizontal_scroll(page)
        wrong.clear()  # axe itself tries inline styles
    context.close()
