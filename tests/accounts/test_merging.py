"""Two rows for one person: the preview writes nothing, merging moves all, what cannot merge says why."""

import pytest
from django.urls import reverse

from missions.models import Block, Group, HelpOffer, Mission, Tally, Thanks
from tests.desk.forms import text_of
from tests.desk.people import client_of, create_staff
from tests.factories import (
    NOW,
    create_mission,
    create_quartier,
    create_signup,
    create_slot,
    create_tally,
    create_user,
    create_volunteer,
)
from vitre_civique.accounts.merging import MergeError, merge, preview
from vitre_civique.accounts.models import MergedPerson, User
from vitre_civique.lib.months import month_of
from vitre_civique.notifications.models import Preference
from volunteers import hours
from volunteers.models import HourEntry

pytestmark = pytest.mark.django_db


def two():
    kept = create_user(email=None, first_name="Yvonne", last_name="Canari")
    other = create_user(first_name="Yvonne", last_name="Canari", phone="+33299000042")
    create_mission(proposed_by=other, beneficiary=other)
    Preference.objects.create(user=kept, kind="x", rhythm="never")
    Preference.objects.create(user=other, kind="x", rhythm="weekly")
    Preference.objects.create(user=other, kind="y", rhythm="weekly")
    Block.objects.create(blocker=create_user(), blocked=other, at=NOW)
    return kept, other


def test_the_preview_says_what_moves_and_writes_nothing():
    kept, other = two()
    moved, filled = preview(kept, other)
    assert {line.name: line.number for line in moved}["mission"] == 2
    assert filled == ["adresse e-mail", "téléphone"]
    assert (User.objects.filter(pk=other.pk).count(), MergedPerson.objects.count()) == (1, 0)


def test_merging_moves_everything_and_is_logged():
    kept, other = two()
    agent, email, old_pk = create_staff("agent"), other.email, other.pk
    merge(kept, other, by=agent, now=NOW)
    kept.refresh_from_db()
    assert (kept.email, kept.phone) == (email, "+33299000042")
    assert Mission.objects.values_list("proposed_by", "beneficiary").get() == (kept.pk, kept.pk)
    rhythms = Preference.objects.filter(user=kept).order_by("kind").values_list("kind", "rhythm")
    assert list(rhythms) == [("x", "never"), ("y", "weekly")]
    assert Block.objects.get().blocked == kept
    assert not User.objects.filter(pk=old_pk).exists()
    assert MergedPerson.objects.values_list("kept", "old_user_id", "by").get() == (kept.pk, old_pk, agent.pk)


def test_what_cannot_merge_says_why():
    one, two_mails = create_user(), create_user()
    for pair in (
        (one, one),
        (one, two_mails),
        (create_user(email=None), create_staff("agent")),
        (create_volunteer(user=create_user(email=None)).user, create_volunteer().user),
    ):
        with pytest.raises(MergeError):
            merge(*pair, by=None, now=NOW)
    assert MergedPerson.objects.count() == 0


def test_the_page_asks_twice_and_only_those_who_may():
    kept, other = two()
    url = reverse("admin:accounts_user_merge", args=[kept.pk])
    client = client_of(create_staff("agent"))
    assert "mission : 2" in text_of(client.post(url, {"other": other.pk}))
    assert User.objects.filter(pk=other.pk).exists()
    client.post(url, {"other": other.pk, "confirmed": "on"})
    assert not User.objects.filter(pk=other.pk).exists()
    assert client_of(create_staff("civic_service")).get(url).status_code == 403
    assert "Aucune fiche" in text_of(client.post(url, {"other": "999999"}))


def test_a_volunteer_who_did_everything_moves_whole():
    kept, agent = create_user(email=None), create_staff("agent")
    volunteer = create_volunteer()
    other = volunteer.user
    hours.declare(volunteer, month=month_of(NOW), minutes=60, label="Chez moi", by=other, now=NOW)
    tally = create_tally(by=other, count=7)
    signup = create_signup(volunteer=volunteer, state="attended", minutes=60)
    thanks = {"author": other, "recipient": agent, "text": "Merci", "written_at": NOW}
    Thanks.objects.create(signup=signup, side="volunteer", **thanks)
    Group.objects.create(name="Collège", leader=volunteer, young_count=12, approved_at=NOW)
    words = {"text": "Je tonds", "when_text": "le samedi", "help_kind": "garden", "submitted_at": NOW}
    HelpOffer.objects.create(volunteer=volunteer, quartier=create_quartier(), **words)

    merge(kept, other, by=agent, now=NOW)

    line = HourEntry.objects.get()
    # Who wrote a line of the ledger never becomes somebody else there: it goes with the row.
    assert (line.volunteer.user, line.minutes, line.entered_by) == (kept, 60, None)
    assert Tally.objects.values_list("by", "count").get(pk=tally.pk) == (kept.pk, 7)
    assert Thanks.objects.get().author == kept
    assert Group.objects.get().leader.user == HelpOffer.objects.get().volunteer.user == kept


def both_sides(state, **fields):
    """(volunteer's user, neighbour): the first is signed up to help the second."""
    neighbour, volunteer = create_user(email=None), create_volunteer(first_meeting_on=NOW.date())
    mission = create_mission(kind="interpersonal", beneficiary=neighbour)
    create_signup(create_slot(mission), volunteer=volunteer, state=state, **fields)
    return volunteer.user, neighbour


@pytest.mark.parametrize(
    ("state", "fields", "why"),
    [
        ("confirmed", {}, "est inscrite à une mission pour l’autre"),
        ("waiting", {}, "est inscrite à une mission pour l’autre"),
        ("attended", {"minutes": 60}, "ce sont deux personnes"),
    ],
)
def test_whoever_stands_on_both_sides_of_a_mission_is_not_made_one(state, fields, why):
    for kept, other in (both_sides(state, **fields), both_sides(state, **fields)[::-1]):
        for act in (preview, lambda kept, other: merge(kept, other, by=create_staff("agent"), now=NOW)):
            with pytest.raises(MergeError, match=why):
                act(kept, other)
        assert User.objects.filter(pk__in=[kept.pk, other.pk]).count() == 2
    assert MergedPerson.objects.count() == 0


@pytest.mark.parametrize("state", ["withdrawn", "refused"])
def test_who_gave_the_place_back_may_be_the_same_person(state):
    kept, other = both_sides(state)
    merge(kept, other, by=create_staff("agent"), now=NOW)
    assert Mission.objects.get().beneficiary == kept


def test_who_proposed_a_public_mission_and_comes_to_it_is_one_person():
    kept, other = create_volunteer().user, create_user(email=None)
    create_signup(create_slot(create_mission(proposed_by=other)), volunteer=kept.volunteer)
    merge(kept, other, by=create_staff("agent"), now=NOW)
    assert Mission.objects.get().proposed_by == kept
