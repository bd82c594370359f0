"""Filing page by page: each answer kept, each bad one a French sentence, nothing sent but what is whole."""

import html
import io
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from PIL import Image

from quartiers import needs
from quartiers.models import Mandate, NeedReport, NeedState, ReportPhoto, Supporter
from tests.accounts.people import add_totp
from tests.factories import NOW, TODAY, create_quartier, create_user
from tests.quartiers.factories import create_category, create_referent, create_report
from tests.quartiers.pages import content_of, create_signed_in_referent, has_gps, picture, upload
from vitre_civique.accounts.roles import Role, grant_role
from vitre_civique.lib.photos import MAX_BYTES

pytestmark = pytest.mark.django_db
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[-1.3, 48], [-1.1, 48], [-1.1, 48.2], [-1.3, 48.2], [-1.3, 48]]],
}
SEEN = {"text": "Le banc a perdu deux lattes."}


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def quartier():
    return create_quartier(name="Le Rachapt", slug="rachapt", boundary=SQUARE)


@pytest.fixture
def referent(client, quartier):
    return create_signed_in_referent(client, quartier)


@pytest.fixture
def draft(referent, quartier):
    """A draft that lacks nothing."""
    return create_report(author=referent, quartier=quartier, street="Devant la pharmacie", text=SEEN["text"])


def page(name, report):
    return reverse(f"quartiers:{name}", args=[report.pk])


def words(response):
    return html.unescape(response.content.decode())


def test_five_pages_from_the_door_to_the_receipt(client, referent, quartier):
    category = create_category(acknowledge_days=2, answer_days=10)
    assert reverse("quartiers:file") in words(client.get(reverse("pages:report")))

    asked = client.post(reverse("quartiers:file"), {"category": category.pk})
    report = NeedReport.objects.get()
    assert (asked.url, report.quartier) == (page("file_where", report), quartier)
    asked = client.post(asked.url, {"quartier": quartier.pk, "street": "Devant la pharmacie"})
    assert asked.url == page("file_same", report)
    asked = client.get(asked.url)
    assert asked.url == page("file_seen", report)  # nothing alike is open: straight on
    asked = client.post(
        asked.url, {**SEEN, "photo_1": upload(with_gps=True), "description_1": "Un banc cassé"}
    )
    assert asked.url == page("file_check", report)
    shown = words(client.get(asked.url))
    assert [mark in shown for mark in (SEEN["text"], "Devant la pharmacie", "Un banc cassé")] == [True] * 3
    assert NeedReport.objects.get().state == NeedState.DRAFT
    asked = client.post(asked.url)

    report = NeedReport.objects.get()
    assert (asked.url, report.state, report.visibility) == (page("receipt", report), NeedState.FILED, "staff")
    receipt = words(client.get(asked.url))
    promised = (report.reference, "mercredi 25\xa0novembre 2026", "lundi 7\xa0décembre 2026")
    assert [mark in receipt for mark in promised] == [True] * 3


def test_a_photo_keeps_its_pixels_and_loses_the_rest(client, draft):
    client.post(
        page("file_seen", draft), {**SEEN, "photo_1": upload(with_gps=True), "description_1": "Un banc"}
    )

    photo = draft.photos.get()
    content = content_of(photo)
    assert has_gps(picture(with_gps=True))
    assert not has_gps(content)
    assert [mark in content for mark in (b"Canari", b"GPS", b"Exif")] == [False] * 3
    assert (photo.position, photo.description, photo.is_public) == (1, "Un banc", False)
    assert "CANARI" not in photo.image.name


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "vide.jpg", "vide"),
        (b"GIF89a<script>alert(1)</script>", "photo.jpg", "pas une photo que nous savons lire"),
        (b"%PDF-1.7 " + b"x" * 900, "photo.pdf", "pas une photo que nous savons lire"),
        (b"\xff\xd8\xff\xe0" + b"<?php echo 1;" * 30, "photo.php.jpg", "pas une photo que nous savons lire"),
        (b"0" * (MAX_BYTES + 1), "lourde.jpg", "plus de 5 Mo"),
    ],
)
def test_a_file_that_is_no_photo_is_a_sentence_and_the_words_stay(client, draft, content, name, sentence):
    text = "Deux lattes manquent, côté école."
    sent = {"text": text, "photo_2": upload(content, name), "photo_1": upload(), "description_1": "Le banc"}

    response = client.post(page("file_seen", draft), sent)

    assert (response.status_code, sentence in words(response), text in words(response)) == (200, True, True)
    draft.refresh_from_db()
    assert (draft.text, [photo.description for photo in draft.photos.all()]) == (text, ["Le banc"])


def test_forty_megapixels_are_refused_in_words(client, draft):
    huge = upload(picture(size=(8000, 5100), kind="PNG"), "grande.png", "image/png")

    response = client.post(page("file_seen", draft), {**SEEN, "photo_1": huge, "description_1": "Tout"})

    assert "40 millions de points" in words(response)
    assert (draft.photos.count(), NeedReport.objects.get().text) == (0, SEEN["text"])


def test_what_hides_behind_a_picture_is_not_kept(client, draft):
    polyglot = picture() + b"<script>alert('canari')</script>"

    client.post(page("file_seen", draft), {**SEEN, "photo_1": upload(polyglot), "description_1": "Un banc"})

    content = content_of(draft.photos.get())
    assert b"canari" not in content
    assert Image.open(io.BytesIO(content)).format == "JPEG"


def test_a_fourth_photo_has_no_place(client, draft):
    for position in (1, 2, 3):
        ReportPhoto.objects.create(report=draft, image=f"remontees/{position}.jpg", position=position)
    sent = {**SEEN, "photo_1": upload(), **{f"description_{n}": "Le banc" for n in (1, 2, 3)}}

    assert client.post(page("file_seen", draft), sent).url == page("file_check", draft)

    assert draft.photos.count() == 3


def test_a_photo_without_words_is_kept_and_asks_for_them(client, draft):
    response = client.post(page("file_seen", draft), {**SEEN, "photo_1": upload()})

    assert "pour ceux qui ne voient pas la photo" in words(response)
    photo = draft.photos.get()
    assert reverse("quartiers:photo", args=[draft.pk, photo.pk]) in words(response)
    client.post(page("file_seen", draft), {**SEEN, "description_1": "Un banc"})
    assert draft.photos.get().description == "Un banc"


def test_removing_a_photo_takes_its_file_and_keeps_the_words(
    client, draft, django_capture_on_commit_callbacks
):
    client.post(page("file_seen", draft), {**SEEN, "photo_1": upload(), "description_1": "Un banc"})
    image = draft.photos.get().image

    with django_capture_on_commit_callbacks(execute=True):
        client.post(page("file_seen", draft), {"text": "Autres mots.", "act": "remove-1"})

    assert (draft.photos.count(), image.storage.exists(image.name)) == (0, False)
    assert NeedReport.objects.get().text == "Autres mots."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Dites en une ou deux phrases"),
        ("x" * 501, "500 caractères au plus"),
        ("Appelez le 06 12 34 56 78, il sait.", "un numéro de téléphone"),
        ("Écrire à quelqu.un@exemple.fr", "une adresse e-mail"),
        ("C’est devant chez Mme Durandal.", "le nom d’une personne"),
        ("La dame du coin a un cancer.", "une information de santé"),
    ],
)
def test_words_that_should_not_be_there_come_back_to_be_changed(client, draft, text, sentence):
    response = client.post(page("file_seen", draft), {"text": text})

    assert (response.status_code, sentence in words(response), text in words(response)) == (200, True, True)


def test_the_sentence_for_everyone_is_previewed_and_proposed_to_the_town(client, draft):
    sentence = "Un banc à réparer devant la pharmacie."
    asked = client.post(page("file_seen", draft), {**SEEN, "summary": sentence})
    shown = words(client.get(asked.url))
    public = shown[shown.index("Voici ce qui sera public") : shown.index("Ce qui reste entre vous")]
    assert (sentence in public, SEEN["text"] in public) == (True, False)
    client.post(asked.url)

    report = NeedReport.objects.get()
    assert (report.state, report.public_summary, report.visibility) == ("filed", sentence, "staff")
    assert list(NeedReport.objects.public()) == []  # the town accepts it first


@pytest.mark.parametrize(
    ("summary", "sentence"),
    [
        ("x" * 301, "300 caractères au plus"),
        ("Le banc de Mme Durandal.", "le nom d’une personne"),
        ("Appelez le 06 12 34 56 78.", "un numéro de téléphone"),
    ],
)
def test_a_sentence_for_everyone_names_nobody(client, draft, summary, sentence):
    response = client.post(page("file_seen", draft), {**SEEN, "summary": summary})

    assert (response.status_code, sentence in words(response)) == (200, True)


def test_a_place_may_be_ill_when_the_author_says_so(client, draft):
    text = "Le platane malade penche sur le banc."
    assert "garder mon texte" in words(client.post(page("file_seen", draft), {"text": text}))

    response = client.post(page("file_seen", draft), {"text": text, "act": "keep"})

    assert response.url == page("file_check", draft)


def test_a_name_cannot_be_sent_even_from_an_old_draft(client, draft):
    NeedReport.objects.filter(pk=draft.pk).update(text="C’est M. Le Guen qui l’a fait.")

    assert client.post(page("file_check", draft)).url == page("file_seen", draft)

    assert NeedReport.objects.get().state == NeedState.DRAFT


def test_a_script_is_shown_as_words(client, draft):
    text = "<script>alert(1)</script> sur le mur"
    client.post(page("file_seen", draft), {"text": text})

    shown = client.get(page("file_check", draft)).content.decode()

    assert ("<script>alert" in shown, "&lt;script&gt;alert" in shown) == (False, True)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"quartier": "", "street": "Rue basse"}, "Choisissez un quartier dans la liste."),
        ({"quartier": "999999", "street": "Rue basse"}, "Sélectionnez un choix valide"),
        ({"street": "  "}, "Écrivez la rue ou un repère"),
        ({"street": "x" * 161}, "160 caractères au plus"),
        ({"street": "chez Mme Durandal"}, "le nom d’une personne"),
        ({"street": "Rue basse", "longitude": "nan", "latitude": "48"}, "Le point n’a pas pu être lu"),
        ({"street": "Rue basse", "longitude": "999", "latitude": "48"}, "Le point n’a pas pu être lu"),
    ],
)
def test_a_bad_place_is_a_sentence(client, draft, quartier, told, sentence):
    response = client.post(page("file_where", draft), {"quartier": quartier.pk, **told})

    assert (response.status_code, sentence in words(response)) == (200, True)
    assert NeedReport.objects.get().street == "Devant la pharmacie"


def test_a_point_in_the_sea_is_taken_and_flagged(client, draft, quartier):
    told = {"quartier": quartier.pk, "street": "Sur la digue", "longitude": "-3.5", "latitude": "48.9"}
    client.post(page("file_where", draft), told)

    response = client.post(page("file_check", draft), follow=True)

    report = NeedReport.objects.get()
    assert (report.is_outside_quartiers, report.longitude) == (True, -3.5)
    assert "hors des quartiers dessinés" in words(response)


def test_half_a_point_is_no_point(client, draft, quartier):
    told = {"quartier": quartier.pk, "street": "Rue basse", "longitude": "-1.2"}
    assert client.post(page("file_where", draft), told).url == page("file_same", draft)
    assert NeedReport.objects.get().longitude is None


def test_choosing_one_that_exists_follows_it_and_drops_the_draft(client, referent, draft):
    other = create_report(
        NeedState.IN_PROGRESS,
        quartier=draft.quartier,
        category=draft.category,
        visibility="public",
        public_summary="Le banc sera réparé.",
    )
    hidden = create_report(NeedState.FILED, quartier=draft.quartier, category=draft.category)
    shown = words(client.get(page("file_same", draft)))
    assert ("Le banc sera réparé." in shown, f'value="{hidden.pk}"' in shown) == (True, False)

    assert client.post(page("file_same", draft), {"report": hidden.pk}).status_code == 404
    response = client.post(page("file_same", draft), {"report": other.pk})

    assert response.url == other.get_absolute_url()
    assert Supporter.objects.values_list("report", "user").get() == (other.pk, referent.pk)
    assert sorted(NeedReport.objects.values_list("pk", flat=True)) == sorted([other.pk, hidden.pk])


@pytest.mark.parametrize(
    "name", ["file_what", "file_where", "file_same", "file_seen", "file_check", "receipt"]
)
def test_somebody_else_s_draft_does_not_exist(client, referent, name):
    foreign = create_report(street="Rue secrète")

    assert client.get(page(name, foreign)).status_code == 404
    assert client.post(page("file_discard", foreign)).status_code == 404
    assert client.post(page("file_check", foreign)).status_code == 404
    assert NeedReport.objects.get(pk=foreign.pk).state == NeedState.DRAFT


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("file_what", {"category": 0}),
        ("file_where", {"street": "Ailleurs"}),
        ("file_same", {"report": 0}),
        ("file_seen", {"text": "Autre chose"}),
        ("file_check", {}),
        ("file_discard", {}),
    ],
)
def test_what_was_sent_in_another_window_is_said_and_nothing_changes(client, draft, quartier, name, told):
    needs.file(draft, now=NOW)
    before = NeedReport.objects.values().get()

    response = client.post(page(name, draft), {"quartier": quartier.pk, **told}, follow=True)

    assert "déjà partie à la mairie" in words(response)
    assert NeedReport.objects.values().get() == before


def test_an_unfinished_draft_leads_to_what_it_lacks(client, referent):
    draft = NeedReport.objects.create(author=referent, category=create_category())
    assert client.get(page("file_check", draft)).url == page("file_where", draft)
    assert client.get(page("file_same", draft)).url == page("file_where", draft)
    draft.quartier, draft.street = create_quartier(), "Rue basse"
    draft.save()
    assert client.post(page("file_check", draft)).url == page("file_seen", draft)


def test_discarding_leaves_nothing(client, draft, django_capture_on_commit_callbacks):
    client.post(page("file_seen", draft), {**SEEN, "photo_1": upload(), "description_1": "Un banc"})
    image = draft.photos.get().image

    with django_capture_on_commit_callbacks(execute=True):
        client.post(page("file_discard", draft))

    assert (NeedReport.objects.count(), image.storage.exists(image.name)) == (0, False)


def test_five_drafts_are_enough(client, referent, quartier):
    category = create_category()
    for _ in range(5):
        create_report(author=referent, quartier=quartier, category=category)

    response = client.post(reverse("quartiers:file"), {"category": category.pk})

    assert "Vous avez déjà cinq brouillons" in words(response)
    assert NeedReport.objects.count() == 5


def test_the_end_of_a_mandate_stops_writing_at_once(client, draft):
    Mandate.objects.update(until=TODAY)

    assert client.get(reverse("quartiers:file")).url == reverse("pages:report")
    pages = ("file_what", "file_where", "file_same", "file_seen", "file_check")
    assert [client.post(page(name, draft)).status_code for name in pages] == [403] * 5
    assert NeedReport.objects.get().state == NeedState.DRAFT


def test_without_a_second_factor_there_is_no_filing(client, quartier):
    referent = create_referent(quartier)
    client.force_login(referent)
    assert client.get(reverse("quartiers:file")).url == reverse("accounts:second_factor")
    add_totp(referent)
    assert client.get(reverse("quartiers:file")).status_code == 200


@pytest.mark.parametrize("role", [None, Role.AGENT, Role.ELECTED])
def test_others_are_led_to_the_honest_page(client, quartier, role):
    user = create_user()
    if role:
        grant_role(user, role, by=None, now=NOW)
        add_totp(user)
    client.force_login(user)
    create_referent(quartier)

    assert client.get(reverse("quartiers:file")).url == reverse("pages:report")
    shown = words(client.get(reverse("pages:report")))
    assert ("un référent" in shown, "02 99 75 05 21" in shown) == (True, True)
    assert reverse("quartiers:file") + '"' not in shown


def test_strangers_sign_in_first(client):
    assert client.get(reverse("quartiers:file")).url.startswith(reverse("account_login"))
    assert client.get(reverse("pages:report")).status_code == 200


def test_a_person_is_for_the_ccas(client):
    shown = words(client.get(reverse("quartiers:a_person")))
    numbers = ("15", "17", "18", "112", "114", "119", "3977", "3919", "3114")
    assert [f">{number}</a>" in shown for number in numbers] == [True] * 9
    assert ("CCAS" in shown, "<textarea" in shown) == (True, False)


def test_twenty_a_day_then_a_kind_word(client, draft, referent):
    for _ in range(needs.REPORTS_A_DAY):
        create_report(
            NeedState.FILED, author=referent, quartier=draft.quartier, filed_at=NOW - timedelta(hours=1)
        )

    response = client.post(page("file_check", draft), follow=True)

    assert "Vous avez envoyé 20 remontées aujourd’hui" in words(response)
    assert NeedReport.objects.get(pk=draft.pk).state == NeedState.DRAFT
