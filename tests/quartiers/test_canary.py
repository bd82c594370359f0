"""The canary: unique words in every private field, then every address, feed, export and mail as each reader.

Everybody opens the page of every report, and every list. The other addresses of a report are walked as a
Latin square: each meets every state once, every visibility and every visitor, and no two the same way.
canaries.py plants the words and says who may hear which.
"""

import io
import json
import re
import zipfile
from datetime import date

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import URLResolver, get_resolver, reverse

from quartiers import needs, service_links, stories
from quartiers.models import AuthorLook, NeedReport, NeedState, ReportPhoto, Story, StoryState, Supporter
from quartiers.open311 import keys
from tests.desk.people import client_of, create_staff
from tests.factories import NOW, create_quartier
from tests.quartiers.canaries import CANARY, POINT, READERS, STAFF, may_hear, plant_town, singing
from tests.quartiers.factories import create_referent, create_report
from vitre_civique.accounts.roles import Role
from vitre_civique.notifications import kinds
from vitre_civique.notifications.models import Notification
from vitre_civique.personal_export import archive

pytestmark = pytest.mark.django_db
QUEUE = "/gestion/quartiers/needreport/"
FEED = re.compile(r"/open311/|\.(atom|ics|geojson)$")


@pytest.fixture(autouse=True)
def _monday(settings, monkeypatch):
    settings.AIPD_VALIDEE_LE = date(2026, 10, 1)
    monkeypatch.setattr(keys, "READS_A_MINUTE", 10**6)
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def town():
    return plant_town()


@pytest.fixture
def visitors(town, client):
    return {name: client_of(user) if user else client for name, user in town.people.items()}


def patterns_of(resolver):
    """Each address pattern below, also those that an address file includes."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from patterns_of(pattern)
        else:
            yield pattern


def addresses_of_reports(town):
    """{name: [address, …]} of all that takes a report, on the site and at the desk."""
    photos = dict(ReportPhoto.objects.values_list("report", "pk"))
    found = {}
    for prefix, urlconf in (("quartiers", "quartiers.urls"), ("admin", "vitre_civique.urls")):
        for pattern in patterns_of(get_resolver(urlconf)):
            name, route = f"{prefix}:{pattern.name}", str(pattern.pattern)
            is_ours = "needreport" in name or (prefix == "quartiers" and "remontees/" in route)
            if not is_ours or "<int:pk>" not in route:
                continue
            for report in town.reports:
                given = {"pk": report.pk}
                given |= {"photo": photos[report.pk]} if "<int:photo>" in route else {}
                given |= {"name": "masquer"} if "<slug:name>" in route else {}
                found.setdefault(name, []).append(reverse(name, kwargs=given))
    found["desk page"] = [f"{QUEUE}{report.pk}/change/" for report in town.reports]
    found["open311"] = [
        reverse("open311:request", args=[report.reference, fmt])
        for report in town.reports
        for fmt in ("xml", "json")
    ]
    return found


def plain_addresses():
    """Lists, feeds, searches, figures, Open311: what takes no report."""
    found = [
        "/",
        "/gestion/",
        reverse("pages:report"),
        reverse("missions:map"),
        reverse("missions:town_month"),
        *(reverse(f"missions:{name}", args=["rachapt"]) for name in ("quartier", "quartier_month")),
        *(f"{reverse('quartiers:reports')}?mots={word}" for word in ("resume", "rue", "banc")),
        *(f"{QUEUE}{query}" for query in ("", "?retard=oui", "?etat=filed", "?suivi=moi", "?q=rue")),
        f"{QUEUE}evaluation/",
        *(f"/gestion/quartiers/{model}/" for model in ("story", "referral", "reportimport")),
        f"{reverse('open311:requests', args=['json'])}?status=open",
    ]
    references = ",".join(report.reference for report in NeedReport.objects.all())
    found.append(f"{reverse('open311:requests', args=['xml'])}?service_request_id={references}")
    for pattern in patterns_of(get_resolver("quartiers.urls")):
        name, route = f"quartiers:{pattern.name}", str(pattern.pattern)
        if "<" not in route:
            found.append(reverse(name))
        elif route.count("<") == 1 and "<slug:slug>" in route:
            found.append(reverse(name, args=["rachapt"]))
        elif "recits/" in route and route.count("<") == 1:
            found += [reverse(name, args=[story.pk]) for story in Story.objects.order_by("pk")]
    found += [f"/gestion/quartiers/story/{story.pk}/change/" for story in Story.objects.order_by("pk")]
    for name in ("discovery", "services", "requests"):
        found += [reverse(f"open311:{name}", args=[fmt]) for fmt in ("xml", "json")]
    return found


def said_by(response):
    headers = {name: value for name, value in response.headers.items() if name != "Content-Security-Policy"}
    return text_of(response.getvalue()) + str(headers)


def text_of(content):
    """A body as text; archives (ODS, XLSX, « Mes données ») are opened."""
    if content.startswith(b"PK"):
        archive = zipfile.ZipFile(io.BytesIO(content))
        content = b"\n".join(archive.read(name) for name in archive.namelist())
    return content.decode("utf-8", "replace")


def rounds(visitors, town):
    """(who, address): everybody on pages of reports and lists, each in turn elsewhere; feeds know nobody."""
    names, turn = list(visitors), 0
    for address in plain_addresses():
        turn += 1
        readers = names if not FEED.search(address) else {"anonymous", names[turn % len(names)]}
        yield from ((who, address) for who in readers)
    for number, (name, addresses) in enumerate(addresses_of_reports(town).items()):
        for place, address in enumerate(addresses):
            turn += 1
            if name == "quartiers:report":
                yield from ((who, address) for who in names)
            elif name == "open311":
                yield "anonymous", address
            elif name == "desk page":
                yield from ((who, address) for who in ("civic_service", STAFF[turn % len(STAFF)]))
            elif (place + number) % 3 == 0:  # 14 states by 3 visibilities: one visibility of each state
                yield names[turn % len(names)], address


def as_they_stand():
    tables = (NeedReport, Supporter, AuthorLook, Notification, ReportPhoto, Story)
    return [list(model.objects.order_by("pk").values()) for model in tables]


def test_no_private_word_reaches_anybody_else(visitors, town, caplog):
    before, wrong, walked = as_they_stand(), [], {}
    for who, address in rounds(visitors, town):
        said = said_by(visitors[who].get(address))
        walked[who] = walked.get(who, 0) + 1
        if words := singing(said, address):
            wrong += [(who, address, word) for word in words if not may_hear(town, who, address, word)]
            title = re.search(r"<title>(.*?)</title>", said, re.DOTALL)
            wrong += [(who, address, "title") for _ in CANARY.findall(title[1] if title else "")]
    assert wrong == []
    assert min(walked.values()) > 90
    assert CANARY.findall(caplog.text) == []
    assert as_they_stand() == before  # a walk of GETs changes nothing


def test_those_who_answer_do_hear_the_words(visitors, town):
    """The cage is not empty: what nobody else hears is there for those who need it."""
    report = next(r for r in town.reports if (r.state, r.visibility) == (NeedState.RECEIVED, "staff"))
    for who in READERS:
        said = said_by(visitors[who].get(f"{QUEUE}{report.pk}/change/"))
        assert {f"canari-{field}-received-staff" for field in ("texte", "rue", "note")} <= singing(said, "")
    shared = next(r for r in town.reports if (r.state, r.visibility) == (NeedState.RECEIVED, "referents"))
    heard = singing(said_by(visitors["referent"].get(shared.get_absolute_url())), "")
    assert heard == {f"canari-{field}-received-referents" for field in ("rue", "resume", "etape")}
    heard = singing(said_by(visitors["civic_service"].get(f"{QUEUE}{shared.pk}/change/")), "")
    assert heard == {"canari-resume-received-referents", "canari-etape-received-referents"}


def test_files_taken_away_carry_no_private_word(visitors, town):
    """Evaluation as CSV, ODS and XLSX for each role; the archive of everybody but the author."""
    for who in STAFF:
        for file_format in ("csv", "ods", "xlsx"):
            sent = visitors[who].post(f"{QUEUE}evaluation/export/", {"file_format": file_format})
            assert (who, sent.status_code) == (who, 403 if who == "elected" else 200)
            assert singing(said_by(sent), "") == set()
    for who, user in town.people.items():
        if user is not None:
            assert (who, singing(text_of(archive(user, now=NOW)), "")) == (who, set())
    assert "canari-texte" in text_of(archive(town.author, now=NOW))


def test_a_service_reads_by_its_link_one_report_and_no_name(client, town):
    report = next(r for r in town.reports if (r.state, r.visibility) == (NeedState.RECEIVED, "staff"))
    report.service.email = "voirie@exemple.fr"
    report.service.save()
    token = service_links.token_of(service_links.send(report, by=town.people["agent"], now=NOW))

    said = said_by(client.get(reverse("need_service:answer", args=[token])))

    heard = {word.removesuffix("-received-staff") for word in singing(said, "")}
    assert "canari-texte" in heard
    assert heard <= {"canari-texte", "canari-rue", "canari-resume", "canari-etape", "canari-photo", *POINT}
    assert CANARY.findall(BeautifulSoup(said, "html.parser").title.get_text()) == []
    for photo in ReportPhoto.objects.exclude(report=report)[:5]:
        assert client.get(reverse("need_service:photo", args=[token, photo.pk])).status_code == 404
    assert singing(said_by(client.get(reverse("need_service:answer", args=[f"{token}x"]))), "") == set()


def test_mails_carry_the_town_s_words_only(town):
    """Each mail of a report and of a story: to author, neighbour, agents, service and other referents."""
    agent, elsewhere = create_staff(Role.AGENT), create_referent(create_quartier())
    report = create_report(author=elsewhere, quartier=town.quartier, street="canari-rue", text="canari-texte")
    report.category.service.email = "voirie@exemple.fr"
    report.category.service.save()
    needs.file(report, now=NOW)
    needs.receive(report, by=agent, summary="Le banc sera réparé.", visibility="public", now=NOW)
    needs.support(report, town.people["neighbour"])
    needs.ask(report, by=agent, question="De quel côté ?", now=NOW)
    needs.give_details(report, by=elsewhere, text="canari-precision", now=NOW)
    needs.resolve(report, by=agent, text="Deux lattes neuves.", how="mairie", now=NOW)
    needs.ask_reopening(report, by=elsewhere, reason="canari-motif", now=NOW)
    needs.reopen(report, by=agent, text="Nous revenons.", now=NOW)
    other = next(r for r in town.reports if (r.state, r.visibility) == (NeedState.RECEIVED, "staff"))
    service_links.send(report, by=agent, now=NOW)
    needs.withdraw(other, by=town.author, now=NOW)
    told = Story.objects.get(state=StoryState.SUBMITTED)
    Story.objects.filter(pk=told.pk).update(title="Le pain")
    stories.refuse(told, by=agent, reason="Merci d’ôter le prénom.", now=NOW)
    assert heard_in_mails() == set()
    assert set(Notification.objects.values_list("kind", flat=True)) == {
        "need_filed", "need_step", "need_elsewhere", "need_for_service",
        "need_reopening", "need_withdrawn", "story_refused",
    }  # fmt: skip
    needs.hide(report, by=agent, reason="canari-raison", now=NOW)
    assert heard_in_mails() == set()


def heard_in_mails():
    heard = set()
    for row in Notification.objects.select_related("recipient").order_by("pk"):
        kind = kinds.get(row.kind)
        facts = kind.load([row], now=NOW)
        heard |= singing(json.dumps(row.data), "")
        if row.pk in facts and (message := kind.builder(row, facts[row.pk], now=NOW)):
            name = row.recipient.first_name if row.recipient else "…"
            said = message.subject + message.text + message.html
            heard |= singing(said.replace(f"Bonjour {name}", ""), "")
    return heard
