"""The canary: what is private about a mission stands on one page, for one person, for a time."""

import io
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from missions.feeds import renew_feed
from missions.links import coming_url, said_url
from missions.models import DisclosureLog, PrivatePlace
from tests.desk.people import create_staff
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
from vitre_civique.notifications.models import Notification
from vitre_civique.personal_export import archive

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
CANARIES = ("3, rue du Canari", "+33299000042", "Code 4242 sur le portail")


@pytest.fixture
def home():
    """A neighbour's mission with a private place, in three days."""
    mission = create_mission(
        kind="interpersonal",
        quartier=create_quartier(slug="rachapt"),
        proposed_by=create_user(),
        title="Une haie",
    )
    PrivatePlace.objects.create(
        mission=mission, address=CANARIES[0], phone=CANARIES[1], instructions=CANARIES[2]
    )
    return create_slot(mission, places=9)


def unzipped(packed):
    with zipfile.ZipFile(io.BytesIO(packed)) as folder:
        return b"".join(folder.read(name) for name in folder.namelist())


def every_page(slot, signup):
    """Each address of this app that speaks of the mission, public or personal."""
    urls = [
        *(
            reverse(f"missions:{name}")
            for name in (
                "list",
                "calendar",
                "map",
                "my_signups",
                "my_feed",
                "my_hour",
                "messages",
                "my_proposals",
            )
        ),
        "/",
        "/missions/?voir=tout",
        "/missions/?mots=canari",
        reverse("missions:quartier", args=["rachapt"]),
        slot.mission.get_absolute_url(),
        *(
            reverse(f"missions:{name}", args=[slot.pk])
            for name in ("sign_up", "ics", "attendance", "printable")
        ),
        coming_url(signup),
        said_url(signup),
    ]
    own = ("signup", "signup_ics", "withdraw")
    urls += [reverse(f"missions:{name}", args=[signup.pk]) for name in own]
    feed = renew_feed(signup.volunteer.user)
    return [
        url.removeprefix("http://testserver") for url in [*urls, reverse("missions:feed", args=[feed.token])]
    ]


def shown_on(client, slot, signup):
    """The addresses on which a canary sings, in body or headers."""
    found = []
    for url in every_page(slot, signup):
        response = client.get(url)
        said = response.content.decode() + str(dict(response.headers))
        if any(canary in said or canary.replace("+", "%2B") in said for canary in CANARIES):
            found.append(url)
    return found


INTRODUCED = ["proposed", "one_agreed", "both_agreed", "shared", "closed", "revoked"]


def revealed(client, introduction):
    """Whether « Voir les coordonnées » sings, which canaries, and what the server answered."""
    answer = client.post(reverse("missions:reveal", args=[introduction.pk]))
    said = answer.content.decode()
    return [canary for canary in CANARIES if canary in said]


@pytest.mark.parametrize("state", INTRODUCED)
@pytest.mark.parametrize("who", ["volunteer", "asker", "stranger", "other", "agent", "anonymous"])
def test_each_state_viewer_and_channel(client, home, state, who):
    """DP-09: HTML, calendars and one's own export, for everyone, in every state of the introduction."""
    signup = create_signup(home)
    introduction = create_introduction(signup, state=state, neighbour_shares=["address", "phone"])
    other = create_signup(home).volunteer.user
    viewer = {
        "volunteer": lambda: signup.volunteer.user,
        "asker": lambda: home.mission.proposed_by,
        "stranger": create_user,
        "other": lambda: other,
        "agent": lambda: create_staff("agent"),
        "anonymous": lambda: None,
    }[who]()
    if viewer:
        client.force_login(viewer)

    with time_machine.travel(NOW, tick=False):
        assert shown_on(client, home, signup) == []
        for name in ("introduction", "conversation", "introduction_card"):
            page = client.get(reverse(f"missions:{name}", args=[introduction.pk])).content.decode()
            assert [canary in page for canary in CANARIES] == [False] * 3
        assert revealed(client, introduction) == (
            list(CANARIES) if (who, state) == ("volunteer", "shared") else []
        )
        if viewer and who != "asker":  # the asker's own export has their own address
            packed = archive(viewer, now=NOW)
            assert [canary.encode() in unzipped(packed) for canary in CANARIES] == [False] * 3
    shown = state == "shared" and who in ("volunteer", "asker")
    assert DisclosureLog.objects.count() == shown


@pytest.mark.parametrize(
    "state",
    ["pending", "waiting", "offered", "withdrawn", "refused", "lapsed", "excused", "absent", "unknown"],
)
def test_a_volunteer_who_does_not_come_sees_nothing(client, home, state):
    signup = create_signup(home, state=state, expires_at=NOW + DAY)
    introduction = create_introduction(signup, neighbour_shares=["address", "phone"])
    client.force_login(signup.volunteer.user)

    with time_machine.travel(NOW, tick=False):
        assert shown_on(client, home, signup) == []
        assert revealed(client, introduction) == []
    assert DisclosureLog.objects.count() == 0


@pytest.mark.parametrize(
    ("when", "is_shown"),
    [
        (NOW, True),
        (NOW + 32 * DAY, True),
        (NOW + 34 * DAY, False),
    ],
)
def test_the_place_goes_away_thirty_days_after_the_end(client, home, when, is_shown):
    signup = create_signup(home)
    introduction = create_introduction(signup, neighbour_shares=["address", "phone"])

    with time_machine.travel(when, tick=False):
        client.force_login(signup.volunteer.user)
        assert revealed(client, introduction) == (list(CANARIES) if is_shown else [])


def test_only_what_was_chosen_is_shown(client, home):
    signup = create_signup(home)
    introduction = create_introduction(signup, neighbour_shares=["phone"])
    client.force_login(signup.volunteer.user)

    with time_machine.travel(NOW, tick=False):
        assert revealed(client, introduction) == [CANARIES[1]]
    assert DisclosureLog.objects.values_list("viewer", "details", "how", "at").get() == (
        signup.volunteer.user_id,
        ["phone"],
        "page",
        NOW,
    )


def test_a_collective_mission_a_cancelled_one_and_a_cancelled_slot_show_no_place(client, home):
    signup = create_signup(home)
    introduction = create_introduction(signup, neighbour_shares=["address"])
    client.force_login(signup.volunteer.user)

    def sings():
        with time_machine.travel(NOW, tick=False):
            return revealed(client, introduction) != []

    assert sings()
    for changes in ({"kind": "association"}, {"state": "cancelled"}, {"state": "suspended"}):
        before = {name: getattr(home.mission, name) for name in changes}
        type(home.mission).objects.filter(pk=home.mission.pk).update(**changes)
        assert not sings()
        type(home.mission).objects.filter(pk=home.mission.pk).update(**before)
    type(home).objects.filter(pk=home.pk).update(cancelled_at=NOW)
    assert not sings()


def test_messages_in_the_outbox_carry_keys_only(client, home):
    volunteer = create_volunteer()
    client.force_login(volunteer.user)

    with time_machine.travel(NOW, tick=False):
        client.post(reverse("missions:sign_up", args=[home.pk]))

    written = str(list(Notification.objects.values()))
    assert "signup_confirmed" in written
    assert "introduction_proposed" in written
    assert [canary in written for canary in CANARIES] == [False] * 3
