"""« Je propose mon aide »: written, read by the mairie, a month in the quartier, renewed, answered."""

import threading
from datetime import date, datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from missions import help_offers, planning, requests
from missions.help_offers import HelpOfferError
from missions.models import (
    Block,
    Gesture,
    HelpOffer,
    HelpOfferAnswer,
    HelpOfferState,
    Mission,
    RequestDraft,
    Suspension,
)
from tests.desk.forms import text_of
from tests.desk.people import client_of, create_staff
from tests.factories import (
    NOW,
    TODAY,
    create_mission,
    create_quartier,
    create_slot,
    create_user,
    create_volunteer,
)
from vitre_civique.accounts import minors
from vitre_civique.accounts.models import GuardianConsent
from vitre_civique.lib.months import PARIS
from vitre_civique.lib.states import can_move
from vitre_civique.notifications.models import Notification

pytestmark = pytest.mark.django_db
LIST, MAKE = "/offres-d-aide/", "/je-propose-mon-aide/"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


def create_gesture(**fields):
    fields.setdefault("name", "Se promener ensemble")
    fields.setdefault("kind", "interpersonal")
    fields.setdefault("help_kind", "company")
    return Gesture.objects.create(**fields)


def create_offer(state=HelpOfferState.PUBLISHED, *, volunteer=None, **fields):
    """An offer as the verbs would have left it in `state`."""
    if state in (HelpOfferState.PUBLISHED, HelpOfferState.EXPIRED):
        fields.setdefault("published_at", NOW)
        fields.setdefault("expires_at", datetime(2026, 12, 25, tzinfo=PARIS))
    return HelpOffer.objects.create(
        volunteer=volunteer or create_volunteer(),
        state=state,
        quartier=fields.pop("quartier", None) or create_quartier(),
        help_kind=fields.pop("help_kind", "company"),
        text=fields.pop("text", "Je marche volontiers une heure avec quelqu’un."),
        when_text=fields.pop("when_text", "le samedi matin"),
        submitted_at=fields.pop("submitted_at", NOW),
        **fields,
    )


def answers(**changes):
    return {
        "gesture": "",
        "help_kind": "company",
        "text": "Je marche volontiers une heure avec quelqu’un.",
        "when_text": "le samedi matin",
        "quartier": create_quartier().pk,
        **changes,
    }


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


def minor_volunteer(**fields):
    user = create_user(birth_date=date(2010, 1, 5), **fields)  # 16 years old
    GuardianConsent.objects.create(minor=user, guardian_name="Parent", method="email", given_at=NOW)
    return create_volunteer(user=user)


# --- Written, read, published ---


def test_written_then_read_by_the_mairie_then_public_for_31_days(client):
    quartier = create_quartier(name="Rachapt")
    volunteer = create_volunteer(user=create_user(first_name="Annick", last_name="Tremblaie"))
    gesture = create_gesture()

    answer = signed_in(volunteer.user).post(
        MAKE, answers(gesture=gesture.pk, help_kind="", quartier=quartier.pk)
    )

    offer = HelpOffer.objects.get()
    assert answer.url == "/mes-offres-d-aide/"
    assert (offer.state, offer.volunteer, offer.help_kind) == ("submitted", volunteer, "company")
    assert "Se promener ensemble" not in text_of(client.get(LIST))

    staff = client_of(create_staff())
    assert "1 offre d’aide à relire" in text_of(staff.get("/gestion/")).replace("\u00a0", " ")
    staff.post(f"/gestion/missions/helpoffer/{offer.pk}/faire/publier/")

    offer.refresh_from_db()
    assert (offer.state, offer.expires_at) == ("published", datetime(2026, 12, 25, tzinfo=PARIS))
    told = Notification.objects.get(kind="help_offer_published")
    assert told.recipient == volunteer.user
    for path in (LIST, LIST + "?quartier=" + quartier.slug, f"/quartiers/{quartier.slug}/"):
        words = text_of(client.get(path))
        assert ("Se promener ensemble" in words, "Annick, Rachapt" in words) == (True, True)
        assert "Tremblaie" not in words
    with time_machine.travel(datetime(2026, 12, 24, 23, 59, tzinfo=PARIS), tick=False):
        assert "Annick" in text_of(client.get(LIST))
    with time_machine.travel(datetime(2026, 12, 25, 0, 0, tzinfo=PARIS), tick=False):
        assert "Annick" not in text_of(client.get(LIST))


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"text": "x" * 501},
        {"text": "Mon numéro : 06 12 34 56 78"},
        {"text": "Je peux emmener quelqu’un à l’hôpital."},
        {"text": "Dix euros de l’heure, 10 euros."},
        {"text": "Comme chez Mme Durand."},
        {"when_text": ""},
        {"when_text": "zoe@exemple.fr"},
        {"when_text": "x" * 81},
        {"quartier": 0},
        {"quartier": ""},
        {"help_kind": ""},
        {"help_kind": "town"},
        {"gesture": 999999},
        {"gesture": "abc"},
    ],
)
def test_bad_input_is_refused_and_kept(wrong):
    answer = signed_in(create_volunteer().user).post(MAKE, answers(**wrong))
    assert (answer.status_code, "Erreur" in answer.content.decode()) == (200, True)
    assert not HelpOffer.objects.exists()


def test_refused_with_a_reason_that_the_volunteer_reads():
    offer = create_offer(HelpOfferState.SUBMITTED)
    staff = client_of(create_staff())
    url = f"/gestion/missions/helpoffer/{offer.pk}/faire/refuser/"

    assert staff.post(url, {"reason": " "}).status_code == 200
    assert HelpOffer.objects.get().state == "submitted"
    staff.post(url, {"reason": "Dites plutôt quand vous êtes là."})

    assert HelpOffer.objects.get().state == "refused"
    assert Notification.objects.get().kind == "help_offer_refused"
    words = text_of(signed_in(offer.volunteer.user).get("/mes-offres-d-aide/"))
    assert "Dites plutôt quand vous êtes là." in words


def test_second_agent_is_told_and_changes_nothing():
    offer = create_offer(HelpOfferState.SUBMITTED)
    staff = client_of(create_staff())
    staff.post(f"/gestion/missions/helpoffer/{offer.pk}/faire/publier/")

    url = f"/gestion/missions/helpoffer/{offer.pk}/faire/refuser/"
    answer = staff.post(url, {"reason": "Trop tard"}, follow=True)

    assert HelpOffer.objects.get().state == "published"
    assert "Quelqu’un est passé avant vous" in text_of(answer)
    taken_off = f"/gestion/missions/helpoffer/{offer.pk}/faire/retirer/"
    staff.post(taken_off, {"reason": "Une personne nous a écrit."})
    assert HelpOffer.objects.get().state == "refused"


@pytest.mark.parametrize(
    ("role", "status"),
    [("agent", 302), ("ccas", 302), ("administrator", 302), ("civic_service", 403), ("elected", 403)],
)
def test_only_those_of_the_matrix_moderate(role, status):
    offer = create_offer(HelpOfferState.SUBMITTED)
    staff = client_of(create_staff(role))
    assert staff.post(f"/gestion/missions/helpoffer/{offer.pk}/faire/publier/").status_code == status
    assert HelpOffer.objects.get().state == ("published" if status == 302 else "submitted")


# --- Who may offer ---


def test_three_open_offers_at_most_even_at_once():
    client = signed_in(create_volunteer().user)
    for _ in range(4):
        last = client.post(MAKE, answers())
    assert HelpOffer.objects.count() == 3
    assert "trois offres en cours" in last.content.decode()


@pytest.mark.django_db(transaction=True)
def test_eight_offers_at_once_leave_three():
    volunteer, quartier = create_volunteer(), create_quartier()
    barrier, done = threading.Barrier(8), []

    def send(number):
        words = {"text": f"Un tour, {number}.", "when_text": "le soir"}
        offer = HelpOffer(volunteer=volunteer, quartier=quartier, help_kind="company", **words)
        barrier.wait()
        try:
            help_offers.submit(offer, by=volunteer.user, now=NOW)
            done.append(True)
        except HelpOfferError:
            done.append(False)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[number]) for number in range(8)]
    [thread.start() for thread in threads], [thread.join() for thread in threads]
    assert (done.count(True), HelpOffer.objects.count()) == (3, 3)


def test_a_minor_offers_nothing_that_is_done_in_a_home():
    volunteer = minor_volunteer(first_name="Loan")
    outside, inside = create_gesture(), create_gesture(name="Monter un meuble", needs_address=True)
    client = signed_in(volunteer.user)

    page = text_of(client.get(MAKE))
    assert ("Se promener ensemble" in page, "Monter un meuble" in page) == (True, False)
    client.post(MAKE, answers(gesture=inside.pk))
    client.post(MAKE, answers(gesture=""))
    assert not HelpOffer.objects.exists()
    with pytest.raises(HelpOfferError, match="Avant 18 ans"):
        help_offers.submit(HelpOffer(volunteer=volunteer, gesture=inside), by=volunteer.user, now=NOW)

    client.post(MAKE, answers(gesture=outside.pk))
    help_offers.publish(HelpOffer.objects.get(), by=None, now=NOW)
    words = text_of(Client().get(LIST))
    assert ("Un jeune du quartier" in words, "Loan" in words) == (True, False)


def not_met():
    return create_volunteer(first_meeting_on=None)


def meets_in_two_days():
    return create_volunteer(first_meeting_on=TODAY + timedelta(days=2))


def with_an_old_charter():
    return create_volunteer(charter_version="2020-1")


def who_stopped():
    return create_volunteer(stopped_at=NOW)


def suspended():
    volunteer = create_volunteer()
    Suspension.objects.create(person=volunteer.user, reason="Une plainte", from_at=NOW)
    return volunteer


def without_agreement():
    return create_volunteer(user=create_user(birth_date=date(2010, 1, 5)))


def of_fifteen():
    return create_volunteer(user=create_user(birth_date=date(2011, 6, 1)))


@pytest.mark.parametrize(
    "person",
    [not_met, meets_in_two_days, with_an_old_charter, who_stopped, suspended, without_agreement, of_fifteen],
)
def test_whoever_may_not_go_to_a_neighbour_offers_nothing(person):
    volunteer = person()
    signed_in(volunteer.user).post(MAKE, answers(gesture=create_gesture().pk))
    waiting = create_offer(HelpOfferState.SUBMITTED, volunteer=volunteer)
    with pytest.raises(HelpOfferError):
        help_offers.publish(waiting, by=None, now=NOW)
    assert list(HelpOffer.objects.values_list("state", flat=True)) == ["submitted"]
    assert not Notification.objects.exists()


def test_residents_who_do_not_volunteer_and_strangers_write_nothing():
    assert signed_in(create_user()).post(MAKE, answers()).status_code == 403
    assert Client().post(MAKE, answers()).url.startswith("/compte/connexion/")
    assert not HelpOffer.objects.exists()


@pytest.mark.parametrize("change", ["stopped_at", "paused_until", "suspended"])
def test_offer_leaves_the_pages_with_whoever_stops(client, change):
    offer = create_offer()
    if change == "suspended":
        Suspension.objects.create(person=offer.volunteer.user, reason="Une plainte", from_at=NOW)
    else:
        value = NOW if change == "stopped_at" else TODAY + timedelta(days=9)
        setattr(offer.volunteer, change, value)
        offer.volunteer.save()
    assert offer.text not in text_of(client.get(LIST))
    reader = signed_in(create_user())
    assert reader.post(reverse("missions:answer_help_offer", args=[offer.pk])).status_code == 404


# --- States, expiry, renewal ---


@pytest.mark.parametrize("state", HelpOfferState)
@pytest.mark.parametrize("target", HelpOfferState)
def test_states(state, target):
    allowed = {
        *(("submitted", name) for name in ("published", "refused", "withdrawn")),
        *(("published", name) for name in ("expired", "refused", "withdrawn")),
        ("expired", "published"),
        ("expired", "withdrawn"),
    }
    assert can_move(HelpOffer(state=state), target) is ((state, target) in allowed)


@pytest.mark.parametrize(
    "fields",
    [
        {"published_at": None, "expires_at": None},
        {"published_at": NOW, "expires_at": NOW},
        {"text": ""},
        {"when_text": ""},
    ],
)
def test_database_refuses_what_makes_no_sense(fields):
    offer = create_offer()
    with pytest.raises(IntegrityError), transaction.atomic():
        HelpOffer.objects.filter(pk=offer.pk).update(**fields)


def test_month_over_tells_once_and_one_click_brings_it_back():
    offer = create_offer()
    end = offer.expires_at
    assert help_offers.end_past(now=end - timedelta(seconds=1)) == 0
    assert (help_offers.end_past(now=end), help_offers.end_past(now=end)) == (1, 0)
    assert Notification.objects.filter(kind="help_offer_expired").count() == 1

    url = f"/mes-offres-d-aide/{offer.pk}/renouveler/"
    with time_machine.travel(end + timedelta(days=2, hours=10), tick=False):
        client = signed_in(offer.volunteer.user)
        assert client.get(url).status_code == 405
        client.post(url)
        client.post(url)
    offer.refresh_from_db()
    assert (offer.state, offer.renewals_count) == ("published", 1)
    assert offer.expires_at == datetime(2027, 1, 28, tzinfo=PARIS)
    assert help_offers.end_past(now=offer.expires_at) == 1
    assert Notification.objects.filter(kind="help_offer_expired").count() == 2


def test_renewed_in_the_last_week_only_and_by_its_author_only():
    offer = create_offer()
    url = f"/mes-offres-d-aide/{offer.pk}/renouveler/"
    signed_in(offer.volunteer.user).post(url)
    assert HelpOffer.objects.get().renewals_count == 0
    with time_machine.travel(offer.expires_at - timedelta(days=6), tick=False):
        author = signed_in(offer.volunteer.user)
        assert signed_in(create_volunteer().user).post(url).status_code == 404
        author.post(url)
    offer.refresh_from_db()
    assert (offer.renewals_count, offer.expires_at) == (1, datetime(2027, 1, 25, tzinfo=PARIS))


def test_renewal_beyond_three_is_refused():
    volunteer = create_volunteer()
    ended = create_offer(HelpOfferState.EXPIRED, volunteer=volunteer)
    for _ in range(3):
        create_offer(volunteer=volunteer)
    with pytest.raises(HelpOfferError, match="trois offres"):
        help_offers.renew(ended, by=volunteer.user, now=ended.expires_at)


def test_words_go_ninety_days_after_the_end():
    ended = create_offer(HelpOfferState.EXPIRED)
    refused, live = create_offer(HelpOfferState.REFUSED), create_offer(HelpOfferState.SUBMITTED)
    over = ended.expires_at + timedelta(days=90)
    assert help_offers.forget_ended(now=NOW + timedelta(days=89)) == 0
    assert help_offers.forget_ended(now=NOW + timedelta(days=90)) == 1
    assert not HelpOffer.objects.filter(pk=refused.pk).exists()
    with pytest.raises(HelpOfferError):
        help_offers.renew(ended, by=ended.volunteer.user, now=over)
    assert help_offers.forget_ended(now=over) == 1
    assert list(HelpOffer.objects.all()) == [live]


def test_withdrawn_by_its_author_alone(client):
    offer = create_offer()
    url = f"/mes-offres-d-aide/{offer.pk}/retirer/"
    assert signed_in(create_volunteer().user).post(url).status_code == 404
    author = signed_in(offer.volunteer.user)
    author.post(url), author.post(url)
    assert HelpOffer.objects.get().state == "withdrawn"
    assert offer.text not in text_of(client.get(LIST))


# --- Answered ---


def test_a_neighbour_who_is_interested_starts_a_request_already_begun():
    gesture = create_gesture()
    offer = create_offer(gesture=gesture, volunteer=create_volunteer(user=create_user(phone="+33611223344")))
    neighbour = create_user()
    client = signed_in(neighbour)

    url = reverse("missions:answer_help_offer", args=[offer.pk])
    assert client.get(url).status_code == 405
    first = client.post(url)
    client.post(url)

    assert first.url == "/demander-un-coup-de-main/pour-qui/"
    draft = RequestDraft.objects.get()
    assert draft.answers["what"] == {"gesture": gesture.pk, "text": "", "for_agent_only": False}
    step = client.post("/demander-un-coup-de-main/pour-qui/", {"for_whom": "me"})
    assert step.url == "/demander-un-coup-de-main/quand/"
    day = (TODAY + timedelta(days=5)).isoformat()
    step = client.post("/demander-un-coup-de-main/quand/", {"day_1": day, "part_1": "morning"})
    page = client.get(step.url)
    assert page.context["form"]["quartier"].value() == str(offer.quartier.pk)
    client.post("/demander-un-coup-de-main/ou/", {"quartier": offer.quartier.pk})
    client.post("/demander-un-coup-de-main/verifier/")

    mission = Mission.objects.get()
    assert (mission.state, mission.proposed_by, mission.gesture) == ("submitted", neighbour, gesture)
    assert HelpOfferAnswer.objects.get().offer == offer
    assert not Notification.objects.filter(recipient=offer.volunteer.user).exists()
    # The mairie publishes: the volunteer learns it, the neighbour's name and words do not travel.
    create_slot(mission)
    planning.publish(mission, by=None, now=NOW)
    told = Notification.objects.get(kind="help_offer_answered")
    assert (told.recipient, told.data) == (
        offer.volunteer.user,
        {"mission": mission.pk, "help_offer": offer.pk},
    )


def test_an_answer_to_an_offer_taken_back_meanwhile_is_an_ordinary_request():
    offer, neighbour = create_offer(gesture=create_gesture()), create_user()
    draft = help_offers.answer(offer, by=neighbour, now=NOW)
    for step, said in {
        "who": {"for_whom": "me"},
        "when": {"wishes": [["2026-12-01", "morning"]]},
        "where": {"quartier": None, "address": "", "instructions": ""},
    }.items():
        draft = requests.keep(draft, step, said, user=neighbour, now=NOW)
    help_offers.withdraw(offer, by=offer.volunteer.user, now=NOW)

    requests.send_draft(draft, asker=neighbour, now=NOW)

    assert (Mission.objects.get().state, HelpOfferAnswer.objects.count()) == ("submitted", 0)


def test_looking_at_several_offers_keeps_one_draft_and_what_was_written():
    neighbour, first, second = create_user(), create_offer(gesture=create_gesture()), create_offer()
    help_offers.answer(first, by=neighbour, now=NOW)
    draft = help_offers.answer(second, by=neighbour, now=NOW)
    assert RequestDraft.objects.get() == draft
    draft = requests.keep(draft, "who", {"for_whom": "me"}, user=neighbour, now=NOW)
    help_offers.answer(first, by=neighbour, now=NOW)
    assert RequestDraft.objects.count() == 2


@pytest.mark.parametrize("side", ["blocker", "blocked"])
def test_people_apart_are_not_brought_together(side):
    offer, neighbour = create_offer(), create_user()
    other = "blocked" if side == "blocker" else "blocker"
    Block.objects.create(**{side: neighbour, other: offer.volunteer.user}, at=NOW)
    client = signed_in(neighbour)
    assert offer.text not in text_of(client.get(LIST))
    assert client.post(reverse("missions:answer_help_offer", args=[offer.pk])).status_code == 404
    assert offer.text in text_of(Client().get(LIST))


def test_signing_in_to_answer_leads_to_that_very_offer(client):
    offer, other = create_offer(), create_offer()
    page = BeautifulSoup(client.get(LIST).content, "html.parser")
    way_in = page.select_one(f"#offre-{offer.pk} a")["href"]
    assert way_in == f"/compte/connexion/?next=/offres-d-aide/{offer.pk}/"
    assert client.get(f"/offres-d-aide/{offer.pk}/").url == way_in

    reader = signed_in(create_user())
    shown = BeautifulSoup(reader.get(f"/offres-d-aide/{offer.pk}/").content, "html.parser")
    assert [form["action"] for form in shown.select("main .offer-card form")] == [
        reverse("missions:answer_help_offer", args=[offer.pk])
    ]
    assert shown.select_one("h1").get_text(strip=True) == offer.title
    HelpOffer.objects.filter(pk=other.pk).update(state="withdrawn")
    assert reader.get(f"/offres-d-aide/{other.pk}/").status_code == 404
    Block.objects.create(blocker=create_user(), blocked=offer.volunteer.user, at=NOW)
    apart = signed_in(Block.objects.get().blocker)
    assert apart.get(f"/offres-d-aide/{offer.pk}/").status_code == 404


def test_nobody_answers_oneself_or_unsigned_in():
    offer = create_offer()
    url = reverse("missions:answer_help_offer", args=[offer.pk])
    signed_in(offer.volunteer.user).post(url)
    assert Client().post(url).url.startswith("/compte/connexion/")
    assert not RequestDraft.objects.exists()


# --- What it costs, where it stands ---


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(("path", "queries"), [(LIST, 3), ("/mes-offres-d-aide/", 7)])
def test_lists_cost_the_same_for_one_and_three(django_assert_num_queries, number, path, queries):
    volunteer = create_volunteer()
    for _ in range(number):
        create_offer(volunteer=volunteer, gesture=create_gesture(name=f"Geste {HelpOffer.objects.count()}"))
    client = Client() if path == LIST else signed_in(volunteer.user)
    client.get(path)
    with django_assert_num_queries(queries):
        client.get(path)


@pytest.mark.parametrize("number", [1, 3])
def test_desk_list_costs_the_same_for_one_and_three(django_assert_num_queries, number):
    for _ in range(number):
        create_offer()
    staff = client_of(create_staff())
    staff.get("/gestion/missions/helpoffer/")
    with django_assert_num_queries(7):
        staff.get("/gestion/missions/helpoffer/")


def test_a_mission_nobody_offered_tells_nobody():
    mission = create_mission(state="submitted")
    create_slot(mission)
    planning.publish(mission, by=None, now=NOW)
    assert not Notification.objects.filter(kind="help_offer_answered").exists()


def test_sending_the_same_offer_twice_makes_one():
    client, quartier = Client(), create_quartier()
    client.force_login(create_volunteer(first_meeting_on=TODAY).user)
    said = {"help_kind": "garden", "text": "Je taille les haies.", "when_text": "le samedi"}

    for _ in range(2):
        answer = client.post(MAKE, said | {"quartier": quartier.pk})
        assert answer.status_code == 302

    assert HelpOffer.objects.count() == 1
    client.post(MAKE, said | {"quartier": quartier.pk, "text": "Je tonds."})
    assert HelpOffer.objects.count() == 2


@pytest.mark.parametrize("apart", ["blocked", "blocker", "suspended"])
def test_those_kept_apart_since_hear_nothing_of_each_other(apart):
    offer, asker, agent = create_offer(), create_user(), create_user()
    volunteer = offer.volunteer.user
    mission = create_mission(kind="interpersonal", proposed_by=asker, beneficiary=asker, state="submitted")
    create_slot(mission)
    assert help_offers.link_answer(mission, {"pk": offer.pk}, now=NOW)
    if apart == "suspended":
        Suspension.objects.create(person=volunteer, by=agent, reason="x", from_at=NOW)
    else:
        pair = [asker, volunteer] if apart == "blocked" else [volunteer, asker]
        Block.objects.create(blocker=pair[0], blocked=pair[1], at=NOW)

    planning.publish(mission, by=agent, now=NOW)

    assert not Notification.objects.filter(kind="help_offer_answered").exists()
    other = create_mission(kind="interpersonal", proposed_by=asker, beneficiary=asker, state="submitted")
    assert help_offers.link_answer(other, {"pk": offer.pk}, now=NOW) is None


def test_an_offer_of_a_minor_leaves_with_the_agreement_of_the_parent():
    user = create_user(birth_date=date(2009, 9, 1))
    offer = create_offer(volunteer=create_volunteer(user=user, first_meeting_on=TODAY))
    told = {"guardian_name": "Anne", "guardian_email": "a@exemple.fr", "method": "email", "code_hash": "x"}
    consent = GuardianConsent.objects.create(minor=user, given_at=NOW, **told)
    assert list(HelpOffer.objects.public(NOW)) == [offer]

    minors.revoke_consent(consent, now=NOW)

    assert list(HelpOffer.objects.public(NOW)) == []
