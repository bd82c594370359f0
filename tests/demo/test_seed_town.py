"""A town of any size: consistent, quick whatever its size, never beside real people by mistake."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count, F, Max, OuterRef, Q, Subquery
from django.test.utils import CaptureQueriesContext

from missions.models import Mission, Signup, Slot
from quartiers import needs
from quartiers.models import NeedReport, NeedReportStateChange, PublicStep, Supporter
from tests.factories import TODAY, create_user
from vitre_civique.accounts.models import User
from vitre_civique.demo.town import seed_town
from vitre_civique.lib.months import local_day
from volunteers.models import HourEntry, Pledge, Volunteer


def small_town(**options):
    sizes = {"volunteers": 60, "missions": 40, "seed": 3, "today": TODAY, "say": lambda sentence: None}
    return seed_town(**{**sizes, **options})


@pytest.mark.django_db
def test_town_is_consistent():
    counts = small_town()

    assert counts["volontaires"] == Volunteer.objects.count() == Pledge.objects.count() == 60
    assert counts["missions"] == Mission.objects.count() == 40
    assert counts["inscriptions"] == Signup.objects.count() > 0
    for model in [User, Volunteer, Pledge, Mission, Slot, Signup, HourEntry]:
        for row in model.objects.all():
            row.clean_fields(exclude=["password"])  # the database has checked the constraints
    held = Count("signups", filter=Q(signups__state__in=["pending", "confirmed", "attended"]))
    assert not Slot.objects.annotate(held=held).filter(held__gt=F("places")).exists()
    assert Signup.objects.filter(state="attended").count() == HourEntry.objects.count()
    assert not Signup.objects.filter(created_at__gte=F("starts_at")).exists()
    assert not User.objects.exclude(email=None).exclude(email__endswith="@exemple.fr").exists()


@pytest.mark.django_db
def test_nobody_is_at_two_places_at_once():
    small_town(volunteers=5, missions=60)

    for volunteer in Volunteer.objects.prefetch_related("signups"):
        spans = sorted((signup.starts_at, signup.ends_at) for signup in volunteer.signups.all())
        assert all(before[1] <= after[0] for before, after in zip(spans, spans[1:], strict=False))


@pytest.mark.django_db
def test_number_of_statements_does_not_grow_with_the_town():
    small_town(reports=1)  # the quartiers and the catalogues are there from now on
    with CaptureQueriesContext(connection) as few:
        small_town(volunteers=10, missions=5, reports=5)
    with CaptureQueriesContext(connection) as many:
        small_town(volunteers=400, missions=200, reports=300)

    assert len(many) == len(few)


@pytest.mark.django_db
def test_reports_are_as_the_verbs_would_have_left_them():
    counts = small_town(reports=400)

    reports = NeedReport.objects.select_related("category", "quartier")
    assert counts["remontées"] == reports.count() == 400
    for report in reports:
        report.clean_fields()
        assert report.quartier.is_pilot
        promised = needs.deadlines(report.category, local_day(report.filed_at))
        assert promised == {"acknowledge_by": report.acknowledge_by, "answer_by": report.answer_by}
    assert set(reports.values_list("state", flat=True)) >= {"resolved", "closed", "duplicate"}
    for copy in reports.filter(state="duplicate").select_related("canonical"):
        assert (copy.canonical.canonical_id, copy.canonical.visibility) == (None, copy.visibility)
    last = NeedReportStateChange.objects.filter(row=OuterRef("pk")).order_by("-at", "-id")
    assert not reports.alias(last=Subquery(last.values("to_state")[:1])).exclude(last=F("state")).exists()
    assert not PublicStep.objects.filter(at__lt=F("report__filed_at")).exists()
    said = reports.annotate(said_at=Max("steps__at")).exclude(said_at=None, last_step_at=None)
    assert not said.exclude(said_at=F("last_step_at")).exists()
    assert 0 < Supporter.objects.count() < 400
    assert not Supporter.objects.filter(user=F("report__author")).exists()


@pytest.mark.django_db
def test_town_beside_another_adds_up():
    small_town()
    small_town(seed=4)

    assert Volunteer.objects.count() == 120
    assert Mission.objects.count() == 80


@pytest.mark.django_db
def test_real_people_are_protected():
    create_user(email="une.personne@ville-exemple.org")

    with pytest.raises(CommandError, match="vraies personnes"):
        call_command("seed_town", volunteers=5, missions=5)

    assert User.objects.count() == 1
    call_command("seed_town", volunteers=5, missions=5, yes=True, verbosity=0)
    assert Volunteer.objects.count() == 5


@pytest.mark.django_db
def test_empty_town_is_refused():
    with pytest.raises(CommandError, match="au moins un volontaire"):
        call_command("seed_town", volunteers=0, missions=5)
