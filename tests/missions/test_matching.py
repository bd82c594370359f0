"""Who may be asked for a mission, in which order, with which reasons; and « pourquoi pas moi ? »."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from missions.eligibility import ADULTS_ONLY, MEETING, reasons_against
from missions.matching import Candidate, candidates, rank, reasons_for
from missions.models import Invitation, InvitationState, MissionPrerequisite
from missions.substitutes import candidates as substitutes
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
from vitre_civique.accounts.models import GuardianConsent
from vitre_civique.lib.months import PARIS
from vitre_civique.notifications.models import Preference
from volunteers.models import HourEntry, Prerequisite, SkippedMonth, Volunteer

pytestmark = pytest.mark.django_db
MONTH = date(2026, 11, 1)


@pytest.fixture
def here():
    return create_quartier(name="Le Rachapt")


@pytest.fixture
def slot(here):
    mission = create_mission(quartier=here, help_kind="garden", kind="interpersonal")
    return create_slot(mission, places=2)


def found(slot):
    return [c.volunteer.pk for c in candidates(slot, slot.mission, now=NOW)]


def invite(volunteer, *, month=MONTH, state="sent", sent_at=NOW, slot=None):
    slot = slot or create_slot()
    return Invitation.objects.create(
        mission=slot.mission,
        slot=slot,
        volunteer=volunteer,
        state=state,
        month=month,
        proposed_at=NOW,
        sent_at=sent_at,
        expires_at=sent_at and sent_at + timedelta(days=3),
    )


def give(volunteer, minutes, month=MONTH):
    HourEntry.objects.create(volunteer=volunteer, month=month, minutes=minutes, source="declared")


def create_minor(*, consented=True, **fields):
    user = create_user(birth_date=date(2009, 6, 1))
    if consented:
        GuardianConsent.objects.create(minor=user, guardian_name="Parent", method="email", given_at=NOW)
    return create_volunteer(user=user, **fields)


def test_order_is_neighbours_then_know_how_then_least_lately_then_longest_not_asked(here, slot):
    next_door = create_quartier(name="À côté")
    here.adjacent.add(next_door)
    far = create_volunteer(quartier=create_quartier(), reach="town", kinds=["garden"])
    near = create_volunteer(quartier=next_door, reach="adjacent", kinds=["garden"])
    any_kind = create_volunteer(quartier=here)
    gave = create_volunteer(quartier=here, kinds=["garden"])
    give(gave, 30, date(2026, 10, 1))
    asked = create_volunteer(quartier=here, kinds=["garden"])
    invite(asked, month=date(2026, 3, 1), sent_at=datetime(2026, 3, 5, 9, tzinfo=PARIS))
    fresh = create_volunteer(quartier=here, kinds=["garden"])

    with CaptureQueriesContext(
        connection,
    ) as queries:
        ranked = candidates(slot, slot.mission, now=NOW)

    assert len(queries) == 1
    assert [c.volunteer.pk for c in ranked] == [v.pk for v in (fresh, asked, gave, any_kind, near, far)]
    assert [" · ".join(reasons_for(c, slot.mission, now=NOW)) for c in ranked] == [
        "habite le quartier · aime jardiner, tailler une haie · n’a rien de noté ces trois derniers mois"
        " · n’a encore jamais été sollicité·e",
        "habite le quartier · aime jardiner, tailler une haie · n’a rien de noté ces trois derniers mois"
        " · n’a pas été sollicité·e depuis mars",
        "habite le quartier · aime jardiner, tailler une haie"
        " · a donné 30\u00a0minutes ces trois derniers mois · n’a encore jamais été sollicité·e",
        "habite le quartier · n’a rien de noté ces trois derniers mois · n’a encore jamais été sollicité·e",
        "habite le quartier d’à côté · aime jardiner, tailler une haie"
        " · n’a rien de noté ces trois derniers mois · n’a encore jamais été sollicité·e",
        "va dans toute la ville · aime jardiner, tailler une haie"
        " · n’a rien de noté ces trois derniers mois · n’a encore jamais été sollicité·e",
    ]


def test_ranking_does_not_hang_on_the_order_of_candidates():
    people = [Candidate(Volunteer(pk=n), n % 3, n % 2 == 0, n % 4 * 30) for n in range(1, 20)]

    assert rank(people[::-1]) == rank(people)
    assert rank(people)[0].volunteer.pk == 12


def test_who_cannot_or_must_not_be_asked_is_left_out(here, slot):
    good = create_volunteer(quartier=here)
    create_volunteer(quartier=create_quartier(), reach="quartier")
    create_volunteer(quartier=here, kinds=["animals"])
    create_volunteer(quartier=here, availability=[0])
    create_volunteer(quartier=here, paused_until=TODAY + timedelta(days=40))
    create_volunteer(quartier=here, stopped_at=NOW)
    create_volunteer(quartier=here, charter_version="2020-1")
    create_volunteer(quartier=here, first_meeting_on=None)
    create_volunteer(quartier=here, pledged=False)
    create_minor(quartier=here)
    gave = create_volunteer(quartier=here)
    give(gave, 60)
    planned = create_volunteer(quartier=here)
    create_signup(create_slot(starts_at=NOW + timedelta(days=5)), planned)
    skipping = create_volunteer(quartier=here)
    SkippedMonth.objects.create(volunteer=skipping, month=MONTH)
    create_signup(slot, create_volunteer(quartier=here), state="withdrawn")
    invite(create_volunteer(quartier=here), slot=slot)
    twice = create_volunteer(quartier=here)
    invite(twice)
    invite(twice)
    invite(create_volunteer(quartier=here), state=InvitationState.NOT_THIS_MONTH)
    never = create_volunteer(quartier=here)
    Preference.objects.create(user=never.user, kind="invitation", rhythm="never")
    slot.mission.beneficiary = create_volunteer(quartier=here).user
    slot.mission.save(update_fields=["beneficiary"])

    assert found(slot) == [good.pk]


def test_asked_once_this_month_or_withdrawn_before_leaving_may_be_asked(here, slot):
    once, dropped = create_volunteer(quartier=here), create_volunteer(quartier=here)
    invite(once)
    invite(dropped, state="cancelled", sent_at=None)
    invite(dropped, state="cancelled", sent_at=None)

    assert found(slot) == [dropped.pk, once.pk]
    assert "a déjà été sollicité·e ce mois-ci" in reasons_for(
        candidates(slot, slot.mission, now=NOW)[1], slot.mission, now=NOW
    )


def test_minors_are_asked_only_with_an_agreement_for_what_is_open_to_them(here):
    young, _ = create_minor(quartier=here), create_minor(quartier=here, consented=False)
    town = create_slot(create_mission(quartier=here, is_open_to_minors=True))
    visit = create_slot(
        create_mission(quartier=here, is_open_to_minors=True, is_in_pairs=True, kind="interpersonal")
    )

    assert found(town) == [young.pk]
    assert found(visit) == []
    assert found(create_slot(create_mission(quartier=here))) == []


def test_prerequisites_must_all_be_held_and_one_query_is_enough(here, slot):
    licence, meeting = (Prerequisite.objects.create(name=name) for name in ("Permis", "Rencontre"))
    for position, each in enumerate((licence, meeting), start=1):
        MissionPrerequisite.objects.create(mission=slot.mission, prerequisite=each, position=position)
    half, whole = create_volunteer(quartier=here), create_volunteer(quartier=here)
    half.prerequisites.add(licence)
    whole.prerequisites.add(licence, meeting)

    with CaptureQueriesContext(connection) as queries:
        assert found(slot) == [whole.pk]
    assert len(queries) == 1


def test_substitutes_follow_the_same_ranking_but_an_hour_already_given_does_not_matter(here, slot):
    gave, fresh = create_volunteer(quartier=here), create_volunteer(quartier=here)
    give(gave, 60)

    assert [c.volunteer.pk for c in substitutes(slot, slot.mission, now=NOW)] == [fresh.pk, gave.pk]


def test_why_not_me_says_that_a_first_meeting_comes_first(here, slot):
    stranger = create_volunteer(quartier=here, first_meeting_on=None)
    future = create_volunteer(quartier=here, first_meeting_on=TODAY + timedelta(days=2))
    met = create_volunteer(quartier=here, first_meeting_on=TODAY)

    assert reasons_against(stranger, slot.mission, slot, now=NOW) == [MEETING]
    assert reasons_against(future, slot.mission, slot, now=NOW) == [MEETING]
    assert reasons_against(met, slot.mission, slot, now=NOW) == []
    assert reasons_against(stranger, create_mission(), create_slot(), now=NOW) == []
    assert ADULTS_ONLY in reasons_against(create_minor(), slot.mission, slot, now=NOW)
