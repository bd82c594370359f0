"""Needs reports verb by verb: dates promised, clocks paused, who is told, and what never moves."""

import threading
from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from quartiers import needs, service_links
from quartiers.models import NeedReport, NeedState, Supporter, Visibility
from tests.factories import NOW, TODAY, create_quartier, create_user
from tests.quartiers.factories import create_category, create_referent, create_report
from vitre_civique.lib.months import PARIS, local_day
from vitre_civique.lib.states import TransitionError, move
from vitre_civique.lib.working_days import add_working_days
from vitre_civique.notifications.models import Notification


def told(kind):
    return sorted(Notification.objects.filter(kind=kind).values_list("recipient_id", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize("source", NeedState.values)
@pytest.mark.parametrize("target", NeedState.values)
def test_matrix_of_states(source, target):
    report = create_report(source)
    extra = {name: value for name, value in needs_of(target).items() if not getattr(report, name)}

    if target in NeedReport.TRANSITIONS[source]:
        move(report, target, now=NOW, **extra)
        assert report.state_changes.get().to_state == target
    else:
        with pytest.raises(TransitionError):
            move(report, target, now=NOW, **extra)
        assert NeedReport.objects.get(pk=report.pk).state == source
        assert report.state_changes.count() == 0


def needs_of(state):
    """The columns that `state` needs, taken from a report that is in it."""
    columns = {
        NeedState.WAITING: ["waiting_since", "resumes_to"],
        NeedState.PLANNED: ["planned_on"],
        NeedState.FORWARDED: ["forwarded_to", "follow_up_on"],
        NeedState.RESOLVED: ["resolved_by"],
        NeedState.CLOSED: ["close_reason"],
        NeedState.DUPLICATE: ["canonical_id"],
    }.get(state, [])
    columns += ["filed_at", "service_id"]
    other = create_report(state if state != NeedState.DRAFT else NeedState.FILED)
    return {name: getattr(other, name) for name in columns}


@pytest.mark.django_db
def test_filing_on_a_saturday_night_promises_working_days():
    report = create_report(category=create_category(acknowledge_days=2, answer_days=10))
    saturday = datetime(2026, 11, 21, 23, 30, tzinfo=PARIS)

    needs.file(report, now=saturday)

    report.refresh_from_db()
    assert (report.state, report.filed_at) == (NeedState.FILED, saturday)
    assert (report.acknowledge_by, report.answer_by) == (date(2026, 11, 24), date(2026, 12, 4))
    assert report.service == report.category.service
    assert told("need_filed") == [report.author_id]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mandate", "sentence"),
    [
        ({"until": TODAY, "from_on": TODAY - timedelta(days=9)}, "mandat"),
        ({"charter_signed_on": None}, "mandat"),
        ({"from_on": TODAY + timedelta(days=1)}, "mandat"),
    ],
)
def test_without_a_mandate_in_force_nothing_is_filed(mandate, sentence):
    quartier = create_quartier()
    report = create_report(quartier=quartier, author=create_referent(quartier, **mandate))

    with pytest.raises(needs.NeedError) as refusal:
        needs.file(report, now=NOW)

    assert sentence in refusal.value.message
    assert NeedReport.objects.get(pk=report.pk).state == NeedState.DRAFT
    assert Notification.objects.count() == 0


@pytest.mark.django_db
def test_the_twenty_first_report_of_a_day_waits():
    quartier = create_quartier()
    author = create_referent(quartier)
    category = create_category()
    for _ in range(needs.REPORTS_A_DAY):
        create_report(NeedState.FILED, quartier=quartier, author=author, category=category)
    report = create_report(quartier=quartier, author=author, category=category)

    with pytest.raises(needs.NeedError, match="20 remontées"):
        needs.file(report, now=NOW)

    needs.file(report, now=NOW + timedelta(days=1))
    assert report.state == NeedState.FILED


@pytest.mark.django_db
def test_filing_in_another_quartier_tells_the_referents_of_both():
    mine, theirs = create_quartier(), create_quartier()
    author, colleague, their_referent = create_referent(mine), create_referent(mine), create_referent(theirs)
    create_referent()  # of a third quartier: not concerned

    needs.file(create_report(quartier=theirs, author=author), now=NOW)

    assert told("need_elsewhere") == sorted([colleague.pk, their_referent.pk])


@pytest.mark.django_db
def test_a_point_in_the_sea_is_accepted_and_flagged():
    square = {"type": "Polygon", "coordinates": [[[-2, 48], [-1, 48], [-1, 49], [-2, 49], [-2, 48]]]}
    quartier = create_quartier(boundary=square)
    inside = create_report(quartier=quartier, longitude=-1.5, latitude=48.5)
    at_sea = create_report(quartier=quartier, longitude=-20.0, latitude=40.0)

    needs.file(inside, now=NOW)
    needs.file(at_sea, now=NOW)

    assert (inside.is_outside_quartiers, at_sea.is_outside_quartiers) == (False, True)


@pytest.mark.django_db
def test_receiving_in_public_needs_the_towns_summary():
    report = create_report(NeedState.FILED)

    with pytest.raises(needs.NeedError, match="résumé public"):
        needs.receive(report, by=create_user(), summary="  ", visibility=Visibility.PUBLIC, now=NOW)

    needs.receive(report, by=create_user(), summary="Banc cassé.", visibility=Visibility.PUBLIC, now=NOW)
    assert list(NeedReport.objects.public()) == [report]
    assert told("need_step") == [report.author_id]


@pytest.mark.django_db
def test_the_clock_stops_while_details_are_awaited():
    report = create_report(NeedState.RECEIVED, acknowledge_by=date(2026, 11, 25), answer_by=date(2026, 12, 7))
    needs.ask(report, by=create_user(), question="De quel côté de la rue ?", now=NOW)

    needs.give_details(report, by=report.author, text="Côté pair.", now=NOW + timedelta(days=3))

    report.refresh_from_db()
    assert report.state == NeedState.RECEIVED
    assert report.text.endswith("Côté pair.")
    assert (report.acknowledge_by, report.answer_by, report.waiting_since) == (
        date(2026, 11, 30),
        date(2026, 12, 10),
        None,
    )


@pytest.mark.django_db
def test_after_five_working_days_it_comes_back_by_itself_and_once():
    report = create_report(NeedState.IN_PROGRESS)
    needs.ask(report, by=create_user(), question="Où exactement ?", now=NOW)

    assert needs.resume_overdue(now=NOW + timedelta(days=4)) == 0
    assert needs.resume_overdue(now=NOW + timedelta(days=7)) == 1
    assert needs.resume_overdue(now=NOW + timedelta(days=7)) == 0

    assert NeedReport.objects.get(pk=report.pk).state == NeedState.IN_PROGRESS


@pytest.mark.django_db
def test_author_and_supporters_are_told_of_each_step_once():
    report, neighbour = create_report(NeedState.RECEIVED), create_user()
    create_user()  # a stranger is never told
    assert [needs.support(report, neighbour), needs.support(report, neighbour)] == [True, False]

    needs.start(report, by=create_user(), text="Une équipe passe jeudi.", now=NOW)
    needs.resolve(report, by=create_user(), text="Banc réparé.", how="mairie", now=NOW)

    assert told("need_step") == sorted([report.author_id, neighbour.pk] * 2)


@pytest.mark.django_db
def test_a_question_is_told_to_the_author_alone():
    report, neighbour = create_report(NeedState.RECEIVED), create_user()
    needs.support(report, neighbour)

    needs.ask(report, by=create_user(), question="De quel côté ?", now=NOW)

    assert told("need_step") == [report.author_id]


@pytest.mark.django_db
def test_withdrawing_tells_who_follows_and_the_service_that_works_by_link():
    report, agent = create_report(NeedState.RECEIVED), create_user()
    report.service.email = "voirie@exemple.fr"
    report.service.save()
    report.assigned_to = agent
    report.save()
    link = service_links.send(report, by=agent, now=NOW)
    Notification.objects.all().delete()

    needs.withdraw(report, by=report.author, now=NOW)

    rows = Notification.objects.filter(kind="need_withdrawn").order_by("pk")
    assert list(rows.values_list("recipient_id", "to_email")) == [(agent.pk, ""), (None, "voirie@exemple.fr")]
    assert service_links.link_for(service_links.token_of(link), now=NOW) is None
    needs.withdraw(create_report(), by=None, now=NOW)  # a draft: nobody ever had it
    assert rows.count() == 2


@pytest.mark.django_db
def test_duplicate_moves_followers_and_refuses_chains_and_other_readers():
    quartier = create_quartier()
    first = create_report(NeedState.RECEIVED, quartier=quartier)
    copy = create_report(NeedState.RECEIVED, quartier=quartier)
    supporter = create_user()
    needs.support(copy, supporter)

    needs.mark_duplicate(copy, of=first, by=create_user(), now=NOW)

    assert set(first.supporters.values_list("user_id", flat=True)) == {supporter.pk, copy.author_id}
    third = create_report(NeedState.RECEIVED, quartier=quartier)
    for wrong in (copy, third):
        with pytest.raises(needs.NeedError):
            needs.mark_duplicate(third, of=wrong, by=create_user(), now=NOW)
    with pytest.raises(needs.NeedError):
        needs.mark_duplicate(first, of=third, by=create_user(), now=NOW)
    secret = create_report(NeedState.RECEIVED, visibility=Visibility.REFERENTS)
    with pytest.raises(needs.NeedError, match="mêmes personnes"):
        needs.mark_duplicate(third, of=secret, by=create_user(), now=NOW)


@pytest.mark.django_db
def test_reopening_is_for_sixty_days_and_twice():
    report = create_report(NeedState.RESOLVED)
    for _ in range(2):
        needs.ask_reopening(report, by=report.author, reason="Toujours cassé", now=NOW + timedelta(days=2))
        needs.confirm_closure(report, by=create_user(), text="Réparé, vérifié sur place.", now=NOW)

    with pytest.raises(needs.NeedError, match="deux fois"):
        needs.ask_reopening(report, by=report.author, reason="Encore", now=NOW)
    late = create_report(NeedState.CLOSED)
    with pytest.raises(needs.NeedError, match="60 jours"):
        needs.ask_reopening(late, by=late.author, reason="Encore", now=NOW + timedelta(days=61))
    assert (report.state, late.state) == (NeedState.RESOLVED, NeedState.CLOSED)


@pytest.mark.django_db
def test_reopening_tells_the_agent_and_gives_the_mairie_its_whole_delay_again():
    category = create_category(answer_days=3)
    report = create_report(NeedState.RESOLVED, category=category, answer_by=TODAY - timedelta(days=30))
    report.service.fallback = agent = create_user()
    report.service.save()

    needs.ask_reopening(report, by=report.author, reason="Toujours cassé", now=NOW)

    assert told("need_reopening") == [agent.pk]
    assert NeedReport.objects.get().due_on == TODAY + timedelta(days=3)


@pytest.mark.django_db
def test_another_category_keeps_the_days_that_were_waited():
    report = create_report(category=create_category(answer_days=10))
    needs.file(report, now=NOW)
    needs.receive(report, by=None, summary="Un banc.", visibility="staff", now=NOW)
    needs.ask(report, by=None, question="Où ?", now=NOW)
    needs.give_details(report, by=report.author, text="À gauche.", now=NOW + timedelta(days=2))

    needs.change_category(report, create_category(answer_days=12))

    report.refresh_from_db()
    assert report.answer_by == add_working_days(local_day(NOW), 12 + 2)


@pytest.mark.django_db
def test_no_transition_and_no_category_changes_visibility():
    report = create_report(NeedState.RECEIVED, visibility=Visibility.REFERENTS, public_summary="Banc cassé.")

    needs.change_category(report, create_category(answer_days=30))
    needs.start(report, by=None, text="C’est parti.", now=NOW)
    needs.plan(report, by=None, text="En mai.", on=TODAY + timedelta(days=9), now=NOW)
    needs.forward(
        report, by=None, text="Transmis.", to="Département", follow_up_on=TODAY + timedelta(days=9), now=NOW
    )
    needs.resolve(report, by=None, text="Fait.", how="neighbour", now=NOW)

    report.refresh_from_db()
    assert report.visibility == Visibility.REFERENTS
    assert report.answer_by == date(2027, 1, 6)
    assert list(NeedReport.objects.public()) == []


@pytest.mark.django_db
def test_redirecting_keeps_nothing_of_what_was_written():
    report = create_report(NeedState.FILED, street="Rue du Val", longitude=-1.2, latitude=48.1)

    needs.redirect(report, by=create_user(), text="Appelez le 17.", now=NOW)

    report.refresh_from_db()
    assert (report.state, report.text, report.street) == (NeedState.REDIRECTED, "", "")
    assert (report.longitude, report.latitude) == (None, None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "broken",
    [
        {"state": "planned"},
        {"state": "forwarded"},
        {"state": "resolved"},
        {"state": "closed"},
        {"state": "waiting"},
        {"state": "duplicate"},
        {"visibility": "public", "public_summary": ""},
        {"longitude": 1.0},
        {"reopened_count": 3},
        {"service_id": None},
    ],
)
def test_the_database_refuses(broken):
    report = create_report(NeedState.RECEIVED)

    with pytest.raises(IntegrityError), transaction.atomic():
        NeedReport.objects.filter(pk=report.pk).update(**broken)


@pytest.mark.django_db(transaction=True)
def test_ten_answers_at_once_move_it_once():
    report, agent = create_report(NeedState.RECEIVED), create_user()
    barrier, won = threading.Barrier(10), []

    def answer():
        row = NeedReport.objects.get(pk=report.pk)
        barrier.wait()
        try:
            needs.start(row, by=agent, text="On s’en occupe.", now=NOW)
            won.append(1)
        except TransitionError:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=answer) for _ in range(10)]
    [t.start() for t in threads]
    [t.join() for t in threads]

    assert (len(won), report.steps.count(), report.state_changes.count()) == (1, 1, 1)
    assert Supporter.objects.count() == 0
