"""A report as each person reads it, and what they may do about it: GET shows, POST acts, once."""

import html
from datetime import timedelta

import pytest
import time_machine
from django.core import signing
from django.core.files.base import ContentFile
from django.urls import reverse

from quartiers import emails, following, needs
from quartiers.links import settled_url, supporter_url
from quartiers.models import NeedReport, NeedState, ReportPhoto, Supporter
from quartiers.models.needs import PUBLISHABLE_STATES
from tests.accounts.people import add_totp
from tests.factories import NOW, create_quartier, create_user
from tests.quartiers.factories import create_referent, create_report
from tests.quartiers.pages import create_signed_in_referent, picture
from vitre_civique.accounts.roles import Role, grant_role
from vitre_civique.notifications.models import Notification

pytestmark = pytest.mark.django_db
OWN = "Les mots du référent, canari."


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def quartier():
    return create_quartier(name="Le Rachapt", slug="rachapt")


@pytest.fixture
def author(client, quartier):
    return create_signed_in_referent(client, quartier)


def published(state=NeedState.IN_PROGRESS, **fields):
    fields = {"visibility": "public", "public_summary": "Le banc sera réparé.", "text": OWN, **fields}
    return create_report(state, **fields)


def words(response):
    return html.unescape(response.content.decode())


def page(name, report):
    return reverse(f"quartiers:{name}", args=[report.pk])


def signed_in(client, *, role=None, is_referent=False):
    user = create_referent() if is_referent else create_user()
    if role:
        grant_role(user, role, by=None, now=NOW)
    if role or is_referent:
        add_totp(user)
    visitor = type(client)()
    visitor.force_login(user)
    return visitor


READERS = ["anonymous", "resident", "referent", "agent", "ccas", "elected"]


def visitor_of(client, reader):
    if reader == "anonymous":
        return type(client)()
    if reader == "referent":
        return signed_in(client, is_referent=True)
    return signed_in(client, role=None if reader == "resident" else Role(reader))


@pytest.mark.parametrize("visibility", ["staff", "referents", "public"])
def test_who_opens_what(client, quartier, visibility):
    reports = {
        state: create_report(
            state, quartier=quartier, visibility=visibility, public_summary="Le banc sera réparé.", text=OWN
        )
        for state in NeedState
    }
    mairie = {"agent", "ccas"}
    readers = {"public": set(READERS), "referents": {"referent", *mairie}, "staff": mairie}[visibility]
    for reader in READERS:
        visitor = visitor_of(client, reader)
        opened = {
            state
            for state, report in reports.items()
            if visitor.get(page("report", report)).status_code == 200
        }
        everything = set(NeedState) - {NeedState.DRAFT}
        expected = everything if reader in mairie else set(PUBLISHABLE_STATES) if reader in readers else set()
        assert opened == expected, reader
        shown = [words(visitor.get(page("report", report))) for report in reports.values()]
        assert any(OWN in one for one in shown) is (reader in mairie), reader


def test_author_reads_every_state_and_the_own_words(client, author, quartier):
    for state in set(NeedState) - {NeedState.DRAFT}:
        report = create_report(state, author=author, quartier=quartier, text=OWN)
        response = client.get(page("report", report))
        assert (response.status_code, OWN in words(response)) == (200, True), state


def test_author_reads_why_it_is_hidden(client, author, quartier):
    report = create_report(NeedState.RECEIVED, author=author, quartier=quartier)
    needs.hide(report, by=create_user(), reason="On y reconnaît une maison.", now=NOW)

    shown = words(client.get(page("report", report)))

    assert ("On y reconnaît une maison." in shown, "un agent relira la décision" in shown) == (True, True)


def test_a_closed_copy_leads_its_followers_to_the_original(client, author, quartier):
    original = published(quartier=quartier)
    copy = published(NeedState.DUPLICATE, quartier=quartier, canonical=original)
    secret = published(NeedState.DUPLICATE, quartier=quartier, canonical=original, visibility="staff")

    assert type(client)().get(page("report", copy)).url == original.get_absolute_url()
    assert type(client)().get(page("report", secret)).status_code == 404


def test_me_too_counts_once_and_stops(client, quartier):
    report, neighbour = published(quartier=quartier), signed_in(client)
    assert neighbour.get(page("support", report)).status_code == 405

    for _ in range(2):
        assert neighbour.post(page("support", report)).url == report.get_absolute_url()

    assert Supporter.objects.count() == 1
    assert "Une personne dit" in words(neighbour.get(page("report", report)))
    neighbour.post(page("unfollow", report))
    assert Supporter.objects.count() == 0


def test_me_too_is_for_others_and_for_what_everyone_reads(client, author, quartier):
    own = published(author=author, quartier=quartier)
    restricted = published(quartier=quartier, visibility="referents")
    over = published(NeedState.RESOLVED, quartier=quartier)
    statuses = [client.post(page("support", one)).status_code for one in (own, restricted, over)]
    stranger = type(client)().post(page("support", over))

    assert (statuses, stranger.status_code) == ([302, 302, 302], 302)
    assert signed_in(client).post(page("support", restricted)).status_code == 404
    assert Supporter.objects.count() == 0


def test_details_are_added_whole_and_the_clock_runs(client, author, quartier):
    long_text = "x" * 500
    report = create_report(NeedState.RECEIVED, author=author, quartier=quartier, text=long_text)
    needs.ask(report, by=create_user(), question="De quel côté exactement ?", now=NOW)
    assert "De quel côté exactement ?" in words(client.get(page("details", report)))
    assert "Écrivez une phrase" in words(client.post(page("details", report), {"text": ""}))
    refused = words(client.post(page("details", report), {"text": "Appelez le 06 12 34 56 78"}))
    assert ("un numéro de téléphone" in refused, "06 12 34 56 78" in refused) == (True, True)

    client.post(page("details", report), {"text": "Côté école."})

    report.refresh_from_db()
    assert (report.state, report.text) == (NeedState.RECEIVED, f"{long_text}\n\nCôté école.")
    assert client.post(page("details", report), {"text": "Encore."}).url == report.get_absolute_url()
    assert NeedReport.objects.get(pk=report.pk).text.endswith("Côté école.")


def test_withdrawing_asks_first(client, author, quartier):
    report = create_report(NeedState.FILED, author=author, quartier=quartier)
    client.get(page("withdraw", report))
    assert NeedReport.objects.get().state == NeedState.FILED

    client.post(page("withdraw", report))
    again = client.post(page("withdraw", report), follow=True)

    assert NeedReport.objects.get().state == NeedState.WITHDRAWN
    assert "a changé entre-temps" in words(again)


@pytest.mark.parametrize("name", ["details", "withdraw", "settled"])
def test_only_the_author_acts(client, quartier, name):
    report = published(NeedState.WAITING if name == "details" else NeedState.RESOLVED, quartier=quartier)
    before = NeedReport.objects.values().get()
    for visitor in (
        signed_in(client),
        signed_in(client, is_referent=True),
        signed_in(client, role=Role.AGENT),
    ):
        assert visitor.get(page(name, report)).status_code == 404
        assert visitor.post(page(name, report), {"answer": "yes", "text": "Non."}).status_code == 404
    assert NeedReport.objects.values().get() == before


def step_mail(report, person):
    """The link that the mail about the last step carries to this person, if any."""

    row = Notification.objects.filter(recipient=person, kind="need_step").latest("id")
    facts = emails.load_steps([row], now=NOW)
    return emails.step(row, facts[row.pk], now=NOW).text if row.pk in facts else ""


def test_the_mail_asks_its_author_and_a_scanner_changes_nothing(client, quartier):
    report = published(quartier=quartier)
    neighbour = create_user()
    needs.support(report, neighbour)
    needs.resolve(report, by=create_user(), text="Deux lattes neuves.", how="mairie", now=NOW)
    link = settled_url(report)
    assert link in step_mail(report, report.author)
    assert link not in step_mail(report, neighbour)
    path = link.removeprefix("http://testserver")
    before = NeedReport.objects.values().get()

    for _ in range(3):
        response = client.get(path)
        client.head(path)

    assert (NeedReport.objects.values().get(), "Deux lattes neuves." in words(response)) == (before, True)
    assert OWN not in words(response)
    client.post(path, {"answer": "yes"})
    assert NeedReport.objects.get().is_settled_for_author is True


def test_who_says_me_too_is_asked_as_well_once_and_the_mairie_reads_how_many(client, quartier):
    report = published(quartier=quartier)
    pleased, displeased, silent, gone = (create_user() for _ in range(4))
    for person in (pleased, displeased, silent, gone):
        needs.support(report, person)
    needs.resolve(report, by=create_user(), text="Deux lattes neuves.", how="mairie", now=NOW)
    paths = {person: supporter_url(report, person.pk) for person in (pleased, displeased, gone)}
    for person, link in paths.items():
        assert link in step_mail(report, person)
        paths[person] = link.removeprefix("http://testserver")
    needs.unfollow(report, gone)

    for _ in range(2):
        assert "Deux lattes neuves." in words(client.get(paths[pleased]))
        client.head(paths[pleased])
    assert set(report.supporters.values_list("is_settled", flat=True)) == {None}
    client.post(paths[pleased], {"answer": "x"})
    thanked = client.post(paths[pleased], {"answer": "yes"}, follow=True)
    client.post(paths[displeased], {"answer": "no"})
    again = client.post(paths[displeased], {"answer": "yes"}, follow=True)

    assert OWN not in words(thanked)
    assert "Vous avez dit oui." in words(thanked)
    assert "Vous avez dit non." in words(again)
    assert client.post(paths[gone], {"answer": "yes"}).status_code == 404
    assert following.counts(report) == {"all": 3, "settled": 1, "unsettled": 1}
    report.refresh_from_db()
    assert (report.state, report.is_settled_for_author) == (NeedState.RESOLVED, None)


def test_an_author_merged_with_somebody_who_says_me_too_answers_as_the_author(client, author, quartier):
    report = published(author=author, quartier=quartier)
    Supporter.objects.create(report=report, user=author)  # as a merge leaves it
    needs.resolve(report, by=create_user(), text="Deux lattes neuves.", how="mairie", now=NOW)

    client.post(page("settled", report), {"answer": "yes"})

    report.refresh_from_db()
    assert (report.is_settled_for_author, report.supporters.get().is_settled) == (True, None)


def test_who_says_me_too_answers_from_the_page_and_not_of_what_was_reopened(client, quartier):
    report = published(quartier=quartier)
    neighbour, late = create_user(), create_user()
    for person in (neighbour, late):
        needs.support(report, person)
    needs.resolve(report, by=create_user(), text="Deux lattes neuves.", how="mairie", now=NOW)
    old_link = supporter_url(report, late.pk).removeprefix("http://testserver")
    client.force_login(neighbour)
    assert page("settled", report) in client.get(report.get_absolute_url()).content.decode()
    client.post(page("settled", report), {"answer": "no"})
    assert page("settled", report) not in client.get(report.get_absolute_url()).content.decode()
    client.force_login(create_user())
    assert client.get(page("settled", report)).status_code == 404

    needs.ask_reopening(report, by=report.author, reason="Encore cassé.", now=NOW)
    needs.confirm_closure(report, by=create_user(), text="Nous avons regardé.", now=NOW)

    assert client.post(old_link, {"answer": "yes"}).status_code == 404
    client.force_login(late)
    answered = client.post(page("settled", report), {"answer": "yes"}, follow=True)
    assert "Merci de l’avoir dit" not in words(answered)
    assert "est-ce-regle" not in step_mail(report, late)
    assert following.counts(report) == {"all": 2, "settled": 0, "unsettled": 1}


def test_no_reopens_with_its_reason_and_the_old_link_dies(client, quartier):
    report = published(quartier=quartier)
    needs.close(report, by=create_user(), text="Ce n’est pas à nous.", reason="not_ours", now=NOW)
    path = settled_url(report).removeprefix("http://testserver")
    assert "Écrivez une phrase" in words(client.post(path, {"answer": "no", "text": " "}))
    assert NeedReport.objects.get().state == NeedState.CLOSED

    client.post(path, {"answer": "no", "text": "Le banc a encore perdu une latte."})

    report.refresh_from_db()
    assert (report.state, report.reopened_count, report.is_settled_for_author) == (
        NeedState.REOPENING,
        1,
        False,
    )
    assert report.state_changes.last().reason == "Le banc a encore perdu une latte."
    assert client.get(path).status_code == 404
    assert client.post(path, {"answer": "yes"}).status_code == 404


@pytest.mark.parametrize(
    "token",
    ["x", "1:2:3", signing.dumps([1], salt="quartiers.links.settled"), signing.dumps(1)],
    ids=["word", "three parts", "of another shape", "of another salt"],  # a signature holds the hour
)
def test_a_link_made_up_leads_nowhere(client, token):
    assert client.get(reverse("quartiers:settled_link", args=[token])).status_code == 404


def test_too_late_or_too_often_is_said(client, author, quartier):
    old = create_report(
        NeedState.RESOLVED, author=author, quartier=quartier, ended_at=NOW - timedelta(days=61)
    )
    often = create_report(NeedState.RESOLVED, author=author, quartier=quartier, reopened_count=2)

    late = words(client.post(page("settled", old), {"answer": "no", "text": "Toujours cassé."}))
    thrice = words(client.post(page("settled", often), {"answer": "no", "text": "Toujours cassé."}))

    assert ("Plus de 60" in late, "déjà été rouverte deux fois" in thrice) == (True, True)
    assert set(NeedReport.objects.values_list("state", flat=True)) == {NeedState.RESOLVED}


def test_photos_are_served_to_who_may_see_them(client, author, quartier):
    report = published(author=author, quartier=quartier)
    shown, kept = (
        ReportPhoto.objects.create(
            report=report, position=n, is_public=n == 1, image=ContentFile(picture(), "p.jpg")
        )
        for n in (1, 2)
    )
    path = {photo: reverse("quartiers:photo", args=[report.pk, photo.pk]) for photo in (shown, kept)}

    def seen(visitor):
        answers = [visitor.get(path[photo]) for photo in (shown, kept)]
        return [answer.status_code for answer in answers if answer.getvalue()]

    assert (seen(client), seen(signed_in(client, role=Role.AGENT))) == ([200, 200], [200, 200])
    assert (seen(type(client)()), seen(signed_in(client, is_referent=True))) == ([200, 404], [200, 404])
    response = client.get(path[kept])
    assert response.getvalue() == picture()
    assert response.headers["Content-Security-Policy"].endswith("; sandbox")
    assert (response.headers["X-Content-Type-Options"], response.headers["Content-Type"]) == (
        "nosniff",
        "image/jpeg",
    )
    NeedReport.objects.update(visibility="staff")
    assert seen(type(client)()) == [404, 404]
    assert client.get(f"/media/{shown.image.name}").status_code == 404
    shown.image.storage.delete(shown.image.name)
    assert client.get(path[shown]).status_code == 404


def test_a_step_is_not_told_to_who_may_no_longer_read(quartier):
    report, neighbour, other = published(quartier=quartier), create_user(), create_referent(quartier)
    needs.support(report, neighbour)
    needs.support(report, other)
    needs.plan(report, by=create_user(), text="Travaux prévus.", on=NOW.date(), now=NOW)

    def told():
        return [bool(step_mail(report, person)) for person in (report.author, neighbour, other)]

    assert told() == [True, True, True]
    NeedReport.objects.update(visibility="referents")
    assert told() == [True, False, True]
    NeedReport.objects.update(visibility="staff")
    assert told() == [True, False, False]
