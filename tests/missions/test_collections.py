"""Collections and tallies: states, constraints, verbs, and real threads that count at once."""

import uuid
from datetime import time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from missions import tallies
from missions.collections import CollectionError, cancel, close, people_told_by_cancelling, publish
from missions.models import Collection, CollectionState, Mission, OpeningHours, Signup, Tally
from missions.planning import duplicate
from missions.signups import sign_up
from missions.tallies import TallyError, correct, counted, record, totals
from tests.factories import (
    NOW,
    TODAY,
    create_collection,
    create_mission,
    create_point,
    create_signup,
    create_slot,
    create_tally,
    create_user,
    create_volunteer,
)
from tests.missions.test_races import at_once, kinds_of
from tests.missions.test_states import moved, refused_by
from vitre_civique.notifications.models import Notification

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MOVES = {("draft", "published"), ("draft", "cancelled"), ("published", "done"), ("published", "cancelled")}


def count_in(point, number, *, by=None, kind="received", token=None, now=NOW):
    return record(point, kind, number, token=token or uuid.uuid4(), by=by or create_user(), now=now)


# --- States and constraints ---


@pytest.mark.parametrize("source", CollectionState.values)
def test_state_matrix(source):
    collection = create_collection(state=source)

    for target in CollectionState.values:
        Collection.objects.filter(pk=collection.pk).update(state=source)
        collection.refresh_from_db()
        assert moved(collection, target) == ((source, target) in MOVES), (source, target)


def test_constraints_of_collections_and_points():
    collection = create_collection()
    point = create_point(collection, public_place="Salle du Temple")

    def open_at(first, last, opens, closes):
        OpeningHours.objects.create(
            point=point, first_day=first, last_day=last, opens_at=time(opens), closes_at=time(closes)
        )

    refused_by("collection_goal_sensible", lambda: create_collection(goal=0))
    refused_by("collection_goal_sensible", lambda: create_collection(goal=100_001))
    refused_by("collection_ends_after_start", lambda: create_collection(ends_on=TODAY - 11 * DAY))
    refused_by("collection_association_named", lambda: create_collection(organiser="association"))
    refused_by("missions_collection_slug_key", lambda: create_collection(slug=collection.slug))
    refused_by("drop_off_point_once", lambda: create_point(collection, public_place="Salle du Temple"))
    refused_by("opening_hours_days_in_order", lambda: open_at(4, 0, 9, 12))
    refused_by("opening_hours_days_in_order", lambda: open_at(5, 7, 9, 12))
    refused_by("opening_hours_close_after_opening", lambda: open_at(5, 5, 12, 12))
    refused_by("opening_hours_once", lambda: open_at(0, 4, 9, 13))
    refused_by(
        "mission_collection_is_public",
        lambda: create_mission(kind="interpersonal", help_kind="company", collection=collection),
    )


def test_constraints_of_tallies():
    first = create_tally(by=create_user())
    point = first.point

    refused_by("tally_counts_something", lambda: create_tally(point, count=-1))
    refused_by("tally_count_sensible", lambda: create_tally(point, count=501))
    refused_by("tally_count_sensible", lambda: create_tally(point, count=0, corrects=first, reason="zéro"))
    refused_by(
        "tally_correction_says_why", lambda: create_tally(point, count=-1, corrects=first, by=first.by)
    )
    refused_by("missions_tally_token_key", lambda: create_tally(point, token=first.token))


@pytest.mark.parametrize(
    "change",
    [{"count": 13}, {"kind": "handed_out"}, {"at": NOW}, {"note": "autre"}, {"by": None, "note": "x"}],
)
def test_the_database_lets_nobody_rewrite_a_tally(change):
    tally = create_tally(by=create_user(), note="dont trois sans jeu")

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Tally.objects.filter(pk=tally.pk).update(**change)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Tally.objects.filter(pk=tally.pk)._raw_delete("default")
    assert Tally.objects.values_list("count", "note").get() == (12, "dont trois sans jeu")


def test_a_point_that_counted_cannot_be_removed():
    tally = create_tally()

    with pytest.raises(IntegrityError), transaction.atomic():  # ProtectedError is one
        tally.point.delete()
    assert Tally.objects.filter(pk=tally.pk).exists()


# --- Verbs ---


def test_publishing_needs_a_point_with_hours_and_days_to_come():
    by = create_user()
    nowhere = create_collection(state="draft")
    create_point(nowhere, hours=())
    create_point(nowhere, is_active=False)
    over = create_collection(state="draft", ends_on=TODAY - DAY)
    create_point(over)
    ready = create_collection(state="draft", ends_on=TODAY)
    create_point(ready)

    for refused in (nowhere, over):
        with pytest.raises(CollectionError):
            publish(refused, by=by, now=NOW)
    publish(ready, by=by, now=NOW)

    states = [Collection.objects.get(pk=each.pk).state for each in (nowhere, over, ready)]
    assert states == ["draft", "draft", "published"]
    assert ready.state_changes.values_list("from_state", "to_state", "at", "by").get() == (
        "draft",
        "published",
        NOW,
        by.pk,
    )


def test_two_who_close_and_cancel_cannot_both_win():
    one = create_collection()
    other = Collection.objects.get(pk=one.pk)

    close(one, by=create_user(), now=NOW)
    with pytest.raises(CollectionError, match="Terminée"):
        cancel(other, by=create_user(), message="Trop tard.", now=NOW)

    assert Collection.objects.get().state == "done"


def test_cancelling_tells_those_signed_up_once_and_leaves_others_alone():
    collection, by = create_collection(), create_user()
    sorting, holding = (create_mission(collection=collection) for _ in range(2))
    first, second = create_slot(sorting), create_slot(holding, starts_at=NOW + 5 * DAY)
    elsewhere = create_signup()
    volunteer = create_volunteer()
    create_signup(first, volunteer), create_signup(second, create_volunteer(), state="waiting")
    past = create_signup(create_slot(sorting, starts_at=NOW - DAY))
    finished = create_mission(collection=collection, state="done")

    assert people_told_by_cancelling(collection, now=NOW) == 2
    with pytest.raises(CollectionError, match="Écrivez un mot"):
        cancel(collection, by=by, message="  ", now=NOW)
    cancel(collection, by=by, message="La salle est inondée.", now=NOW)
    with pytest.raises(CollectionError):
        cancel(collection, by=by, message="Encore.", now=NOW)

    assert Collection.objects.values_list("state", "public_reason").get() == (
        "cancelled",
        "La salle est inondée.",
    )
    told = Notification.objects.filter(kind="mission_cancelled")
    assert told.count() == 2
    assert set(told.values_list("recipient", flat=True)) == {
        volunteer.user_id,
        second.signups.get().volunteer.user_id,
    }
    assert {m.state for m in (Mission.objects.get(pk=m.pk) for m in (sorting, holding))} == {"cancelled"}
    assert Mission.objects.get(pk=finished.pk).state == "done"
    unmoved = Signup.objects.filter(pk__in=[elsewhere.pk, past.pk])
    assert set(unmoved.values_list("state", flat=True)) == {"confirmed"}


def test_a_copy_of_a_mission_leaves_a_collection_that_is_over():
    running, over = create_collection(), create_collection(state="done")
    missions = [create_mission(collection=each) for each in (running, over)]

    copies = [duplicate(each, by=create_user(), now=NOW) for each in missions]

    assert [copy.collection for copy in copies] == [running, None]


# --- Counting ---


def test_counting_adds_up_and_the_same_form_twice_is_one_tally():
    point, by, token = create_point(), create_user(), uuid.uuid4()

    tally, is_new = count_in(point, 12, by=by, token=token)
    again, is_new_again = count_in(point, 12, by=by, token=token)
    count_in(point, 5, by=by, kind="handed_out")

    assert (is_new, is_new_again, again.pk) == (True, False, tally.pk)
    assert totals(point.collection) == (12, 5)


def test_a_form_that_comes_back_changed_is_not_lost_in_silence():
    point, by, token = create_point(), create_user(), uuid.uuid4()
    count_in(point, 12, by=by, token=token)

    for number, who, where in ((15, by, point), (12, create_user(), point), (12, by, create_point())):
        with pytest.raises(TallyError, match="déjà servi"):
            count_in(where, number, by=who, token=token)

    assert Tally.objects.count() == 1


def test_counting_is_refused_when_it_makes_no_sense():
    closed = create_point(create_collection(state="done"))
    draft = create_point(create_collection(state="draft"))
    early = create_point(create_collection(starts_on=TODAY + DAY))
    shut = create_point(is_active=False)
    point = create_point()
    count_in(point, 3)

    for where in (closed, draft, early, shut):
        with pytest.raises(TallyError):
            count_in(where, 1)
    for number in (0, -4, 501):
        with pytest.raises(TallyError, match="entre 1 et 500"):
            count_in(point, number)
    with pytest.raises(TallyError, match="Il n’en reste que 3"):
        count_in(point, 4, kind="handed_out")

    assert Tally.objects.count() == 1


def test_after_its_last_day_what_is_left_is_still_handed_out():
    point = create_point(create_collection(ends_on=TODAY))
    count_in(point, 3)

    count_in(point, 3, kind="handed_out", now=NOW + 3 * DAY)

    assert totals(point.collection) == (3, 3)


def test_a_person_counts_a_hundred_times_a_day_at_most(monkeypatch):
    monkeypatch.setattr(tallies, "MOST_A_DAY", 2)
    point, by = create_point(), create_user()
    count_in(point, 1, by=by), count_in(point, 1, by=by)

    with pytest.raises(TallyError, match="appelez la mairie"):
        count_in(point, 1, by=by)
    count_in(point, 1, by=create_user())
    count_in(point, 1, by=by, now=NOW + DAY)

    assert totals(point.collection) == (4, 0)


def test_a_correction_is_a_counter_entry_with_who_and_why():
    by, agent = create_user(), create_user()
    tally, _ = count_in(create_point(), 120, by=by)

    row, _ = correct(tally, 12, reason="Un zéro de trop.", token=uuid.uuid4(), by=agent, now=NOW)
    correct(tally, 13, reason="Une boîte oubliée.", token=uuid.uuid4(), by=by, now=NOW)

    tally.refresh_from_db()
    assert (tally.count, row.count, row.by, row.reason) == (120, -108, agent, "Un zéro de trop.")
    assert (counted(tally), totals(tally.point.collection)) == (13, (13, 0))


def test_a_correction_is_refused_when_it_makes_no_sense():
    point, by = create_point(), create_user()
    tally, _ = count_in(point, 12, by=by)
    count_in(point, 10, kind="handed_out", by=by)
    how = {"token": uuid.uuid4(), "by": by, "now": NOW}
    right, _ = correct(tally, 11, reason="Une de moins.", **{**how, "token": uuid.uuid4()})

    for number, reason, words in (
        (3, " ", "Dites pourquoi"),
        (-1, "Non.", "entre 0"),
        (501, "Non.", "entre 0"),
        (11, "Pareil.", "rien à corriger"),
        (9, "Trop.", "plus de remis que de reçu"),
    ):
        with pytest.raises(TallyError, match=words):
            correct(tally, number, reason=reason, **how)
    with pytest.raises(TallyError, match="déjà une correction"):
        correct(right, 2, reason="Non.", **how)

    assert totals(point.collection) == (11, 10)


# --- At once ---


@pytest.mark.django_db(transaction=True)
def test_a_double_click_is_one_tally():
    point, by, token = create_point(), create_user(), uuid.uuid4()

    outcomes = at_once(*[lambda: count_in(point, 12, by=by, token=token)[1]] * 6)

    assert sorted(outcomes) == [False] * 5 + [True]
    assert totals(point.collection) == (12, 0)


@pytest.mark.django_db(transaction=True)
def test_the_last_boxes_are_not_handed_out_twice():
    point, people = create_point(), [create_user() for _ in range(6)]
    count_in(point, 10)

    outcomes = at_once(*[lambda by=by: count_in(point, 4, by=by, kind="handed_out") for by in people])

    assert kinds_of(outcomes) == {"tuple": 2, "TallyError": 4}
    assert totals(point.collection) == (10, 8)


@pytest.mark.django_db(transaction=True)
def test_two_corrections_at_once_both_count_from_what_is_true():
    tally, _ = count_in(create_point(), 120)
    by = create_user()

    outcomes = at_once(
        *[
            lambda right=right: correct(tally, right, reason="Vérifié.", token=uuid.uuid4(), by=by, now=NOW)
            for right in (12, 14, 12)
        ]
    )

    assert kinds_of(outcomes)["tuple"] >= 2
    assert counted(tally) in (12, 14)


@pytest.mark.django_db(transaction=True)
def test_cancelling_while_people_sign_up_never_deadlocks_and_leaves_nobody_behind():
    collection, by = create_collection(), create_user()
    slots = [create_slot(create_mission(collection=collection), places=9) for _ in range(3)]
    volunteers = [create_volunteer() for _ in range(6)]

    outcomes = at_once(
        lambda: cancel(collection, by=by, message="La salle est inondée.", now=NOW),
        *[lambda v=v, s=slots[n % 3]: sign_up(v, s, now=NOW) for n, v in enumerate(volunteers)],
    )

    assert kinds_of(outcomes)["Collection"] == 1
    assert set(kinds_of(outcomes)) <= {"Collection", "Signup", "NotAllowed", "SlotPast"}
    assert Signup.objects.filter(state="confirmed").count() == 0
    signed = kinds_of(outcomes).get("Signup", 0)
    assert Notification.objects.filter(kind="mission_cancelled").count() == signed


@pytest.mark.django_db(transaction=True)
def test_closing_while_somebody_counts_keeps_the_figures_whole():
    point = create_point()

    at_once(
        lambda: close(point.collection, by=create_user(), now=NOW),
        *[lambda: count_in(point, 5)] * 4,
    )

    with pytest.raises(TallyError, match="n’est pas ouverte"):
        count_in(point, 5)
    assert totals(point.collection)[0] == 5 * Tally.objects.count()


def test_totals_are_one_query(django_assert_num_queries):
    point = create_point()
    create_tally(point), create_tally(point, kind="handed_out", count=2)

    with django_assert_num_queries(1):
        row = Collection.objects.with_totals().get()
    with django_assert_num_queries(1):
        assert totals(point.collection) == (12, 2)
    assert (row.received_count, row.handed_out_count) == (12, 2)
    assert connection.vendor == "postgresql"
