"""Stories: told with consent, read by the mairie first, taken back at will; reactions; a printable note."""

import pytest
from django.urls import reverse

from quartiers import leaflet, stories
from quartiers.models import Reaction, Story, StoryState
from tests.desk.people import client_of, create_staff
from tests.factories import NOW, create_quartier, create_user
from vitre_civique.lib.states import can_move
from vitre_civique.notifications.models import Notification

pytestmark = pytest.mark.django_db
CANARY = "CANARIPRUNE"


def create_story(state=StoryState.PUBLISHED, **fields):
    fields.setdefault("author", create_user())
    fields.setdefault("quartier", create_quartier())
    fields.setdefault("title", "Le pain du samedi")
    fields.setdefault("offered", "Rapporter une baguette.")
    fields.setdefault("knocked", "J’ai sonné avec le pain à la main.")
    fields.setdefault("learnt", "Le plus dur, c’est la première fois.")
    fields.setdefault("signed", "Une voisine")
    published_at = NOW if state in (StoryState.PUBLISHED, StoryState.HIDDEN) else None
    return Story.objects.create(
        state=state, has_consent=True, submitted_at=NOW, published_at=published_at, **fields
    )


def answers(**changes):
    return {
        "quartier": create_quartier().pk,
        "offered": "Changer une ampoule.",
        "knocked": "J’ai dit bonjour, puis que j’avais une heure.",
        "learnt": "Dire son prénom d’abord.",
        "title": "L’ampoule du palier",
        "signed": "Un voisin",
        "has_changed_names": "on",
        "has_consent": "on",
        **changes,
    }


def test_told_then_read_by_the_mairie_then_public(client):
    author = create_user()
    client.force_login(author)
    answer = client.post(reverse("quartiers:tell_story"), answers())
    story = Story.objects.get()
    assert answer.url == story.get_absolute_url()
    assert (story.state, story.author, story.has_consent) == (StoryState.SUBMITTED, author, True)
    client.logout()
    assert client.get(story.get_absolute_url()).status_code == 404

    staff = client_of(create_staff("agent"))
    staff.post(reverse("admin:quartiers_story_act", args=[story.pk, "publier"]))

    story.refresh_from_db()
    assert story.state == StoryState.PUBLISHED
    page = client.get(story.get_absolute_url())
    assert (page.status_code, "L’ampoule du palier" in page.content.decode()) == (200, True)
    assert Notification.objects.get(kind="story_published").recipient == author


@pytest.mark.parametrize(
    "wrong",
    [
        {"has_consent": ""},
        {"has_changed_names": ""},
        {"offered": ""},
        {"knocked": "x" * 501},
        {"learnt": "Elle a un cancer."},
        {"offered": "Mon numéro : 06 12 34 56 78"},
        {"signed": "zoe@exemple.fr"},
        {"title": "Payé 20 euros"},
        {"quartier": 0},
    ],
)
def test_bad_input_is_refused_and_kept(client, wrong):
    client.force_login(create_user())
    answer = client.post(reverse("quartiers:tell_story"), answers(**wrong))
    assert answer.status_code == 200
    assert "Erreur" in answer.content.decode()
    assert not Story.objects.exists()


def test_three_wait_at_most(client):
    client.force_login(create_user())
    for _ in range(4):
        client.post(reverse("quartiers:tell_story"), answers())
    assert Story.objects.count() == 3


@pytest.mark.parametrize("state", StoryState)
@pytest.mark.parametrize("target", StoryState)
def test_states(state, target):
    allowed = {
        ("submitted", "published"),
        ("submitted", "refused"),
        ("submitted", "withdrawn"),
        ("published", "withdrawn"),
        ("published", "hidden"),
    }
    assert can_move(Story(state=state), target) is ((state, target) in allowed)


@pytest.mark.parametrize("state", [state for state in StoryState if state != StoryState.PUBLISHED])
def test_what_is_not_published_is_absent(client, state):
    story = create_story(state, title=CANARY, offered=CANARY)
    paths = [
        reverse("quartiers:stories"),
        reverse("quartiers:stories") + f"?quartier={story.quartier.slug}",
        *(reverse(f"quartiers:{name}", args=[story.pk]) for name in ("story", "leaflet", "leaflet_pdf")),
    ]
    client.force_login(create_user())
    answers = [client.get(path) for path in paths]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 404, 404]
    assert [answer for answer in answers if CANARY in answer.content.decode()] == []


def test_author_is_never_named(client):
    story = create_story(author=create_user(first_name=CANARY, last_name=CANARY))
    for path in (story.get_absolute_url(), reverse("quartiers:stories")):
        assert CANARY not in client.get(path).content.decode()


def test_withdrawn_by_its_author_alone(client):
    story = create_story()
    url = reverse("quartiers:withdraw_story", args=[story.pk])
    client.force_login(create_user())
    assert client.post(url).status_code == 404
    client.force_login(story.author)
    assert client.get(url).status_code == 405
    client.post(url)
    story.refresh_from_db()
    assert story.state == StoryState.WITHDRAWN
    assert CANARY not in client.get(reverse("quartiers:stories")).content.decode()
    client.post(url)
    story.refresh_from_db()
    assert story.state == StoryState.WITHDRAWN


def test_reactions_count_once_per_person(client):
    story = create_story()
    url = reverse("quartiers:react", args=[story.pk])
    assert client.post(url, {"reaction": "knocked_too"}).status_code == 302
    assert not Reaction.objects.exists()
    client.force_login(create_user())
    for _ in range(2):
        client.post(url, {"reaction": "knocked_too"})
    client.post(url, {"reaction": "will_try"})
    assert sorted(Reaction.objects.values_list("kind", flat=True)) == ["knocked_too", "will_try"]
    client.post(url, {"reaction": "knocked_too", "reprendre": "1"})
    assert list(Reaction.objects.values_list("kind", flat=True)) == ["will_try"]
    assert client.post(url, {"reaction": "bravo"}).status_code == 404
    client.force_login(story.author)
    client.post(url, {"reaction": "will_try"})
    assert Reaction.objects.count() == 1


@pytest.mark.parametrize(
    ("role", "status"),
    [("agent", 200), ("ccas", 200), ("administrator", 200), ("civic_service", 403), ("elected", 403)],
)
def test_who_moderates(role, status):
    story = create_story(StoryState.SUBMITTED)
    client = client_of(create_staff(role))
    assert client.get(reverse("admin:quartiers_story_change", args=[story.pk])).status_code == status
    client.post(reverse("admin:quartiers_story_act", args=[story.pk, "publier"]))
    story.refresh_from_db()
    assert (story.state == StoryState.PUBLISHED) is (status == 200)


def test_refused_and_hidden_need_a_reason_that_the_author_reads(mailbox):
    client = client_of(create_staff("agent"))
    for story, name, state in (
        (create_story(StoryState.SUBMITTED), "refuser", StoryState.REFUSED),
        (create_story(), "masquer", StoryState.HIDDEN),
    ):
        url = reverse("admin:quartiers_story_act", args=[story.pk, name])
        before = story.state
        assert client.get(url).status_code == 200
        client.post(url, {"reason": ""})
        story.refresh_from_db()
        assert story.state == before
        client.post(url, {"reason": "On reconnaît la personne."})
        story.refresh_from_db()
        assert story.state == state
    assert Notification.objects.filter(kind="story_refused").count() == 2


def test_two_agents_at_once_the_second_is_told():
    story = create_story(StoryState.SUBMITTED)
    client = client_of(create_staff("agent"))
    stories.withdraw(Story.objects.get(pk=story.pk), by=story.author, now=NOW)
    url = reverse("admin:quartiers_story_act", args=[story.pk, "publier"])
    page = client.post(url, follow=True).content.decode()
    assert "Quelqu’un est passé avant vous" in page
    story.refresh_from_db()
    assert story.state == StoryState.WITHDRAWN


def test_the_note_has_the_town_number_in_both_forms(client, settings):
    story = create_story()
    page = client.get(reverse("quartiers:leaflet", args=[story.pk])).content.decode()
    answer = client.get(reverse("quartiers:leaflet_pdf", args=[story.pk]))
    for words in leaflet.words(story).values():
        for text in words if isinstance(words, list) else [words]:
            assert text in page
    assert settings.TOWN["phone"] in leaflet.words(story)["check"].replace("\u00a0", " ")
    assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    assert b"pdfuaid" in answer.content


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_three_queries(client, django_assert_num_queries, count):
    for _ in range(count):
        create_story()
    with django_assert_num_queries(3):
        assert client.get(reverse("quartiers:stories")).status_code == 200


def test_mail_scanners_change_nothing(client):
    story = create_story()
    client.force_login(story.author)
    before = Story.objects.values().get()
    for name in ("story", "react", "withdraw_story", "leaflet", "leaflet_pdf"):
        client.get(reverse(f"quartiers:{name}", args=[story.pk]))
    assert Story.objects.values().get() == before
    assert not Reaction.objects.exists()
