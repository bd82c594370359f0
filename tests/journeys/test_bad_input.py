"""Bad input on every form of the site and on every page of the desk that adds something.

The forms are found, not listed: a new page is tried as soon as a link leads to it.
"""

from contextlib import contextmanager, suppress
from copy import deepcopy
from datetime import timedelta

import pytest
from django.contrib import admin
from django.core.cache import cache
from django.db import connection, transaction
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from missions.models import Gesture
from tests.accounts.people import confirm_identity
from tests.journeys.bad_input import BADNESSES, faults_of, filled, forms_of
from tests.journeys.test_crawl import changed, client_of, crawl, english_in, town_as_it_stands
from tests.page_reader import Page
from vitre_civique.accounts.models import User

pytestmark = pytest.mark.django_db
WRITES = ("INSERT", "UPDATE", "DELETE")


@contextmanager
def undone(client):
    """What happens inside leaves no trace: neither in the database, nor in the browser."""
    cookies = deepcopy(client.cookies)
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    cache.clear()
    client.cookies = cookies


def send(client, form, data):
    """(answer, whether a table changed): the tables are read only when the database was written to."""
    seen = []

    def watch(execute, sql, params, many, context):
        if sql.lstrip()[:6].upper() in WRITES and "session" not in sql[:60]:
            seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        answer = getattr(client, form.method)(form.action, data)
    return answer, bool(seen)


def trials(client, forms):
    before = town_as_it_stands()  # and again after each trial, as nothing of it stays
    for form in forms:
        for badness in BADNESSES:
            if not badness.touches(form):
                continue
            data = filled(form, badness)
            with undone(client):
                answer, wrote = send(client, form, data)
                has_written = wrote and badness.is_refused and bool(changed(before))
            yield from faults_of(form, badness, data, answer, has_written=has_written)
            english = english_in(Page(answer.content))
            yield from (f"{form.page} ({badness.name}): English « {words} »" for words in english)


def found(pages):
    """The forms of these pages, each kind once: by what it sends where."""
    kinds = {}
    for path, _, page in pages:
        for form in forms_of(page.soup, path) if page else ():
            names = frozenset(each.name for each in form.controls)
            action = "".join(sign for sign in form.action.partition("?")[0] if not sign.isdigit())
            if form.is_free:
                kinds.setdefault((form.method, action, names), form)
    return list(kinds.values())


@pytest.fixture
def asking(client):
    """Somebody who has answered every question of a request but the last."""
    gesture = Gesture.objects.filter(needs_address=True).first()
    day = timezone.localdate() + timedelta(days=2)
    client.post(reverse("missions:ask_who"), {"for_whom": "me"})
    client.post(reverse("missions:ask_what"), {"gesture": gesture.pk, "text": "Une petite haie."})
    client.post(reverse("missions:ask_when"), {"day_1": day.isoformat(), "part_1": "morning"})
    client.post(reverse("missions:ask_where"), {"quartier": "inconnu", "address": "3, rue du Canari"})
    return client


def test_forms_of_a_stranger(demo, asking):
    """What a link leads to, and each step of the two questionnaires."""
    asking.post(reverse("volunteers:join"), {"quartier": "inconnu", "reach": "town"})
    steps = [reverse(f"missions:ask_{step}") for step in ("who", "what", "when", "where", "check", "resume")]
    steps += [reverse("volunteers:join_what"), reverse("account_signup"), reverse("account_login")]
    steps += [reverse("accounts:password_sign_in"), reverse("account_reset_password")]

    forms = found(crawl(asking, ["/", *steps]))

    assert {reverse("missions:ask_check"), reverse("account_signup")} <= {form.page for form in forms}
    assert len(forms) > 12
    assert "\n".join(dict.fromkeys(trials(asking, forms))) == ""


@pytest.mark.parametrize("key", ["volontaire", "referente"])
def test_forms_of_a_resident(demo, key):
    client = client_of(key)
    forms = found(crawl(client, [reverse("missions:my_hour"), reverse("accounts:home"), "/"]))

    assert len(forms) > 15
    assert "\n".join(dict.fromkeys(trials(client, forms))) == ""


def add_pages():
    """Every page of the desk that adds a row, and those that note what somebody says on the phone."""
    for model in admin.site._registry:
        with suppress(NoReverseMatch):
            yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
    yield reverse("admin:missions_mission_assist")


def test_forms_of_the_desk_that_add_something(demo):
    client = client_of("admin")
    confirm_identity(client, User.objects.get(email="admin@exemple.fr"))
    answers = [(path, client.get(path)) for path in add_pages()]
    pages = [(path, answer, Page(answer.content)) for path, answer in answers if answer.status_code == 200]

    forms = [form for form in found(pages) if form.method == "post"]

    assert len(forms) > 8
    assert "\n".join(dict.fromkeys(trials(client, forms))) == ""
