"""Posting, changing and publishing missions in the desk, and what an agent types wrong."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from missions.models import (
    Association,
    Block,
    Gesture,
    Introduction,
    Mission,
    MissionPrerequisite,
    MissionState,
    PrivatePlace,
    Signup,
    Slot,
)
from tests.factories import (
    create_mission,
    create_quartier,
    create_signup,
    create_slot,
    create_user,
    create_volunteer,
)
from vitre_civique.lib.months import PARIS
from volunteers.models import Prerequisite

from .forms import errors_of, fields_of, messages_of, text_of
from .people import client_of, create_staff

pytestmark = pytest.mark.django_db
ADD = "/gestion/missions/mission/add/"


def url(mission):
    return f"/gestion/missions/mission/{mission.pk}/change/"


def in_days(days, hour=14):
    day = timezone.localtime() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, tzinfo=PARIS)


def slot_fields(starts_at, *, row=0, minutes=None, places=2):
    ends_at = starts_at + timedelta(minutes=minutes) if minutes else None
    return {
        f"slots-{row}-starts_at_0": f"{starts_at:%Y-%m-%d}",
        f"slots-{row}-starts_at_1": f"{starts_at:%H:%M}",
        f"slots-{row}-ends_at_0": f"{ends_at:%Y-%m-%d}" if ends_at else "",
        f"slots-{row}-ends_at_1": f"{ends_at:%H:%M}" if ends_at else "",
        f"slots-{row}-places": str(places),
        f"slots-{row}-newcomer_places": "0",
    }


@pytest.fixture
def agent():
    return create_staff(first_name="Anne", last_name="Agente")


@pytest.fixture
def client(agent):
    return client_of(agent)


def typed(**changes):
    return {
        "kind": "collective",
        "help_kind": "town",
        "title": "Ramasser les feuilles",
        "public_text": "On apporte les râteaux.",
        "public_place": "Jardin public",
        **changes,
    }


def test_agent_posts_a_mission_and_publishes_it_at_once(client, agent):
    quartier, starts_at = create_quartier(name="Le Rachapt"), in_days(5)
    car, meeting = Prerequisite.objects.create(name="Permis"), Prerequisite.objects.create(name="Rencontre")
    data = fields_of(client.get(ADD)) | typed(quartier=quartier.pk) | slot_fields(starts_at, minutes=90)
    data |= {"private_place-0-address": "3, rue des Essais", "private_place-0-phone": "06 12 34 56 78"}
    data |= {"mission_prerequisites-TOTAL_FORMS": 2, "mission_prerequisites-0-prerequisite": car.pk}
    data |= {"mission_prerequisites-1-prerequisite": meeting.pk}

    answer = client.post(ADD, data | {"_publish": "1"}, follow=True)

    mission = Mission.objects.get()
    assert messages_of(answer)[-1] == "La mission est publiée : les habitants la voient."
    assert (mission.state, mission.created_by, mission.quartier) == (MissionState.PUBLISHED, agent, quartier)
    slot = Slot.objects.get()
    assert (slot.starts_at, slot.minutes, slot.places) == (starts_at, 90, 2)
    place = PrivatePlace.objects.get()
    assert (place.address, place.phone) == ("3, rue des Essais", "+33612345678")
    ranks = MissionPrerequisite.objects.values_list("prerequisite__name", "position")
    assert list(ranks) == [("Permis", 1), ("Rencontre", 2)]
    assert [c.to_state for c in mission.state_changes.all()] == ["draft", "published"]


def test_gesture_fills_what_is_left_empty_and_the_slot_lasts_as_usual(client):
    gesture = Gesture.objects.create(
        name="Tailler une haie basse",
        hint="Une haie à hauteur d’homme.",
        kind="interpersonal",
        help_kind="garden",
        usual_minutes=120,
    )
    data = (
        fields_of(client.get(ADD))
        | {"gesture": gesture.pk, "title": "La haie de Monique"}
        | slot_fields(in_days(3))
    )

    client.post(ADD, data | {"_continue": "1"})

    mission = Mission.objects.get()
    assert (mission.kind, mission.help_kind) == ("interpersonal", "garden")
    assert (mission.title, mission.public_text) == ("La haie de Monique", "Une haie à hauteur d’homme.")
    assert (mission.state, mission.slots.get().minutes) == ("draft", 120)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"title": ""}, "Titre : Donnez un titre, par exemple : « Tailler une haie au Rachapt »."),
        ({"kind": ""}, "Genre : Choisissez un genre, ou un geste qui le donne."),
        (
            {"title": "x" * 91},
            "Titre : Assurez-vous que cette valeur comporte au plus 90 caractères (actuellement 91).",
        ),
        (
            {"slots-0-starts_at_0": "2026-02-30"},
            "Créneau, début : Ce jour n’existe pas : choisissez-le dans le calendrier, "
            "par exemple 26/11/2026.",
        ),
        (
            {"slots-0-starts_at_1": "25:00"},
            "Créneau, début : Cette heure n’existe pas : écrivez-la ainsi, 14:30.",
        ),
        (
            {"slots-0-ends_at_0": "2020-01-01", "slots-0-ends_at_1": "10:00"},
            "Créneau, fin : La fin du créneau doit venir après son début.",
        ),
        (
            {"slots-0-ends_at_0": "2999-01-01", "slots-0-ends_at_1": "10:00"},
            "Créneau, fin : Un créneau dure deux jours au plus : faites-en plusieurs.",
        ),
        (
            {"private_place-0-phone": "12"},
            "Lieu privé, téléphone : Écrivez un numéro de téléphone complet, par exemple : 06 12 34 56 78.",
        ),
        ({"organiser": "association"}, "Choisissez l’association qui accueille la mission."),
    ],
)
def test_bad_input_says_why_and_loses_nothing(client, changes, error):
    create_quartier()
    data = (
        fields_of(client.get(ADD)) | typed() | slot_fields(in_days(5)) | {"internal_note": "Un mot à garder"}
    )

    answer = client.post(ADD, data | changes)

    assert answer.status_code == 200
    assert errors_of(answer) == [" ".join(error.split())]
    assert fields_of(answer)["internal_note"] == "Un mot à garder"
    assert fields_of(answer)["public_text"] == "On apporte les râteaux."
    assert (Mission.objects.count(), Slot.objects.count()) == (0, 0)


def test_past_slot_is_kept_but_said(client):
    data = fields_of(client.get(ADD)) | typed() | slot_fields(in_days(-2))

    answer = client.post(ADD, data | {"_publish": "1"}, follow=True)

    mission = Mission.objects.get()
    assert mission.state == "draft"
    assert [line.split(" est déjà passé")[1] for line in messages_of(answer)[:1]] == [
        " : personne ne pourra s’y inscrire."
    ]
    assert messages_of(answer)[-1] == "Ajoutez au moins un créneau à venir avant de publier."


def test_script_in_a_title_is_only_text(client):
    mission = create_mission(title="<script>alert(1)</script>")

    pages = [
        client.get(path)
        for path in (
            url(mission),
            "/gestion/missions/mission/",
            f"/gestion/missions/mission/{mission.pk}/apercu/",
        )
    ]

    assert [b"<script>alert" in page.content for page in pages] == [False, False, False]
    assert ["<script>alert(1)</script>" in text_of(page) for page in pages] == [True, True, True]


def test_public_text_with_a_phone_is_questioned(client):
    mission = create_mission(state="draft")
    data = fields_of(client.get(url(mission))) | {"public_text": "Appelez le 02 99 75 00 00."}

    answer = client.post(url(mission), data | {"_continue": "1"}, follow=True)

    assert (
        messages_of(answer)[0]
        == "Tout le monde lira un numéro de téléphone : « 02 99 75 00 00 ». Est-ce voulu ?"
    )


def test_second_agent_is_told_and_nothing_is_overwritten(client, agent):
    mission = create_mission(title="Avant")
    second = client_of(create_staff(first_name="Bruno", last_name="Bureau"))
    first_form, second_form = fields_of(client.get(url(mission))), fields_of(second.get(url(mission)))
    client.post(url(mission), first_form | {"title": "Titre d’Anne", "_continue": "1"})

    answer = second.post(url(mission), second_form | {"title": "Titre de Bruno", "_continue": "1"})

    mission.refresh_from_db()
    assert mission.title == "Titre d’Anne"
    assert errors_of(answer)[0].startswith("Anne Agente a modifié cette mission à ")
    assert fields_of(answer)["title"] == "Titre de Bruno"


def test_adding_a_slot_counts_as_a_change_of_the_mission(client):
    mission = create_mission()
    first_form, second_form = fields_of(client.get(url(mission))), fields_of(client.get(url(mission)))
    client.post(url(mission), first_form | slot_fields(in_days(4)) | {"_continue": "1"})

    answer = client.post(url(mission), second_form | slot_fields(in_days(6)) | {"_continue": "1"})

    assert len(errors_of(answer)) == 1
    assert mission.slots.count() == 1


def test_moving_a_slot_moves_its_people_and_tells_them(client):
    slot = create_slot(starts_at=in_days(5), places=3)
    signup = create_signup(slot)
    data = fields_of(client.get(url(slot.mission))) | slot_fields(in_days(6, hour=10), minutes=60, places=3)

    client.post(url(slot.mission), data | {"_continue": "1"})

    signup.refresh_from_db()
    assert signup.starts_at == in_days(6, hour=10)
    assert list(signup.volunteer.user.notifications.values_list("kind", flat=True)) == ["mission_changed"]


def test_fewer_places_than_people_is_refused(client):
    slot = create_slot(starts_at=in_days(5), places=3)
    create_signup(slot), create_signup(slot)
    data = fields_of(client.get(url(slot.mission))) | {"slots-0-places": "1"}

    answer = client.post(url(slot.mission), data | {"_continue": "1"})

    assert errors_of(answer) == [
        "Créneau, places : 2 personnes sont déjà inscrites : gardez au moins autant de places."
    ]
    slot.refresh_from_db()
    assert slot.places == 3


def test_a_mission_does_not_become_one_at_the_home_of_somebody_who_blocked_a_volunteer_or_is_one(client):
    slot = create_slot(create_mission(), starts_at=in_days(5), places=9)
    blocked, own = create_signup(slot), create_signup(slot)
    neighbour = own.volunteer.user
    Block.objects.create(blocker=neighbour, blocked=blocked.volunteer.user, at=timezone.now())
    create_signup(slot)
    asked = {"kind": "interpersonal", "beneficiary": str(neighbour.pk)}

    answer = client.post(url(slot.mission), fields_of(client.get(url(slot.mission))) | asked)

    assert errors_of(answer) == [
        "Genre : On ne va pas ainsi chez quelqu’un. Sont inscrits : 2 personnes à qui cette demande n’est "
        "pas proposée. Appelez, et notez les désistements, avant de choisir ce genre."
    ]
    slot.mission.refresh_from_db()
    assert (slot.mission.kind, slot.mission.beneficiary) == ("collective", None)


def test_a_mission_does_not_become_one_at_a_neighbours_while_people_who_may_not_go_are_on_it(client):
    mission = create_mission(is_open_to_minors=True, is_in_pairs=True)
    slot = create_slot(mission, starts_at=in_days(5), places=9)
    born_on = timezone.localdate() - timedelta(days=17 * 365)
    young = create_signup(slot, volunteer=create_volunteer(user=create_user(birth_date=born_on)))
    unmet = [
        create_signup(slot, volunteer=create_volunteer(first_meeting_on=None), state=state)
        for state in ("confirmed", "waiting", "withdrawn")
    ]
    suited = create_signup(slot)
    data = fields_of(client.get(url(slot.mission))) | {"kind": "interpersonal"}

    answer = client.post(url(slot.mission), data | {"_continue": "1"})

    assert errors_of(answer) == [
        "Genre : On ne va pas ainsi chez quelqu’un. Sont inscrits : 1 mineur et 2 personnes que la mairie "
        "n’a pas encore rencontrées. Appelez, et notez les désistements, avant de choisir ce genre."
    ]
    for signup in (young, *unmet):
        assert signup.volunteer.user.last_name not in text_of(answer)
    slot.mission.refresh_from_db()
    assert slot.mission.kind == "collective"

    Signup.objects.filter(pk__in=[young.pk, *(one.pk for one in unmet)]).update(state="withdrawn")
    assert errors_of(client.post(url(slot.mission), data | {"_continue": "1"})) == []
    slot.mission.refresh_from_db()
    assert slot.mission.kind == "interpersonal"
    assert [introduction.signup for introduction in Introduction.objects.all()] == [suited]


def test_removed_slot_with_people_is_cancelled_not_deleted(client):
    slot = create_slot(starts_at=in_days(5))
    signup = create_signup(slot)
    data = fields_of(client.get(url(slot.mission))) | {"slots-0-DELETE": "on", "_continue": "1"}

    client.post(url(slot.mission), data)

    slot.refresh_from_db(), signup.refresh_from_db()
    assert (slot.cancelled_at is not None, signup.state) == (True, "withdrawn")


def test_association_mission_is_posted_on_its_behalf(client):
    association = Association.objects.create(name="Les Jardiniers")
    data = fields_of(client.get(ADD)) | typed(
        kind="association", organiser="association", association=association.pk
    )

    client.post(ADD, data | {"_continue": "1"})

    assert Mission.objects.get().association == association


def test_civic_service_never_sees_the_private_place():
    mission = create_mission()
    PrivatePlace.objects.create(mission=mission, address="3, rue des Essais")

    answer = client_of(create_staff("civic_service")).get(url(mission))

    assert answer.status_code == 200
    assert "rue des Essais" not in answer.content.decode()


def test_history_says_who_when_and_what(client):
    mission = create_mission(title="Avant", state="draft")
    data = fields_of(client.get(url(mission))) | {"title": "Après", "_continue": "1"}
    client.post(url(mission), data)

    words = text_of(client.get(f"/gestion/missions/mission/{mission.pk}/history/"))

    assert "titre : « Avant » → « Après »" in words
    assert "Anne Agente" in words
