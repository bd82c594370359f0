"""At the desk: requests for somebody on the phone, wishes made slots, answers heard, suspensions."""

import json
from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from missions.catalogue import load_catalogue
from missions.conversations import ConversationError, block, report, write
from missions.eligibility import APART, OWN, SUSPENDED, reasons_against
from missions.models import (
    DisclosureLog,
    Gesture,
    Introduction,
    Mission,
    RequestWish,
    Signup,
    Slot,
    Suspension,
    Thread,
)
from missions.papers import receipt_words
from missions.signups import NotAllowed, sign_up
from missions.suspensions import SuspensionError, lift, lift_past, suspend_person, take_agreement_back
from quartiers.models import Referral
from tests.desk.forms import messages_of, text_of
from tests.desk.people import client_of, create_staff
from tests.factories import (
    NOW,
    create_introduction,
    create_mission,
    create_quartier,
    create_signup,
    create_slot,
    create_user,
    create_volunteer,
)
from vitre_civique.accounts.desk import change_url
from vitre_civique.accounts.minors import is_waiting_for_consent
from vitre_civique.accounts.models import GuardianConsent, User
from vitre_civique.notifications.models import Notification

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ASSIST = "/gestion/missions/mission/demande/"


@pytest.fixture(autouse=True)
def _monday_morning(db):
    load_catalogue()
    with time_machine.travel(NOW, tick=False):
        yield


def answers(**changes):
    return {
        "origin": "phone",
        "first_name": "Yvonne",
        "last_name": "Canari",
        "phone": "02 99 00 00 42",
        "called_by": "sa fille, Anne",
        "gesture": Gesture.objects.get(name="Tailler une haie").pk,
        "text": "",
        "day_1": "2026-11-26",
        "part_1": "morning",
        "quartier": create_quartier().pk,
        "address": "3, rue du Canari",
        "agrees": "on",
        **changes,
    }


def test_an_agent_files_a_request_on_the_phone():
    agent = create_staff("agent")
    answer = client_of(agent).post(ASSIST, answers(), follow=True)
    mission = Mission.objects.get()
    mother = mission.beneficiary
    assert (mother.email, mother.phone, mother.created_by, mother.origin, mother.notice_read_at) == (
        None,
        "+33299000042",
        agent,
        "phone",
        NOW,
    )
    assert (mission.state, mission.created_by, mission.internal_note) == (
        "submitted",
        agent,
        "Appel de\u00a0: sa fille, Anne",
    )
    assert (mission.origin, mission.agreed_at, mission.notice_read_at) == ("phone", NOW, NOW)
    page = text_of(answer)
    assert "Demande arrivée au téléphone, notée par" in page
    assert "Accord et notice notés le 23 novembre 2026." in page
    assert mission.private_place.address == "3, rue du Canari"
    assert f"La demande {mission.request_reference} est notée." in messages_of(answer)
    assert Notification.objects.values_list("channel", flat=True).get() == "phone"


@pytest.mark.parametrize("role", ["civic_service", "elected"])
def test_only_employed_agents_file_for_others(role):
    answer = client_of(create_staff(role)).post(ASSIST, answers())
    assert (answer.status_code, Mission.objects.count()) == (403, 0)


def test_somebody_known_is_hinted_then_chosen():
    known = create_user(email=None, first_name="Yvonne", last_name="Cânari", phone="+33299000042")
    client = client_of(create_staff("agent"))
    answer = client.post(ASSIST, answers())
    assert "peut-être déjà connue" in text_of(answer)
    assert Mission.objects.count() == 0
    client.post(ASSIST, answers(known=str(known.pk)))
    assert Mission.objects.get().beneficiary == known
    people = User.objects.count()
    client.post(ASSIST, answers(known="new"))
    assert User.objects.count() == people + 1


def test_consent_is_required():
    answer = client_of(create_staff("agent")).post(ASSIST, answers(agrees=""))
    assert "demandez-lui son accord" in text_of(answer)
    assert User.objects.filter(email__isnull=True).count() == 0


def test_the_database_refuses_a_request_heard_without_consent_or_notice():
    for missing in ("agreed_at", "notice_read_at"):
        heard = {"agreed_at": NOW, "notice_read_at": NOW, missing: None}
        with pytest.raises(IntegrityError), transaction.atomic():
            create_mission(kind="interpersonal", origin="phone", **heard)


def test_the_ccas_notes_the_request_of_somebody_a_referent_thought_of(settings):
    settings.AIPD_VALIDEE_LE = NOW.date()
    quartier = create_quartier(name="Le Rachapt")
    referral = Referral.objects.create(
        state="taken", sent_on=NOW.date(), quartier=quartier, help_needed="company", text="Une visite"
    )
    ccas = client_of(create_staff("ccas"))
    page = ccas.get(reverse("admin:quartiers_referral_change", args=[referral.pk]))
    link = f"{ASSIST}?orientation={referral.pk}"
    assert link in page.content.decode()
    assert f'value="{quartier.pk}" selected' in ccas.get(link).content.decode()
    agent = client_of(create_staff("agent")).get(link)
    assert f'value="{quartier.pk}" selected' not in agent.content.decode()


def a_request():
    mission = create_mission(
        kind="interpersonal",
        state="submitted",
        title="Une haie",
        beneficiary=create_user(),
        proposed_by=create_user(),
    )
    wish = RequestWish.objects.create(mission=mission, day=NOW.date() + 3 * DAY, part="morning")
    return mission, reverse("admin:missions_mission_wish", args=[mission.pk, wish.pk])


def test_a_wish_becomes_a_published_slot_once():
    mission, url = a_request()
    client = client_of(create_staff("ccas"))
    data = {
        "hour": "10:00",
        "minutes": "60",
        "adults_only": "on",
        "is_first_visit_accompanied": "on",
        "publish": "on",
    }
    client.post(url, data)
    again = client.post(url, data, follow=True)
    mission.refresh_from_db()
    assert (mission.state, mission.is_first_visit_accompanied, mission.is_open_to_minors) == (
        "published",
        True,
        False,
    )
    assert Slot.objects.get(mission=mission).starts_at.isoformat() == "2026-11-26T09:00:00+00:00"
    assert any("Quelqu’un est passé avant vous" in line for line in messages_of(again))


def test_the_civic_service_does_not_publish_a_wish():
    _, url = a_request()
    answer = client_of(create_staff("civic_service")).post(url, {"hour": "10:00", "minutes": "60"})
    assert (answer.status_code, Slot.objects.count()) == (403, 0)


@pytest.mark.parametrize("name", ["missions_mission_assist", "missions_mission_paper"])
def test_pages_of_the_counter_open(name):
    assert client_of(create_staff("agent")).get(reverse(f"admin:{name}")).status_code == 200


def test_the_receipt_has_no_address():
    client = client_of(create_staff("agent"))
    client.post(ASSIST, answers())
    mission = Mission.objects.get()
    page = text_of(client.get(reverse("admin:missions_mission_receipt", args=[mission.pk])))
    assert (mission.request_reference in page, "rue du Canari" in page) == (True, False)
    assert "Vous avez donné votre accord" in page


def test_the_form_and_the_receipt_are_also_tagged_pdf():
    agent = create_staff("agent")
    client_of(agent).post(ASSIST, answers())
    mission = Mission.objects.get()
    paper, receipt = reverse("admin:missions_mission_paper"), ["missions_mission_receipt_pdf", mission.pk]
    form_page = text_of(client_of(agent).get(paper))
    names = Gesture.objects.filter(kind="interpersonal").values_list("name", flat=True)
    assert [name for name in names if name not in form_page] == []
    for url in (f"{paper.removesuffix('/')}.pdf", reverse(f"admin:{receipt[0]}", args=receipt[1:])):
        answer = client_of(agent).get(url)
        assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
        assert b"/StructTreeRoot" in answer.content
        assert client_of(create_staff("elected")).get(url).status_code == 403
    words = json.dumps(receipt_words(mission, mission.wishes.all()))
    assert ("rue du Canari" in words, "0299000042" in words, "Canari" in words) == (False, False, False)


def test_staff_choose_a_drawing_that_exists():
    client = client_of(create_staff("agent"))
    gesture = Gesture.objects.get(name="Tailler une haie")
    page = reverse("admin:missions_gesture_change", args=[gesture.pk])
    data = {"name": "Tailler deux haies", "hint": "", "kind": "interpersonal", "help_kind": "garden"}
    data |= {"usual_minutes": 60, "is_active": "on"}
    client.post(page, {**data, "icon": "no-such-drawing"})
    gesture.refresh_from_db()
    assert (gesture.name, gesture.icon) == ("Tailler une haie", "scissors")
    client.post(page, {**data, "icon": "leaf"})
    gesture.refresh_from_db()
    assert (gesture.name, gesture.icon) == ("Tailler deux haies", "leaf")


# --- Introductions, conversations, suspensions ---


def introduced(**fields):
    mother = create_user(email=None, first_name="Yvonne", phone="+33299000042", preferred_channel="phone")
    mission = create_mission(kind="interpersonal", beneficiary=mother, proposed_by=mother)
    volunteer = create_volunteer(user=create_user(first_name="Léo", phone="+33612345678"))
    return create_introduction(create_signup(create_slot(mission), volunteer), **fields)


def test_an_agent_notes_the_yes_heard_on_the_phone_then_reads_aloud():
    row = introduced(state="one_agreed", volunteer_agreed_at=NOW, volunteer_shares=["phone"])
    agent = create_staff("agent")
    client = client_of(agent)
    url = reverse("admin:missions_introduction_answer", args=[row.pk])
    client.post(url, {"shares": ["address", "phone"]})
    row.refresh_from_db()
    assert row.state == "one_agreed"
    client.post(url, {"shares": ["address", "phone"], "heard": "on"})
    row.refresh_from_db()
    assert (row.state, row.answered_by) == ("shared", agent)
    page = client.post(reverse("admin:missions_introduction_tell", args=[row.pk]))
    assert ("+33612345678" in text_of(page), row.code in text_of(page)) == (True, True)
    log = DisclosureLog.objects.get()
    assert (log.viewer, log.told_by, log.how, log.details) == (
        row.signup.slot.mission.beneficiary,
        agent,
        "phone",
        ["phone"],
    )


def test_the_pages_of_introductions_open_and_the_civic_service_stays_out():
    row = introduced()
    client = client_of(create_staff("agent"))
    for name, args in (("changelist", []), ("change", [row.pk]), ("answer", [row.pk])):
        assert client.get(reverse(f"admin:missions_introduction_{name}", args=args)).status_code == 200
    out = client_of(create_staff("civic_service"))
    assert out.get(reverse("admin:missions_introduction_changelist")).status_code == 403


def both_online(**fields):
    asker = create_user(first_name="Anne")
    mission = create_mission(kind="interpersonal", proposed_by=asker, beneficiary=asker, **fields)
    row = create_introduction(create_signup(create_slot(mission)), state="proposed")
    return row, asker, row.signup.volunteer.user


def test_a_message_is_told_without_its_words_once_for_several():
    row, asker, volunteer = both_online()
    write(row, side="volunteer", author=volunteer, text="Bonjour, à 14 h ?", now=NOW)
    write(row, side="volunteer", author=volunteer, text="Ou 15 h.", now=NOW)
    told = Notification.objects.filter(kind="message_waiting")
    assert list(told.values_list("recipient", flat=True)) == [asker.pk]
    assert "14 h" not in str(list(told.values()))


def test_twenty_messages_an_hour():
    row, _, volunteer = both_online()
    for n in range(20):
        write(row, side="volunteer", author=volunteer, text=str(n), now=NOW)
    with pytest.raises(ConversationError):
        write(row, side="volunteer", author=volunteer, text="de trop", now=NOW)
    write(row, side="volunteer", author=volunteer, text="plus tard", now=NOW + timedelta(hours=1))


def test_agents_read_a_conversation_only_once_reported():
    row, asker, volunteer = both_online()
    write(row, side="volunteer", author=volunteer, text="Un canari chante", now=NOW)
    agent = create_staff("agent")
    client = client_of(agent)
    thread = Thread.objects.get()
    url = reverse("admin:missions_thread_change", args=[thread.pk])
    assert "Un canari chante" not in text_of(client.get(url, follow=True))
    report(row, by=asker, reason="Ton déplacé", now=NOW)
    report(row, by=asker, reason="encore", now=NOW)
    assert "Un canari chante" in text_of(client.get(url))
    assert Notification.objects.filter(kind="thread_reported").count() == 1
    client.post(reverse("admin:missions_thread_handled", args=[thread.pk]))
    thread.refresh_from_db()
    assert (thread.handled_at, thread.report_reason) == (NOW, "Ton déplacé")


def test_a_block_stops_messages_and_signups_between_the_two_only():
    row, asker, volunteer = both_online()
    mission = row.signup.slot.mission
    other_slot = create_slot(mission, starts_at=NOW + 9 * DAY)
    block(row, side="neighbour", by=asker, now=NOW)
    block(row, side="neighbour", by=asker, now=NOW)
    with pytest.raises(ConversationError):
        write(row, side="volunteer", author=volunteer, text="Bonjour", now=NOW)
    with pytest.raises(NotAllowed) as refusal:
        sign_up(row.signup.volunteer, other_slot, now=NOW)
    assert refusal.value.reasons == [APART]
    assert reasons_against(create_volunteer(), mission, other_slot, now=NOW) == []


def test_nobody_answers_their_own_request():
    _, asker, _ = both_online()
    slot = Slot.objects.get()
    assert reasons_against(create_volunteer(user=asker), slot.mission, slot, now=NOW) == [OWN]


def test_suspending_gives_back_tells_and_lets_answer(client):
    row, asker, person = both_online()
    agent = create_staff("agent")
    url = reverse("admin:missions_suspension_suspend", args=[person.pk])
    client_of(agent).post(url, {"reason": "Absences répétées sans prévenir."})
    suspension = Suspension.objects.get()
    assert Signup.objects.get().state == "withdrawn"
    assert Introduction.objects.get().state == "revoked"
    assert "suspended" in set(Notification.objects.filter(recipient=person).values_list("kind", flat=True))
    slot = create_slot(starts_at=NOW + 9 * DAY)
    assert reasons_against(row.signup.volunteer, slot.mission, slot, now=NOW) == [SUSPENDED]
    with pytest.raises(SuspensionError):
        suspend_person(person, by=agent, reason="encore", now=NOW)
    client.force_login(person)
    assert "Absences répétées" in text_of(client.get(reverse("missions:messages")))
    client.post(reverse("missions:appeal"), {"text": "J’étais malheureusement absent."})
    suspension.refresh_from_db()
    assert (suspension.appeal, suspension.appealed_at) == ("J’étais malheureusement absent.", NOW)
    assert (lift(suspension, now=NOW), lift(suspension, now=NOW)) == (True, False)
    assert reasons_against(row.signup.volunteer, slot.mission, slot, now=NOW) == []
    assert client.get(reverse("missions:appeal")).status_code == 404


def test_a_parent_takes_the_agreement_back():
    minor = create_user(birth_date=date(2009, 6, 1))
    GuardianConsent.objects.create(minor=minor, guardian_name="Parent", method="email", given_at=NOW)
    volunteer, agent = create_volunteer(user=minor), create_staff("agent")
    mission = create_mission(is_open_to_minors=True)
    signup = create_signup(create_slot(mission, starts_at=NOW + 3 * DAY), volunteer)
    url = reverse("admin:missions_suspension_agreement", args=[minor.pk])
    assert "Retirer l’accord d’un parent" in text_of(client_of(agent).get(change_url(minor)))
    for role in ("civic_service", "elected"):
        assert client_of(create_staff(role)).post(url).status_code == 403
    client_of(agent).get(url)
    assert Signup.objects.get(pk=signup.pk).state == "confirmed"  # reading the question changes nothing

    client_of(agent).post(url)

    assert (Signup.objects.get(pk=signup.pk).state, is_waiting_for_consent(minor)) == ("withdrawn", True)
    assert take_agreement_back(minor, by=agent, now=NOW) == 0
    assert client_of(agent).get(change_url(create_user())).status_code == 200
    assert client_of(agent).post(url.replace(str(minor.pk), str(create_user().pk))).status_code == 404


def test_suspending_asks_substitutes_however_far_the_day_and_tells_the_neighbour():
    row, asker, person = both_online()
    spare = create_volunteer()
    suspend_person(person, by=create_staff("agent"), reason="Un temps de pause.", now=NOW)
    assert Notification.objects.filter(recipient=asker, kind="nobody_comes").count() == 1
    asked = Notification.objects.filter(kind="substitute_wanted").values_list("recipient", flat=True)
    assert list(asked) == [spare.user_id]


def test_nobody_is_sent_to_somebody_suspended():
    row, asker, volunteer = both_online()
    suspend_person(asker, by=create_staff("agent"), reason="Des mots blessants.", now=NOW)
    assert Mission.objects.get().state == "cancelled"
    assert Signup.objects.get().state == "withdrawn"
    assert Introduction.objects.get(pk=row.pk).state == "revoked"
    assert Notification.objects.filter(recipient=volunteer, kind="mission_cancelled").count() == 1


def test_a_suspension_ends_by_itself_after_its_last_day():
    person = create_user()
    suspend_person(person, by=None, reason="x", until_on=NOW.date(), now=NOW)
    assert lift_past(now=NOW, today=NOW.date()) == 0
    assert lift_past(now=NOW, today=NOW.date() + DAY) == 1
