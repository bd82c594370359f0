"""Recurrent missions: made at once, changed or cancelled alone or with what follows, by two agents too."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from missions import series
from missions.models import Mission, Series, Signup, Slot
from missions.planning import PlanningError
from missions.series import SeriesError, print_of
from missions.signups import sign_up
from tests.desk.forms import text_of
from tests.desk.people import client_of, create_staff
from tests.factories import NOW, create_mission, create_slot, create_volunteer
from tests.missions.test_races import at_once, kinds_of
from vitre_civique.lib.months import PARIS
from vitre_civique.notifications.models import Notification

pytestmark = pytest.mark.django_db
SATURDAY = datetime(2026, 11, 28, 10, 0, tzinfo=PARIS)
WORD = "La salle est prise."


@pytest.fixture(autouse=True)
def clock(request):
    if "transaction" in str(request.node.get_closest_marker("django_db").kwargs):
        yield
        return
    with time_machine.travel(NOW, tick=False):
        yield


def create_series(*, times=4, every="week", slot=None, **rule):
    """(series, slots) as an agent makes them."""
    slot = slot or create_slot(starts_at=SATURDAY, places=3)
    rule = {"every": every, "until_on": None, "times": times, "skips_holidays": False, **rule}
    made = series.repeat(slot, **rule, seen=print_of([slot]), by=None, now=NOW)
    return made, list(made.slots.order_by("starts_at"))


def local(slots):
    return [slot.starts_at.astimezone(PARIS).strftime("%d/%m %H:%M") for slot in slots]


def told(kind):
    return Notification.objects.filter(kind=kind).count()


# --- Made ---


def test_a_slot_becomes_a_series_with_the_same_hour_across_the_clocks():
    made, slots = create_series(every="month", times=6)
    assert local(slots) == [f"{day} 10:00" for day in ("28/11", "26/12", "23/01", "27/02", "27/03", "24/04")]
    assert {slot.starts_at.astimezone(UTC).hour for slot in slots} == {8, 9}
    assert {(slot.places, slot.minutes, slot.mission_id) for slot in slots} == {(3, 60, made.mission_id)}


@pytest.mark.parametrize(
    "rule",
    [
        {"times": None},
        {"times": 3, "until_on": date(2026, 12, 12)},
        {"times": 1},
        {"times": None, "until_on": date(2026, 11, 30)},
        {"times": None, "until_on": date(2029, 1, 1)},
        {"times": 200},
        {"times": 3, "every": "last", "slot_at": SATURDAY - timedelta(weeks=0, days=1)},
    ],
)
def test_a_rule_that_makes_no_sense_is_said(rule):
    at = datetime(2026, 12, 12, 10, tzinfo=PARIS) if rule.pop("slot_at", None) else SATURDAY
    with pytest.raises(SeriesError):
        create_series(slot=create_slot(starts_at=at), **rule)
    assert (Series.objects.count(), Slot.objects.count()) == (0, 1)


@pytest.mark.parametrize(
    "fields", [{"times": None}, {"until_on": date(2027, 1, 1)}, {"minutes": 0}, {"places": 0}]
)
def test_database_refuses_a_series_without_an_end_or_sense(fields):
    made, _ = create_series()
    with pytest.raises(IntegrityError), transaction.atomic():
        Series.objects.filter(pk=made.pk).update(**fields)


def test_a_cancelled_mission_or_a_slot_of_a_series_is_not_repeated():
    slot = create_slot(create_mission(state="cancelled"), starts_at=SATURDAY)
    with pytest.raises(SeriesError):
        create_series(slot=slot)
    _, slots = create_series()
    with pytest.raises(SeriesError, match="fait déjà partie"):
        create_series(slot=slots[1])


def test_prolonged_by_the_same_rule():
    made, slots = create_series(every="month", times=2)
    series.prolong(made, until_on=date(2027, 3, 31), seen=print_of(slots), now=NOW)
    assert local(made.slots.order_by("starts_at"))[2:] == ["23/01 10:00", "27/02 10:00", "27/03 10:00"]
    with pytest.raises(SeriesError):
        series.prolong(made, until_on=date(2027, 6, 30), seen=print_of(slots), now=NOW)


# --- Changed ---


def test_this_slot_alone():
    _, slots = create_series()
    volunteer = create_volunteer()
    sign_up(volunteer, slots[1], now=NOW)
    start = SATURDAY + timedelta(weeks=1, hours=3)

    series.change_one(
        slots[1],
        starts_at=start,
        ends_at=start + timedelta(hours=2),
        places=5,
        seen=print_of([slots[1]]),
        by=None,
        now=NOW,
    )

    assert local(Slot.objects.order_by("starts_at")) == [
        "28/11 10:00",
        "05/12 13:00",
        "12/12 10:00",
        "19/12 10:00",
    ]
    assert (told("mission_changed"), Signup.objects.get().starts_at) == (1, start)


def test_this_one_and_those_that_follow_tell_each_signup_once():
    made, slots = create_series(every="month", times=6)
    people = [create_volunteer() for _ in range(2)]
    for volunteer, slot in [
        (people[0], slots[0]),
        (people[0], slots[2]),
        (people[1], slots[2]),
        (people[1], slots[4]),
    ]:
        sign_up(volunteer, slot, now=NOW)
    after = list(series.following(slots[1], now=NOW))

    values = {"hour": time(14, 30), "minutes": 90, "places": 8}
    series.change_following(slots[1], **values, seen=print_of(after), by=None, now=NOW)

    days = ("28/11 10:00", "26/12 14:30", "23/01 14:30", "27/02 14:30", "27/03 14:30", "24/04 14:30")
    found = list(Slot.objects.order_by("starts_at"))
    assert local(found) == list(days)
    assert {(slot.minutes, slot.places, slot.sequence) for slot in found[1:]} == {(90, 8, 1)}
    assert (told("mission_changed"), told("slots_changed")) == (1, 1)
    assert {(s.starts_at, s.ends_at) for s in Signup.objects.all()} == {
        (s.slot.starts_at, s.slot.ends_at) for s in Signup.objects.select_related("slot")
    }
    made.refresh_from_db()
    assert (made.starts_at_hour, made.minutes) == (time(14, 30), 90)


def test_all_or_none_and_the_day_is_said():
    _, slots = create_series()
    volunteer = create_volunteer()
    sign_up(volunteer, slots[2], now=NOW)
    elsewhere = create_slot(starts_at=SATURDAY + timedelta(weeks=2, hours=4))
    sign_up(volunteer, elsewhere, now=NOW)
    values = {"hour": time(14), "minutes": 60, "places": 3}
    with pytest.raises(PlanningError, match="Samedi 12.décembre 2026"):
        series.change_following(slots[0], **values, seen=print_of(slots), by=None, now=NOW)
    assert local(Slot.objects.filter(series__isnull=False).order_by("starts_at"))[0] == "28/11 10:00"
    assert told("mission_changed") == 0


def test_fewer_places_than_people_is_refused():
    _, slots = create_series()
    [sign_up(create_volunteer(), slots[3], now=NOW) for _ in range(2)]
    values = {"hour": time(10), "minutes": 60, "places": 1}
    with pytest.raises(PlanningError, match="2.places sont prises"):
        series.change_following(slots[0], **values, seen=print_of(slots), by=None, now=NOW)
    assert set(Slot.objects.values_list("places", flat=True)) == {3}


# --- Cancelled ---


@pytest.mark.parametrize(("only_this", "cancelled", "mails"), [(True, 1, (1, 0)), (False, 3, (0, 1))])
def test_cancelled_alone_or_with_those_that_follow(only_this, cancelled, mails):
    _, slots = create_series()
    volunteer = create_volunteer()
    for slot in (slots[0], slots[1], slots[3]):
        sign_up(volunteer, slot, now=NOW)
    seen = print_of([slots[1]] if only_this else slots[1:])

    number = series.cancel_from(slots[1], only_this=only_this, message=WORD, seen=seen, by=None, now=NOW)

    assert number == cancelled == Slot.objects.filter(cancelled_at__isnull=False).count()
    assert (told("mission_cancelled"), told("slots_cancelled")) == mails
    assert Signup.objects.get(slot=slots[0]).state == "confirmed"
    with pytest.raises(PlanningError):
        series.cancel_from(slots[1], only_this=only_this, message=WORD, seen=seen, by=None, now=NOW)
    assert (told("mission_cancelled"), told("slots_cancelled")) == mails


# --- Two agents ---


def test_the_second_agent_reads_what_the_first_did():
    _, slots = create_series()
    seen = print_of(slots)
    values = {"minutes": 60, "places": 3, "seen": seen, "by": None, "now": NOW}
    series.change_following(slots[0], hour=time(11), **values)
    for verb in (
        lambda: series.change_following(slots[0], hour=time(12), **values),
        lambda: series.cancel_from(slots[0], only_this=False, message=WORD, seen=seen, by=None, now=NOW),
    ):
        with pytest.raises(SeriesError, match="pendant que vous lisiez"):
            verb()
    assert local(Slot.objects.order_by("starts_at"))[0] == "28/11 11:00"


@pytest.mark.django_db(transaction=True)
def test_agents_and_volunteers_at_once_never_deadlock_and_one_agent_wins():
    made, slots = create_series(times=8)
    people = [create_volunteer() for _ in range(6)]
    seen = print_of(slots)
    values = {"minutes": 60, "places": 3, "seen": seen, "by": None, "now": NOW}
    changes = [lambda h=h: series.change_following(slots[0], hour=time(h), **values) for h in (11, 12, 13)]
    signing = [lambda v=v, s=s: sign_up(v, s, now=NOW) for v in people for s in (slots[0], slots[7])]

    outcomes = at_once(*changes, *signing)

    assert kinds_of(outcomes) == {"list": 1, "SeriesError": 2, "Signup": 12}
    hours = {slot.starts_at.astimezone(PARIS).hour for slot in made.slots.all()}
    assert len(hours) == 1
    assert {s.starts_at.astimezone(PARIS).hour for s in Signup.objects.all()} == hours


@pytest.mark.django_db(transaction=True)
def test_two_agents_repeating_the_same_slot_make_one_series():
    slot = create_slot(starts_at=SATURDAY)
    rule = {"every": "week", "until_on": None, "times": 3, "skips_holidays": False}
    outcomes = at_once(*[lambda: series.repeat(slot, **rule, seen=print_of([slot]), by=None, now=NOW)] * 4)
    assert kinds_of(outcomes) == {"Series": 1, "SeriesError": 3}
    assert Slot.objects.count() == 3


# --- The desk and the public page ---


def slot_url(slot, what):
    return f"/gestion/missions/slot/{slot.pk}/{what}/"


def test_an_agent_repeats_then_changes_then_cancels(client):
    slot = create_slot(create_mission(title="Café du samedi"), starts_at=SATURDAY, places=3)
    volunteer = create_volunteer()
    staff = client_of(create_staff())

    page = staff.get(slot_url(slot, "repeter"))
    answers = {
        "seen": page.context["form"]["seen"].value(),
        "every": "week",
        "times": 6,
        "skips_holidays": "on",
    }
    page = staff.post(slot_url(slot, "repeter"), answers)
    assert "samedi 26 décembre 2026" in text_of(page).replace("\u00a0", " ")
    assert Slot.objects.count() == 1
    days = page.context["form"]["days"].field.widget.attrs["value"]
    staff.post(slot_url(slot, "repeter"), {**answers, "days": days})
    assert Slot.objects.count() == 6
    words = text_of(client.get(slot.mission.get_absolute_url())).replace("\u00a0", " ")
    assert "Chaque semaine, le samedi à 10 h" in words

    second = Slot.objects.order_by("starts_at")[1]
    sign_up(volunteer, second, now=NOW)
    page = staff.get(slot_url(second, "modifier"))
    assert "1 personne inscrite à ce créneau. 4 créneaux suivent" in text_of(page).replace("\u00a0", " ")
    changed = {"seen": page.context["form"]["seen"].value(), "scope": "suivants", "day": "2026-12-05"}
    staff.post(slot_url(second, "modifier"), {**changed, "hour": "15:00", "minutes": 120, "places": 4})
    assert local(Slot.objects.order_by("starts_at"))[:3] == ["28/11 10:00", "05/12 15:00", "12/12 15:00"]
    # What another tab still shows is refused, and the page then shows what is.
    stale = staff.post(slot_url(second, "modifier"), {**changed, "hour": "16:00", "minutes": 60, "places": 4})
    assert "pendant que vous lisiez" in text_of(stale)

    page = staff.get(slot_url(second, "annuler"))
    seen = page.context["form"]["seen"].value()
    staff.post(slot_url(second, "annuler"), {"seen": seen, "scope": "suivants", "message": ""})
    assert told("mission_cancelled") == 0
    staff.post(slot_url(second, "annuler"), {"seen": seen, "scope": "suivants", "message": WORD})
    assert (told("mission_cancelled"), Slot.objects.filter(cancelled_at__isnull=True).count()) == (1, 1)


@pytest.mark.parametrize(
    ("role", "what", "status"),
    [
        ("civic_service", "repeter", 200),
        ("civic_service", "modifier", 200),
        ("civic_service", "annuler", 403),
        ("elected", "repeter", 403),
        ("elected", "modifier", 403),
        ("elected", "annuler", 403),
        ("ccas", "annuler", 200),
    ],
)
def test_pages_open_to_the_roles_of_the_matrix(role, what, status):
    slot = create_slot(starts_at=SATURDAY)
    assert client_of(create_staff(role)).get(slot_url(slot, what)).status_code == status


@pytest.mark.parametrize(
    "wrong",
    [
        {"scope": "tous"},
        {"hour": "25:00"},
        {"hour": ""},
        {"minutes": 0},
        {"minutes": "une heure"},
        {"places": 501},
        {"day": "2026-02-30"},
        {"seen": ""},
        {"seen": "autre chose"},
        {"day": "2020-01-01"},
    ],
)
def test_bad_input_changes_nothing(wrong):
    slot = create_slot(starts_at=SATURDAY)
    staff = client_of(create_staff())
    seen = staff.get(slot_url(slot, "modifier")).context["form"]["seen"].value()
    good = {
        "seen": seen,
        "scope": "celui-ci",
        "day": "2026-11-28",
        "hour": "12:00",
        "minutes": 60,
        "places": 2,
    }
    assert staff.post(slot_url(slot, "modifier"), {**good, **wrong}).status_code == 200
    assert local(Slot.objects.all()) == ["28/11 10:00"]
    assert staff.post(slot_url(slot, "modifier"), good).status_code == 302
    assert local(Slot.objects.all()) == ["28/11 12:00"]


def test_past_and_unknown_slots_are_absent():
    staff = client_of(create_staff())
    past = create_slot(starts_at=NOW - timedelta(hours=1))
    paths = [slot_url(past, "modifier"), "/gestion/missions/slot/999999/repeter/"]
    paths.append("/gestion/missions/slot/serie/999999/prolonger/")
    assert [staff.get(path).status_code for path in paths] == [404, 404, 404]


def test_mission_page_of_the_desk_prolongs():
    made, slots = create_series(times=3)
    staff = client_of(create_staff())
    page = staff.get(f"/gestion/missions/mission/{made.mission_id}/change/")
    assert "Chaque semaine, le samedi à 10 h : 3 créneaux" in text_of(page).replace("\u00a0", " ")
    url = f"/gestion/missions/slot/serie/{made.pk}/prolonger/"
    seen = staff.get(url).context["form"]["seen"].value()
    assert staff.post(url, {"seen": seen, "until_on": "2026-12-01"}).status_code == 200
    staff.post(url, {"seen": seen, "until_on": "2026-12-26"})
    assert local(Slot.objects.order_by("starts_at"))[3:] == ["19/12 10:00", "26/12 10:00"]
    assert Mission.objects.count() == 1
