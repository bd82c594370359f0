"""The mails about offers of help: real SMTP, true when they leave, nothing of the neighbour who answers."""

import pytest

from missions import help_offers
from missions.models import HelpOffer, HelpOfferAnswer
from tests.conftest import html_of, text_of
from tests.factories import NOW, create_mission, create_quartier, create_user, create_volunteer
from vitre_civique.notifications.outbox import notify

from .conftest import deliver_all

pytestmark = pytest.mark.django_db
NEIGHBOUR = "Kanariqx"


def create_offer(state="published"):
    offer = HelpOffer.objects.create(
        volunteer=create_volunteer(),
        quartier=create_quartier(name="Le Rachapt"),
        help_kind="company",
        text="Une promenade.",
        when_text="le samedi",
        submitted_at=NOW,
    )
    if state == "refused":
        help_offers.refuse(offer, by=None, reason="Dites l’heure & le jour.", now=NOW)
    if state in ("published", "expired"):
        help_offers.publish(offer, by=None, now=NOW)
    return offer


def the_mail(mailbox, offer):
    assert deliver_all(NOW)["sent"] == 1
    assert deliver_all(NOW) == {}
    (message,) = mailbox.messages
    assert message["To"] == offer.volunteer.user.email
    return message["Subject"], [" ".join(body.split()) for body in (text_of(message), html_of(message))]


@pytest.mark.parametrize(
    ("state", "subject", "words"),
    [
        ("published", "Votre offre d’aide est en ligne", "jusqu’au jeudi 24 décembre 2026"),
        ("refused", "Votre offre d’aide n’est pas en ligne", "Dites l’heure"),
    ],
)
def test_what_became_of_the_offer(mailbox, state, subject, words):
    told, bodies = the_mail(mailbox, create_offer(state))
    assert told == subject
    for body in bodies:
        assert words in body.replace("\u00a0", " ")
        assert "http://testserver/mes-offres-d-aide/" in body


def test_a_month_over_is_said_with_the_way_to_go_on(mailbox):
    offer = create_offer()
    help_offers.withdraw(offer, by=None, now=NOW)
    HelpOffer.objects.filter(pk=offer.pk).update(
        state="published", expires_at=NOW, published_at=NOW.replace(day=1)
    )
    help_offers.end_past(now=NOW)
    HelpOffer.objects.filter(pk=offer.pk).update(expires_at=NOW)
    # Published and withdrawn meanwhile: only what is still true leaves.
    told, bodies = the_mail(mailbox, offer)
    assert told == "Votre offre d’aide a fait son mois"
    assert all("Un geste suffit" in body for body in bodies)


def answered(offer):
    mission = create_mission(
        kind="interpersonal",
        title="Se promener ensemble",
        beneficiary=create_user(first_name=NEIGHBOUR),
        proposed_by=create_user(first_name=NEIGHBOUR),
        public_text=NEIGHBOUR,
    )
    HelpOfferAnswer.objects.create(mission=mission, offer=offer, at=NOW)
    data = {"mission": mission.pk, "help_offer": offer.pk}
    notify(offer.volunteer.user, "help_offer_answered", "x", now=NOW, data=data)
    return mission


def test_an_answer_leads_to_the_request_and_says_nothing_of_who_asks(mailbox):
    offer = create_offer("submitted")
    mission = answered(offer)
    told, bodies = the_mail(mailbox, offer)
    assert told == "Un voisin a répondu à votre offre d’aide"
    for body in bodies:
        assert f"http://testserver/missions/{mission.pk}/" in body
        assert NEIGHBOUR not in body


@pytest.mark.parametrize("change", ["cancelled", "stopped"])
def test_what_is_no_longer_true_does_not_leave(mailbox, change):
    offer = create_offer("submitted")
    mission = answered(offer)
    if change == "cancelled":
        type(mission).objects.filter(pk=mission.pk).update(state="cancelled")
    else:
        type(offer.volunteer).objects.update(stopped_at=NOW)
    assert deliver_all(NOW).get("sent", 0) == 0
    assert len(mailbox) == 0
