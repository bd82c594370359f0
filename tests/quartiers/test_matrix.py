"""Every state × state × role: what the table says, and what really happens when somebody tries."""

import itertools

import pytest
from django.db import transaction

from quartiers import handling
from quartiers.acts import ACTS
from quartiers.handling_permissions import (
    AUTHOR,
    CLOCK,
    SERVICE,
    WHO_MAY,
    can_read_in_desk,
    may_move,
    roles_on,
)
from quartiers.models import NeedReport, NeedState
from quartiers.needs import NeedError
from tests.desk.people import create_staff
from tests.factories import NOW, TODAY, create_user
from vitre_civique.accounts.models import User

from .factories import create_referent, create_report

# The table of the town's rules, as a person would read it aloud: from, who, to.
SPOKEN = """
draft       author          filed withdrawn
filed       agent           received redirected duplicate hidden
filed       author          withdrawn
received    agent,service   in_progress planned forwarded waiting resolved closed
received    agent           duplicate hidden
received    author          withdrawn
in_progress agent,service   planned forwarded waiting resolved closed
in_progress agent           duplicate hidden
in_progress author          withdrawn
planned     agent,service   in_progress forwarded waiting resolved closed
planned     agent           duplicate hidden
planned     author          withdrawn
forwarded   agent,service   in_progress planned waiting resolved closed
forwarded   agent           duplicate hidden
forwarded   author          withdrawn
waiting     agent,service   received in_progress planned forwarded resolved closed
waiting     agent           duplicate hidden
waiting     author          received in_progress planned forwarded withdrawn
waiting     clock           received in_progress planned forwarded
resolved    author          reopening
resolved    agent           hidden
closed      author          reopening
closed      agent           hidden
reopening   agent           in_progress resolved closed hidden
duplicate   agent           hidden
redirected  agent           hidden
withdrawn   agent           hidden
"""
ROLES = [
    "anonymous",
    "resident",
    "volunteer",
    "referent",
    "agent",
    "ccas",
    "civic_service",
    "elected",
    "administrator",
    AUTHOR,
    SERVICE,
    CLOCK,
]
SAID = {
    "text": "Nous y passons.",
    "summary": "Un banc est cassé.",
    "visibility": "public",
    "on": TODAY,
    "to": "Vitré Communauté",
    "follow_up_on": TODAY.replace(day=28),
    "how": "mairie",
    "reason": "not_ours",
}


def spoken():
    cells = set()
    for line in filter(None, SPOKEN.splitlines()):
        state, who, *targets = line.split()
        for role, target in itertools.product(who.split(","), targets):
            cells.add((state, target, role))
            if role == "agent":
                cells.add((state, target, "administrator"))
    return cells


WANTED = spoken()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("state", NeedState.values)
def test_each_cell_is_what_the_town_says(state, role):
    allowed = {target for target in NeedState.values if may_move({role}, state, target)}

    assert allowed == {target for target in NeedState.values if (state, target, role) in WANTED}


@pytest.mark.parametrize("state", NeedState.values)
def test_the_two_tables_name_the_same_moves(state):
    assert set(WHO_MAY[state]) == set(NeedReport.TRANSITIONS[state])


def person_with(role, report):
    """Somebody who holds that role on this report, and no other."""
    if role == AUTHOR:
        return report.author
    if role == SERVICE:
        person = create_staff("civic_service")
        NeedReport.objects.filter(pk=report.pk).update(assigned_to=person)
        return person
    if role == "referent":
        return create_referent()
    if role in ("agent", "ccas", "civic_service", "elected", "administrator"):
        return create_staff(role)
    return create_user()


@pytest.mark.django_db
@pytest.mark.parametrize("role", [role for role in ROLES if role not in (CLOCK, "anonymous", "volunteer")])
@pytest.mark.parametrize("state", NeedState.values)
def test_each_act_does_what_the_cell_says_and_nothing_else(state, role):
    report = create_report(state)
    other = create_report(NeedState.RECEIVED, quartier=report.quartier, category=report.category)
    NeedReport.objects.filter(pk=report.pk).update(visibility=other.visibility)
    person = User.objects.get(pk=person_with(role, report).pk)
    for act in ACTS.values():
        fresh = NeedReport.objects.get(pk=report.pk)
        target = act.target_of(fresh)
        wanted = state in act.states and (state, target, role) in WANTED
        said = SAID | ({"of": other} if act.name == "doublon" else {})
        point = transaction.savepoint()
        try:
            handling.carry_out(
                fresh, act.name, by=person, seen=handling.version_of(fresh), said=said, now=NOW
            )
            happened = True
        except NeedError:
            happened = False
        after = NeedReport.objects.get(pk=report.pk)
        assert (act.name, happened, after.state) == (act.name, wanted, target if wanted else state)
        if act.name != "recevoir":
            assert after.visibility == fresh.visibility, act.name
        transaction.savepoint_rollback(point)


@pytest.mark.django_db
def test_service_is_who_follows_or_stands_in_and_works_at_the_desk():
    report = create_report(NeedState.RECEIVED)
    follower, elected = create_staff("civic_service"), create_staff("elected")
    report.assigned_to, report.service.fallback = follower, elected

    assert SERVICE in roles_on(follower, report)
    assert SERVICE not in roles_on(elected, report)
    assert SERVICE not in roles_on(create_staff("civic_service"), report)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "reads"),
    [("agent", True), ("ccas", True), ("administrator", True), ("civic_service", False), ("elected", False)],
)
def test_private_words_are_for_those_who_read_all_and_for_who_follows(role, reads):
    report, person = create_report(NeedState.RECEIVED), create_staff(role)

    assert can_read_in_desk(person, report) is reads

    report.assigned_to = person
    assert can_read_in_desk(person, report) is (reads or role == "civic_service")
