"""How long things are kept: what is due at which hour, what a dry run says, what a sweep does, once."""

import io
from datetime import date, timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.management import call_command
from django.urls import reverse

from missions import retention
from missions.erasure import erase_person
from missions.models import MissionState, PrivatePlace, Thanks, Thread
from missions.retention import dry_run, retain
from missions.sleeping import queue_warnings
from quartiers.models import Mandate, NeedReport, ReportPhoto, Supporter
from tests.conftest import text_of
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
from tests.mail.conftest import deliver_all
from tests.quartiers.pages import upload
from vitre_civique.accounts.models import ErasedPerson, GuardianConsent, User
from vitre_civique.lib.months import months_before
from vitre_civique.notifications.models import Notification
from volunteers import hours
from volunteers.models import HourEntry, Volunteer

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def long_ago(months):
    """Just that many months ago, and a day less."""
    due = months_before(NOW, months)
    return due, due + DAY


def a_sleeper(alive_at, **fields):
    user = create_user(**fields)
    User.objects.filter(pk=user.pk).update(date_joined=alive_at, last_login=alive_at)
    user.refresh_from_db()
    return user


def due(name):
    return next(line.number for line in dry_run(now=NOW) if line.rule.name == name)


def test_two_warnings_three_weeks_apart_then_the_eraser(mailbox):
    user = a_sleeper(NOW - timedelta(days=690), first_name="Yvonne", email="yvonne@exemple.fr")
    times = [NOW + days * DAY for days in (0, 20, 30, 40, 50)]

    told = []
    for at in times:
        queue_warnings(now=at)
        queue_warnings(now=at)
        told.append(Notification.objects.filter(kind="account_sleeps").count())
        assert retain(now=at)["accounts"] == 0
        deliver_all(at)

    assert told == [1, 1, 2, 2, 2]
    assert [each["Subject"] for each in mailbox.to(user.email)] == ["Gardez-vous votre compte ?"] * 2
    assert "d’ici un mois" in text_of(mailbox.to(user.email)[-1])
    later = NOW + 52 * DAY
    assert (retain(now=later)["accounts"], retain(now=later)["accounts"]) == (1, 0)
    user.refresh_from_db()
    assert (user.email, user.first_name, user.erased_at) == (None, "", later)
    assert ErasedPerson.objects.get().asked == ErasedPerson.Asked.RETENTION


def test_signing_in_after_a_warning_keeps_the_account_and_says_nothing_more(mailbox):
    user = a_sleeper(NOW - timedelta(days=690))
    queue_warnings(now=NOW)
    User.objects.filter(pk=user.pk).update(last_login=NOW)

    assert deliver_all(NOW)["dropped"] == 1
    queue_warnings(now=NOW + 60 * DAY)
    assert Notification.objects.filter(kind="account_sleeps").count() == 1
    assert retain(now=NOW + 90 * DAY)["accounts"] == 0
    assert len(mailbox) == 0


def test_whoever_gives_asks_or_serves_does_not_sleep():
    old = NOW - timedelta(days=1000)
    quartier = create_quartier()
    expected, gave, asked, referent, agent, reported = (a_sleeper(old) for _ in range(6))
    create_signup(create_slot(), create_volunteer(user=expected, pledged=False))
    giver = create_volunteer(user=gave, pledged=False)
    hours.declare(giver, month=NOW.date().replace(day=1), minutes=60, label="Courses", by=None, now=NOW)
    create_mission(kind="interpersonal", beneficiary=asked)
    Mandate.objects.create(referent=referent, quartier=quartier, from_on=old.date())
    User.objects.filter(pk=agent.pk).update(is_staff=True)
    NeedReport.objects.create(author=reported, state="withdrawn", filed_at=NOW)
    alone = a_sleeper(old)

    assert queue_warnings(now=NOW) == 1

    assert Notification.objects.get().recipient == alone


def a_closed_request(closed_at, **fields):
    mission = create_mission(
        kind="interpersonal",
        title="Lire le courrier d’Yvonne",
        state=MissionState.DONE,
        proposed_by=create_user(),
        **fields,
    )
    mission.state_changes.create(from_state="published", to_state="done", at=closed_at)
    PrivatePlace.objects.create(mission=mission, address="3, rue du Canari")
    return mission


def test_a_request_over_for_six_months_loses_its_words_and_people_and_keeps_its_hours():
    over, recent = (a_closed_request(at) for at in long_ago(6))
    signup = create_signup(create_slot(over, starts_at=NOW - 200 * DAY), state="attended", minutes=60)
    entry = hours.enter_signup_minutes(
        signup.volunteer,
        minutes=60,
        starts_at=signup.starts_at,
        subject=f"signup-{signup.pk}",
        label=over.title,
        by=None,
    )
    thread = Thread.objects.create(introduction=create_introduction(signup), created_at=NOW)
    thread.messages.create(author=signup.volunteer.user, text="Je sonne à 14 h", sent_at=NOW)
    people = {"author": over.proposed_by, "recipient": signup.volunteer.user}
    Thanks.objects.create(signup=signup, side="neighbour", text="Merci !", written_at=NOW, **people)

    assert due("requests") == 1
    assert (retain(now=NOW)["requests"], retain(now=NOW)["requests"]) == (1, 0)

    for mission in (over, recent):
        mission.refresh_from_db()
    assert (over.title, over.public_text, over.proposed_by) == ("Coup de main", "", None)
    assert recent.title == "Lire le courrier d’Yvonne"
    assert list(PrivatePlace.objects.values_list("mission", flat=True)) == [recent.pk]
    assert thread.messages.get().text == ""
    assert Thanks.objects.count() == 0  # it says who helped whom
    assert HourEntry.objects.get(pk=entry.pk).minutes == 60
    assert HourEntry.objects.get(pk=entry.pk).label == "Coup de main"


@pytest.fixture
def ended_report(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    old, _ = long_ago(24)
    report = NeedReport.objects.create(
        author=create_user(),
        text="vu de ma fenêtre",
        public_summary="Un banc cassé",
        street="rue Notre-Dame",
        state="withdrawn",
        filed_at=old,
        ended_at=old,
    )
    photo = ReportPhoto.objects.create(report=report, image=upload(), description="Un banc", is_public=True)
    Supporter.objects.create(report=report, user=create_user())
    return report, photo


def test_a_report_of_24_months_stays_without_its_author_and_its_photos_leave_the_public(ended_report):
    report, photo = ended_report
    young = NeedReport.objects.create(
        author=create_user(), text="x", state="withdrawn", filed_at=NOW, ended_at=NOW
    )

    done = retain(now=NOW)

    assert (done["reports"], done["photos"], "photos_gone" in done) == (1, 1, False)
    for row in (report, photo, young):
        row.refresh_from_db()
    assert (report.author, report.text, report.public_summary) == (None, "", "Un banc cassé")
    assert not report.supporters.exists()
    assert (photo.is_public, photo.description, young.author is None) == (False, "", False)
    assert photo.image.storage.exists(photo.image.name)


def test_nothing_is_destroyed_before_the_visa_of_the_archives(
    ended_report, settings, django_capture_on_commit_callbacks
):
    report, photo = ended_report
    nobody_came = a_closed_request(long_ago(6)[0])
    retain(now=NOW)
    assert (due("photos_gone"), due("requests_gone")) == (1, 1)
    settings.ARCHIVES_VISA = "AD35-2027-012"

    with django_capture_on_commit_callbacks(execute=True):
        done = retain(now=NOW)

    assert (done["photos_gone"], done["requests_gone"]) == (1, 1)
    assert not ReportPhoto.objects.exists()
    assert not photo.image.storage.exists(photo.image.name)
    assert not type(nobody_came).objects.filter(pk=nobody_came.pk).exists()
    assert NeedReport.objects.filter(pk=report.pk).exists()


def test_logs_of_the_desk_go_after_twelve_months():
    agent = create_staff("agent")
    for at in long_ago(12):
        LogEntry.objects.create(user=agent, action_flag=CHANGE, object_repr="mission 1", action_time=at)

    assert retain(now=NOW)["logs"] == 1
    assert LogEntry.objects.count() == 1


def test_the_command_counts_without_writing_then_applies(ended_report):
    said = io.StringIO()
    call_command("retention", stdout=said)
    assert "Besoins signalés dans un lieu, sans leur auteur (24 mois) : 1" in said.getvalue()
    assert "attend le visa des Archives" in said.getvalue()
    assert NeedReport.objects.get().author is not None

    call_command("retention", "--appliquer", stdout=said)
    assert NeedReport.objects.get().author is None


def test_the_slip_is_for_agents_and_names_nobody(ended_report, settings):
    a_closed_request(long_ago(6)[0])
    url = reverse("admin:missions_mission_archives")
    page = client_of(create_staff("agent")).get(url).content.decode()
    table = client_of(create_staff("administrator")).get(url, {"format": "csv"}).content.decode("utf-8-sig")

    assert "Aucun visa des Archives" in page
    assert "Photos de signalements clos, détruites;1;" in table
    assert "Yvonne" not in page + table
    for role in ("ccas", "civic_service", "elected"):
        assert client_of(create_staff(role)).get(url).status_code == 403


def test_the_volunteer_of_a_sleeping_account_is_withdrawn_with_it():
    user = a_sleeper(NOW - timedelta(days=800))
    volunteer = create_volunteer(user=user, pledged=False)
    queue_warnings(now=NOW - 80 * DAY)
    queue_warnings(now=NOW - 50 * DAY)

    assert retain(now=NOW)["accounts"] == 1
    assert not Volunteer.objects.filter(pk=volunteer.pk).exists()


def test_a_birth_date_is_forgotten_on_the_eighteenth_birthday_with_the_agreement():
    young = create_user(birth_date=date(2008, 11, 24))
    grown = create_user(birth_date=date(2008, 11, 23))
    for minor in (young, grown):
        consent = {"guardian_name": "Anne Verdelais", "method": "email", "given_at": NOW}
        GuardianConsent.objects.create(minor=minor, **consent)

    assert (retain(now=NOW)["birth_dates"], retain(now=NOW)["birth_dates"]) == (1, 0)

    young.refresh_from_db()
    grown.refresh_from_db()
    assert (young.birth_date, grown.birth_date) == (date(2008, 11, 24), None)
    assert grown.declared_adult_on == NOW.date()
    assert GuardianConsent.objects.get().minor == young


def test_signing_in_while_the_sweep_runs_keeps_the_account(monkeypatch):
    first, second = (a_sleeper(NOW - timedelta(days=900)) for _ in range(2))
    for turn, at in ((1, NOW - 60 * DAY), (2, NOW - 30 * DAY)):
        queue_warnings(now=at)
        assert Notification.objects.filter(kind="account_sleeps").count() == 2 * turn

    def erase_then_the_other_signs_in(person, **kwargs):
        User.objects.filter(pk=second.pk).update(last_login=NOW)
        return erase_person(person, **kwargs)

    monkeypatch.setattr(retention, "erase_person", erase_then_the_other_signs_in)
    assert retain(now=NOW)["accounts"] == 1

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.erased_at, second.erased_at) == (NOW, None)
