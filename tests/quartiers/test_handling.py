"""What the mairie does to one report: versions, two agents at once, routing, photos, preview, services."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.db import connections
from PIL import Image

from quartiers import handling, needs, routing, service_links
from quartiers.models import (
    AuthorLook,
    InternalNote,
    NeedReport,
    NeedState,
    PublicStep,
    ReportPhoto,
    Routing,
    ServiceLink,
    Visibility,
)
from quartiers.previews import preview
from tests.desk.people import create_staff
from tests.factories import NOW, TODAY, create_quartier
from vitre_civique.lib.working_days import add_working_days
from vitre_civique.notifications.models import Notification

from .factories import create_category, create_report

TEXT = {"text": "Nous y passons jeudi."}


def act(report, name, by, *, seen=None, **said):
    return handling.carry_out(
        report, name, by=by, seen=seen or handling.version_of(report), said=said, now=NOW
    )


@pytest.mark.django_db
def test_second_agent_is_told_and_nothing_is_written():
    report, first, second = create_report(NeedState.RECEIVED), create_staff(last_name="Un"), create_staff()
    seen = handling.version_of(report)
    act(report, "commencer", first, seen=seen, **TEXT)

    with pytest.raises(handling.ChangedMeanwhile) as told:
        act(report, "clore", second, seen=seen, reason="not_ours", **TEXT)

    assert told.value.message.startswith(f"{first} a agi sur cette remontée à 10")
    assert NeedReport.objects.get().state == "in_progress"
    assert PublicStep.objects.count() == 1


@pytest.mark.django_db
def test_author_who_answers_meanwhile_also_makes_the_page_old():
    report, agent = create_report(NeedState.WAITING), create_staff()
    seen = handling.version_of(report)
    needs.give_details(report, by=report.author, text="Devant le 3.", now=NOW)

    with pytest.raises(handling.ChangedMeanwhile) as told:
        act(report, "regler", agent, seen=seen, how="mairie", **TEXT)
    assert str(report.author) not in told.value.message  # seen on request only, and the look written down


@pytest.mark.django_db
def test_leaving_waiting_by_any_act_moves_the_dates_by_what_was_waited():
    monday = TODAY - timedelta(days=7)
    report = create_report(NeedState.WAITING, waiting_since=monday, resumes_to="received")
    promised = report.answer_by

    act(report, "commencer", create_staff(), **TEXT)

    fresh = NeedReport.objects.get()
    assert (fresh.waiting_since, fresh.answer_by) == (None, add_working_days(promised, 5))


@pytest.mark.django_db
def test_category_change_moves_service_dates_and_follower_but_never_readers():
    quartier, agent, follower = create_quartier(), create_staff(), create_staff()
    report = create_report(NeedState.RECEIVED, quartier=quartier, visibility=Visibility.STAFF)
    other = create_category(acknowledge_days=1, answer_days=3)
    Routing.objects.create(category=other, quartier=quartier, person=follower)

    handling.change_category(report, other, by=agent, seen=handling.version_of(report), now=NOW)

    fresh = NeedReport.objects.get()
    assert (fresh.category, fresh.service, fresh.assigned_to) == (other, other.service, follower)
    assert (fresh.acknowledge_by, fresh.answer_by) == (TODAY + timedelta(days=1), TODAY + timedelta(days=3))
    assert fresh.visibility == Visibility.STAFF


@pytest.mark.django_db
def test_routing_prefers_the_quartier_then_the_town_then_the_service():
    here, category = create_quartier(), create_category()
    of_quartier, of_town, of_service = create_staff(), create_staff(), create_staff()
    report = create_report(NeedState.FILED, quartier=here, category=category)
    assert routing.follower_of(report) is None
    category.service.fallback = of_service
    category.service.save()
    assert routing.follower_of(report) == of_service
    Routing.objects.create(category=category, person=of_town)
    assert routing.follower_of(report) == of_town
    Routing.objects.create(category=category, quartier=here, person=of_quartier)
    assert routing.follower_of(report) == of_quartier

    assert (routing.route_new(), routing.route_new()) == (1, 0)

    assert NeedReport.objects.get().assigned_to == of_quartier


@pytest.mark.django_db
def test_public_needs_a_summary_and_the_change_is_noted():
    report, agent = create_report(NeedState.RECEIVED), create_staff()
    change = {"by": agent, "seen": handling.version_of(report), "now": NOW, "visibility": "public"}
    with pytest.raises(needs.NeedError):
        handling.set_public_words(report, summary=" ", **change)

    handling.set_public_words(report, summary="Un banc cassé.", **change)

    assert NeedReport.objects.get().visibility == "public"
    assert [note.is_automatic for note in InternalNote.objects.all()] == [True]


@pytest.mark.django_db
def test_preview_reads_as_the_mail_and_leaves_no_trace():
    pytest.importorskip("quartiers.urls")  # the mail leads to the page of the report
    report, agent = create_report(NeedState.RECEIVED), create_staff()
    said = {"text": "Le banc sera réparé."}

    message = preview(report, "commencer", by=agent, seen=handling.version_of(report), said=said, now=NOW)

    assert "Le banc sera réparé." in message.text
    assert "En cours" in message.text
    fresh = NeedReport.objects.get()
    assert (fresh.state, fresh.revision) == ("received", 1)
    assert (PublicStep.objects.count(), Notification.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_looking_at_the_author_is_written_down():
    report, agent = create_report(NeedState.RECEIVED), create_staff()

    assert handling.look_at_author(report, by=agent, now=NOW) == report.author

    assert [(look.by, look.at) for look in AuthorLook.objects.all()] == [(agent, NOW)]


def create_photo(report, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    out = BytesIO()
    Image.new("RGB", (100, 100), "white").save(out, "JPEG")
    photo = ReportPhoto(report=report, position=1)
    photo.image.save("avant.jpg", ContentFile(out.getvalue()))
    photo.save()
    return photo


@pytest.mark.django_db
def test_blurred_zone_is_burnt_and_the_old_file_is_gone(
    settings, tmp_path, django_capture_on_commit_callbacks
):
    photo = create_photo(create_report(NeedState.RECEIVED), settings, tmp_path)
    before = photo.image.path

    with django_capture_on_commit_callbacks(execute=True):
        handling.blur(photo, [(0.0, 0.0, 0.5, 0.5)], by=create_staff(), now=NOW)

    fresh = ReportPhoto.objects.get()
    picture = Image.open(fresh.image.path)
    assert max(picture.getpixel((10, 10))) < 80
    assert min(picture.getpixel((90, 90))) > 200
    assert fresh.image.path != before
    assert [path.name for path in (tmp_path / "remontees").iterdir()] == [fresh.image.name.split("/")[-1]]


@pytest.mark.django_db
def test_photo_becomes_public_only_with_its_report(settings, tmp_path):
    report = create_report(NeedState.RECEIVED)
    photo = create_photo(report, settings, tmp_path)
    with pytest.raises(needs.NeedError):
        handling.show_photo(photo, is_public=True, by=create_staff(), now=NOW)
    NeedReport.objects.update(visibility="public", public_summary="Un banc.")

    handling.show_photo(photo, is_public=True, by=create_staff(), now=NOW)

    assert ReportPhoto.objects.get().is_public is True


# --- Links for services ---


def create_link():
    report = create_report(NeedState.RECEIVED)
    report.service.email = "voirie@exemple.fr"
    report.service.save()
    return service_links.send(report, by=create_staff(), now=NOW)


@pytest.mark.django_db
def test_link_answers_as_the_service_and_says_so_in_history():
    link = create_link()
    report = link.report

    service_links.answer(link, "commencer", seen=handling.version_of(report), said=TEXT, now=NOW)

    change = report.state_changes.get()
    assert (change.to_state, change.by) == ("in_progress", None)
    assert change.reason == f"Réponse du service {link.service}, par son lien"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["masquer", "clore", "transmettre", "doublon", "recevoir"])
def test_link_does_only_what_a_service_may_from_outside(name):
    link = create_link()

    with pytest.raises(handling.NotAllowed):
        service_links.answer(link, name, seen=handling.version_of(link.report), said=TEXT, now=NOW)


@pytest.mark.django_db
def test_link_stops_when_replaced_revoked_old_forged_or_given_to_another_service():
    link = create_link()
    token = service_links.token_of(link)
    assert service_links.link_for(token, now=NOW) == link
    assert service_links.link_for(token[:-1] + ("A" if token[-1] != "A" else "B"), now=NOW) is None
    assert service_links.link_for("1:abc", now=NOW) is None
    assert service_links.link_for(token, now=NOW + timedelta(days=30)) is None

    other = create_category()
    NeedReport.objects.update(service=other.service)
    assert service_links.link_for(token, now=NOW) is None

    NeedReport.objects.update(service=link.service)
    newer = service_links.send(link.report, by=None, now=NOW)
    assert service_links.link_for(token, now=NOW) is None
    assert service_links.link_for(service_links.token_of(newer), now=NOW) == newer
    assert ServiceLink.objects.filter(revoked_at__isnull=False).count() == 1


@pytest.mark.django_db
def test_service_without_address_is_said_so():
    with pytest.raises(needs.NeedError):
        service_links.send(create_report(NeedState.RECEIVED), by=None, now=NOW)


# --- Real threads ---


def at_once(calls, workers=20):
    def run(call):
        try:
            return call()
        except handling.ChangedMeanwhile as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
def test_hundred_agents_on_one_version_one_wins_and_ninety_nine_are_told():
    report, agent = create_report(NeedState.RECEIVED), create_staff()
    seen = handling.version_of(report)
    names = ["commencer", "regler", "clore", "prevoir"]

    def edit(number):
        return lambda: act(
            NeedReport.objects.get(pk=report.pk),
            names[number % 4],
            agent,
            seen=seen,
            text=f"Réponse {number}",
            how="mairie",
            reason="not_ours",
            on=TODAY,
        )

    outcomes = at_once([edit(number) for number in range(100)])

    told = [outcome for outcome in outcomes if isinstance(outcome, handling.ChangedMeanwhile)]
    won = [outcome for outcome in outcomes if isinstance(outcome, PublicStep)]
    assert (len(won), len(told)) == (1, 99)
    assert [step.text for step in PublicStep.objects.all()] == [won[0].text]
    assert report.state_changes.count() == 1
    assert NeedReport.objects.get().revision == 2


@pytest.mark.django_db(transaction=True)
def test_hundred_edits_that_try_again_lose_none():
    report, agent = create_report(NeedState.RECEIVED), create_staff()

    def insist(number):
        def run():
            while True:
                fresh = NeedReport.objects.get(pk=report.pk)
                try:
                    if number % 2:
                        return handling.add_note(fresh, f"Note {number}", by=agent, now=NOW)
                    seen = handling.version_of(fresh)
                    return handling.set_public_words(
                        fresh, summary=f"Résumé {number}", visibility="staff", by=agent, seen=seen, now=NOW
                    )
                except handling.ChangedMeanwhile:
                    continue

        return run

    at_once([insist(number) for number in range(100)], workers=8)

    typed = set(InternalNote.objects.filter(is_automatic=False).values_list("text", flat=True))
    assert typed == {f"Note {number}" for number in range(1, 100, 2)}
    assert InternalNote.objects.filter(is_automatic=True).count() == 50
    assert NeedReport.objects.get().revision == 51


@pytest.mark.django_db(transaction=True)
def test_two_agents_marking_each_a_copy_of_the_other_do_not_deadlock():
    one = create_report(NeedState.RECEIVED)
    two = create_report(NeedState.RECEIVED, quartier=one.quartier)
    agent, seen = create_staff(), {r.pk: handling.version_of(r) for r in (one, two)}

    def mark(report, of):
        def run():
            try:
                return act(report, "doublon", agent, seen=seen[report.pk], of=of)
            except needs.NeedError as error:
                return error

        return run

    outcomes = at_once([mark(one, two), mark(two, one)], workers=2)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NeedError", "PublicStep"]
    assert NeedReport.objects.filter(state="duplicate").count() == 1
