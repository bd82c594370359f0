"""Referrals: off until the assessment is dated, read by the CCAS alone, emptied 30 days after hand-over."""

from datetime import date, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from quartiers import referrals
from quartiers.models import Referral, ReferralState, ReferralStateChange
from quartiers.tasks import purge_referrals
from tests.accounts.test_matrix import create_person
from tests.desk.people import client_of, create_staff
from tests.factories import NOW, TODAY, create_quartier, create_user
from vitre_civique.accounts.permissions import MATRIX
from vitre_civique.lib.states import TransitionError, can_move

pytestmark = pytest.mark.django_db
CANARY = "CANARIVIOLET"


@pytest.fixture
def is_open(settings):
    settings.AIPD_VALIDEE_LE = date(2026, 10, 1)


def answers(**changes):
    quartier = changes.pop("quartier", None) or create_quartier()
    return {"quartier": quartier.pk, "help_needed": "company", "tie": "neighbour", "pace": "week", **changes}


def create_referral(**fields):
    fields.setdefault("author", create_user())
    fields.setdefault("text", f"Ne sort plus guère {CANARY}.")
    fields.setdefault("person_agrees", True)
    fields.setdefault("person_name", CANARY)
    fields.setdefault("quartier", create_quartier())
    return Referral.objects.create(
        sent_on=TODAY, help_needed="company", tie="neighbour", pace="week", **fields
    )


def test_closed_until_the_assessment_is_dated(client):
    client.force_login(create_user())
    page = client.get(reverse("quartiers:referral"))
    assert (page.status_code, b"<textarea" in page.content) == (200, False)
    assert client.post(reverse("quartiers:referral"), answers()).status_code == 404
    with pytest.raises(referrals.ReferralError):
        referrals.send(Referral(), by=create_user(), now=NOW)
    assert not Referral.objects.exists()


def test_emergency_numbers_come_before_the_form(client, is_open):
    client.force_login(create_user())
    page = client.get(reverse("quartiers:referral")).content.decode()
    assert 0 < page.index('href="tel:15"') < page.index("<textarea")
    assert "latitude" not in page
    assert 'type="file"' not in page


def test_sent_with_menus_only(client, is_open):
    author = create_user()
    client.force_login(author)
    answer = client.post(reverse("quartiers:referral"), answers(text="Elle aimerait une visite."))
    assert answer.url == reverse("quartiers:referral_sent")
    referral = Referral.objects.get()
    assert (referral.state, referral.author, referral.person_name) == (ReferralState.SENT, author, "")
    assert "visite." not in client.get(answer.url).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"person_name": "Mme Durand"},
        {"text": "x" * 501},
        {"text": "Appelez-la au 06 12 34 56 78."},
        {"text": "Elle a un cancer."},
        {"help_needed": "autre"},
        {"quartier": 0},
        {"tie": ""},
    ],
)
def test_bad_input_is_refused_and_kept(client, is_open, wrong):
    client.force_login(create_user())
    answer = client.post(reverse("quartiers:referral"), answers() | wrong)
    assert answer.status_code == 200
    assert "Erreur" in answer.content.decode()
    assert not Referral.objects.exists()


def test_five_a_day(client, is_open):
    client.force_login(create_user())
    quartier = create_quartier()
    for _ in range(6):
        client.post(reverse("quartiers:referral"), answers(quartier=quartier))
    assert Referral.objects.count() == 5


def test_name_without_agreement_breaks_a_constraint():
    with pytest.raises(IntegrityError), transaction.atomic():
        create_referral(person_agrees=False)


@pytest.mark.parametrize("state", ReferralState)
@pytest.mark.parametrize("target", ReferralState)
def test_states(state, target):
    allowed = {
        ("sent", "taken"),
        ("sent", "handed_over"),
        ("taken", "handed_over"),
        ("handed_over", "purged"),
    }
    assert can_move(Referral(state=state), target) is ((state, target) in allowed)


def test_ccas_follows_and_hands_over():
    referral, ccas = create_referral(), create_staff("ccas")
    client = client_of(ccas)
    page = client.get(reverse("admin:quartiers_referral_change", args=[referral.pk])).content.decode()
    assert CANARY in page
    for name in ("suivre", "transmettre"):
        url = reverse("admin:quartiers_referral_act", args=[referral.pk, name])
        assert client.get(url).status_code == 405
        client.post(url)
    referral.refresh_from_db()
    assert referral.state == ReferralState.HANDED_OVER
    assert referral.handed_over_at is not None
    trace = list(ReferralStateChange.objects.order_by("id").values_list("from_state", "to_state", "by"))
    assert trace == [("sent", "taken", ccas.pk), ("taken", "handed_over", ccas.pk)]
    with pytest.raises(TransitionError):
        referrals.take(referral, by=ccas, now=NOW)


def canary_paths(referral):
    return [
        reverse("admin:index"),
        reverse("admin:quartiers_referral_changelist"),
        reverse("admin:quartiers_referral_change", args=[referral.pk]),
        reverse("admin:quartiers_referral_history", args=[referral.pk]),
        reverse("admin:quartiers_referral_delete", args=[referral.pk]),
        reverse("quartiers:referral"),
        reverse("quartiers:stories"),
        reverse("missions:map"),
        reverse("missions:quartier", args=[referral.quartier.slug]),
        reverse("personal_data:index"),
        "/open311/v2/requests.json",
        "/open311/v2/requests.xml",
    ]


@pytest.mark.parametrize("role", [role for role in MATRIX["roles"] if role != "ccas"])
def test_nobody_else_ever_reads_one(role, is_open):
    person = create_person(role)
    referral = create_referral(author=None if role == "anonymous" else person)
    client = Client()
    if role != "anonymous":
        client.force_login(person)
    seen = {
        path for path in canary_paths(referral) if CANARY in client.get(path, follow=True).content.decode()
    }
    assert seen == set()
    acts = reverse("admin:quartiers_referral_act", args=[referral.pk, "suivre"])
    assert client.post(acts).status_code in (302, 403)
    referral.refresh_from_db()
    assert referral.state == ReferralState.SENT
    assert not LogEntry.objects.filter(object_repr__contains=CANARY).exists()


def test_superuser_is_no_exception(is_open):
    boss = create_staff("administrator")
    boss.is_superuser = True
    boss.save()
    referral = create_referral()
    client = client_of(boss)
    assert [client.get(path).status_code for path in canary_paths(referral)[1:4]] == [403, 403, 403]


def test_purge_leaves_date_quartier_and_kind():
    due = create_referral(state="handed_over", handed_over_at=NOW - timedelta(days=30))
    fresh = create_referral(state="handed_over", handed_over_at=NOW - timedelta(days=29))
    waiting = create_referral()
    due.state_changes.create(to_state="handed_over", at=NOW, by=create_user(), reason=CANARY)

    assert [referrals.purge(now=NOW), referrals.purge(now=NOW)] == [1, 0]

    due.refresh_from_db()
    assert (due.sent_on, due.quartier_id is not None, due.help_needed) == (TODAY, True, "company")
    assert CANARY not in str(Referral.objects.filter(pk=due.pk).values().get())
    assert CANARY not in str(list(ReferralStateChange.objects.filter(row=due).values()))
    assert set(ReferralStateChange.objects.filter(row=due).values_list("by", flat=True)) == {None}
    for kept in (fresh, waiting):
        kept.refresh_from_db()
        assert CANARY in kept.text
    purge_referrals()


@pytest.mark.parametrize("count", [1, 3])
def test_queue_takes_few_queries(django_assert_num_queries, count):
    for _ in range(count):
        create_referral()
    client = client_of(create_staff("ccas"))
    url = reverse("admin:quartiers_referral_changelist")
    client.get(url)
    with django_assert_num_queries(7):
        client.get(url)


def test_reading_changes_nothing(is_open):
    referral = create_referral()
    before = Referral.objects.values().get()
    client = client_of(create_staff("ccas"))
    for path in canary_paths(referral):
        client.get(path)
    assert Referral.objects.values().get() == before
