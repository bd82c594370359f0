"""From the home page to a pledge in three pages, as a client walks it; what is typed survives signing in."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from tests.accounts.people import code_in
from tests.factories import create_quartier, create_user, create_volunteer
from vitre_civique.notifications.models import Notification
from volunteers.models import Pledge, Volunteer

pytestmark = pytest.mark.django_db
WHERE, WHAT = "/je-donne-une-heure/", "/je-donne-une-heure/quoi-et-quand/"
NEWCOMER = {"email": "lea@exemple.fr", "first_name": "Léa", "last_name": "D’Hervé", "age": "adult"}
CHECK, JOINED = "/je-donne-une-heure/verifier/", "/je-donne-une-heure/c-est-note/"


def where(**fields):
    return {"quartier": "inconnu", "reach": "adjacent", **fields}


def what(**fields):
    return {"kinds": ["garden"], "wont_do": "pas d’échelle", "availability": ["0", "4"], **fields}


def page(response):
    return BeautifulSoup(response.content, "html.parser")


def summary(response):
    """The sentences of the error summary."""
    return [item.get_text(strip=True) for item in page(response).select(".error-summary li")]


def walk(client, where_fields=None, what_fields=None):
    assert client.post(WHERE, where_fields or where()).url == WHAT
    assert client.post(WHAT, what_fields or what()).url == CHECK


def nothing_written():
    return not (Volunteer.objects.exists() or Pledge.objects.exists() or Notification.objects.exists())


def test_home_leads_to_the_first_page(client):
    assert client.get("/").context is not None
    assert WHERE in [link["href"] for link in page(client.get("/")).select("main a")]


def test_a_signed_in_person_pledges_in_three_pages(client):
    quartier, user = create_quartier(name="Le Rachapt", slug="le-rachapt"), create_user(first_name="Anne")
    client.force_login(user)
    walk(client, where(quartier="le-rachapt", reach="town"))
    answers = page(client.get(CHECK)).select_one(".answers").get_text(" ", strip=True)
    for word in [
        "Le Rachapt",
        "Dans toute la ville",
        "Jardiner",
        "pas d’échelle",
        "lundi matin, mardi après-midi",
    ]:
        assert word in answers
    assert nothing_written()
    assert client.post(CHECK, {"accepted": "on"}).url == JOINED
    assert Volunteer.objects.values_list(
        "user", "quartier", "reach", "kinds", "wont_do", "availability", "charter_version"
    ).get() == (user.pk, quartier.pk, "town", ["garden"], "pas d’échelle", [0, 4], "2026-1")
    assert Notification.objects.values_list("recipient", "kind").get() == (user.pk, "pledge_confirmed")
    thanks = page(client.get(JOINED)).select_one("main").get_text(" ", strip=True)
    assert Pledge.objects.get().reference in thanks
    assert "Anne" in thanks
    assert "pledge_draft" not in client.session


def test_a_stranger_keeps_what_was_typed_through_signing_in(client):
    walk(client)
    check = page(client.get(CHECK))
    links = {link.get_text(strip=True): link["href"] for link in check.select("main .actions a")}
    assert links == {
        "Créer mon compte": f"{reverse('account_signup')}?next=/je-donne-une-heure/verifier/",
        "J’ai déjà un compte": f"{reverse('account_login')}?next=/je-donne-une-heure/verifier/",
    }
    assert check.select("form[action='']") == check.select("main form") == []
    refused = client.post(CHECK, {"accepted": "on"})
    assert refused.url == f"{reverse('account_login')}?next={CHECK}"
    assert nothing_written()
    client.force_login(create_user())
    assert client.post(CHECK, {"accepted": "on"}).url == JOINED
    assert Volunteer.objects.get().kinds == ["garden"]


def test_it_depends_empties_the_grid(client):
    client.force_login(create_user())
    walk(client, what_fields=what(depends="on"))
    assert "cela dépend" in page(client.get(CHECK)).select_one(".answers").get_text()
    client.post(CHECK, {"accepted": "on"})
    assert Volunteer.objects.get().availability == []


def test_pages_are_taken_in_order(client):
    client.force_login(create_user())
    assert client.get(CHECK).url == WHERE
    client.post(WHERE, where())
    assert client.get(CHECK).url == WHAT
    assert client.get(JOINED).url == WHERE
    assert nothing_written()


def test_a_quartier_closed_meanwhile_is_asked_again(client):
    quartier = create_quartier(slug="le-rachapt")
    client.force_login(create_user())
    walk(client, where(quartier="le-rachapt"))
    quartier.is_active = False
    quartier.save()
    assert client.get(CHECK).url == WHERE
    assert client.post(CHECK, {"accepted": "on"}).url == WHERE
    assert nothing_written()


def test_changing_one_answer_comes_back_to_the_check(client):
    walk(client)
    assert client.post(WHERE, where(reach="town")).url == CHECK
    assert "pas d’échelle" in page(client.get(WHAT)).select_one("textarea").text


def test_someone_who_has_pledged_is_led_to_the_profile(client):
    volunteer = create_volunteer()
    client.force_login(volunteer.user)
    for url in (WHERE, WHAT, CHECK):
        assert client.get(url).url == "/mon-profil/"


def test_someone_who_stopped_finds_their_answers_again(client):
    volunteer = create_volunteer(reach="town", kinds=["papers"], availability=[20], pledged=False)
    client.force_login(volunteer.user)
    assert page(client.get(WHERE)).select_one("input[name=reach][checked]")["value"] == "town"
    checked = [box["value"] for box in page(client.get(WHAT)).select("input[checked]")]
    assert checked == ["papers", "20"]


def test_someone_under_sixteen_is_told_why(client):
    client.force_login(create_user(birth_date="2012-05-05"))
    walk(client)
    response = client.post(CHECK, {"accepted": "on"})
    assert response.status_code == 200
    assert summary(response) == [
        "Avant 16 ans, on ne s’engage pas seul : le conseil municipal de la jeunesse agit en groupe, "
        "avec un adulte."
    ]
    assert nothing_written()


def test_someone_of_seventeen_pledges_and_waits(client):
    client.force_login(create_user(birth_date="2009-05-05"))
    walk(client)
    assert client.post(CHECK, {"accepted": "on"}).url == JOINED
    assert "En attente de l’accord d’un parent" in client.get(JOINED).content.decode()


@pytest.mark.parametrize(
    ("fields", "sentences"),
    [
        ({}, ["Choisissez votre quartier, ou « Je ne sais pas ».", "Dites jusqu’où vous voulez aller."]),
        (
            {"quartier": "<script>", "reach": "moon"},
            [
                "Ce quartier n’est pas dans la liste. Choisissez-le, ou « Je ne sais pas ».",
                "Choisissez l’une des trois distances de la liste.",
            ],
        ),
    ],
)
def test_where_refuses_in_french_and_keeps_nothing(client, fields, sentences):
    response = client.post(WHERE, fields)
    assert summary(response) == sentences
    assert page(response).title.text.startswith("Erreur")
    assert "pledge_draft" not in client.session


@pytest.mark.parametrize(
    ("fields", "sentences"),
    [
        (
            {"kinds": [], "availability": []},
            [
                "Cochez au moins une chose que vous aimeriez faire.",
                "Cochez vos moments dans la grille, ou « Cela dépend ».",
            ],
        ),
        ({"kinds": ["fly"]}, ["Choisissez dans la liste ce que vous aimeriez faire."]),
        ({"availability": ["21"]}, ["Choisissez vos moments dans la grille."]),
        ({"availability": ["lundi 32"]}, ["Choisissez vos moments dans la grille."]),
        ({"wont_do": "x" * 501}, ["Écrivez 500 caractères au plus (il y en a 501)."]),
        ({"wont_do": "rien\x00"}, ["Le caractère nul n’est pas autorisé."]),
        (
            {"wont_do": "appelez-moi au 06 12 34 56 78"},
            [
                "Nous avons reconnu ceci : « 06 12 34 56 78 » (un numéro de téléphone). Pour votre "
                "tranquillité "
                "et celle des autres, modifiez votre texte pour que cela n’y figure plus."
            ],
        ),
    ],
)
def test_what_refuses_in_french_and_loses_nothing(client, fields, sentences):
    client.post(WHERE, where())
    typed = what(**fields)
    response = client.post(WHAT, typed)
    shown = page(response)
    assert [sentence.replace("'", "’") for sentence in summary(response)] == sentences
    assert [link["href"] for link in shown.select(".error-summary a")] == [
        f"#{shown.select_one(link['href'])['id']}" for link in shown.select(".error-summary a")
    ]
    assert shown.select_one("textarea").text.strip("\r\n") == typed["wont_do"]
    known = {"garden", "0", "4"}
    assert {box["value"] for box in shown.select("input[checked]")} == known & {
        *typed["kinds"],
        *typed["availability"],
    }
    assert "what" not in client.session["pledge_draft"]


def test_emoji_and_markup_are_kept_as_text(client):
    client.force_login(create_user())
    walk(client, what_fields=what(wont_do="🐕 <script>alert(1)</script>"))
    assert b"<script>alert" not in client.get(CHECK).content
    client.post(CHECK, {"accepted": "on"})
    assert Volunteer.objects.get().wont_do == "🐕 <script>alert(1)</script>"


def test_without_the_charter_nothing_is_promised(client):
    client.force_login(create_user())
    walk(client)
    assert summary(client.post(CHECK, {})) == [
        "Cochez la case pour accepter la charte : sans elle, pas de promesse."
    ]
    assert nothing_written()


def test_the_grid_names_each_box(client):
    boxes = page(client.get(WHAT)).select(".week input")
    labels = {
        label["for"]: label.get_text(strip=True) for label in page(client.get(WHAT)).select(".week label")
    }
    assert [labels[box["id"]] for box in boxes][:4] == [
        "lundi matin",
        "lundi après-midi",
        "lundi soir",
        "mardi matin",
    ]
    assert len(boxes) == 21


@pytest.mark.parametrize(("url", "queries"), [(WHERE, 1), (WHAT, 0)])
def test_first_pages_ask_little_of_the_database(client, django_assert_num_queries, url, queries):
    for _ in range(3):
        create_quartier()
    with django_assert_num_queries(queries):
        client.get(url)


@pytest.mark.django_db(transaction=True)  # the code leaves when the sign-up is committed
def test_a_stranger_signs_up_with_the_mailed_code_and_finds_the_answers(client, mailbox):
    walk(client)
    sign_up = next(a["href"] for a in page(client.get(CHECK)).select("main .actions a") if "Créer" in a.text)
    form = page(client.get(sign_up)).select_one("main form")
    hidden = {field["name"]: field.get("value", "") for field in form.select("input[type=hidden]")}
    response = client.post(form.get("action") or sign_up, {**hidden, **NEWCOMER})
    code = code_in(mailbox.to(NEWCOMER["email"])[0])
    response = client.post(response.url, {"code": code})
    assert response.url == CHECK
    assert client.post(CHECK, {"accepted": "on"}).url == JOINED
    assert Volunteer.objects.values_list("user__email", "kinds").get() == (NEWCOMER["email"], ["garden"])
