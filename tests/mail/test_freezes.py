"""The reserve before elections: what is editorial stays at home, what people count on leaves."""

from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.db import IntegrityError, transaction
from django.urls import reverse

from tests.desk.people import client_of, create_staff
from tests.factories import NOW, TODAY, create_user
from tests.mail.conftest import deliver_all
from vitre_civique.notifications import calls
from vitre_civique.notifications.freezes import editorial_kinds
from vitre_civique.notifications.models import EditorialFreeze, Notification
from vitre_civique.notifications.outbox import notify

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def freeze(first, last):
    return EditorialFreeze.objects.create(
        from_on=TODAY + first * DAY, until_on=TODAY + last * DAY, reason="x"
    )


@pytest.mark.parametrize(
    ("first", "last", "leaves"), [(-3, 0, False), (0, 3, False), (-3, -1, True), (1, 3, True)]
)
def test_an_editorial_mail_leaves_on_free_days_only(mailbox, plain_kind, first, last, leaves):
    plain_kind(is_editorial=True)
    plain_kind(name="owed")
    freeze(first, last)
    person = create_user()
    notify(person, "plain", "one", now=NOW)
    notify(person, "owed", "two", now=NOW)

    assert deliver_all(NOW)["sent"] == 1 + leaves

    said = Notification.objects.get(dedupe_key="one")
    assert (said.state, said.last_error) == (("sent", "") if leaves else ("dropped", "réserve électorale"))


def test_the_call_list_keeps_silent_too(plain_kind):
    plain_kind(is_editorial=True)
    by_phone = create_user(email=None, phone="+33299000001", preferred_channel="phone")
    notify(by_phone, "plain", "one", now=NOW)

    assert calls.call_list(NOW).count() == 1
    freeze(-1, 1)
    assert calls.call_list(NOW).count() == 0
    assert calls.call_list(NOW + 3 * DAY).count() == 1


def test_mission_alerts_are_editorial_and_what_people_count_on_is_not():
    assert editorial_kinds() == ["mission_alert"]


def test_the_switch_is_dated_and_the_administrator_s(client):
    url = reverse("admin:notifications_editorialfreeze_add")
    data = {"reason": "Élections municipales", "from_on": "2026-11-01", "until_on": "2026-11-30"}
    for role in ("agent", "ccas", "civic_service", "elected"):
        assert client_of(create_staff(role)).post(url, data).status_code == 403
    administrator = create_staff("administrator")
    wrong = client_of(administrator).post(url, {**data, "until_on": "2026-10-30"})
    assert "La fin vient après le début" in wrong.content.decode()

    client_of(administrator).post(url, data)

    row = EditorialFreeze.objects.get()
    assert (row.reason, row.made_by) == ("Élections municipales", administrator)
    with pytest.raises(IntegrityError), transaction.atomic():
        EditorialFreeze.objects.filter(pk=row.pk).update(until_on="2026-10-01")


@time_machine.travel(NOW, tick=False)
def test_the_page_of_choices_says_what_is_silent_while_a_reserve_lasts(client):
    client.force_login(create_user())
    url = reverse("notifications:preferences")
    freeze(1, 9)
    assert "réserve électorale" not in client.get(url).content.decode()
    freeze(-1, 3)

    page = " ".join(BeautifulSoup(client.get(url).content, "html.parser").main.get_text().split())

    assert "Jusqu’au 26 novembre 2026, c’est la réserve électorale" in page
    assert "« Les nouvelles missions qui me vont » ne part pas." in page
