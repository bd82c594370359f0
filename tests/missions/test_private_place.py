"""The canary: what is private about a mission stands on one page, for one person, for a time."""

import io
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from missions.feeds import renew_feed
from missions.links import coming_url, said_url
from missions.models import DisclosureLog, Invitation, PrivatePlace, Thread
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
from tests.quartiers.factories import create_referent
from vitre_civique.lib.months import month_of
from vitre_civique.notifications import kinds
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
        proposed_by=create_user(first_name="Anne"),
        beneficiary=create_user(first_name="Yvonne"),
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


# Who any of these mails is ever addressed to; nothing is queued for the others.
WRITTEN_TO = ("volunteer", "beneficiary", "proposer", "other volunteer", "agent")


def dp_09_people(home):
    """{who: user} of everybody the test of DP-09 looks through; None for somebody not signed in."""
    signup = create_signup(home)
    referent = create_referent(home.mission.quartier)
    return signup, {
        "volunteer": signup.volunteer.user,
        "beneficiary": home.mission.beneficiary,
        "proposer": home.mission.proposed_by,
        "other volunteer": create_signup(home).volunteer.user,
        "stranger": create_volunteer().user,
        "referent": referent,
        "agent": create_staff("agent"),
        "ccas": create_staff("ccas"),
        "civic service": create_staff("civic_service"),
        "elected": create_staff("elected"),
        "anonymous": None,
    }


def on_the_pages(client, home, signup, introduction):
    """Addresses that speak of the mission, the signup or the introduction, and sing."""
    args = {
        **dict.fromkeys(("introduction", "conversation", "introduction_card"), introduction.pk),
        **dict.fromkeys(("signup", "withdraw"), signup.pk),
        **dict.fromkeys(("sign_up", "attendance", "printable"), home.pk),
    }
    urls = [reverse(f"missions:{name}", args=[pk]) for name, pk in args.items()]
    urls += [reverse(f"missions:{name}") for name in ("my_signups", "messages", "my_proposals")]
    urls += [home.mission.get_absolute_url(), "/missions/?voir=tout&mots=canari"]
    return [url for url in urls if sings(client.get(url))]


def in_calendars(client, home, signup, user):
    urls = [reverse("missions:ics", args=[home.pk]), reverse("missions:signup_ics", args=[signup.pk])]
    feeds = [reverse("quartiers:reports_atom", args=["rachapt"])]
    if user:
        feeds.append(reverse("missions:feed", args=[renew_feed(user).token]))
    return [url for url in [*urls, *feeds] if sings(client.get(url))]


def at_the_desk(client, home, signup, introduction):
    """Names of the pages of « gestion » that sing; for those kept out, the first alone is tried."""
    pages = {
        "mission": ("missions_mission_change", home.mission_id),
        "missions": ("missions_mission_changelist",),
        "signup": ("missions_signup_change", signup.pk),
        "who": ("missions_mission_who", home.mission_id),
        "introduction": ("missions_introduction_change", introduction.pk),
        "receipt": ("missions_mission_receipt", home.mission_id),
    }
    found = []
    for name, (url, *args) in pages.items():
        answer = client.get(reverse(f"admin:{url}", args=args))
        if sings(answer):
            found.append(name)
        if answer.status_code == 302:
            break
    return found


def in_csv(client, home):
    names = {"missions_mission_export": [], "missions_mission_insurer": [home.mission_id]}
    names |= {"volunteers_volunteer_export": []}
    data = {"file_format": "csv", "reason": "Déclaration à l’assureur de la ville"}
    answers = [client.post(reverse(f"admin:{name}", args=args), data) for name, args in names.items()]
    assert all(b"canari" not in answer.content.lower() for answer in answers)
    return [answer["Content-Type"] for answer in answers if answer["Content-Type"].startswith("text/csv")]


def in_mails(user, signup, introduction):
    """Every kind there is, made for `user` about all that is here; how many were, and those that sing."""
    thread, _ = Thread.objects.get_or_create(introduction=introduction, defaults={"created_at": NOW})
    mission = signup.slot.mission
    data = {"signup": signup.pk, "mission": mission.pk, "slot": signup.slot_id, "missions": [mission.pk]}
    data |= {"thread": thread.pk, "invitation": invitation_to(signup).pk, "was": "offered"}
    moment = signup.starts_at.isoformat()
    data |= {"change": "time", "old_starts_at": moment, "old_ends_at": moment}
    made, singing = 0, []
    for kind in kinds.every():
        if kind.is_secret or kind.load is None:
            continue
        key = f"{kind.name}:{user.pk}:dp09"
        row = Notification(recipient=user, kind=kind.name, dedupe_key=key, data=data, due_at=NOW)
        row.pk, row.created_at = 1, NOW
        try:
            facts = kind.load([row], now=NOW)
            message = kind.builder(row, facts[row.pk], now=NOW) if row.pk in facts else None
        except KeyError:  # a kind about something else: a report, a pledge
            continue
        if message is None:
            continue
        made += 1
        attached = [str(each.content) for each in message.attachments]
        if sings(" ".join([message.subject, message.text, message.html, *attached])):
            singing.append(kind.name)
    return made, singing


def invitation_to(signup):
    fields = {"mission": signup.slot.mission, "month": month_of(NOW), "proposed_at": NOW, "state": "sent"}
    fields |= {"sent_at": NOW, "expires_at": NOW + DAY, "slot": signup.slot}
    return Invitation.objects.get_or_create(volunteer=signup.volunteer, defaults=fields)[0]


def sings(answer):
    said = answer if isinstance(answer, str) else answer.content.decode() + str(dict(answer.headers))
    return any(canary in said or canary.replace("+", "%2B") in said for canary in CANARIES)


@pytest.mark.parametrize("state", INTRODUCED)
def test_each_state_viewer_and_channel(home, state):
    """DP-09. The accepted volunteer, once both agreed, in answer to one POST: nobody else, nowhere else.

    The neighbour’s own export has their own place; agents and the CCAS read it where they mediate.
    """
    signup, people = dp_09_people(home)
    introduction = create_introduction(
        signup, state=state, neighbour_shares=["address", "phone"], volunteer_shares=["phone"]
    )
    shown, exported, made = {}, {}, {}
    with time_machine.travel(NOW, tick=False):
        for who, user in people.items():
            client = client_of(user) if user else Client()
            made[who], in_mail = in_mails(user, signup, introduction) if who in WRITTEN_TO else (0, [])
            exported[who] = len(in_csv(client, home))
            shown[who] = {
                "html": on_the_pages(client, home, signup, introduction),
                "details": revealed(client, introduction),
                "feed": in_calendars(client, home, signup, user),
                "mail": in_mail,
                "desk": at_the_desk(client, home, signup, introduction),
                "json": sings(unzipped(archive(user, now=NOW)).decode()) if user else False,
            }

    nothing = {"html": [], "details": [], "feed": [], "mail": [], "desk": [], "json": False}
    expected = dict.fromkeys(people, nothing)
    expected["beneficiary"] = {**nothing, "json": True}
    for mediator in ("agent", "ccas"):
        expected[mediator] = {**nothing, "desk": ["mission"]}
    if state == "shared":
        expected["volunteer"] = {**nothing, "details": list(CANARIES)}
    assert shown == expected
    logged = DisclosureLog.objects.values_list("viewer", flat=True)
    sees = ("volunteer", "beneficiary", "proposer") if state == "shared" else ()
    assert sorted(logged) == sorted(people[who].pk for who in sees)
    # The channels were really open: mails made for each, files to those who may have them.
    assert min(made[who] for who in WRITTEN_TO) >= 5
    assert {who: number for who, number in exported.items() if number} == {"agent": 3, "ccas": 1}


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
