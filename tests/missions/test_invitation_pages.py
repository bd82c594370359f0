"""The volunteer's invitations, the link of the mail, the desk's pages: who, what, how many queries."""

from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from missions.invitations import propose, send
from missions.links import invitation_url
from missions.models import Invitation
from missions.statistics import WaveFigures, wave_figures
from tests.desk.people import client_of, create_staff
from tests.factories import NOW, create_mission, create_slot, create_user, create_volunteer
from vitre_civique.lib.months import month_of
from vitre_civique.notifications import delivery
from vitre_civique.notifications.models import Notification

pytestmark = pytest.mark.django_db
MINE = "/mes-invitations/"
REVIEW = "/gestion/missions/invitation/a-relire/"


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def asked(volunteer=None, *, sends=True, **slot_fields):
    slot = create_slot(**slot_fields)
    propose([(volunteer or create_volunteer(), slot, 1, ["habite le quartier"])], now=NOW)
    if sends:
        send(slot, now=NOW)
    return Invitation.objects.get(slot=slot)


def link(invitation):
    return invitation_url(invitation).removeprefix("http://testserver")


def words(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").main.get_text(" ").split())


def state_of(invitation):
    return Invitation.objects.get(pk=invitation.pk).state


def test_opening_the_link_of_the_mail_changes_nothing_the_button_answers(client):
    invitation = asked()

    page = client.get(link(invitation))

    assert (page.status_code, state_of(invitation)) == (200, "sent")
    buttons = BeautifulSoup(page.content, "html.parser").select("main button[name=answer]")
    assert [button["value"] for button in buttons] == ["yes", "no", "later"]
    assert "C’est noté" in words(client.post(link(invitation), {"answer": "yes"}))
    assert state_of(invitation) == "accepted"
    assert invitation.slot.signups.get().state == "confirmed"


@pytest.mark.parametrize(("word", "state"), [("no", "declined"), ("later", "not_this_month")])
def test_one_tap_says_no_and_a_second_tap_says_it_is_over(client, word, state):
    invitation = asked()

    client.post(link(invitation), {"answer": word})
    again = client.post(link(invitation), {"answer": "yes"})

    assert state_of(invitation) == state
    assert "n’attend plus de réponse" in words(again)
    assert invitation.slot.signups.count() == 0


def test_bad_links_and_bad_answers_change_nothing(client):
    invitation, proposed = asked(), asked(sends=False)

    assert client.get(f"{link(invitation)[:-2]}x/").status_code == 404
    assert client.get(link(proposed)).status_code == 404
    assert "Choisissez" in words(client.post(link(invitation), {"answer": "peut-être"}))
    assert (state_of(invitation), state_of(proposed)) == ("sent", "proposed")


def test_my_invitations_lists_mine_alone_in_as_many_queries(client):
    volunteer = create_volunteer()
    client.force_login(volunteer.user)
    asked()
    counts = []
    for _ in range(2):
        mine = asked(volunteer)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(MINE)
        counts.append(len(queries))

    assert counts == [3, 3]
    assert len(page.context["waiting"]) == 2
    answer = client.post(f"{MINE}{mine.pk}/repondre/", {"answer": "yes"})
    assert answer.url == reverse("missions:signup", args=[mine.slot.signups.get().pk])
    assert state_of(mine) == "accepted"


def test_nobody_answers_for_another_and_a_proposal_is_not_shown(client):
    volunteer, other = create_volunteer(), asked()
    proposed = asked(volunteer, sends=False)
    client.force_login(volunteer.user)

    for row in (other, proposed):
        assert client.post(f"{MINE}{row.pk}/repondre/", {"answer": "no"}).status_code == 404
    assert client.get(f"{MINE}{other.pk}/repondre/").status_code == 405
    assert (state_of(other), state_of(proposed)) == ("sent", "proposed")
    assert client.get(MINE).context["waiting"] == []
    assert Client().get(MINE).status_code == 302


def test_the_mail_says_what_when_and_where_and_leads_to_the_answer(mailbox):
    invitation = asked()

    delivery.deliver_batch(now=NOW)

    (mail,) = mailbox.messages
    text = mail.get_body(("plain",)).get_content()
    assert mail["Subject"] == "Une mission qui pourrait vous aller"
    assert invitation.slot.mission.title in text
    assert link(invitation) in text
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize("spoiler", ["full", "cancelled", "paused", "answered"])
def test_the_mail_is_dropped_once_it_is_no_longer_true(mailbox, spoiler):
    invitation = asked()
    if spoiler == "full":
        invitation.slot.signups.create(
            volunteer=create_volunteer(),
            state="confirmed",
            created_at=NOW,
            starts_at=invitation.slot.starts_at,
            ends_at=invitation.slot.ends_at,
        )
    elif spoiler == "cancelled":
        type(invitation.slot.mission).objects.update(state="cancelled")
    elif spoiler == "paused":
        type(invitation.volunteer).objects.update(paused_until=NOW.date() + timedelta(days=60))
    else:
        Invitation.objects.update(state="declined")

    delivery.deliver_batch(now=NOW)

    assert len(mailbox) == 0
    assert Notification.objects.get().state == "dropped"


def test_agent_reads_the_ranking_with_reasons_and_invites_the_first_few():
    agent, mission = create_staff(), create_mission()
    slot = create_slot(mission, places=1)
    people = [create_volunteer() for _ in range(4)]
    client = client_of(agent)

    page = client.get(f"/gestion/missions/mission/{mission.pk}/qui/")
    assert "n’a encore jamais été sollicité·e" in words(page)
    client.post(f"/gestion/missions/invitation/vague/{slot.pk}/")

    rows = Invitation.objects.order_by("rank")
    assert [(r.volunteer_id, r.state) for r in rows] == [(people[0].pk, "sent"), (people[1].pk, "sent")]
    client.post(f"/gestion/missions/invitation/{rows[0].pk}/repondre/oui/")
    assert list(rows.values_list("state", flat=True)) == ["accepted", "cancelled"]
    assert wave_figures(month_of(NOW)) == [WaveFigures(wave=1, sent=2, accepted=1, declined=0, silent=0)]


def test_agent_proposes_the_month_removes_one_and_sends_the_others():
    client, slot = client_of(create_staff()), create_slot(places=3)
    for _ in range(3):
        create_volunteer()

    client.post("/gestion/missions/invitation/proposer/")
    page = client.get(REVIEW)
    removed = Invitation.objects.order_by("pk").first()
    client.post(f"/gestion/missions/invitation/{removed.pk}/retirer/")
    client.post("/gestion/missions/invitation/envoyer/")

    assert "Tout envoyer (3)" in words(page)
    assert sorted(slot.invitations.values_list("state", flat=True)) == ["cancelled", "sent", "sent"]
    assert state_of(removed) == "cancelled"
    assert "1 (0" not in words(client.get(REVIEW))


def test_review_and_ranking_take_as_many_queries_for_one_as_for_three():
    client, mission = client_of(create_staff()), create_mission()
    slot = create_slot(mission, places=9)
    counts = []
    for number in (1, 2):
        for _ in range(number):
            propose([(create_volunteer(), slot, number, ["x"])], now=NOW)
        found = []
        for url in (REVIEW, f"/gestion/missions/mission/{mission.pk}/qui/"):
            with CaptureQueriesContext(connection) as queries:
                client.get(url)
            found.append(len(queries))
        counts.append(found)

    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("role", "reads", "sends"),
    [
        ("agent", 200, 302),
        ("ccas", 200, 302),
        ("administrator", 200, 302),
        ("civic_service", 200, 403),
        ("elected", 403, 403),
    ],
)
def test_who_reads_and_who_sends(role, reads, sends):
    client, mission = client_of(create_staff(role)), create_mission()
    slot = create_slot(mission)
    propose([(create_volunteer(), slot, 1, [])], now=NOW)
    row = Invitation.objects.get()
    base = "/gestion/missions/invitation/"

    assert client.get(REVIEW).status_code == reads
    assert client.get(f"/gestion/missions/mission/{mission.pk}/qui/").status_code == reads
    for path in (
        "envoyer/",
        f"vague/{slot.pk}/",
        f"{row.pk}/retirer/",
        f"{row.pk}/repondre/non/",
        "proposer/",
    ):
        assert client.get(base + path).status_code == 403
        assert client.post(base + path).status_code == sends, path
    assert client_of(create_user()).post(f"{base}envoyer/").status_code in (302, 403)
