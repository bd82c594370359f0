"""The buttons and bulk actions of missions, and two agents acting at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from missions.models import Mission, MissionState, PrivatePlace
from tests.factories import create_mission, create_signup, create_slot, create_user, create_volunteer
from vitre_civique.notifications.models import Notification

from .forms import fields_of, messages_of, text_of
from .people import client_of, create_staff

LIST = "/gestion/missions/mission/"


def act_url(mission, name):
    return f"{LIST}{mission.pk}/faire/{name}/"


def soon(days=5):
    return timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=days)


def ready(state="draft", **fields):
    mission = create_mission(state=state, **fields)
    create_slot(mission, starts_at=soon())
    return mission


def state_of(mission):
    return Mission.objects.values_list("state", flat=True).get(pk=mission.pk)


@pytest.fixture
def client(db):
    return client_of(create_staff(first_name="Anne", last_name="Agente"))


@pytest.mark.parametrize(
    ("name", "before", "after", "sentence"),
    [
        ("publier", "draft", "published", "La mission est publiée : les habitants la voient."),
        ("publier", "submitted", "published", "La mission est publiée : les habitants la voient."),
        (
            "suspendre",
            "published",
            "suspended",
            "La mission est suspendue : on ne la voit plus, les inscrits gardent leur place.",
        ),
        ("reprendre", "suspended", "published", "La mission est de nouveau en ligne."),
    ],
)
def test_a_button_moves_the_mission_by_post_only(client, name, before, after, sentence):
    mission = ready(before)

    seen = client.get(act_url(mission, name))
    unmoved = state_of(mission)
    answer = client.post(act_url(mission, name), follow=True)

    assert (seen.status_code, unmoved, state_of(mission)) == (200, before, after)
    assert messages_of(answer) == [sentence]


@pytest.mark.parametrize(
    ("name", "before", "after", "kind"),
    [
        ("question", "submitted", "returned", "mission_returned"),
        ("refuser", "submitted", "refused", "mission_refused"),
        ("refuser", "returned", "refused", "mission_refused"),
    ],
)
def test_a_sentence_is_asked_and_told_to_the_proposer(client, name, before, after, kind):
    proposer = create_user()
    mission = ready(before, organiser="resident", proposed_by=proposer)

    empty = client.post(act_url(mission, name), {"text": "  "})
    unmoved = state_of(mission)
    client.post(act_url(mission, name), {"text": "Pouvez-vous préciser l’heure ?"})

    mission.refresh_from_db()
    assert "Écrivez cette phrase : les personnes concernées la recevront." in text_of(empty)
    assert (unmoved, mission.state, mission.public_reason) == (
        before,
        after,
        "Pouvez-vous préciser l’heure ?",
    )
    assert list(Notification.objects.values_list("recipient", "kind")) == [(proposer.pk, kind)]


def test_cancelling_says_how_many_people_are_told_then_tells_them(client):
    mission = ready("published")
    slot = mission.slots.get()
    slot.places = 3
    slot.save(update_fields=["places"])
    signups = [create_signup(slot), create_signup(slot)]

    page = client.get(act_url(mission, "annuler"))
    client.post(act_url(mission, "annuler"), {"text": "La pluie nous en empêche."})

    assert "2 personnes seront prévenues, chacune une seule fois." in text_of(page)
    assert state_of(mission) == "cancelled"
    told = Notification.objects.filter(kind="mission_cancelled").values_list("recipient", flat=True)
    assert sorted(told) == sorted(signup.volunteer.user_id for signup in signups)


def test_preview_shows_the_public_page_and_publishes_nothing(client):
    mission = ready("draft", title="La haie de Monique")
    PrivatePlace.objects.create(mission=mission, address="3, rue des Essais")

    answer = client.get(f"{LIST}{mission.pk}/apercu/")

    assert "missions/detail.html" in [template.name for template in answer.templates]
    assert ("La haie de Monique" in text_of(answer), "rue des Essais" in text_of(answer)) == (True, False)
    assert state_of(mission) == "draft"


def test_copy_for_next_month_is_a_draft_with_its_private_place(client):
    mission = ready("published")
    PrivatePlace.objects.create(mission=mission, address="3, rue des Essais")

    client.post(act_url(mission, "mois-prochain"))

    copy = Mission.objects.latest("pk")
    assert (copy.state, copy.private_place.address, copy.slots.count()) == ("draft", "3, rue des Essais", 1)
    assert (state_of(mission), copy.slots.get().starts_at > mission.slots.get().starts_at) == (
        "published",
        True,
    )


@pytest.mark.parametrize("name", ["publier", "annuler", "suspendre", "refuser", "question", "reprendre"])
def test_civic_service_and_elected_cannot_act(db, name):
    mission = ready("submitted")

    answers = [
        client_of(create_staff(role)).post(act_url(mission, name), {"text": "x"})
        for role in ("civic_service", "elected")
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert state_of(mission) == "submitted"


def test_unknown_mission_or_act_is_404(client):
    mission = ready()

    assert client.post(act_url(mission, "exploser")).status_code == 404
    assert client.post(f"{LIST}999999/faire/publier/").status_code == 404


def bulk(client, name, missions, **more):
    return client.post(
        LIST, {"action": name, "_selected_action": [m.pk for m in missions], **more}, follow=True
    )


def test_bulk_publication_asks_then_says_what_was_done(client):
    good, slotless, done = (
        ready(title="La bonne"),
        create_mission(state="draft", title="Sans créneau"),
        ready("published", title="Déjà"),
    )

    asked = bulk(client, "bulk_publier", [good, slotless, done])
    unmoved = state_of(good)
    answer = bulk(client, "bulk_publier", [good, slotless, done], confirmed="1")

    assert (asked.status_code, unmoved) == (200, "draft")
    assert [state_of(m) for m in (good, slotless, done)] == ["published", "draft", "published"]
    assert messages_of(answer) == [
        "1 mission publiée. 2 n’ont pas pu l’être : « Sans créneau » : Ajoutez au moins un créneau à venir "
        "avant de publier. ; « Déjà » est « Publiée »"
    ]


def test_bulk_cancel_needs_a_message(client):
    missions = [ready("published"), ready("published")]
    create_signup(missions[0].slots.get())

    asked = bulk(client, "bulk_annuler", missions)
    empty = bulk(client, "bulk_annuler", missions, confirmed="1", text="")
    answer = bulk(client, "bulk_annuler", missions, confirmed="1", text="Pluie.")

    assert "1 personne sera prévenue, chacune une seule fois." in text_of(asked)
    assert "Écrivez cette phrase" in text_of(empty)
    assert messages_of(answer) == ["2 missions annulées."]
    assert [state_of(m) for m in missions] == ["cancelled", "cancelled"]


def test_bulk_actions_follow_the_matrix(db):
    mission = ready()

    page = client_of(create_staff("civic_service")).get(LIST)
    bulk(client_of(create_staff("civic_service")), "bulk_publier", [mission], confirmed="1")

    assert [name for name, _ in page.context["action_form"].fields["action"].choices if name] == [
        "bulk_mois_prochain"
    ]
    assert state_of(mission) == "draft"


@pytest.mark.django_db(transaction=True)
def test_two_agents_publish_one_mission_and_one_wins():
    mission = ready("submitted")
    clients = [client_of(create_staff(first_name=name, last_name="Agente")) for name in ("Anne", "Béa")]
    barrier = Barrier(2)

    def publish(client):
        try:
            barrier.wait(10)
            return messages_of(client.post(act_url(mission, "publier"), follow=True))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        said = sorted((lines[0] for lines in threads.map(publish, clients)), key=len)

    assert said[0] == "La mission est publiée : les habitants la voient."
    assert said[1].startswith("Quelqu’un est passé avant vous : la mission est maintenant « Publiée », par ")
    assert mission.state_changes.filter(to_state=MissionState.PUBLISHED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_agents_save_one_form_and_one_is_told():
    mission = ready(title="Avant")
    path = f"{LIST}{mission.pk}/change/"
    clients = [client_of(create_staff(first_name=name, last_name="Agente")) for name in ("Anne", "Béa")]
    pages = [fields_of(client.get(path)) for client in clients]
    barrier = Barrier(2)

    def save(number):
        try:
            barrier.wait(10)
            data = pages[number] | {"title": f"Titre {number}", "_continue": "1"}
            return clients[number].post(path, data).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        codes = list(threads.map(save, range(2)))

    assert sorted(codes) == [200, 302]
    assert Mission.objects.get(pk=mission.pk).title == f"Titre {codes.index(302)}"


def test_volunteer_count_of_a_cancellation_ignores_who_left(client):
    mission = ready("published")
    create_signup(mission.slots.get(), create_volunteer(), state="withdrawn")

    assert "Personne n’est inscrit : personne ne sera prévenu." in text_of(
        client.get(act_url(mission, "annuler"))
    )
