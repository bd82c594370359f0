"""The canary: unique words in every private field, then every address, feed and mail as each reader."""

import json
import re

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.urls import URLResolver, get_resolver, reverse

from quartiers import needs
from quartiers.models import NeedReport, NeedState, ReportPhoto, Supporter
from tests.accounts.people import add_totp
from tests.factories import NOW, create_quartier, create_user
from tests.quartiers.factories import create_referent, create_report
from tests.quartiers.pages import picture
from vitre_civique.accounts.roles import Role, grant_role
from vitre_civique.notifications import kinds
from vitre_civique.notifications.models import Notification

pytestmark = pytest.mark.django_db
NOT_PUBLIC = [
    state
    for state in NeedState
    if state
    in (NeedState.DRAFT, NeedState.FILED, NeedState.REDIRECTED, NeedState.WITHDRAWN, NeedState.HIDDEN)
]


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def town():
    """Reports in every state and visibility; each private word begins with « canari »."""
    quartier = create_quartier(name="Le Rachapt", slug="rachapt", centre_longitude=-1.2, centre_latitude=48.1)
    author = create_referent(quartier)
    author.first_name, author.last_name = "Canariette", "Canarison"
    author.phone = "+33299000042"
    author.save()
    neighbour = create_user()
    for visibility in ("staff", "referents", "public"):
        for state in NeedState:
            report = plant(quartier, author, state, visibility)
            Supporter.objects.create(report=report, user=neighbour)
    return {"quartier": quartier, "author": author, "neighbour": neighbour}


def plant(quartier, author, state, visibility):
    is_public = visibility == "public" and state not in (*NOT_PUBLIC, NeedState.DUPLICATE)
    said = "Rue basse" if is_public else f"canari-rue-{state}-{visibility}"
    report = create_report(
        state,
        quartier=quartier,
        author=author,
        visibility=visibility,
        text=f"canari-texte-{state}",
        street=said,
        public_summary="Le banc sera réparé." if is_public else f"canari-resume-{state}-{visibility}",
        longitude=-1.2 if is_public else -1.234567,
        latitude=48.1 if is_public else 48.123456,
    )
    report.state_changes.create(from_state="", to_state=state, at=NOW, reason=f"canari-motif-{state}")
    report.steps.create(state=state, text="Bonjour." if is_public else f"canari-etape-{state}", at=NOW)
    ReportPhoto.objects.create(
        report=report, image=ContentFile(picture(), "canari.jpg"), description="canari-photo", is_public=False
    )
    return report


CANARY = re.compile(r"canari|1\.234567|48\.123456|99000042|99 00 00 42", re.I)


def visitors(client, town):
    resident, referent = create_user(), create_referent(create_quartier())
    add_totp(referent)
    found = {"anonymous": type(client)()}
    for name, user in {"resident": resident, "referent": referent, "neighbour": town["neighbour"]}.items():
        found[name] = type(client)()
        found[name].force_login(user)
    return found


def patterns_of(resolver):
    """Each address pattern below, also those that an address file includes."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from patterns_of(pattern)
        else:
            yield pattern


def every_address():
    """Each address of the quartier side, with each report and photo in its place."""
    plain, reports = [], list(NeedReport.objects.order_by("pk"))
    for pattern in patterns_of(get_resolver("quartiers.urls")):
        name = f"quartiers:{pattern.name}"
        route = str(pattern.pattern)
        if "<slug:slug>" in route and "<int" not in route:
            plain.append(reverse(name, args=["rachapt"]))
        elif "<int:pk>" in route and "<int:photo>" in route:
            plain += [reverse(name, args=[photo.report_id, photo.pk]) for photo in ReportPhoto.objects.all()]
        elif route.count("<") == 1 and "<int:pk>" in route and "remontees/" in route:
            plain += [reverse(name, args=[report.pk]) for report in reports]
        elif "<" not in route:
            plain.append(reverse(name))
    searches = [f"{reverse('quartiers:reports')}?mots={word}" for word in ("resume", "rue", "banc")]
    others = [
        "/",
        reverse("pages:report"),
        reverse("missions:quartier", args=["rachapt"]),
        reverse("missions:map"),
    ]
    return [*plain, *searches, *others]


def said_by(response):
    body = response.getvalue()
    headers = str(
        {name: value for name, value in response.headers.items() if name != "Content-Security-Policy"}
    )
    return body.decode("utf-8", "replace") + headers


def test_no_private_word_reaches_anybody_else(client, town):
    before = list(NeedReport.objects.order_by("pk").values())
    addresses = every_address()
    assert len(addresses) > 400
    singing = []
    for name, visitor in visitors(client, town).items():
        for address in addresses:
            said = said_by(visitor.get(address))
            for word in set(CANARY.findall(said.replace(address, ""))):
                singing.append((name, address, word, said[max(0, said.lower().find(word)) :][:60]))
    allowed = [one for one in singing if one[0] == "referent" and is_for_referents(one[1])]
    assert [one for one in singing if one not in allowed] == []
    assert list(NeedReport.objects.order_by("pk").values()) == before  # a walk of GETs changes nothing


def is_for_referents(address):
    """« Référents et mairie » : summary, place and steps are for other referents, and only on its page."""
    found = re.fullmatch(r"/remontees/(\d+)/", address)
    return bool(found) and NeedReport.objects.get(pk=found[1]).visibility == "referents"


def test_the_words_and_the_name_stay_hidden_even_from_other_referents(client, town):
    visitor = visitors(client, town)["referent"]
    for report in NeedReport.objects.filter(visibility="referents"):
        said = said_by(visitor.get(report.get_absolute_url()))
        assert re.findall(r"canari-texte|canari-motif|canari-photo|Canariette|Canarison", said) == []


def test_mails_carry_the_town_s_words_only(client, town):
    """Each mail of a story told to author, neighbour and the other quartier's referents."""
    agent, elsewhere = create_user(), create_referent(create_quartier())
    report = create_report(
        author=elsewhere, quartier=town["quartier"], street="canari-rue", text="canari-texte"
    )
    needs.file(report, now=NOW)
    needs.support(report, town["neighbour"])
    needs.receive(report, by=agent, summary="Le banc sera réparé.", visibility="public", now=NOW)
    needs.ask(report, by=agent, question="De quel côté ?", now=NOW)
    needs.give_details(report, by=elsewhere, text="canari-precision", now=NOW)
    needs.resolve(report, by=agent, text="Deux lattes neuves.", how="mairie", now=NOW)
    needs.ask_reopening(report, by=elsewhere, reason="canari-motif", now=NOW)
    needs.reopen(report, by=agent, text="Nous revenons.", now=NOW)
    needs.hide(report, by=agent, reason="canari-raison", now=NOW)
    rows = list(Notification.objects.select_related("recipient").order_by("pk"))
    assert {row.kind for row in rows} == {"need_filed", "need_step", "need_hidden", "need_elsewhere"}
    for row in rows:
        kind = kinds.get(row.kind)
        facts = kind.load([row], now=NOW)
        assert CANARY.findall(json.dumps(row.data)) == []
        if row.pk in facts and (message := kind.builder(row, facts[row.pk], now=NOW)):
            said = message.subject + message.text + message.html
            said = said.replace(f"Bonjour {row.recipient.first_name}", "")
            assert CANARY.findall(said) == [], (row.kind, said)


def test_agents_read_what_they_answer(client, town):
    agent = create_user()
    grant_role(agent, Role.AGENT, by=None, now=NOW)
    add_totp(agent)
    client.force_login(agent)
    report = NeedReport.objects.get(state=NeedState.FILED, visibility="staff")

    said = said_by(client.get(report.get_absolute_url()))

    assert ("canari-texte-filed" in said, "canari-rue-filed-staff" in said) == (True, True)
    assert (
        client.get(
            reverse("quartiers:report", args=[NeedReport.objects.filter(state="draft")[0].pk])
        ).status_code
        == 404
    )
