"""Words of thanks: written by either side once it took place, read by the mairie, passed on once."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from missions import thanks
from missions.models import Thanks
from tests.conftest import text_of
from tests.desk.people import create_staff
from tests.factories import NOW, create_mission, create_signup, create_slot, create_user, create_volunteer
from tests.mail.conftest import deliver_all
from tests.missions.test_signup_pages import words
from vitre_civique.lib.states import TransitionError
from vitre_civique.notifications.models import Notification

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WORDS = "Merci pour la haie, et pour la conversation !"


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def a_visit(state="attended"):
    """A volunteer, and the neighbour whose hedge was cut yesterday."""
    mission = create_mission(kind="interpersonal", title="Tailler la haie", proposed_by=create_user())
    minutes = {"minutes": 60} if state == "attended" else {}
    return create_signup(
        create_slot(mission, starts_at=NOW - DAY), create_volunteer(), state=state, **minutes
    )


def path(signup):
    return reverse("missions:thank", args=[signup.pk])


def test_both_sides_thank_once_and_nobody_reads_before_an_agent(client):
    signup = a_visit()
    neighbour, helper = signup.slot.mission.proposed_by, signup.volunteer.user
    for person in (neighbour, helper):
        client.force_login(person)
        client.post(path(signup), {"text": WORDS})
        again = client.post(path(signup), {"text": "Encore merci"})
        assert "déjà parti" in words(again)
        assert WORDS not in words(client.get(reverse("missions:my_thanks")))

    assert set(Thanks.objects.values_list("side", "author", "recipient", "state")) == {
        ("neighbour", neighbour.pk, helper.pk, "submitted"),
        ("volunteer", helper.pk, neighbour.pk, "submitted"),
    }
    assert Notification.objects.count() == 0


def test_an_agent_passes_it_on_once_and_the_mail_does_not_quote_it(client, mailbox):
    signup = a_visit()
    row = thanks.write(signup, by=signup.slot.mission.proposed_by, text=WORDS, now=NOW)
    client.force_login(create_staff("agent"))
    todo = words(client.get(reverse("admin:index")))
    url = reverse("admin:missions_thanks_pass_on", args=[row.pk])

    assert "1 mot de merci à relire" in todo
    client.get(url)
    row.refresh_from_db()
    assert row.state == "submitted"
    client.post(url)
    second = client.post(url, follow=True)

    assert "rien n’a changé" in words(second)
    row.refresh_from_db()
    assert (row.state, row.passed_on_at) == ("passed_on", NOW)
    assert deliver_all(NOW)["sent"] == 1
    (message,) = mailbox.messages
    assert message["Subject"] == "Un mot de merci pour vous"
    assert WORDS not in text_of(message)
    client.force_login(signup.volunteer.user)
    assert WORDS in words(client.get(reverse("missions:my_thanks")))


def test_what_is_not_passed_on_stays_at_the_mairie(client):
    signup = a_visit()
    row = thanks.write(signup, by=signup.volunteer.user, text=WORDS, now=NOW)
    client.force_login(create_staff("agent"))
    url = reverse("admin:missions_thanks_refuse", args=[row.pk])

    assert "Écrivez cette phrase" in words(client.post(url, {"text": ""}))
    client.post(url, {"text": "Une plainte, pas un merci."})

    row.refresh_from_db()
    assert row.state == "refused"
    assert Notification.objects.count() == 0
    with pytest.raises(TransitionError):
        thanks.pass_on(row, by=None, now=NOW)


def test_nobody_thanks_for_what_did_not_take_place_nor_for_others(client):
    signup = a_visit(state="excused")

    with pytest.raises(thanks.ThanksError):
        thanks.write(signup, by=signup.volunteer.user, text=WORDS, now=NOW)
    client.force_login(create_user())
    assert client.get(path(signup)).status_code == 404
    assert client.post(path(signup), {"text": WORDS}).status_code == 404
    client.force_login(create_staff("civic_service"))
    assert client.post(path(signup), {"text": WORDS}).status_code == 404
    assert Thanks.objects.count() == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "Écrivez votre mot"), ("a" * 301, "Plus court"), ("Appelez le 06 12 34 56 78", "Retirez ceci")],
)
def test_bad_words_are_given_back(client, text, sentence):
    signup = a_visit()
    client.force_login(signup.volunteer.user)

    answer = client.post(path(signup), {"text": text})

    assert sentence in words(answer)
    assert text in answer.content.decode()
    assert Thanks.objects.count() == 0


def test_the_civic_service_does_not_moderate(client):
    row = thanks.write(a := a_visit(), by=a.volunteer.user, text=WORDS, now=NOW)
    client.force_login(create_staff("civic_service"))

    assert client.post(reverse("admin:missions_thanks_pass_on", args=[row.pk])).status_code == 403
    assert client.get(reverse("admin:missions_thanks_changelist")).status_code == 403


@pytest.mark.parametrize("number", [1, 3])
def test_received_words_cost_the_same_however_many(client, django_assert_num_queries, number):
    helper = create_volunteer()
    for n in range(number):
        mission = create_mission(kind="interpersonal", proposed_by=create_user())
        slot = create_slot(mission, starts_at=NOW - (n + 1) * DAY)
        signup = create_signup(slot, helper, state="attended", minutes=60)
        row = thanks.write(signup, by=mission.proposed_by, text=WORDS, now=NOW)
        thanks.pass_on(row, by=None, now=NOW)
    client.force_login(helper.user)

    with django_assert_num_queries(3):
        client.get(reverse("missions:my_thanks"))
