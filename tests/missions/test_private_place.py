"""The canary: what is private about a mission stands on one page, for one person, for a time."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from missions.feeds import renew_feed
from missions.links import coming_url, said_url
from missions.models import PrivatePlace
from tests.desk.people import create_staff
from tests.factories import (
    NOW,
    create_mission,
    create_quartier,
    create_signup,
    create_slot,
    create_user,
    create_volunteer,
)
from vitre_civique.notifications.models import Notification

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


def every_page(slot, signup):
    """Each address of this app that speaks of the mission, public or personal."""
    urls = [
        *(
            reverse(f"missions:{name}")
            for name in ("list", "calendar", "map", "my_signups", "my_feed", "my_hour")
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


@pytest.mark.parametrize(
    "state",
    [
        "pending",
        "confirmed",
        "waiting",
        "offered",
        "withdrawn",
        "refused",
        "lapsed",
        "excused",
        "absent",
        "unknown",
    ],
)
def test_only_the_accepted_person_s_own_page_shows_the_place(client, home, state):
    signup = create_signup(home, state=state, expires_at=NOW + DAY)
    own_page = reverse("missions:signup", args=[signup.pk])

    with time_machine.travel(NOW, tick=False):
        assert shown_on(client, home, signup) == []
        client.force_login(signup.volunteer.user)
        assert shown_on(client, home, signup) == ([own_page] if state == "confirmed" else [])


@pytest.mark.parametrize("who", ["stranger", "volunteer", "proposer", "agent", "other"])
def test_nobody_else_sees_it_on_these_pages(client, home, who):
    signup = create_signup(home)
    user = {
        "stranger": create_user,
        "volunteer": lambda: create_volunteer().user,
        "proposer": lambda: home.mission.proposed_by,
    }.get(who)
    user = user() if user else create_signup(home).volunteer.user if who == "other" else create_user()
    if who == "agent":
        user = create_staff("agent")
    client.force_login(user)

    with time_machine.travel(NOW, tick=False):
        assert shown_on(client, home, signup) == []


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

    with time_machine.travel(when, tick=False):
        client.force_login(signup.volunteer.user)
        page = client.get(reverse("missions:signup", args=[signup.pk])).content.decode()

    assert [canary in page for canary in CANARIES] == [is_shown] * 3


def test_a_collective_mission_a_cancelled_one_and_a_minor_show_no_place(client, home):
    signup = create_signup(home)
    url = reverse("missions:signup", args=[signup.pk])
    client.force_login(signup.volunteer.user)

    def sings():
        with time_machine.travel(NOW, tick=False):
            return CANARIES[0] in client.get(url).content.decode()

    assert sings()
    for changes in ({"kind": "collective"}, {"state": "cancelled"}, {"state": "suspended"}):
        before = {name: getattr(home.mission, name) for name in changes}
        type(home.mission).objects.filter(pk=home.mission.pk).update(**changes)
        assert not sings()
        type(home.mission).objects.filter(pk=home.mission.pk).update(**before)
    user = signup.volunteer.user
    user.birth_date = NOW.date() - timedelta(days=365 * 17)
    user.save()
    assert not sings()


def test_messages_in_the_outbox_carry_keys_only(client, home):
    volunteer = create_volunteer()
    client.force_login(volunteer.user)

    with time_machine.travel(NOW, tick=False):
        client.post(reverse("missions:sign_up", args=[home.pk]))

    written = str(list(Notification.objects.values()))
    assert "signup_confirmed" in written
    assert [canary in written for canary in CANARIES] == [False] * 3
