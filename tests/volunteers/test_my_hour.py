"""« Mon heure »: the month computed on read, in minutes and in words; its page; skipping and declaring."""

import uuid
from datetime import date, datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup

from missions import my_hour
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
from vitre_civique.lib.months import PARIS
from volunteers import hours
from volunteers.models import HourEntry, SkippedMonth

pytestmark = pytest.mark.django_db
OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)
NBSP = "\u00a0"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


def paris(*parts, fold=0):
    return datetime(*parts, tzinfo=PARIS, fold=fold)


def give(volunteer, minutes, month=NOVEMBER):
    return hours.declare(volunteer, month=month, minutes=minutes, label="Courses", by=volunteer.user, now=NOW)


def plan(volunteer, starts_at, minutes=60, state="confirmed", **mission):
    slot = create_slot(create_mission(**mission), starts_at=starts_at, minutes=minutes)
    fields = {"expires_at": starts_at} if state in ("pending", "offered") else {}
    return create_signup(slot, volunteer, state=state, **fields)


def view(volunteer, month=NOVEMBER, today=TODAY):
    return my_hour.month_view(volunteer, month, today=today)


def page(response):
    return BeautifulSoup(response.content, "html.parser")


def summary(response):
    return [item.get_text(strip=True) for item in page(response).select(".error-summary li")]


# --- The month in words -------------------------------------------------------------------------------------


def test_nothing_chosen_yet():
    assert view(create_volunteer()).sentence == "Votre heure de novembre n’est pas encore choisie."


def test_planned_says_when_and_the_quartier_only():
    volunteer = create_volunteer()
    quartier = create_quartier(name="Le Rachapt")
    plan(volunteer, paris(2026, 11, 26, 14), quartier=quartier, public_place="Salle du Temple")
    month = view(volunteer)
    assert (month.status, month.planned_minutes, month.given_minutes) == ("planned", 60, 0)
    assert month.sentence == (
        f"Votre heure de novembre est prévue{NBSP}: jeudi 26{NBSP}novembre à 14{NBSP}h, Le Rachapt."
    )


def test_given_thanks_and_surplus_thanks_more():
    volunteer = create_volunteer()
    give(volunteer, 60)
    assert view(volunteer).sentence == "Votre heure de novembre est donnée. Merci\u202f!"
    give(volunteer, 180)
    month = view(volunteer)
    assert (month.given_minutes, month.surplus_minutes) == (240, 180)
    assert month.sentence == f"Votre heure de novembre est donnée{NBSP}: merci, 3{NBSP}h de plus."


def test_a_part_of_an_hour_is_thanked_too():
    volunteer = create_volunteer()
    give(volunteer, 45)
    assert (
        view(volunteer).sentence
        == f"Vous avez donné 45{NBSP}minutes de votre heure de novembre. Merci\u202f!"
    )


def test_a_skipped_month_has_nothing_to_catch_up():
    volunteer = create_volunteer()
    SkippedMonth.objects.create(volunteer=volunteer, month=NOVEMBER)
    assert view(volunteer).sentence == "Vous passez votre heure de novembre. Rien à rattraper."
    give(volunteer, 60)
    assert view(volunteer).status == "given"


def test_a_past_month_without_an_hour_blames_nobody():
    assert view(create_volunteer(), OCTOBER).sentence == f"Pas d’heure d’octobre{NBSP}: rien à rattraper."


def test_a_correction_below_zero_never_shows():
    volunteer = create_volunteer()
    entry = give(volunteer, 60)
    hours.correct(entry, minutes=0, reason="erreur", by=create_user())
    HourEntry.objects.create(
        volunteer=volunteer,
        month=NOVEMBER,
        minutes=-30,
        source="correction",
        corrects=entry,
        reason="double erreur",
    )
    assert view(volunteer).given_minutes == 0
    assert view(volunteer).status == "open"


@pytest.mark.parametrize("state", ["pending", "waiting", "offered", "withdrawn", "absent", "attended"])
def test_only_confirmed_signups_are_planned(state):
    volunteer = create_volunteer()
    plan(
        volunteer, paris(2026, 11, 26, 14), state="confirmed" if state == "attended" else state
    ).__class__.objects.filter(volunteer=volunteer).update(state=state, minutes=60)
    assert view(volunteer).planned_minutes == 0


@pytest.mark.parametrize(
    ("starts_at", "minutes", "month"),
    [
        (paris(2026, 11, 30, 23, 30), 120, NOVEMBER),  # across midnight at month's end
        (paris(2026, 12, 1, 0, 0), 60, DECEMBER),
        (paris(2026, 2, 28, 23, 30), 60, date(2026, 2, 1)),
        (paris(2028, 2, 29, 23, 30), 60, date(2028, 2, 1)),
        (paris(2026, 3, 29, 1, 30), 60, date(2026, 3, 1)),
        (paris(2026, 10, 25, 2, 30, fold=1), 60, OCTOBER),
        (paris(2026, 10, 31, 23, 30), 60, OCTOBER),  # 22 h 30 UTC
        (paris(2026, 7, 1, 0, 30), 60, date(2026, 7, 1)),  # 30 June in UTC
    ],
)
def test_a_mission_is_planned_in_the_month_of_its_local_start(starts_at, minutes, month):
    volunteer = create_volunteer()
    plan(volunteer, starts_at, minutes)
    planned = my_hour.planned_by_month(volunteer, date(2026, 1, 1), date(2028, 12, 1))
    assert planned == {month: minutes}


def test_minutes_on_the_short_and_the_long_night_are_real_minutes():
    volunteer = create_volunteer()
    for first, last in [
        (paris(2026, 3, 29, 1), paris(2026, 3, 29, 4)),  # two real hours
        (paris(2026, 10, 25, 1), paris(2026, 10, 25, 4)),  # four real hours
    ]:
        first, last = first.astimezone(), last.astimezone()
        slot = create_slot(starts_at=first, ends_at=last)
        create_signup(slot, volunteer)
    planned = my_hour.planned_by_month(volunteer, date(2026, 3, 1), OCTOBER)
    assert planned == {date(2026, 3, 1): 120, OCTOBER: 240}


def test_the_year_behind_has_twelve_months_latest_first(django_assert_num_queries):
    volunteer = create_volunteer()
    give(volunteer, 60, OCTOBER)
    with django_assert_num_queries(5):
        past = my_hour.page_of(volunteer, now=NOW)["past"]
    assert [row.month for row in past] == [
        OCTOBER,
        *[date(2026, n, 1) for n in range(9, 0, -1)],
        date(2025, 12, 1),
        date(2025, 11, 1),
    ]
    assert [row.given_minutes for row in past] == [60] + [0] * 11
    assert [row.status for row in past] == ["given"] + ["open"] * 11


def test_upcoming_shows_mine_live_and_not_over():
    volunteer = create_volunteer()
    later = plan(volunteer, NOW + timedelta(days=9))
    sooner = plan(volunteer, NOW + timedelta(days=2), state="waiting")
    running = plan(volunteer, NOW - timedelta(minutes=30))
    plan(volunteer, NOW - timedelta(days=2))
    plan(volunteer, NOW + timedelta(days=3), state="withdrawn")
    plan(create_volunteer(), NOW + timedelta(days=3))
    assert list(my_hour.upcoming(volunteer, now=NOW)) == [running, sooner, later]


# --- The page -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_keeps_its_number_of_queries(client, django_assert_num_queries, count):
    volunteer = create_volunteer(quartier=create_quartier())
    for n in range(count):
        plan(volunteer, NOW + timedelta(days=n + 1), quartier=create_quartier())
    client.force_login(volunteer.user)
    client.get("/mon-heure/")
    with django_assert_num_queries(8):
        shown = page(client.get("/mon-heure/"))
    assert len(shown.select(".agenda-item")) == count
    assert [link["href"] for link in shown.select(".agenda h3 a")] == [
        f"/inscriptions/{pk}/" for pk in volunteer.signups.order_by("starts_at").values_list("pk", flat=True)
    ]


def test_what_waits_for_a_word_comes_first_with_one_action_each(client):
    volunteer = create_volunteer()
    yesterday = plan(volunteer, NOW - timedelta(days=1), title="La haie")
    plan(volunteer, NOW - timedelta(days=2), title="Annulée", state="withdrawn")
    offered = plan(volunteer, NOW + timedelta(days=2), title="La place", state="offered")
    lapsed = plan(volunteer, NOW + timedelta(days=3), title="Trop tard", state="offered")
    type(lapsed).objects.filter(pk=lapsed.pk).update(expires_at=NOW)
    client.force_login(volunteer.user)

    shown = page(client.get("/mon-heure/"))
    asks = shown.select(".ask")

    assert [ask.strong.get_text() for ask in asks] == ["La haie", "La place"]
    assert [ask.form["action"] for ask in asks] == [
        f"/inscriptions/{yesterday.pk}/dire/",
        f"/inscriptions/{offered.pk}/accepter/",
    ]
    assert [item.get_text(strip=True) for item in shown.select(".agenda h3")] == ["Trop tard"]

    client.post(asks[0].form["action"], {"outcome": "done"})
    again = page(client.get("/mon-heure/")).select(".ask")
    assert [ask.strong.get_text() for ask in again] == ["La place"]


def test_the_page_offers_to_skip_in_one_post_and_to_take_it_back(client):
    volunteer = create_volunteer()
    client.force_login(volunteer.user)
    actions = [form["action"] for form in page(client.get("/mon-heure/")).select("main form")]
    assert actions == ["/mon-heure/passer/2026-11/", "/mon-heure/passer/2026-12/"]
    assert client.get(actions[0]).status_code == 405
    for _ in range(2):
        assert client.post(actions[0]).url == "/mon-heure/"
    assert SkippedMonth.objects.values_list("volunteer", "month").get() == (volunteer.pk, NOVEMBER)
    actions = [form["action"] for form in page(client.get("/mon-heure/")).select("main form")]
    assert actions[0] == "/mon-heure/ne-plus-passer/2026-11/"
    client.post(actions[0])
    assert SkippedMonth.objects.count() == 0


@pytest.mark.parametrize(
    ("month", "status"), [("2026-13", 404), ("novembre", 404), ("2026-10", 302), ("2030-01", 302)]
)
def test_skipping_a_senseless_month_writes_nothing(client, month, status):
    client.force_login(create_volunteer().user)
    assert client.post(f"/mon-heure/passer/{month}/").status_code == status
    assert SkippedMonth.objects.count() == 0


def test_strangers_are_asked_to_sign_in_and_people_without_a_promise_to_pledge(client):
    for url in ("/mon-heure/", "/mon-heure/declarer/", "/mon-profil/", "/mes-donnees/"):
        assert client.get(url).url.startswith("/compte/connexion/?next=") or "next=" in client.get(url).url
    client.force_login(create_user())
    for url in (
        "/mon-heure/",
        "/mon-heure/declarer/",
        "/mon-profil/",
        "/mon-profil/ou/",
        "/mon-profil/arreter/",
    ):
        assert client.get(url).url == "/je-donne-une-heure/"
    assert client.post("/mon-heure/passer/2026-11/").url == "/je-donne-une-heure/"


# --- Declaring ----------------------------------------------------------------------------------------------


def declaration(**fields):
    return {
        "label": "Courses pour une voisine",
        "month": "2026-11",
        "minutes": "90",
        "token": uuid.uuid4(),
        **fields,
    }


def test_declaring_writes_one_line_and_sending_twice_no_more(client):
    volunteer = create_volunteer(quartier=create_quartier())
    client.force_login(volunteer.user)
    token = page(client.get("/mon-heure/declarer/")).select_one("input[name=token]")["value"]
    for _ in range(2):
        assert client.post("/mon-heure/declarer/", declaration(token=token)).url == "/mon-heure/"
    assert HourEntry.objects.values_list(
        "volunteer", "quartier", "month", "minutes", "source", "label", "entered_by"
    ).get() == (
        volunteer.pk,
        volunteer.quartier_id,
        NOVEMBER,
        90,
        "declared",
        "Courses pour une voisine",
        volunteer.user_id,
    )


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"label": ""}, "Dites ce que vous avez fait, par exemple : courses pour une voisine."),
        ({"label": "x" * 161}, "Écrivez 160 caractères au plus (il y en a 161)."),
        ({"month": "2026-12"}, "Choisissez le mois dans la liste : celui-ci ou l’un des onze précédents."),
        ({"month": "2026-02-30"}, "Choisissez le mois dans la liste : celui-ci ou l’un des onze précédents."),
        ({"month": ""}, "Choisissez le mois."),
        ({"minutes": "-60"}, "Choisissez une durée dans la liste."),
        ({"minutes": "1e9"}, "Choisissez une durée dans la liste."),
        ({"token": "x"}, "Cette page n’était plus à jour : envoyez-la de nouveau."),
    ],
)
def test_declaring_refuses_in_french_and_loses_nothing(client, fields, sentence):
    client.force_login(create_volunteer().user)
    typed = declaration(**fields)
    response = client.post("/mon-heure/declarer/", typed)
    assert summary(response) == [sentence]
    assert page(response).select_one("input[name=label]").get("value", "") == typed["label"]
    assert HourEntry.objects.count() == 0


def test_declaring_what_names_an_illness_offers_to_change_it(client):
    client.force_login(create_volunteer().user)
    response = client.post("/mon-heure/declarer/", declaration(label="Courses pour M. X, malade d’Alzheimer"))
    assert summary(response)[0].startswith("Nous avons reconnu ceci : « malade » (une information de santé)")
    assert HourEntry.objects.count() == 0


def test_declaring_keeps_emoji_and_markup_as_text(client):
    client.force_login(create_volunteer().user)
    client.post("/mon-heure/declarer/", declaration(label="🌿 <script>alert(1)</script>"))
    assert HourEntry.objects.get().label == "🌿 <script>alert(1)</script>"


def test_declaring_with_the_page_of_someone_else_writes_nothing(client):
    other = create_volunteer()
    token = uuid.uuid4()
    hours.declare(other, month=NOVEMBER, minutes=60, label="Courses", by=other.user, now=NOW, token=token)
    client.force_login(create_volunteer().user)
    response = client.post("/mon-heure/declarer/", declaration(token=token))
    assert summary(response) == ["Cette déclaration a déjà servi : rechargez la page et recommencez."]
    assert HourEntry.objects.get().volunteer == other
