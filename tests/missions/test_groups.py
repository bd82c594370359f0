"""Groups of young people with an adult: N + 1 places or none, never in a home, no name of theirs anywhere."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from missions import groups
from missions.attendance import AttendanceError, record
from missions.erasure import erase_person
from missions.groups import sign_up_group
from missions.listing import Listing
from missions.models import Group, HelpOffer, Mission, Signup, Suspension
from missions.planning import PlanningError, change_slot
from missions.signups import (
    NotAllowed,
    SignupError,
    SlotFull,
    accept_offer,
    approve,
    promote_waiting,
    sign_up,
    withdraw,
)
from missions.statistics import month_figures, shown
from tests.conftest import text_of as mail_text
from tests.desk.forms import fields_of, text_of
from tests.desk.people import client_of, create_staff
from tests.factories import (
    NOW,
    TODAY,
    create_mission,
    create_quartier,
    create_signup,
    create_slot,
    create_user,
    create_volunteer,
)
from tests.mail.conftest import deliver_all
from tests.missions.test_races import at_once, kinds_of
from vitre_civique.lib.months import month_of
from vitre_civique.notifications.models import Notification
from vitre_civique.personal_export import sections_of
from volunteers.models import HourEntry

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def create_group(leader=None, **fields):
    fields.setdefault("name", f"Commission {Group.objects.count() + 1}")
    fields.setdefault("young_count", 12)
    return Group.objects.create(leader=leader or create_volunteer(), approved_at=NOW, **fields)


def group_slot(places=20, **fields):
    mission = fields.pop("mission", None) or create_mission(is_open_to_groups=True)
    return create_slot(mission, places=places, **fields)


def join(group, slot, young_count=9):
    return sign_up_group(group, slot, young_count=young_count, by=group.leader.user, now=NOW)


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


# --- Places ---


def test_a_group_takes_a_place_each_and_gives_them_all_back():
    slot, group = group_slot(places=12), create_group()

    signup = join(group, slot)

    assert (signup.state, signup.seats, signup.young_count) == ("confirmed", 10, 9)
    assert [sign_up(create_volunteer(), slot, now=NOW).state for _ in range(3)] == [
        "confirmed",
        "confirmed",
        "waiting",
    ]
    assert Signup.objects.filter(slot=slot).seats_held(NOW) == 12
    number, lines = Listing({}, now=NOW).first(2)
    assert (number, [line.held_count for line in lines]) == (1, [12])
    assert Listing({}, only_open=True, now=NOW).first(2) == (0, [])

    withdraw(signup, by=group.leader.user, now=NOW)

    assert sorted(slot.signups.values_list("state", flat=True)) == [
        "confirmed",
        "confirmed",
        "offered",
        "withdrawn",
    ]
    assert Signup.objects.filter(slot=slot).seats_held(NOW) == 3
    kinds = Notification.objects.filter(recipient=group.leader.user).values_list("kind", flat=True)
    assert list(kinds.order_by("id")) == ["signup_confirmed", "signup_withdrawn"]


def test_all_together_or_not_at_all():
    slot, group = group_slot(places=12), create_group()
    [sign_up(create_volunteer(), slot, now=NOW) for _ in range(3)]
    with pytest.raises(SlotFull, match="9.places restent, et il en faut 10"):
        join(group, slot)
    assert join(group, slot, young_count=8).seats == 9


def waiting_group(slot, young_count=9):
    group = create_group()
    signup = sign_up_group(group, slot, young_count=young_count, by=group.leader.user, now=NOW, waits=True)
    return group, signup


def test_a_group_waits_and_is_offered_its_places_once_all_are_free_together():
    slot = group_slot(places=12)
    alone = [sign_up(create_volunteer(), slot, now=NOW) for _ in range(4)]
    group, signup = waiting_group(slot)
    assert (signup.state, signup.seats, Signup.objects.filter(slot=slot).seats_held(NOW)) == (
        "waiting",
        10,
        4,
    )

    withdraw(alone[0], by=None, now=NOW)
    signup.refresh_from_db()
    assert signup.state == "waiting"  # nine are free, ten are needed
    withdraw(alone[1], by=None, now=NOW)
    signup.refresh_from_db()
    assert (signup.state, Signup.objects.filter(slot=slot).seats_held(NOW)) == ("offered", 12)
    assert sign_up(create_volunteer(), slot, now=NOW).state == "waiting"
    accept_offer(signup, by=group.leader.user, now=NOW)

    assert (signup.state, Signup.objects.filter(slot=slot).seats_held(NOW)) == ("confirmed", 12)
    kinds = Notification.objects.filter(recipient=group.leader.user).order_by("id")
    assert list(kinds.values_list("kind", flat=True)) == [
        "signup_waiting",
        "place_offered",
        "signup_confirmed",
    ]


def test_nobody_waits_behind_a_group_for_places_it_cannot_use_and_a_paused_group_is_passed_over():
    slot = group_slot(places=11)
    sitting = [sign_up(create_volunteer(), slot, now=NOW) for _ in range(3)]
    group, signup = waiting_group(slot)
    assert sign_up(create_volunteer(), slot, now=NOW).state == "confirmed"

    Group.objects.filter(pk=group.pk).update(is_active=False)
    for one in sitting:
        withdraw(one, by=None, now=NOW)
    signup.refresh_from_db()
    assert signup.state == "waiting"


@pytest.mark.parametrize("change", ["paused", "another adult"])
def test_only_the_adult_who_answers_for_an_active_group_is_offered_its_places_and_takes_them(change):
    slot = group_slot(places=10)
    sitting = sign_up(create_volunteer(), slot, now=NOW)
    group, signup = waiting_group(slot)
    other = create_volunteer()
    changed = {"is_active": False} if change == "paused" else {"leader": other}

    Group.objects.filter(pk=group.pk).update(**changed)
    withdraw(sitting, by=None, now=NOW)
    signup.refresh_from_db()
    assert signup.state == "waiting"

    Group.objects.filter(pk=group.pk).update(is_active=True, leader=group.leader)
    promote_waiting(slot, now=NOW)
    Group.objects.filter(pk=group.pk).update(**changed)
    with pytest.raises(SignupError, match="Ce groupe n’est plus à vous"):
        accept_offer(signup, by=group.leader.user, now=NOW)
    signup.refresh_from_db()
    assert signup.state == "offered"


def test_a_group_larger_than_the_slot_never_waits():
    slot = group_slot(places=9)
    with pytest.raises(SlotFull, match="Ce créneau n’a que 9.places en tout"):
        waiting_group(slot)
    assert not Signup.objects.exists()


@time_machine.travel(NOW, tick=False)
def test_the_page_offers_to_wait_when_the_places_are_short(mailbox):
    slot, group = group_slot(places=12), create_group(name="Classe de 4e B")
    taken = [sign_up(create_volunteer(), slot, now=NOW) for _ in range(3)]
    client, url = signed_in(group.leader.user), f"/creneaux/{slot.pk}/inscrire-un-groupe/"
    asked = {"group": group.pk, "young_count": 9}
    wait = "Nous mettre sur la liste d’attente"
    assert wait not in text_of(client.get(url))

    refused = client.post(url, asked)
    assert (refused.status_code, wait in text_of(refused), Signup.objects.count()) == (409, True, 3)
    waiting = client.post(url, {**asked, "waits": "1"}, follow=True)
    assert "votre groupe attend que ses places se libèrent" in text_of(waiting)
    assert "Vos 10 places vous sont proposées ensemble" in text_of(waiting)
    deliver_all(NOW)
    withdraw(taken[0], by=None, now=NOW)
    deliver_all(NOW)

    told, offered = mailbox.to(group.leader.user.email)
    assert "Vos 10 places vous sont proposées ensemble" in mail_text(told)
    assert offered["Subject"] == "Des places se sont libérées pour votre groupe"
    assert "10 places viennent de se libérer, pour votre groupe et vous." in mail_text(offered)


@pytest.mark.django_db(transaction=True)
def test_groups_that_wait_are_never_offered_more_than_there_is_by_threads_at_once():
    slot = group_slot(places=20)
    alone = [sign_up(create_volunteer(), slot, now=NOW) for _ in range(20)]
    waiting = [waiting_group(slot)[1] for _ in range(3)]

    at_once(
        *(lambda s=s: withdraw(Signup.objects.get(pk=s.pk), by=None, now=NOW) for s in alone[:12]),
        *[lambda: promote_waiting(slot, now=NOW)] * 4,
    )

    states = sorted(Signup.objects.filter(pk__in=[s.pk for s in waiting]).values_list("state", flat=True))
    assert states == ["offered", "waiting", "waiting"]
    assert Signup.objects.filter(slot=slot).seats_held(NOW) == 18


def test_places_kept_for_first_missions_stay_kept():
    slot = group_slot(places=12, newcomer_places=3, starts_at=NOW + DAY * 9)
    with pytest.raises(SlotFull):
        join(create_group(), slot)
    assert join(create_group(), slot, young_count=8).seats == 9


def test_an_agent_approves_where_each_signup_is_approved():
    mission = create_mission(is_open_to_groups=True, needs_approval=True)
    slot = group_slot(places=10, mission=mission, starts_at=NOW + DAY * 9)
    signup = join(create_group(), slot)
    assert (signup.state, Signup.objects.filter(slot=slot).seats_held(NOW)) == ("pending", 10)
    later = signup.expires_at + DAY
    late = sign_up(create_volunteer(), slot, now=later)
    with pytest.raises(SlotFull):
        approve(Signup.objects.get(pk=signup.pk), by=None, now=later)
    assert late.state == "pending"


def test_places_do_not_shrink_under_a_group():
    slot = group_slot(places=12)
    join(create_group(), slot)
    with pytest.raises(PlanningError, match="10.places sont prises"):
        change_slot(slot, starts_at=slot.starts_at, ends_at=slot.ends_at, places=9, by=None, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_fifty_adults_at_once_never_oversell():
    slot = group_slot(places=45)
    made = [create_group(create_volunteer(pledged=False), name=f"Groupe {n}") for n in range(30)]
    alone = [create_volunteer(pledged=False) for _ in range(20)]

    outcomes = at_once(
        *(lambda g=group: join(g, slot) for group in made),
        *(lambda v=volunteer: sign_up(v, slot, now=NOW) for volunteer in alone),
    )

    found = kinds_of(outcomes)
    assert found["SlotFull"] + found["Signup"] == 50
    held = Signup.objects.filter(slot=slot).seats_held(NOW)
    together = Signup.objects.filter(slot=slot, group__isnull=False)
    assert (held <= 45, together.count() <= 4, set(together.values_list("seats", flat=True)) <= {10}) == (
        True,
    ) * 3
    # What is left is less than a group, or everyone alone has a place.
    waiting = Signup.objects.filter(slot=slot, state="waiting").count()
    assert held == 45 if waiting else held > 35


# --- The database has the last word ---


def raw(slot, volunteer, group, seats, state="confirmed"):
    """What a mistake of ours would write."""
    return create_signup(slot, volunteer, group=group, seats=seats, state=state)


def test_database_refuses_more_people_than_places():
    slot, group = group_slot(places=12), create_group()
    raw(slot, group.leader, group, 10)
    create_signup(slot), create_signup(slot)
    other = create_group()
    for write in (
        lambda: create_signup(slot),
        lambda: raw(slot, other.leader, other, 2),
        lambda: Signup.objects.filter(slot=slot, group=group).update(seats=11),
    ):
        with pytest.raises(IntegrityError, match="more people than places"), transaction.atomic():
            write()


def test_database_refuses_a_group_where_none_is_expected():
    group = create_group()
    with pytest.raises(IntegrityError, match="expects no group"), transaction.atomic():
        raw(create_slot(places=20), group.leader, group, 5)


@pytest.mark.parametrize("fields", [{"seats": 2}, {"seats": 0}, {"young_present": 1}])
def test_database_refuses_several_places_for_one_person(fields):
    signup = create_signup(create_slot(places=9))
    with pytest.raises(IntegrityError), transaction.atomic():
        Signup.objects.filter(pk=signup.pk).update(**fields)


def test_database_refuses_a_group_in_a_home_and_a_meeting_in_one():
    for flag in ("is_open_to_groups", "is_meeting"):
        with pytest.raises(IntegrityError), transaction.atomic():
            create_mission(kind="interpersonal", **{flag: True})


@pytest.mark.parametrize("number", [0, 61])
def test_database_refuses_a_group_of_a_strange_size(number):
    with pytest.raises(IntegrityError), transaction.atomic():
        create_group(young_count=number)


# --- Who may ---


def test_only_its_own_adult_an_active_group_an_expected_mission_a_sensible_number():
    slot = group_slot()
    paused, own = create_group(is_active=False), create_group()
    minor = create_group(create_volunteer(user=create_user(birth_date=date(2009, 5, 1))))
    stopped = create_group()
    Suspension.objects.create(person=stopped.leader.user, reason="Une plainte", from_at=NOW)
    erased = create_group()
    Group.objects.filter(pk=erased.pk).update(leader=None)
    for group, where, number in (
        (paused, slot, 5),
        (own, create_slot(places=20), 5),
        (own, slot, 13),
        (own, slot, 0),
        (minor, slot, 5),
        (stopped, slot, 5),
    ):
        with pytest.raises(NotAllowed):
            join(group, where, young_count=number)
    with pytest.raises(NotAllowed):
        sign_up_group(Group.objects.get(pk=erased.pk), slot, young_count=5, by=None, now=NOW)
    assert not Signup.objects.exists()


def test_what_a_leader_reads_and_nobody_else_s_group():
    mine, other = create_group(), create_group()
    assert list(groups.of_leader(mine.leader)) == [mine]
    assert list(groups.of_leader(None)) == []
    slot = group_slot()
    with time_machine.travel(NOW, tick=False):
        answer = signed_in(mine.leader.user).post(
            f"/creneaux/{slot.pk}/inscrire-un-groupe/", {"group": other.pk, "young_count": 3}
        )
    assert (answer.status_code, Signup.objects.count()) == (409, 0)


# --- Afterwards ---


def test_attendance_writes_minutes_for_the_adult_alone_and_a_figure_for_the_group():
    slot = group_slot(places=12, starts_at=NOW - timedelta(hours=3), minutes=90)
    group = create_group()
    signup = raw(slot, group.leader, group, 10)
    agent = create_user()

    record(signup, "attended", young_present=8, by=agent, now=NOW)

    assert [(e.volunteer, e.minutes) for e in HourEntry.objects.all()] == [(group.leader, 90)]
    figures = month_figures(month_of(TODAY), now=NOW)
    assert (figures.minutes_given, figures.group_minutes, figures.group_people) == (90, 720, 8)
    assert [f.value.replace("\u00a0", " ") for f in shown(figures, hides_small=False)][-1] == "12 heures"
    assert [f.value for f in shown(figures, hides_small=True)][-1] == "non publié"

    signup = Signup.objects.get()
    record(signup, "attended", minutes=60, by=agent, reason="Parti plus tôt.", now=NOW)
    assert Signup.objects.get().young_present == 8
    record(signup, "absent", by=agent, reason="Ce n’était pas ce groupe.", now=NOW)
    assert (Signup.objects.get().young_present, month_figures(month_of(TODAY), now=NOW).group_minutes) == (
        None,
        0,
    )


@pytest.mark.parametrize("number", [-1, 10])
def test_no_more_young_people_present_than_signed_up(number):
    slot = group_slot(places=12, starts_at=NOW - timedelta(hours=3))
    group = create_group()
    signup = raw(slot, group.leader, group, 10)
    with pytest.raises(AttendanceError):
        record(signup, "attended", young_present=number, by=None, now=NOW)


def test_a_month_without_groups_shows_no_figure_of_groups():
    assert len(shown(month_figures(month_of(TODAY), now=NOW), hides_small=False)) == 3


# --- Pages ---


@time_machine.travel(NOW, tick=False)
def test_an_agent_writes_a_group_down_and_its_adult_signs_it_up_then_withdraws():
    leader = create_volunteer(user=create_user(first_name="Maëlle", last_name="Guérin"))
    staff = client_of(create_staff())
    url = "/gestion/missions/group/add/"
    good = {"name": "Classe de 4e B", "leader": leader.pk, "young_count": 12, "is_active": "on"}
    young = create_volunteer(user=create_user(birth_date=date(2009, 5, 1)))
    for wrong in (
        {"name": ""},
        {"name": "Classe de Mme Durand"},
        {"leader": ""},
        {"leader": young.pk},
        {"young_count": 0},
        {"young_count": 61},
        {"young_count": "douze"},
    ):
        assert staff.post(url, {**good, **wrong}).status_code == 200
    staff.post(url, good)
    group = Group.objects.get()
    assert (group.leader, group.approved_by is not None, group.approved_at) == (leader, True, NOW)

    slot = group_slot(places=14)
    client = signed_in(leader.user)
    assert "Inscrire mon groupe" in text_of(client.get("/mes-groupes/"))
    url = f"/creneaux/{slot.pk}/inscrire-un-groupe/"
    assert client.get(url).context["form"]["young_count"].value() == 12
    for wrong in (
        {"young_count": 0},
        {"young_count": 13},
        {"young_count": "x"},
        {"group": ""},
        {"group": 999},
    ):
        assert client.post(url, {"group": group.pk, "young_count": 12, **wrong}).status_code == 409
    answer = client.post(url, {"group": group.pk, "young_count": 12})
    signup = Signup.objects.get()
    assert (answer.url, signup.seats) == (f"/inscriptions/{signup.pk}/", 13)
    assert "Classe de 4e B : 12 jeunes et vous, 13 places" in text_of(client.get(answer.url)).replace(
        "\u00a0", " "
    )
    assert "Il reste une place" in text_of(Client().get(slot.mission.get_absolute_url()))
    client.post(f"/inscriptions/{signup.pk}/se-desister/", {"reason": ""})
    assert Signup.objects.get().state == "withdrawn"


@time_machine.travel(NOW, tick=False)
def test_phone_sheet_and_desk_sheet_count_heads():
    slot = group_slot(places=30, starts_at=NOW - timedelta(hours=1))
    first, second = create_group(name="Commission solidarité"), create_group(name="Classe de 4e B")
    one, two = raw(slot, first.leader, first, 10), raw(slot, second.leader, second, 6)
    staff = client_of(create_staff())

    page = text_of(staff.get(f"/creneaux/{slot.pk}/presence/")).replace("\u00a0", " ")
    assert "Avec 9 jeunes : Commission solidarité" in page
    staff.post(f"/inscriptions/{one.pk}/noter/", {"outcome": "attended", "young_present": 7})
    url = f"/gestion/missions/slot/{slot.pk}/feuille/"
    assert "Jeunes présents" in text_of(staff.get(url))
    staff.post(
        url,
        {
            f"s{two.pk}-state": "attended",
            f"s{two.pk}-young_present": 5,
            f"s{one.pk}-state": "attended",
            f"s{one.pk}-young_present": 7,
            f"s{one.pk}-minutes": 60,
        },
    )
    assert list(Signup.objects.order_by("id").values_list("young_present", flat=True)) == [7, 5]


@pytest.mark.parametrize("number", [1, 3])
@time_machine.travel(NOW, tick=False)
def test_my_groups_cost_the_same_for_one_and_three(django_assert_num_queries, number):
    leader = create_volunteer()
    for n in range(number):
        join(create_group(leader), group_slot(starts_at=NOW + DAY * (3 + n)))
    client = signed_in(leader.user)
    client.get("/mes-groupes/")
    with django_assert_num_queries(9):
        client.get("/mes-groupes/")


def test_residents_without_pledge_lead_no_group():
    slot = group_slot()
    for path in ("/mes-groupes/", f"/creneaux/{slot.pk}/inscrire-un-groupe/"):
        assert signed_in(create_user()).get(path).status_code == 403
        assert Client().get(path).status_code == 302
    client = signed_in(create_volunteer().user)
    assert "La mairie n’a pas encore noté de groupe" in text_of(client.get(path))
    ordinary = create_slot()
    assert client.get(f"/creneaux/{ordinary.pk}/inscrire-un-groupe/").status_code == 404


def test_erasing_the_adult_gives_the_places_back_and_leaves_the_group_without_one():
    slot, group = group_slot(places=12), create_group()
    join(group, slot)
    waiting = sign_up(create_volunteer(), create_slot(slot.mission), now=NOW)
    erase_person(group.leader.user, now=NOW)
    group.refresh_from_db()
    assert (group.leader, Signup.objects.filter(slot=slot).seats_held(NOW)) == (None, 0)
    assert list(slot.signups.values_list("state", "volunteer")) == [("withdrawn", None)]
    assert Signup.objects.get(pk=waiting.pk).state == "confirmed"


def test_a_leader_reads_their_group_and_their_offer_among_their_data():
    leader = create_volunteer(quartier=create_quartier())
    create_group(leader, name="Classe de 4e B")
    HelpOffer.objects.create(
        volunteer=leader,
        quartier=leader.quartier,
        help_kind="company",
        text="Une promenade.",
        when_text="le samedi",
        submitted_at=NOW,
    )
    tables = {section.key: section.rows for section in sections_of(leader.user)}
    assert tables["groups"][0][:2] == ["Classe de 4e B", "12"]
    assert tables["help_offers"][0][1:3] == ["Une promenade.", "le samedi"]


def test_form_of_a_mission_refuses_a_group_in_a_home():
    mission = create_mission(kind="interpersonal")
    mission.is_open_to_groups = True
    with pytest.raises(ValidationError, match="Un groupe ne va pas chez quelqu’un"):
        mission.validate_constraints()


def mission_page(mission, **changes):
    client, url = client_of(create_staff("agent")), f"/gestion/missions/mission/{mission.pk}/change/"
    data = fields_of(client.get(url), "form#mission_form") | changes
    return client.post(url, {name: value for name, value in data.items() if value is not None})


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    "change", [{"kind": "interpersonal", "is_open_to_groups": None}, {"is_open_to_groups": None}]
)
def test_an_agent_does_not_close_a_mission_to_the_group_that_comes(change):
    """A group expected in a park must not be sent to a home by a change of kind."""
    slot = group_slot()
    join(create_group(), slot)

    page = mission_page(slot.mission, **change)

    slot.mission.refresh_from_db()
    assert (slot.mission.kind, slot.mission.is_open_to_groups) == ("collective", True)
    assert "Un groupe est inscrit" in text_of(page)


def test_a_mission_closed_to_groups_in_the_meantime_says_so_to_the_agent():
    slot = group_slot(mission=create_mission(is_open_to_groups=True, needs_approval=True))
    signup = join(create_group(), slot)
    Mission.objects.update(is_open_to_groups=False)

    with pytest.raises(NotAllowed, match="n’accueille pas de groupe"):
        approve(signup, by=create_user(), now=NOW)
    signup.refresh_from_db()
    assert signup.state == "pending"
