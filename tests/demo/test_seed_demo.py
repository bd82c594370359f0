"""The demonstration town: the same each time, of every state and kind, consistent, without a real person."""

from datetime import timedelta
from io import StringIO

from django.core.management import call_command
from django.db.models import F, Max, Min, Sum

from missions.models import (
    Association,
    Collection,
    CollectionStateChange,
    DropOffPoint,
    Gesture,
    HelpOffer,
    HelpOfferState,
    Invitation,
    InvitationState,
    Mission,
    MissionKind,
    MissionState,
    MissionStateChange,
    OpeningHours,
    Signup,
    SignupState,
    SignupStateChange,
    Slot,
    Tally,
)
from quartiers.models import (
    Category,
    Mandate,
    NeedReport,
    NeedReportStateChange,
    NeedState,
    PublicStep,
    Quartier,
    ReportPhoto,
    Supporter,
)
from tests.demo.conftest import told_by
from tests.factories import TODAY
from vitre_civique.accounts.models import Channel, GuardianConsent, User
from vitre_civique.accounts.roles import roles_of
from vitre_civique.demo.accounts import DEMO_ACCOUNTS
from vitre_civique.lib.months import add_months, local_day, midnight, month_of
from volunteers.models import HelpKind, HourEntry, Pledge, Reach, SkippedMonth, Volunteer

TABLES = [
    Quartier,
    Mandate,
    User,
    GuardianConsent,
    Volunteer,
    Pledge,
    SkippedMonth,
    HourEntry,
    Gesture,
    Association,
    Mission,
    MissionStateChange,
    Slot,
    Signup,
    SignupStateChange,
    Category,
    NeedReport,
    NeedReportStateChange,
    PublicStep,
    Supporter,
    ReportPhoto,
    Invitation,
    Collection,
    CollectionStateChange,
    DropOffPoint,
    OpeningHours,
    Tally,
    HelpOffer,
]
NOTHING_BEFORE = midnight(TODAY - timedelta(days=400))


def test_second_seeding_changes_nothing(seeded_town, settings):
    settings.DEMO = True
    before = {model.__name__: told_by(model) for model in TABLES}
    out = StringIO()

    call_command("seed_demo", stdout=out)

    assert {model.__name__: told_by(model) for model in TABLES} == before
    assert out.getvalue() == "Ville de démonstration\u00a0: Elle est déjà là.\n"


def test_every_state_and_kind_is_there(seeded_town):
    assert set(Mission.objects.values_list("state", flat=True)) == set(MissionState)
    assert set(Mission.objects.values_list("kind", flat=True)) == set(MissionKind)
    assert set(Signup.objects.values_list("state", flat=True)) == set(SignupState)
    assert set(Invitation.objects.values_list("state", flat=True)) == set(InvitationState)
    assert set(Invitation.objects.values_list("wave", flat=True)) == {1, 2}
    assert set(HelpOffer.objects.values_list("state", flat=True)) == set(HelpOfferState)
    together = Signup.objects.filter(group__isnull=False)
    assert set(together.values_list("state", flat=True)) == {"attended", "confirmed"}
    assert Slot.objects.filter(series__isnull=False).count() == 8
    assert set(Volunteer.objects.values_list("reach", flat=True)) == set(Reach)
    assert {kind for kinds in Volunteer.objects.values_list("kinds", flat=True) for kind in kinds} == set(
        HelpKind
    )
    assert set(User.objects.values_list("preferred_channel", flat=True)) == set(Channel)


def test_the_town_has_its_size(seeded_town):
    assert Quartier.objects.count() == 8
    assert Quartier.objects.filter(is_pilot=True).count() == 3
    assert Quartier.objects.aggregate(Sum("population"))["population__sum"] == 18_267
    assert Volunteer.objects.count() == 120
    assert Mission.objects.count() == 64
    assert Volunteer.objects.filter(user__email=None).count() == 10
    assert Volunteer.objects.filter(paused_until__gt=TODAY).count() == 7
    assert Volunteer.objects.exclude(stopped_at=None).count() == 5


def test_quartiers_are_neighbours_both_ways(seeded_town):
    for quartier in Quartier.objects.all():
        for neighbour in quartier.adjacent.all():
            assert quartier in neighbour.adjacent.all()


def test_hours_cover_a_year(seeded_town):
    months = set(HourEntry.objects.values_list("month", flat=True))

    assert months == {add_months(month_of(TODAY), -back) for back in range(12)}


def test_time_runs_forward(seeded_town):
    now = midnight(TODAY + timedelta(days=1))

    assert not Signup.objects.filter(created_at__gte=F("starts_at")).exists()
    assert not Signup.objects.filter(created_at__lt=F("volunteer__created_at")).exists()
    assert not Signup.objects.filter(created_at__lt=F("slot__mission__published_at")).exists()
    assert not Mission.objects.filter(published_at__lte=F("created_at")).exists()
    assert not Mission.objects.filter(slots__starts_at__lte=F("published_at")).exists()
    assert not Slot.objects.filter(starts_at__gt=now, signups__state__in=["attended", "absent"]).exists()
    for model, moment in [
        (User, "date_joined"),
        (Mission, "created_at"),
        (Signup, "created_at"),
        (HourEntry, "entered_at"),
        (MissionStateChange, "at"),
        (SignupStateChange, "at"),
        (Collection, "created_at"),
        (CollectionStateChange, "at"),
        (Tally, "at"),
    ]:
        bounds = model.objects.aggregate(first=Min(moment), last=Max(moment))
        assert bounds["first"] > NOTHING_BEFORE
        assert bounds["last"] < now


def test_whoever_was_at_a_meeting_has_been_met(seeded_town):
    met = Signup.objects.filter(slot__mission__is_meeting=True, state=SignupState.ATTENDED)
    late = [each for each in met if each.volunteer.first_meeting_on > local_day(each.starts_at)]
    assert (met.exists(), late) == (True, [])


def test_days_that_matter_to_agents_are_there(seeded_town):
    published = Slot.objects.filter(mission__state="published")
    tomorrow = published.filter(
        starts_at__gte=midnight(TODAY + timedelta(days=1)), starts_at__lt=midnight(TODAY + timedelta(days=2))
    )

    assert tomorrow.filter(signups=None).exists()
    assert published.filter(
        starts_at__gte=midnight(TODAY), starts_at__lt=midnight(TODAY + timedelta(days=1))
    ).exists()
    assert published.filter(starts_at__gt=midnight(TODAY + timedelta(days=7))).count() > 20
    assert Signup.objects.filter(state="confirmed", ends_at__lt=midnight(TODAY)).count() == 2


def test_history_tells_how_each_row_came_to_its_state(seeded_town):
    for model in (Mission, Signup, Collection):
        for row in model.objects.prefetch_related("state_changes"):
            changes = list(row.state_changes.all())
            assert changes[0].from_state == ""
            assert changes[-1].to_state == row.state
            assert [change.from_state for change in changes[1:]] == [
                change.to_state for change in changes[:-1]
            ]
            for change in changes[1:]:
                assert change.to_state in model.TRANSITIONS[change.from_state]


def test_minors_and_their_guardians(seeded_town):
    minors = User.objects.exclude(birth_date=None)

    assert sorted(user.age_on(TODAY) for user in minors) == [16, 17, 17]
    agreed = {user.pk for user in minors if any(each.is_in_force for each in user.guardian_consents.all())}
    assert len(agreed) == 2
    mine = Signup.objects.filter(volunteer__user__in=minors)
    assert set(mine.values_list("volunteer__user", flat=True)) <= agreed
    assert not mine.filter(slot__mission__is_open_to_minors=False).exists()


def test_referents_are_in_pilot_quartiers(seeded_town):
    in_force = Mandate.objects.in_force(TODAY)

    assert in_force.count() == 4
    assert not in_force.filter(quartier__is_pilot=False).exists()


def test_nobody_has_a_real_address(seeded_town):
    addresses = [
        *User.objects.exclude(email=None).values_list("email", flat=True),
        *Association.objects.values_list("contact_email", flat=True),
        *GuardianConsent.objects.exclude(guardian_email="").values_list("guardian_email", flat=True),
    ]

    assert [address for address in addresses if not address.endswith("@exemple.fr")] == []
    assert not User.objects.exclude(phone="").exclude(phone__startswith="+3363998").exists()


def test_demo_accounts_have_their_roles_and_codes(seeded_town):
    roles = {account.key: roles_of(User.objects.get(email=account.email)) for account in DEMO_ACCOUNTS}

    assert {key: sorted(found) for key, found in roles.items()} == {
        "habitante": ["resident"],
        "volontaire": ["resident", "volunteer"],
        "jeune": ["resident", "volunteer"],
        "referente": ["referent", "resident", "volunteer"],
        "agent": ["agent", "resident"],
        "ccas": ["ccas", "resident"],
        "service.civique": ["civic_service", "resident"],
        "elue": ["elected", "resident"],
        "admin": ["administrator", "resident"],
    }
    for account in DEMO_ACCOUNTS:
        user = User.objects.get(email=account.email)
        assert user.check_password(account.password)
        assert len(account.password) >= 15
        assert user.authenticator_set.filter(type="totp").exists() == account.has_totp


def test_needs_are_of_every_state_and_family_and_move_as_the_table_says(seeded_town):
    reports = NeedReport.objects.select_related("category", "author")
    assert 36 <= reports.count() <= 60
    assert set(reports.values_list("state", flat=True)) == set(NeedState.values)
    assert set(reports.values_list("category__family", flat=True)) == {"comfort", "health", "safety"}
    for report in reports:
        changes = [(change.from_state, change.to_state, change.at) for change in report.state_changes.all()]
        assert [change[1] in NeedReport.TRANSITIONS[change[0]] for change in changes] == [True] * len(changes)
        assert [one[1] for one in changes[:-1]] == [one[0] for one in changes[1:]]
        moments = [report.created_at, *(change[2] for change in changes)]
        assert moments == sorted(moments), report
        assert (changes[-1][1] if changes else "draft") == report.state
        assert report.author.mandates.exists()
        assert moments[-1] <= midnight(TODAY)


def test_needs_keep_supporters_and_works_to_come(seeded_town):
    planned = NeedReport.objects.public().filter(state=NeedState.PLANNED)
    assert (planned.count() >= 3, planned.filter(planned_on__lt=TODAY).count()) == (True, 0)
    assert Supporter.objects.filter(report__author=F("user")).count() == 0
    assert PublicStep.objects.exclude(at__gte=F("report__filed_at")).count() == 0


def test_noel_solidaire_is_under_way_and_the_one_before_is_told(seeded_town):
    current, last = Collection.objects.with_totals().order_by("-starts_on")

    assert [
        (row.title, row.state, row.goal, row.received_count, row.handed_out_count) for row in (current, last)
    ] == [
        ("Noël solidaire 2026", "published", 1000, 640, 60),
        ("Noël solidaire 2025", "done", 1000, 1004, 998),
    ]
    assert current.is_running(TODAY)
    for row in (current, last):
        assert row.points.count() == 3
        assert not row.points.filter(hours=None).exists()
        assert row.missions.count() == (3 if row == current else 2)
        counted = Tally.objects.filter(point__collection=row)
        assert counted.values("at__date").distinct().count() > 9
        assert not counted.filter(at__date__lt=row.starts_on).exists()
    assert Tally.objects.filter(corrects__isnull=False, reason="").count() == 0
    assert Tally.objects.filter(corrects__isnull=False).count() == 1
    today = Signup.objects.filter(slot__mission__collection=current, starts_at__date=TODAY, state="confirmed")
    assert today.get().volunteer.user.email == "volontaire@exemple.fr"
    came = Signup.objects.filter(state="attended", slot__mission__collection=last)
    counted_by = Tally.objects.filter(point__collection=last).values_list("by", flat=True)
    assert set(counted_by) <= set(came.values_list("volunteer__user", flat=True))
