"""The signed links of mails: what they open, for how long, and for nothing else."""

from datetime import timedelta

import pytest
import time_machine
from django.core import signing

from missions.links import coming_url, said_url
from tests.factories import NOW, create_mission, create_signup, create_slot
from vitre_civique.notifications.unsubscribing import token_for

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SITE = "http://testserver"


@pytest.fixture
def signup():
    return create_signup(create_slot(create_mission()))


def path(url):
    return url.removeprefix(SITE)


def token(url):
    return url.rstrip("/").rpartition("/")[2]


@pytest.mark.parametrize(("url_of", "days"), [(said_url, 60), (coming_url, 400)])
def test_a_link_stops_working_after_a_time(client, signup, url_of, days):
    with time_machine.travel(NOW, tick=False):
        url = path(url_of(signup))
    with time_machine.travel(NOW + (days - 1) * DAY, tick=False):
        assert client.get(url).status_code == 200
    with time_machine.travel(NOW + (days + 1) * DAY, tick=False):
        assert (client.get(url).status_code, client.post(url, {"outcome": "not_done"}).status_code) == (
            404,
            404,
        )
    signup.refresh_from_db()
    assert signup.volunteer_said == ""


def test_a_link_opens_one_door_only(client, signup):
    foreign = [
        token_for(signup.volunteer.user, "mission_alert"),
        signing.dumps(signup.pk),
        token(coming_url(signup))[:-1] + "x",
    ]
    doors = ["/reponse/{}/", "/a-t-elle-eu-lieu/{}/", "/ne-plus-recevoir/{}/", "/compte/accord/{}/"]
    wrong = [door.format(one) for one in foreign for door in doors[:2]]
    wrong += [doors[0].format(token(said_url(signup))), doors[1].format(token(coming_url(signup)))]
    wrong += [doors[3].format(token(said_url(signup))), doors[3].format(token(coming_url(signup)))]

    assert {url: client.get(url).status_code for url in wrong} == dict.fromkeys(wrong, 404)
