"""Delivery against a real SMTP server: once, whatever happens on the way."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection

from tests.factories import NOW, create_user
from vitre_civique.lib.months import PARIS
from vitre_civique.notifications import delivery, leases
from vitre_civique.notifications.kinds import Message
from vitre_civique.notifications.models import Notification, Preference
from vitre_civique.notifications.outbox import notify
from vitre_civique.notifications.relay import Relay

from .conftest import deliver_all
from .relays import Misbehaving, running

LATER = NOW + leases.LEASE + timedelta(seconds=1)


def queue(count=1, kind="plain", **fields):
    for n in range(count):
        notify(create_user(), kind, f"{kind}:{n}", now=NOW, **fields)


def states():
    return sorted(Notification.objects.values_list("state", flat=True))


@pytest.mark.django_db
def test_a_due_row_is_sent_once(mailbox, plain_kind):
    plain_kind()
    queue()

    assert deliver_all(NOW) == {"sent": 1}
    assert deliver_all(NOW) == {}

    row = Notification.objects.get()
    assert (row.state, row.attempts, row.lease_token, row.lease_until) == ("sent", 0, None, None)
    assert row.sent_at - NOW < timedelta(seconds=30)
    assert [(m["To"], m["Subject"], m["Message-ID"]) for m in mailbox.messages] == [
        (row.recipient.email, "Bonjour", row.message_id)
    ]


@pytest.mark.django_db
def test_nothing_leaves_before_it_is_due_nor_after_it_is_useless(mailbox, plain_kind):
    plain_kind()
    queue(due_at=NOW + timedelta(hours=1))

    assert deliver_all(NOW) == {}
    Notification.objects.update(expires_at=NOW + timedelta(hours=2))
    assert deliver_all(NOW + timedelta(hours=3)) == {"dropped": 1}
    assert len(mailbox) == 0


NESTED_LOOPS_ONLY = [
    "hashjoin",
    "mergejoin",
    "hashagg",
    "sort",
    "material",
    "memoize",
    "indexscan",
    "bitmapscan",
]


@pytest.mark.django_db
def test_urgent_rows_leave_before_the_mass(mailbox, plain_kind):
    plain_kind(name="mass", is_recurrent=True)
    plain_kind(name="urgent", is_urgent=True)
    queue(3, "mass")
    queue(1, "urgent")

    assert [row.kind for row in leases.claim(now=NOW, limit=2).rows] == ["urgent", "mass"]


@pytest.mark.django_db
@pytest.mark.parametrize("refused", [[], NESTED_LOOPS_ONLY], ids=["any plan", "nested loops"])
def test_a_claim_takes_no_more_than_its_limit_whatever_the_plan(mailbox, plain_kind, refused):
    """A locked subquery that a nested loop runs again would take `limit` more each time."""
    plain_kind()
    queue(12)
    with connection.cursor() as cursor:
        for setting in refused:
            cursor.execute(f"SET LOCAL enable_{setting} = off")

    assert [len(leases.claim(now=NOW, limit=5).rows) for _ in range(4)] == [5, 5, 2, 0]


@pytest.mark.django_db
def test_every_mail_has_its_parts_and_headers(mailbox, plain_kind):
    plain_kind()
    queue()
    deliver_all(NOW)

    message = mailbox.messages[0]
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Reply-To"] == "info@mairie-vitre.fr"
    assert message["List-Unsubscribe"] is None
    assert message["Date"].datetime == NOW


@pytest.mark.django_db
def test_an_address_with_accents_reaches_its_domain_or_is_set_aside_alone(mailbox, plain_kind):
    plain_kind()
    for name in ("a@b.fr", "anne@vitré.fr", "é@b.fr", "c@b.fr"):
        notify(None, "plain", name, now=NOW, to_email=name)

    assert deliver_all(NOW) == {"sent": 3, "poison": 1}

    assert [message["To"] for message in mailbox.messages] == ["a@b.fr", "anne@xn--vitr-epa.fr", "c@b.fr"]
    assert Notification.objects.get(dedupe_key="é@b.fr").state == "queued"


def test_what_cannot_even_be_written_to_the_relay_concerns_that_mail_alone(mailbox):
    with Relay() as relay:
        answers = [relay.send("a@b.fr", address, b"X: y\r\n\r\nz") for address in ("é@b.fr", "c@b.fr")]

    assert [answer.result for answer in answers] == ["later", "accepted"]


@pytest.mark.django_db
def test_an_answer_goes_to_a_name_and_an_address(mailbox, plain_kind, settings):
    settings.REPLY_TO_EMAIL = "Mairie de Vitré <info@mairie-vitre.fr>"
    plain_kind()
    queue()

    deliver_all(NOW)

    answer_to = mailbox.messages[0]["Reply-To"].addresses
    assert [(who.display_name, who.addr_spec) for who in answer_to] == [
        ("Mairie de Vitré", "info@mairie-vitre.fr")
    ]


@pytest.mark.django_db
def test_recurrent_mails_can_be_stopped_by_one_post(mailbox, plain_kind, client):
    kind = plain_kind(is_recurrent=True)
    queue()
    deliver_all(NOW)

    message = mailbox.messages[0]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = message["List-Unsubscribe"].strip("<>").removeprefix("http://testserver")
    client.post(url, {"List-Unsubscribe": "One-Click"})
    assert [(p.kind, p.rhythm) for p in Preference.objects.all()] == [(kind.name, "never")]


@pytest.mark.django_db
def test_a_person_who_said_never_is_not_written_to(mailbox, plain_kind):
    plain_kind(is_recurrent=True)
    queue()
    Preference.objects.create(user=Notification.objects.get().recipient, kind="plain", rhythm="never")

    assert deliver_all(NOW) == {"dropped": 1}
    assert len(mailbox) == 0


@pytest.mark.django_db
def test_no_line_end_can_open_a_header(mailbox, plain_kind):
    def builder(notification, facts, *, now):
        return Message("Bonjour\r\nBcc: autre@exemple.fr\u2028X: y", "texte\n.\nfin\n", "<p>texte</p>")

    plain_kind(builder)
    notify(create_user(first_name="A\r\nBcc: b@exemple.fr"), "plain", "a\r\nb", now=NOW)
    deliver_all(NOW)

    message = mailbox.messages[0]
    assert message["Subject"] == "Bonjour Bcc: autre@exemple.fr X: y"
    assert message["Bcc"] is None
    assert message.get_body(("plain",)).get_content().splitlines() == ["texte", ".", "fin"]


@pytest.mark.django_db
def test_what_is_no_longer_true_is_dropped(mailbox, plain_kind):
    plain_kind(lambda notification, facts, *, now: None)
    queue()

    assert deliver_all(NOW) == {"dropped": 1}
    assert (Notification.objects.get().last_error, len(mailbox)) == ("n’est plus vrai", 0)


@pytest.mark.django_db
def test_poison_is_set_aside_after_five_tries_and_spoils_nobody(mailbox, plain_kind):
    def builder(notification, facts, *, now):
        if notification.data.get("is_poison"):
            raise ZeroDivisionError("cassé")
        return Message("Bonjour", "Bonjour\n", "<p>Bonjour</p>")

    plain_kind(builder)
    notify(create_user(), "plain", "poison", now=NOW, data={"is_poison": True})
    queue()

    assert deliver_all(NOW) == {"poison": 1, "sent": 1}
    for hour in range(1, 5):
        deliver_all(NOW + timedelta(hours=hour))
    row = Notification.objects.get(dedupe_key="poison")
    assert (row.state, row.last_error) == ("set_aside", "ZeroDivisionError: cassé")
    assert deliver_all(NOW + timedelta(hours=6)) == {}
    assert len(mailbox) == 1


@pytest.mark.django_db
def test_a_kind_of_an_older_version_is_set_aside(mailbox, plain_kind):
    plain_kind()
    queue(2)
    Notification.objects.filter(dedupe_key="plain:0").update(kind="forgotten")

    assert deliver_all(NOW) == {"set_aside": 1, "sent": 1}


@pytest.mark.django_db
def test_a_loader_that_fails_for_one_serves_the_others(mailbox, plain_kind):
    def load(rows, *, now):
        if any(row.dedupe_key == "poison" for row in rows):
            raise KeyError("poison")
        return {row.pk: True for row in rows}

    plain_kind(load=load)
    notify(create_user(), "plain", "poison", now=NOW)
    queue(2)

    assert deliver_all(NOW) == {"poison": 1, "sent": 2}


@pytest.mark.django_db
def test_relay_down_then_up_loses_and_doubles_nothing(mailbox, plain_kind, settings):
    plain_kind()
    queue(3)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1

    assert deliver_all(NOW) == {"relay_away": 3}
    assert states() == ["queued"] * 3
    settings.EMAIL_PORT = port
    assert deliver_all(NOW) == {"sent": 3}
    assert len(mailbox) == 3


@pytest.mark.django_db
def test_a_4xx_is_tried_again_later_and_later(plain_kind, settings):
    plain_kind()
    queue()
    with running(Misbehaving(at_rcpt="450 4.2.0 greylisted"), settings) as relay:
        assert deliver_all(NOW) == {"later": 1}
        row = Notification.objects.get()
        assert (row.state, row.attempts, row.last_error) == ("queued", 1, "450 4.2.0 greylisted")
        assert timedelta(minutes=2) <= row.due_at - NOW < timedelta(minutes=3)
        assert deliver_all(NOW + timedelta(minutes=5)) == {"later": 1}
        assert Notification.objects.get().due_at - NOW >= timedelta(minutes=9)
        relay.at_rcpt = "250 OK"
        assert deliver_all(NOW + timedelta(hours=1)) == {"sent": 1}
    assert len(relay.received) == 1


@pytest.mark.django_db
def test_a_5xx_on_the_content_refuses_the_mail_alone(plain_kind, settings):
    plain_kind()
    queue()
    with running(Misbehaving(at_data="554 5.6.0 no"), settings):
        assert deliver_all(NOW) == {"refused": 1}
    row = Notification.objects.get()
    assert (row.state, row.last_error) == ("refused", "554 5.6.0 no")
    assert row.recipient.email_suspended_at is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "is_suspended"),
    [
        ("550 5.1.1 no such user", True),
        ("550 no such user", True),
        ("550 5.7.1 blocked by policy", False),
        ("552 5.2.2 mailbox full", False),
    ],
)
def test_only_an_address_that_does_not_exist_is_suspended(plain_kind, settings, answer, is_suspended):
    plain_kind()
    queue()
    with running(Misbehaving(at_rcpt=answer), settings):
        assert deliver_all(NOW) == {"refused": 1}
    user = Notification.objects.get().recipient
    assert user.has_usable_email is not is_suspended

    notify(user, "plain", "next", now=NOW)
    assert Notification.objects.get(dedupe_key="next").channel == ("post" if is_suspended else "email")


@pytest.mark.django_db
def test_one_connection_serves_a_batch_and_survives_a_hang_up(plain_kind, settings):
    plain_kind()
    queue(20)
    with running(Misbehaving(), settings) as relay:
        assert deliver_all(NOW) == {"sent": 20}
        assert (len(relay.received), relay.connections) == (20, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("was_accepted", "outcome", "copies"),
    [(True, "sent", 1), (False, "again", 2), (None, "again", 2)],
)
def test_uncertain_mail_is_asked_about_before_it_is_sent_again(
    plain_kind, settings, was_accepted, outcome, copies
):
    class Probe:
        def __init__(self):
            self.asked = []

        def was_accepted(self, message_id):
            self.asked.append(message_id)
            return was_accepted

    plain_kind()
    queue()
    probe = Probe()
    with running(Misbehaving(hangs_up_after_data=True), settings) as relay:
        assert deliver_all(NOW) == {"uncertain": 1}
        assert delivery.settle_uncertain(now=NOW, probe=probe) == {}
        assert delivery.settle_uncertain(now=LATER, probe=probe) == {outcome: 1}
        relay.hangs_up = False
        deliver_all(LATER)
    row = Notification.objects.get()
    assert (row.state, probe.asked) == ("sent", [row.message_id])
    assert [m["Message-ID"] for m in relay.received] == [row.message_id] * copies


@pytest.mark.django_db
def test_a_kind_may_prefer_silence_to_a_double(plain_kind, settings):
    plain_kind(sends_again_when_uncertain=False)
    queue()
    with running(Misbehaving(hangs_up_after_data=True), settings):
        deliver_all(NOW)
    assert delivery.settle_uncertain(now=LATER) == {"set_aside": 1}


@pytest.mark.django_db
def test_a_crash_before_sending_queues_again(mailbox, plain_kind):
    plain_kind()
    queue(3)
    leases.claim(now=NOW, limit=10)

    assert leases.sweep_expired(now=NOW) == 0
    assert leases.sweep_expired(now=LATER) == 3
    assert deliver_all(LATER) == {"sent": 3}
    assert len(mailbox) == 3


@pytest.mark.django_db
def test_a_slow_worker_cannot_overwrite_a_faster_one(mailbox, plain_kind):
    plain_kind()
    queue()
    slow = leases.claim(now=NOW, limit=1)
    leases.sweep_expired(now=LATER)
    fast = leases.claim(now=LATER, limit=1)
    row = slow.rows[0]

    assert leases.step(slow, row, message_id="<slow>", now=LATER) is False
    assert leases.finish(slow, row, "refused", error="slow", now=LATER) is False
    assert leases.retry(slow, row, due_at=LATER, error="slow") is False
    assert leases.give_back(slow, [row]) == 0
    assert leases.step(fast, row, message_id="<fast>", now=LATER) is True
    row.refresh_from_db()
    assert (row.state, row.message_id, row.attempts) == ("sending", "<fast>", 0)
    assert delivery.Batch(slow, NOW).deliver() == {"lost_lease": 1}
    assert len(mailbox) == 0


@pytest.mark.django_db
def test_a_worker_gives_back_what_it_cannot_finish_within_half_its_lease(mailbox, plain_kind):
    plain_kind()
    queue(2)
    batch = delivery.Batch(leases.claim(now=NOW, limit=2), NOW)
    batch.started -= leases.LEASE.total_seconds() / 2 + 1

    assert batch.deliver() == {"given_back": 2}
    assert (states(), len(mailbox)) == (["queued", "queued"], 0)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_share_the_queue_without_doubling(mailbox, plain_kind):
    plain_kind()
    queue(120)
    start, both_began = threading.Barrier(2), threading.Barrier(2)
    totals = []

    def work():
        start.wait()
        sent = delivery.deliver_batch(now=NOW, limit=10)["sent"]
        both_began.wait()
        while counts := delivery.deliver_batch(now=NOW, limit=10):
            sent += counts["sent"]
        totals.append(sent)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sum(totals) == 120
    assert min(totals) > 0
    assert len({message["Message-ID"] for message in mailbox.messages}) == len(mailbox) == 120


@pytest.mark.django_db
def test_a_late_row_waits_for_the_morning(mailbox, plain_kind):
    plain_kind()
    queue()
    night = datetime(2026, 11, 23, 22, tzinfo=PARIS)

    assert deliver_all(night) == {"held": 1}
    assert Notification.objects.get().due_at == datetime(2026, 11, 24, 8, tzinfo=PARIS)
    assert len(mailbox) == 0


@pytest.mark.django_db
@pytest.mark.parametrize(("hours", "outcome"), [(23, "sent"), (25, "held")])
def test_a_cancellation_less_than_a_day_before_leaves_at_night(mailbox, plain_kind, hours, outcome):
    night = datetime(2026, 11, 23, 22, tzinfo=PARIS)

    def builder(notification, facts, *, now):
        return Message("Annulé", "Annulé\n", "<p>Annulé</p>", happens_at=night + timedelta(hours=hours))

    plain_kind(builder, is_urgent_when_near=True)
    queue()

    assert deliver_all(night) == {outcome: 1}


@pytest.mark.django_db
def test_one_alert_a_day_and_four_a_month(mailbox, plain_kind):
    plain_kind(is_alert=True)
    user = create_user()
    days = [NOW + timedelta(days=n) for n in (-6, -4, -3, 0, 1)]  # 17, 19, 20, 23, 24 November
    notify(user, "plain", "second-of-the-day", now=NOW, due_at=days[0])
    for n, day in enumerate(days):
        notify(user, "plain", f"a:{n}", now=NOW, due_at=day)

    assert deliver_all(days[0]) == {"sent": 1, "held": 1}
    assert deliver_all(days[0] + timedelta(hours=1)) == {}
    assert deliver_all(days[1]) == {"sent": 1, "held": 1}
    assert deliver_all(days[2]) == {"sent": 1, "held": 1}
    assert deliver_all(days[3]) == {"sent": 1, "dropped": 1}
    assert deliver_all(days[4]) == {"dropped": 1}
    assert len(mailbox) == 4


@pytest.mark.django_db
def test_two_workers_cannot_send_two_alerts_on_one_day(mailbox, plain_kind):
    plain_kind(is_alert=True)
    user = create_user()
    notify(user, "plain", "a", now=NOW)
    first = delivery.Batch(leases.claim(now=NOW, limit=1), NOW)
    notify(user, "plain", "b", now=NOW)
    second = delivery.Batch(leases.claim(now=NOW, limit=1), NOW)
    letters = second.prepare()  # both have read « no alert yet today »

    assert first.deliver() == {"sent": 1}
    with delivery.Relay() as relay:
        second.send_all(relay, letters)
    assert (second.counts, len(mailbox)) == ({"held": 1}, 1)


@pytest.mark.django_db
def test_queries_of_a_batch(mailbox, plain_kind, django_assert_num_queries):
    """Claims and reading are shared; each mail then costs one UPDATE in its own commit."""
    plain_kind(is_recurrent=True)
    queue(10)
    claim, read, preferences, last_mark = 3 + 2, 1, 1, 1 + 2
    with django_assert_num_queries(claim + read + preferences + 10 * (1 + 2) + last_mark):
        assert deliver_all_once() == {"sent": 10}


def deliver_all_once():
    return delivery.deliver_batch(now=NOW, limit=100)
