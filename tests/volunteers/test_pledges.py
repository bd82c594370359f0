"""Pledging, pausing, stopping, coming back, skipping: the verbs, alone and at the same time."""

from datetime import date, datetime

import pytest
from django.db import IntegrityError, transaction

from tests.factories import NOW, create_quartier, create_user, create_volunteer
from tests.volunteers.test_hours import at_once
from vitre_civique.lib.months import PARIS
from vitre_civique.notifications.models import Notification
from volunteers import pledges
from volunteers.models import Pledge, SkippedMonth, Volunteer

pytestmark = pytest.mark.django_db
NOVEMBER, DECEMBER, JANUARY = date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)


def make_pledge(user, **fields):
    fields = {
        "quartier": None,
        "reach": "adjacent",
        "kinds": ["garden", "errands"],
        "wont_do": "pas d’échelle",
        "availability": [4, 1],
        "charter_version": "2026-1",
        "now": NOW,
        **fields,
    }
    return pledges.pledge(user, **fields)


def test_pledging_records_what_is_offered_and_tells_once():
    user, quartier = create_user(), create_quartier()
    volunteer = make_pledge(user, quartier=quartier)
    assert Volunteer.objects.values_list(
        "user",
        "quartier",
        "reach",
        "kinds",
        "wont_do",
        "availability",
        "charter_version",
        "charter_accepted_at",
    ).get() == (
        user.pk,
        quartier.pk,
        "adjacent",
        ["garden", "errands"],
        "pas d’échelle",
        [1, 4],
        "2026-1",
        NOW,
    )
    promise = Pledge.objects.get()
    assert (promise.volunteer, promise.minutes_per_month, promise.from_month, promise.until_month) == (
        volunteer,
        60,
        NOVEMBER,
        None,
    )
    assert promise.reference == f"VH-{promise.pk:06d}"
    assert list(Notification.objects.values_list("recipient", "kind", "dedupe_key", "data")) == [
        (user.pk, "pledge_confirmed", f"pledge_confirmed:{promise.pk}", {"pledge": promise.pk})
    ]


def test_pledging_again_changes_the_offer_and_keeps_one_promise():
    user = create_user()
    make_pledge(user)
    make_pledge(user, kinds=["papers"], reach="town")
    assert Volunteer.objects.values_list("kinds", "reach").get() == (["papers"], "town")
    assert Pledge.objects.count() == 1
    assert Notification.objects.count() == 1


def test_pledging_after_having_stopped_opens_a_new_promise():
    user = create_user()
    volunteer = make_pledge(user)
    pledges.stop(volunteer, now=NOW)
    make_pledge(user)
    assert list(Pledge.objects.order_by("id").values_list("from_month", "until_month")) == [
        (NOVEMBER, NOVEMBER),
        (NOVEMBER, None),
    ]
    assert Volunteer.objects.get().stopped_at is None


def test_the_month_of_a_pledge_is_that_of_paris():
    make_pledge(create_user(), now=datetime(2026, 12, 1, 0, 15, tzinfo=PARIS))  # 30 November in UTC
    assert Pledge.objects.get().from_month == DECEMBER


@pytest.mark.parametrize(
    ("birth_date", "may"),
    [(date(2010, 11, 24), False), (date(2010, 11, 23), True), (date(2008, 11, 24), True), (None, True)],
)
def test_nobody_under_sixteen_pledges(birth_date, may):
    user = create_user(birth_date=birth_date)
    if may:
        make_pledge(user)
    else:
        with pytest.raises(pledges.TooYoung):
            make_pledge(user)
    assert Volunteer.objects.count() == Pledge.objects.count() == Notification.objects.count() == int(may)


def test_pledging_without_the_charter_is_refused():
    with pytest.raises(pledges.PledgeError):
        make_pledge(create_user(), charter_version="")
    assert Volunteer.objects.count() == 0


def test_pausing_and_resuming():
    volunteer = create_volunteer()
    pledges.pause(volunteer, until=JANUARY, now=NOW)
    volunteer.refresh_from_db()
    assert volunteer.paused_until == JANUARY
    assert volunteer.is_paused_on(date(2026, 12, 31)) is True
    assert volunteer.is_paused_on(JANUARY) is False
    pledges.resume(volunteer, now=NOW)
    volunteer.refresh_from_db()
    assert volunteer.paused_until is None
    assert Pledge.objects.count() == 1


@pytest.mark.parametrize("until", [NOVEMBER, date(2026, 12, 2), date(2027, 12, 1), date(2020, 1, 1)])
def test_pausing_until_a_month_out_of_the_list_is_refused(until):
    volunteer = create_volunteer()
    with pytest.raises(pledges.PledgeError):
        pledges.pause(volunteer, until=until, now=NOW)
    volunteer.refresh_from_db()
    assert volunteer.paused_until is None


def test_stopping_ends_the_promise_and_keeps_the_rest():
    volunteer = create_volunteer(from_month=date(2026, 3, 1), kinds=["garden"])
    pledges.stop(volunteer, now=NOW)
    volunteer.refresh_from_db()
    assert (volunteer.stopped_at, volunteer.kinds) == (NOW, ["garden"])
    assert list(Pledge.objects.values_list("from_month", "until_month")) == [(date(2026, 3, 1), NOVEMBER)]
    assert Pledge.objects.covering(date(2026, 10, 1)).count() == 1
    assert Pledge.objects.covering(NOVEMBER).count() == 0


def test_resuming_after_having_stopped_promises_anew():
    volunteer = create_volunteer(from_month=date(2026, 3, 1))
    pledges.stop(volunteer, now=NOW)
    pledges.resume(volunteer, now=NOW)
    pledges.resume(volunteer, now=NOW)
    assert list(Pledge.objects.order_by("id").values_list("from_month", "until_month")) == [
        (date(2026, 3, 1), NOVEMBER),
        (NOVEMBER, None),
    ]


def test_skipping_and_taking_it_back():
    volunteer = create_volunteer()
    pledges.skip_month(volunteer, NOVEMBER, now=NOW)
    pledges.skip_month(volunteer, NOVEMBER, now=NOW)
    pledges.skip_month(volunteer, DECEMBER, now=NOW)
    assert set(SkippedMonth.objects.values_list("volunteer", "month")) == {
        (volunteer.pk, NOVEMBER),
        (volunteer.pk, DECEMBER),
    }
    pledges.unskip_month(volunteer, NOVEMBER, now=NOW)
    pledges.unskip_month(volunteer, NOVEMBER, now=NOW)
    assert list(SkippedMonth.objects.values_list("month", flat=True)) == [DECEMBER]


@pytest.mark.parametrize("month", [date(2026, 10, 1), date(2027, 12, 1)])
def test_skipping_a_past_or_far_month_is_refused(month):
    volunteer = create_volunteer()
    with pytest.raises(pledges.PledgeError):
        pledges.skip_month(volunteer, month, now=NOW)
    assert SkippedMonth.objects.count() == 0


def test_skipping_takes_back_nobody_elses_month():
    mine, theirs = create_volunteer(), create_volunteer()
    pledges.skip_month(theirs, NOVEMBER, now=NOW)
    pledges.unskip_month(mine, NOVEMBER, now=NOW)
    assert SkippedMonth.objects.get().volunteer == theirs


def test_the_database_allows_one_open_promise_each():
    volunteer = create_volunteer()
    with pytest.raises(IntegrityError), transaction.atomic():
        Pledge.objects.create(volunteer=volunteer, from_month=DECEMBER)


# --- At the same time ---------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_tabs_pledging_at_once_give_one_promise():
    user = create_user()
    assert at_once(6, lambda n: make_pledge(user)) == []
    assert Volunteer.objects.count() == Pledge.objects.count() == Notification.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_clicks_on_skip_give_one_row():
    volunteer = create_volunteer()
    assert at_once(6, lambda n: pledges.skip_month(volunteer, NOVEMBER, now=NOW)) == []
    assert SkippedMonth.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_stopping_and_resuming_at_once_leave_one_promise_or_none():
    volunteer = create_volunteer()

    def work(n):
        own = Volunteer.objects.get(pk=volunteer.pk)
        (pledges.stop if n % 2 else pledges.resume)(own, now=NOW)

    assert at_once(6, work) == []
    volunteer.refresh_from_db()
    assert Pledge.objects.filter(until_month__isnull=True).count() == (volunteer.stopped_at is None)
