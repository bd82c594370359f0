"""Public pages: the list and its filters, the week, the map, a quartier, a mission; what each costs."""

import re
from datetime import UTC, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from missions import browse, listing
from missions.browse import PAGE_SIZE, counts_by_quartier, next_cards
from missions.forms import FilterForm
from missions.listing import COUNTED_AT_MOST, Listing
from missions.models import Gesture, Mission, MissionPrerequisite, Signup, Slot
from tests.factories import (
    NOW,
    create_mission,
    create_quartier,
    create_signup,
    create_slot,
    create_user,
    create_volunteer,
)
from volunteers.models import HelpKind, Prerequisite

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LIST = "/missions/"


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def titles(response):
    page = BeautifulSoup(response.content, "html.parser")
    return [tag.get_text(strip=True) for tag in page.select(".mission-card h2, .mission-card h3")]


def words(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def sign_in(client, volunteer):
    client.force_login(volunteer.user)
    return volunteer


def test_list_shows_missions_to_come_in_order_of_their_next_date(client):
    late = create_slot(create_mission(title="Plus tard"), starts_at=NOW + 9 * DAY).mission
    soon = create_slot(create_mission(title="Bientôt"), starts_at=NOW + 2 * DAY).mission
    create_slot(soon, starts_at=NOW + 12 * DAY)
    create_slot(create_mission(title="Passée"), starts_at=NOW - DAY)
    create_slot(create_mission(title="Annulé"), cancelled_at=NOW)
    for state in ("draft", "submitted", "returned", "refused", "suspended", "done", "cancelled"):
        create_slot(create_mission(title=state, state=state))

    response = client.get(LIST)

    assert titles(response) == [soon.title, late.title]
    assert "2 missions trouvées." in words(response)
    assert "mercredi 25 novembre à 10 h, une heure (et 1 autre date)" in words(response)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Haie", "Café", "Stand"]),
        ("genre=interpersonal", ["Haie", "Café"]),
        ("aide=garden", ["Haie"]),
        ("quartier=rachapt", ["Haie"]),
        ("quand=demain", ["Café"]),
        ("quand=week-end", ["Stand"]),
        ("quand=aujourdhui", ["Haie"]),
        ("quand=semaine", ["Haie", "Café", "Stand"]),
        ("quand=semaine-prochaine", []),
        ("duree=courte", ["Café"]),
        ("duree=une-heure", ["Haie"]),
        ("duree=longue", ["Stand"]),
        ("a_deux=on", ["Stand"]),
        ("accessible=on", ["Café"]),
        ("mots=CAFE", ["Café"]),
        ("mots=haie+rachapt", []),
        ("genre=interpersonal&duree=courte", ["Café"]),
        ("genre=nimporte&quartier=nulle-part", ["Haie", "Café", "Stand"]),
        ("apres=x-y&avant=9", ["Haie", "Café", "Stand"]),
    ],
)
def test_filters_stand_in_the_address(client, query, found):
    rachapt = create_quartier(slug="rachapt")
    hedge = create_mission(title="Haie", kind="interpersonal", help_kind="garden", quartier=rachapt)
    coffee = create_mission(title="Café", kind="interpersonal", help_kind="company", is_accessible=True)
    stand = create_mission(title="Stand", is_in_pairs=True)
    create_slot(hedge, starts_at=NOW + HOUR)
    create_slot(coffee, starts_at=NOW + DAY, minutes=30)
    create_slot(stand, starts_at=NOW + 5 * DAY, minutes=180)

    assert titles(client.get(f"{LIST}?{query}")) == found


def test_a_filter_on_dates_shows_the_date_that_fits(client):
    mission = create_mission()
    create_slot(mission, starts_at=NOW + HOUR)
    create_slot(mission, starts_at=NOW + DAY)

    assert "mardi 24 novembre à 10 h" in words(client.get(f"{LIST}?quand=demain"))


def test_pages_follow_one_another_without_losing_or_repeating(client):
    moments = [NOW + DAY * (1 + n // 3) for n in range(2 * PAGE_SIZE + 3)]  # three begin at each moment
    for n, at in enumerate(moments):
        create_slot(create_mission(title=f"M{n:02d}"), starts_at=at)

    seen, url, pages = [], LIST, []
    while url:
        response = client.get(url)
        pages.append(titles(response))
        seen += pages[-1]
        link = BeautifulSoup(response.content, "html.parser").select_one("a[rel=next]")
        url = link and link["href"]
    assert seen == [f"M{n:02d}" for n in range(len(moments))]

    back = BeautifulSoup(response.content, "html.parser").select_one("a[rel=prev]")["href"]
    assert titles(client.get(back)) == pages[1]
    assert re.search("rel=.prev", client.get(LIST).content.decode()) is None


def test_a_volunteer_first_sees_what_they_can_do_then_everything_in_one_tap(client):
    home, next_door, away = create_quartier(), create_quartier(), create_quartier()
    home.adjacent.add(next_door)
    volunteer = sign_in(client, create_volunteer(quartier=home, reach="adjacent", kinds=["garden"]))
    here = create_mission(title="Ici", quartier=home, help_kind="garden")
    create_slot(here)
    create_slot(create_mission(title="À côté", quartier=next_door))
    create_slot(create_mission(title="Partout"))
    create_slot(create_mission(title="Loin", quartier=away))
    create_signup(create_slot(create_mission(title="Complète")))
    create_signup(create_slot(create_mission(title="La mienne"), starts_at=NOW + 5 * DAY), volunteer)
    create_slot(create_mission(title="À la même heure"), starts_at=NOW + 5 * DAY + HOUR / 2)

    mine = client.get(LIST)
    everything = client.get(f"{LIST}?voir=tout")

    assert titles(mine) == ["Ici", "À côté", "Partout"]
    assert "Dans votre quartier et vous aimez jardiner, tailler une haie." in words(mine)
    assert "à pied de chez vous" in words(mine)
    assert sorted(titles(everything)) == sorted(
        ["Ici", "À côté", "Partout", "Loin", "Complète", "La mienne", "À la même heure"]
    )
    assert (
        BeautifulSoup(mine.content, "html.parser").select_one(".view-switch a")["href"] == f"{LIST}?voir=tout"
    )


def listed(**kept):
    return [line.mission.title for line in Listing({}, now=NOW, **kept).first(20)[1]]


def test_what_a_person_can_do_asks_for_what_it_takes():
    """Each clause of the statement against the rule it stands for; the pages that ask are above."""
    licence = Prerequisite.objects.create(name="Permis B")
    create_slot(create_mission(title="Pour tous", is_open_to_minors=True), starts_at=NOW + DAY)
    driving = create_slot(create_mission(title="Conduire"), starts_at=NOW + 2 * DAY).mission
    MissionPrerequisite.objects.create(mission=driving, prerequisite=licence)
    create_slot(create_mission(title="Chez Jeanne", kind="interpersonal"), starts_at=NOW + 3 * DAY)
    driver = create_volunteer(first_meeting_on=None)
    driver.prerequisites.add(licence)
    met, child = create_volunteer(first_meeting_on=NOW.date()), create_volunteer()
    child.user.birth_date = NOW.date() - timedelta(days=366 * 16)

    assert listed(reader=browse.Reader.of(driver)) == ["Pour tous", "Conduire"]
    assert listed(reader=browse.Reader.of(met)) == ["Pour tous", "Chez Jeanne"]
    assert listed(reader=browse.Reader.of(child)) == ["Pour tous"]
    assert listed() == ["Pour tous", "Conduire", "Chez Jeanne"]


def test_a_place_offered_too_long_ago_is_free_again():
    slot = create_slot(create_mission(title="Offerte"), places=1)
    offered = create_signup(slot, state="offered", expires_at=NOW + HOUR)
    assert (listed(only_open=True), listed()) == ([], ["Offerte"])

    Signup.objects.filter(pk=offered.pk).update(expires_at=NOW)

    assert listed(only_open=True) == ["Offerte"]
    assert Listing({}, now=NOW).first(1)[1][0].held_count == 0


def test_listing_is_planned_once_a_connection_and_logged_like_other_queries():
    listing = Listing({}, now=NOW)
    for _ in range(4):
        listing.first(5)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%chosen%'")
        assert cursor.fetchone() == (1,)

    with CaptureQueriesContext(connection) as queries:
        listing.first(5)
    assert [query["sql"].count("$1") for query in queries.captured_queries] == [0]


def test_a_visitor_first_sees_where_a_place_is_left_and_full_ones_in_one_tap(client):
    create_slot(create_mission(title="Libre"), starts_at=NOW + 2 * DAY)
    create_signup(create_slot(create_mission(title="Complète"), starts_at=NOW + DAY))
    later = create_mission(title="Libre plus tard")
    create_signup(create_slot(later, starts_at=NOW + HOUR))
    create_slot(later, starts_at=NOW + 3 * DAY)

    first = client.get(LIST)
    link = BeautifulSoup(first.content, "html.parser").select_one(".full-note a")
    everything = client.get(link["href"])

    assert titles(first) == ["Libre", "Libre plus tard"]
    assert "2 missions trouvées." in words(first)
    assert link.get_text() == "Voir aussi la mission complète"
    assert titles(everything) == ["Libre plus tard", "Complète", "Libre"]
    back = BeautifulSoup(everything.content, "html.parser").select_one(".full-note a")
    assert (back["href"], titles(client.get(back["href"]))) == (LIST, titles(first))


def test_full_missions_of_a_list_too_long_to_count_bear_no_number(client, monkeypatch):
    for module in (browse, listing):
        monkeypatch.setattr(module, "COUNTED_AT_MOST", 3)
    for _ in range(2):
        create_slot()
        create_signup()

    link = BeautifulSoup(client.get(LIST).content, "html.parser").select_one(".full-note a")

    assert link.get_text() == "Voir aussi les missions complètes"


def test_places_in_words(client):
    def place_words(slot):
        mission = slot.mission
        return re.search(r"((Il reste|Complet)[^.]*)\.", words(client.get(mission.get_absolute_url())))[1]

    full = create_slot()
    create_signup(full)
    kept = create_slot(starts_at=NOW + 9 * DAY, places=3, newcomer_places=1)
    pending = create_slot(places=2)
    create_signup(pending, state="pending", expires_at=NOW + DAY)
    lapsed = create_slot(places=2)
    create_signup(lapsed, state="pending", expires_at=NOW)

    assert place_words(full) == "Complet : liste d’attente"
    assert place_words(kept) == "Il reste 3 places, dont 1 gardée pour une première mission"
    assert place_words(pending) == "Il reste une place"
    assert place_words(lapsed) == "Il reste 2 places"


def test_week_has_a_table_and_a_list_with_the_same_missions(client):
    evening = create_slot(create_mission(title="Veillée"), starts_at=NOW.replace(hour=20))
    create_slot(create_mission(title="Dimanche"), starts_at=NOW + 6 * DAY)
    create_slot(create_mission(title="Lundi suivant"), starts_at=NOW + 7 * DAY)

    page = BeautifulSoup(client.get("/missions/calendrier/").content, "html.parser")
    row = page.select(".week-table tbody tr")[0]

    assert [tag.get_text() for tag in page.select(".week-table a")] == ["Veillée", "Dimanche"]
    assert [tag.get_text() for tag in page.select(".week-list a")] == ["Veillée", "Dimanche"]
    assert row.select("td")[2].a["href"] == evening.mission.get_absolute_url()
    assert row.th.get_text(strip=True) == "Lundi 23\xa0novembre"
    assert page.select_one("a[rel=prev]") is None
    following = client.get("/missions/calendrier/" + page.select_one("a[rel=next]")["href"])
    assert "Lundi suivant" in words(following)


@pytest.mark.parametrize("week", ["2026-02-30", "demain", "9999-12-31", "0001-01-01", "2026-11-29"])
def test_any_day_or_nonsense_gives_a_week(client, week):
    assert "Du lundi 23 au dimanche 29" in words(client.get(f"/missions/calendrier/?semaine={week}"))


def test_map_and_list_twin_say_the_same_numbers(client):
    square = {"type": "Polygon", "coordinates": [[[0, 48], [1, 48], [1, 49], [0, 48]]]}
    rachapt = create_quartier(
        name="Rachapt", slug="rachapt", boundary=square, centre_longitude=0.5, centre_latitude=48.5
    )
    mission = create_mission(quartier=rachapt)
    create_slot(mission)
    create_slot(mission)
    create_slot()

    page = BeautifulSoup(client.get("/quartiers/").content, "html.parser")

    assert page.select_one("svg a.shape")["href"] == "/quartiers/rachapt/"
    assert page.select_one("svg .figure").get_text() == "1"
    assert page.select_one(".town-map-list li").get_text(" ", strip=True) == "Rachapt 1\xa0mission à venir"
    assert "1 mission se passe dans toute la ville" in page.get_text(" ")


def test_quartier_page_shows_its_missions_only(client):
    rachapt = create_quartier(slug="rachapt")
    create_slot(create_mission(title="Ici", quartier=rachapt))
    create_slot(create_mission(title="Ailleurs"))
    create_quartier(slug="ferme", is_active=False)

    assert titles(client.get("/quartiers/rachapt/")) == ["Ici"]
    assert client.get("/quartiers/ferme/").status_code == 404


def test_my_quartier_leads_home_or_to_the_map(client):
    volunteer = sign_in(client, create_volunteer(quartier=create_quartier(slug="rachapt")))
    assert client.get("/mon-quartier/").url == "/quartiers/rachapt/"
    volunteer.quartier = None
    volunteer.save()
    assert client.get("/mon-quartier/").url == "/quartiers/"


def meta(client, mission):
    page = BeautifulSoup(client.get(mission.get_absolute_url()).content, "html.parser")
    og = {tag["property"]: tag["content"] for tag in page.select("meta[property^=og]")}
    return page.select_one("meta[name=robots]")["content"], og.get("og:title"), og.get("og:description")


def test_open_graph_and_robots_follow_what_is_public(client):
    public = create_slot(create_mission(title="Nettoyons le chemin")).mission
    request = create_slot(create_mission(kind="interpersonal", title="Une haie")).mission
    past = create_slot(create_mission(title="Hier"), starts_at=NOW - DAY).mission
    done = create_slot(create_mission(title="Finie", state="done"), starts_at=NOW - DAY).mission

    assert meta(client, public) == (
        "index, follow",
        "Nettoyons le chemin",
        "jeudi 26\xa0novembre à 10\xa0h, une heure. Jardin public.",
    )
    assert meta(client, request)[0] == "noindex"
    assert meta(client, past)[0] == "noindex"
    assert meta(client, done)[:2] == ("noindex", None)
    assert "Cette mission est passée." in words(client.get(done.get_absolute_url()))


def test_cancelled_mission_says_so_and_offers_no_button(client):
    slot = create_slot(
        create_mission(state="cancelled", public_reason="Le vaccin arrive en mairie."), cancelled_at=NOW
    )

    page = words(client.get(slot.mission.get_absolute_url()))

    assert "Cette mission est annulée. Le vaccin arrive en mairie." in page
    assert "Je m’inscris" not in page


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "refused", "suspended"])
def test_what_is_not_published_is_404_for_everyone_but_agents(client, state):
    mission = create_slot(create_mission(state=state, proposed_by=create_user())).mission

    assert client.get(mission.get_absolute_url()).status_code == 404
    client.force_login(mission.proposed_by)
    assert client.get(mission.get_absolute_url()).status_code == 404
    assert client.get(f"/creneaux/{mission.slots.get().pk}/agenda.ics").status_code == 404
    assert client.get(f"/creneaux/{mission.slots.get().pk}/inscription/").status_code == 404


def test_home_shows_the_next_three(client):
    for n in (4, 2, 3, 1):
        create_slot(create_mission(title=f"J+{n}"), starts_at=NOW + n * DAY)

    assert titles(client.get("/")) == ["J+1", "J+2", "J+3"]
    assert [card["title"] for card in next_cards(2, NOW)] == ["J+1", "J+2"]


def test_script_and_emoji_in_a_title_are_only_text(client):
    mission = create_slot(create_mission(title="<script>alert(1)</script> 🌿")).mission

    for url in (LIST, mission.get_absolute_url(), "/missions/calendrier/"):
        page = client.get(url).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt; 🌿" in page


def people_and_missions(number):
    """`number` missions with gesture, quartier, two dates each and somebody on them."""
    for n in range(number):
        quartier = create_quartier()
        gesture = Gesture.objects.create(
            name=f"Geste {Gesture.objects.count()}", kind="collective", help_kind="town"
        )
        mission = create_mission(quartier=quartier, gesture=gesture)
        for day in (1, 2):
            slot = create_slot(mission, starts_at=NOW + DAY * day + HOUR * n, places=3)
            create_signup(slot)
    return mission


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(
    ("name", "queries"),
    [("list", 4), ("calendar", 1), ("map", 2), ("quartier", 5), ("detail", 3)],
)
def test_public_pages_cost_the_same_however_many(client, django_assert_num_queries, number, name, queries):
    mission = people_and_missions(number)
    url = {
        "list": LIST,
        "calendar": "/missions/calendrier/",
        "map": "/quartiers/",
        "quartier": f"/quartiers/{mission.quartier.slug}/",
        "detail": mission.get_absolute_url(),
    }[name]

    with django_assert_num_queries(queries):
        client.get(url)


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(("name", "queries"), [("list", 5), ("detail", 8), ("mine", 4)])
def test_signed_in_pages_cost_the_same_however_many(client, django_assert_num_queries, number, name, queries):
    mission = people_and_missions(number)
    volunteer = sign_in(client, create_volunteer(quartier=mission.quartier))
    for n in range(number):
        create_signup(create_slot(starts_at=NOW + DAY * (5 + n)), volunteer)
    url = {"list": LIST, "detail": mission.get_absolute_url(), "mine": "/inscriptions/"}[name]
    client.get(url)

    with django_assert_num_queries(queries):
        client.get(url)


def test_every_kind_of_help_has_words(client):
    for kind in HelpKind.values:
        create_slot(create_mission(help_kind=kind))

    assert len(titles(client.get(LIST))) == len(HelpKind.values)


@pytest.mark.parametrize("number", [1, 3])
def test_home_of_a_volunteer_says_what_is_next_and_what_suits(client, django_assert_num_queries, number):
    quartier = create_quartier()
    volunteer = sign_in(client, create_volunteer(quartier=quartier, reach="adjacent"))
    over = create_slot(create_mission(title="Hier"), starts_at=NOW - DAY)
    create_signup(over, volunteer)
    for n in range(number):
        create_signup(
            create_slot(create_mission(title=f"Rendez-vous {n}"), starts_at=NOW + n * DAY + HOUR), volunteer
        )
        create_slot(create_mission(title=f"Près {n}", quartier=quartier), starts_at=NOW + n * DAY + 4 * HOUR)
    create_slot(create_mission(title="Loin", quartier=create_quartier()))
    client.get("/")

    with django_assert_num_queries(8):
        response = client.get("/")

    page = BeautifulSoup(response.content, "html.parser")
    assert [tag.get_text() for tag in page.select(".ask strong")] == ["Hier"]
    assert [tag.get_text() for tag in page.select(".agenda h3")] == ["Rendez-vous 0"]
    assert titles(response) == [f"Près {n}" for n in range(number)]
    assert page.select_one(".choice")["href"] == "/mon-heure/"
    assert page.h1.get_text() == f"Bonjour {volunteer.user.first_name}"


def filter_names(client, query=""):
    page = BeautifulSoup(client.get(LIST + query).content, "html.parser")
    return [option.get_text() for option in page.select("#id_quartier option")]


def test_filters_drawn_once_follow_the_quartiers_at_once(client):
    quartier = create_quartier(name="Le Rachapt")
    assert "Le Rachapt" in filter_names(client)

    quartier.name = "Le Grand Rachapt"
    quartier.save(update_fields=["name"])
    assert "Le Grand Rachapt" in filter_names(client)

    quartier.is_active = False
    quartier.save(update_fields=["is_active"])
    assert "Le Grand Rachapt" not in filter_names(client)


@pytest.mark.parametrize("query", ["?mots=madame+martin", "?voir=%3Cb%3E", "?quand=hier"])
def test_filters_drawn_once_keep_nothing_that_somebody_typed(client, query):
    create_quartier()
    before = BeautifulSoup(client.get(LIST).content, "html.parser").select_one(".filters-fields")
    client.get(LIST + query)
    after = BeautifulSoup(client.get(LIST).content, "html.parser").select_one(".filters-fields")
    assert str(after) == str(before)
    assert FilterForm({"mots": "madame martin"}).fragment_key() is None
    assert FilterForm({"quand": "hier"}).fragment_key() is None


def test_filters_drawn_once_show_what_was_chosen(client):
    quartier = create_quartier()
    for chosen in ("", quartier.slug, ""):
        page = BeautifulSoup(client.get(f"{LIST}?quartier={chosen}").content, "html.parser")
        assert page.select_one("#id_quartier option[selected]")["value"] == chosen


def test_cards_drawn_once_tell_each_reader_their_own_and_the_places_of_now(client):
    """The same mission for a neighbour, a stranger and nobody, before and after somebody takes a place."""
    quartier = create_quartier()
    slot = create_slot(create_mission(quartier=quartier), places=2)
    near, far = create_volunteer(quartier=quartier, reach="town"), create_volunteer(reach="town")

    def card():
        return " ".join(
            BeautifulSoup(client.get(LIST).content, "html.parser").select_one("article").text.split()
        )

    for left in ("Il reste 2 places", "Il reste une place"):
        for _ in range(2):
            client.logout()
            assert ("à pied" in card(), left in card()) == (False, True)
            sign_in(client, near)
            assert ("à pied" in card(), left in card()) == (True, True)
            sign_in(client, far)
            assert ("à pied" in card(), left in card()) == (False, True)
        if left == "Il reste 2 places":
            create_signup(slot)


def test_numbers_of_the_map_are_of_now_in_a_town_and_of_the_last_minute_beyond(monkeypatch):
    quartier = create_quartier()
    create_slot(create_mission(quartier=quartier))
    assert counts_by_quartier(now=NOW) == {quartier.pk: 1}
    create_slot(create_mission(quartier=quartier))
    assert counts_by_quartier(now=NOW) == {quartier.pk: 2}

    monkeypatch.setattr(browse, "COUNTED_AFRESH_AT_MOST", 1)
    try:
        assert counts_by_quartier(now=NOW) == {quartier.pk: 2}
        create_slot(create_mission(quartier=quartier))
        assert counts_by_quartier(now=NOW) == {quartier.pk: 2}
    finally:
        cache.delete(browse.COUNTS_KEY)
    assert counts_by_quartier(now=NOW) == {quartier.pk: 3}


def test_first_page_reads_slots_in_the_order_of_their_index(client):
    """Whatever their number: no list is sorted, or read to its end, to show its beginning."""
    missions = Mission.objects.bulk_create(
        Mission(kind="collective", help_kind="town", title=f"M {n}", public_text="x", state="published")
        for n in range(3000)
    )
    start = NOW.astimezone(UTC)  # hours of a wall clock would meet the night of 23
    Slot.objects.bulk_create(
        Slot(mission=mission, starts_at=start + n * HOUR, ends_at=start + (n + 1) * HOUR, places=3)
        for n, mission in enumerate(missions, start=1)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE missions_slot, missions_mission, missions_signup")
    reader = browse.Reader.of(create_volunteer())

    for kept in ({"only_open": True}, {"reader": reader}):
        listing = Listing({}, now=NOW, **kept)
        with CaptureQueriesContext(connection) as queries:
            number, lines = listing.first(12)
        assert (number, len(lines)) == (COUNTED_AT_MOST + 1, 12)
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + queries.captured_queries[0]["sql"])
            plan = "\n".join(row for (row,) in cursor.fetchall())
        assert "slot_starts_open" in plan
        assert "Seq Scan on missions_slot s" not in plan
