"""Two neighbours are introduced: states, both sides at once, taking back, closing, what each is told."""

from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.db import IntegrityError, transaction
from django.urls import reverse

from missions import introductions, substitutes
from missions.introductions import IntroductionError, agree, disclose, propose, revoke, sweep
from missions.models import DisclosureLog, Introduction, IntroductionState, PrivatePlace, Signup
from missions.planning import cancel
from missions.signups import sign_up, withdraw
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
from tests.missions.test_races import at_once
from vitre_civique.lib.states import TransitionError, move
from vitre_civique.notifications.models import Notification

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MOVES = {
    ("proposed", "one_agreed"),
    ("one_agreed", "both_agreed"),
    ("both_agreed", "shared"),
    *(
        (one, end)
        for one in ("proposed", "one_agreed", "both_agreed", "shared")
        for end in ("closed", "revoked")
    ),
}


def home(**fields):
    """A slot at a neighbour's, in three days."""
    asker = fields.pop("asker", None) or create_user(first_name="Yvonne", last_name="Canari")
    mission = create_mission(
        kind="interpersonal", title="Une haie", proposed_by=asker, beneficiary=asker, **fields
    )
    PrivatePlace.objects.create(mission=mission, address="3, rue du Canari", phone="+33299000042")
    return create_slot(mission)


def introduced(**fields):
    return create_introduction(create_signup(home()), **fields)


def kinds_told(user):
    return sorted(Notification.objects.filter(recipient=user).values_list("kind", flat=True))


@pytest.mark.parametrize("source", IntroductionState.values)
def test_state_matrix(source):
    row = introduced(state="shared")
    for target in IntroductionState.values:
        Introduction.objects.filter(pk=row.pk).update(state=source)
        row.refresh_from_db()
        try:
            move(row, target, now=NOW)
            moved = True
        except TransitionError:
            moved = False
        assert moved == ((source, target) in MOVES), (source, target)


def test_the_database_refuses_sharing_without_both():
    row = introduced(state="one_agreed", volunteer_agreed_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Introduction.objects.filter(pk=row.pk).update(state="shared", shared_at=NOW)


def test_signing_up_proposes_and_asks_the_neighbour():
    slot, volunteer = home(), create_volunteer()
    signup = sign_up(volunteer, slot, now=NOW)
    row = Introduction.objects.get(signup=signup)
    assert (row.state, len(row.code), row.volunteer_shares, row.neighbour_shares) == ("proposed", 4, [], [])
    assert kinds_told(slot.mission.proposed_by) == ["introduction_proposed"]
    assert kinds_told(volunteer.user) == ["signup_confirmed"]


@pytest.mark.parametrize("kind", ["collective", "association"])
def test_elsewhere_than_between_neighbours_nobody_is_introduced(kind):
    sign_up(create_volunteer(), create_slot(create_mission(kind=kind)), now=NOW)
    assert Introduction.objects.count() == 0


def test_a_minor_goes_through_the_coordinator():
    minor = create_user(birth_date=NOW.date() - timedelta(days=365 * 17))
    signup = create_signup(home(), create_volunteer(user=minor))
    assert propose(signup, now=NOW) is None


def test_both_yes_share_and_tell_both():
    row = introduced(state="proposed")
    asker, volunteer = row.signup.slot.mission.proposed_by, row.signup.volunteer.user
    row = agree(row, side="volunteer", shares=["phone"], by=volunteer, now=NOW)
    assert (row.state, row.volunteer_shares, row.shared_at) == ("one_agreed", ["phone"], None)
    with pytest.raises(IntroductionError):
        disclose(row, side="volunteer", viewer=volunteer, now=NOW)
    row = agree(row, side="neighbour", shares=["address", "phone"], by=asker, now=NOW)
    assert (row.state, row.shared_at) == ("shared", NOW)
    assert list(row.state_changes.values_list("from_state", "to_state")) == [
        ("proposed", "one_agreed"),
        ("one_agreed", "both_agreed"),
        ("both_agreed", "shared"),
    ]
    assert kinds_told(asker) == ["introduction_shared_neighbour"]
    assert kinds_told(volunteer) == ["introduction_shared"]
    assert disclose(row, side="volunteer", viewer=volunteer, now=NOW) == {
        "Téléphone": "+33299000042",
        "Adresse": "3, rue du Canari",
    }
    assert DisclosureLog.objects.count() == 1


def test_the_same_side_twice_changes_its_choice_and_shares_nothing():
    row = introduced(state="proposed")
    user = row.signup.volunteer.user
    agree(row, side="volunteer", shares=["phone"], by=user, now=NOW)
    row = agree(row, side="volunteer", shares=["email"], by=user, now=NOW)
    assert (row.state, row.volunteer_shares) == ("one_agreed", ["email"])


def test_a_detail_of_the_other_side_cannot_be_chosen():
    with pytest.raises(IntroductionError):
        agree(introduced(state="proposed"), side="volunteer", shares=["address"], by=None, now=NOW)


@pytest.mark.parametrize("state", ["closed", "revoked", "shared"])
def test_nothing_is_agreed_after_the_end(state):
    with pytest.raises(IntroductionError):
        agree(introduced(state=state), side="neighbour", shares=[], by=None, now=NOW)


def test_taking_back_hides_and_tells_the_other_side_only():
    row = introduced(neighbour_shares=["address"], volunteer_shares=["phone"])
    asker, volunteer = row.signup.slot.mission.proposed_by, row.signup.volunteer.user
    revoke(row, by=volunteer, side="volunteer", now=NOW)
    row.refresh_from_db()
    assert row.state == "revoked"
    assert (kinds_told(asker), kinds_told(volunteer)) == (["introduction_revoked_neighbour"], [])
    assert Signup.objects.get().state == "confirmed"
    with pytest.raises(IntroductionError):
        disclose(row, side="neighbour", viewer=asker, now=NOW)
    with pytest.raises(IntroductionError):
        revoke(row, by=volunteer, side="volunteer", now=NOW)


def test_withdrawing_and_cancelling_end_it():
    one, two = introduced(), introduced()
    withdraw(one.signup, by=one.signup.volunteer.user, now=NOW)
    cancel(two.signup.slot.mission, by=None, message="Pas possible.", now=NOW)
    assert list(Introduction.objects.order_by("id").values_list("state", flat=True)) == ["revoked", "revoked"]


def test_a_withdrawal_on_the_last_day_tells_who_waits_at_the_door():
    slot = home()
    signup = create_signup(slot)
    asker = slot.mission.proposed_by
    withdraw(signup, by=signup.volunteer.user, now=slot.starts_at - timedelta(hours=3))
    assert kinds_told(asker) == ["nobody_comes"]


def test_a_withdrawal_days_before_tells_the_neighbour_too_and_asks_nobody_at_once():
    slot = home()
    create_volunteer()
    signup = create_signup(slot)
    withdraw(signup, by=signup.volunteer.user, now=slot.starts_at - timedelta(hours=25))
    assert kinds_told(slot.mission.proposed_by) == ["nobody_comes"]
    assert Notification.objects.filter(kind__in=["late_withdrawal", "substitute_wanted"]).count() == 0


def test_substitutes_are_asked_in_rank_order_the_next_few_when_the_first_are_silent():
    slot = home(quartier=create_quartier())
    here, elsewhere = slot.mission.quartier, create_quartier()
    near = [create_volunteer(quartier=here).user_id for _ in range(5)]
    far = [create_volunteer(quartier=elsewhere, reach="town").user_id for _ in range(2)]
    signup = create_signup(slot, create_volunteer(quartier=elsewhere))
    at = slot.starts_at - timedelta(hours=5)

    def asked():
        rows = Notification.objects.filter(kind="substitute_wanted").order_by("id")
        return list(rows.values_list("recipient", flat=True))

    withdraw(signup, by=signup.volunteer.user, now=at)
    assert asked() == near
    assert substitutes.go_on(now=at + timedelta(minutes=44)) == 0
    assert substitutes.go_on(now=at + timedelta(minutes=46)) == 2
    assert asked() == [*near, *far]
    assert substitutes.go_on(now=at + timedelta(minutes=47)) == 0
    create_volunteer(quartier=here)
    create_signup(slot)  # the place is taken: nobody more is disturbed
    assert substitutes.go_on(now=at + timedelta(hours=2)) == 0


def test_a_neighbour_without_email_is_on_the_call_list():
    mother = create_user(email=None, phone="+33299000043", preferred_channel="phone")
    signup = create_signup(home(asker=mother))
    withdraw(signup, by=signup.volunteer.user, now=signup.starts_at - timedelta(hours=3))
    assert Notification.objects.values_list("channel", "recipient").get(kind="nobody_comes") == (
        "phone",
        mother.pk,
    )


def test_sweep_opens_what_is_missing_and_closes_what_is_over():
    missing = create_signup(home())
    fresh = introduced()
    shared = introduced()
    never = introduced(state="proposed")
    over = shared.signup.ends_at
    assert sweep(now=NOW) == 1
    assert sweep(now=NOW) == 0
    assert Introduction.objects.get(signup=missing).state == "proposed"
    assert sweep(now=over) == 2  # what was never shared has no reason to stay open
    assert sweep(now=over + 30 * DAY) == 2
    states = dict(Introduction.objects.values_list("pk", "state"))
    assert {states[row.pk] for row in (fresh, shared, never)} == {"closed"}


@pytest.mark.django_db(transaction=True)
def test_both_sides_at_once_share_once():
    row = introduced(state="proposed")
    asker, volunteer = row.signup.slot.mission.proposed_by, row.signup.volunteer.user
    outcomes = at_once(
        lambda: agree(row, side="volunteer", shares=["phone"], by=volunteer, now=NOW),
        lambda: agree(row, side="neighbour", shares=["address"], by=asker, now=NOW),
        lambda: agree(row, side="neighbour", shares=["address"], by=asker, now=NOW),
    )
    row.refresh_from_db()
    assert row.state == "shared"
    assert row.state_changes.count() == 3
    assert {type(each).__name__ for each in outcomes} <= {"Introduction", "IntroductionError"}


@pytest.mark.django_db(transaction=True)
def test_withdrawing_while_the_other_agrees_never_leaves_it_open():
    row = introduced(state="one_agreed", volunteer_agreed_at=NOW)
    signup = row.signup
    outcomes = at_once(
        lambda: agree(row, side="neighbour", shares=["address"], by=None, now=NOW),
        lambda: withdraw(signup, by=signup.volunteer.user, now=NOW),
    )
    assert Signup.objects.get().state == "withdrawn"
    row.refresh_from_db()
    assert row.state == "revoked"
    assert {type(each).__name__ for each in outcomes} <= {"Introduction", "IntroductionError", "Signup"}


# --- Pages ---


def words(answer):
    return " ".join(BeautifulSoup(answer.content, "html.parser").get_text(" ").split())


def test_the_pages_check_then_agree_then_show(client):
    row = introduced(state="one_agreed", volunteer_agreed_at=NOW, volunteer_shares=["phone"])
    user = row.signup.volunteer.user
    user.phone = "+33612345678"
    user.save()
    client.force_login(row.signup.slot.mission.proposed_by)
    url = reverse("missions:introduction", args=[row.pk])
    with time_machine.travel(NOW, tick=False):
        page = client.get(url)
        assert user.last_name not in words(page)
        checked = client.post(url, {"shares": ["address", "phone"]})
        assert "Vérifiez ce que vous montrez à Camille" in words(checked)
        row.refresh_from_db()
        assert row.state == "one_agreed"
        client.post(url, {"shares": ["address", "phone"], "act": "agree"})
        row.refresh_from_db()
        assert (row.state, row.neighbour_shares) == ("shared", ["address", "phone"])
        shown = client.post(reverse("missions:reveal", args=[row.pk]))
        assert "+33612345678" in words(shown)
        assert user.last_name not in words(shown)
        assert shown["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
        assert row.code in words(client.get(reverse("missions:introduction_card", args=[row.pk])))


def test_bad_input_is_refused_in_words(client):
    row = introduced(state="proposed")
    client.force_login(row.signup.volunteer.user)
    with time_machine.travel(NOW, tick=False):
        answer = client.post(
            reverse("missions:introduction", args=[row.pk]), {"shares": ["address"], "act": "agree"}
        )
    assert "Choisissez dans la liste ce que vous montrez." in words(answer)
    row.refresh_from_db()
    assert row.state == "proposed"


@pytest.mark.parametrize("name", ["introduction", "introduction_card", "conversation"])
def test_anyone_else_finds_nothing(client, name):
    row = introduced()
    client.force_login(create_user())
    assert client.get(reverse(f"missions:{name}", args=[row.pk])).status_code == 404


def test_the_page_keeps_its_number_of_queries(client, django_assert_num_queries):
    volunteer = create_volunteer(quartier=create_quartier())
    client.force_login(volunteer.user)
    client.get(reverse("missions:messages"))
    for _ in range(2):
        create_introduction(
            create_signup(create_slot(home().mission, minutes=30), volunteer, state="attended", minutes=30)
        )
        with django_assert_num_queries(4), time_machine.travel(NOW, tick=False):
            client.get(reverse("missions:messages"))


def test_for_page_gives_each_row_once():
    row = introduced()
    assert list(introductions.for_page(row.signup.slot.mission.proposed_by)) == [row]
