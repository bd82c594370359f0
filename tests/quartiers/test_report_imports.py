"""Other tools in the desk: a key shown once, a CSV or a pull previewed then filed, nothing twice."""

import io
import json

import pytest
from django.urls import reverse

from quartiers.models import NeedReport, NeedState, Open311Key, ReportImport, ReportOrigin
from quartiers.open311 import imports, keys
from tests.desk.people import client_of, create_staff
from tests.factories import NOW, create_quartier
from tests.quartiers.factories import create_category

pytestmark = pytest.mark.django_db
HEAD = "Numéro;Catégorie;Description;Rue;Quartier;Latitude;Longitude;Nom\n"
CSV = (
    HEAD
    + "A1;banc;Le banc du parc est cassé.;rue du Parc;le-rachapt;;;Zoé Canari\n"
    + "A2;inconnue;Autre chose.;;le-rachapt;;;\n"
    + "A3;Banc cassé;Appelez-moi au 06 12 34 56 78.;;le-rachapt;;;\n"
    + "A4;Banc cassé;Un second banc à réparer.;;Le Rachapt;;;\n"
    + "A1;banc;Deux fois le même numéro.;;le-rachapt;;;\n"
)


@pytest.fixture
def town():
    create_category(code="banc", name="Banc cassé")
    return create_quartier(name="Le Rachapt", slug="le-rachapt")


def upload(client, content, **fields):
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    file.name = "remontees.csv"
    data = {"tool": "Vitré en poche", "content": file, **fields}
    return client.post(reverse("admin:quartiers_reportimport_new"), data)


def test_csv_is_previewed_then_filed_once(town):
    client = client_of(create_staff("agent"))
    answer = upload(client, CSV)
    waiting = ReportImport.objects.get()
    assert answer.url == reverse("admin:quartiers_reportimport_preview", args=[waiting.pk])
    assert not NeedReport.objects.exists()
    page = client.get(answer.url).content.decode()
    assert "2 sur 5 lignes prêtes" in page
    assert "Cette catégorie n’existe pas chez nous." in page
    assert "Canari" not in page
    assert client.get(answer.url).status_code == 200
    assert not NeedReport.objects.exists()

    client.post(answer.url)

    assert list(ReportOrigin.objects.order_by("id").values_list("tool", "external_id", "source")) == [
        ("Vitré en poche", "A1", "file"),
        ("Vitré en poche", "A4", "file"),
    ]
    assert set(NeedReport.objects.values_list("state", "visibility", "author")) == {("filed", "staff", None)}
    waiting.refresh_from_db()
    assert (waiting.rows, waiting.imported_count) == ([], 2)
    assert client.post(answer.url).status_code == 404
    assert imports.run(waiting, now=NOW) == 0
    assert NeedReport.objects.count() == 2


def test_same_file_again_files_nothing(town):
    client = client_of(create_staff("agent"))
    for _ in range(2):
        client.post(upload(client, CSV).url)
    assert NeedReport.objects.filter(state=NeedState.FILED).count() == 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe\x00bad", "pas en UTF-8"),
        ("nom;prenom\na;b\n", "Il manque la colonne « categorie »"),
        (HEAD, "aucune ligne"),
        (HEAD + "1;banc;x;;le-rachapt;;;\n" * 1001, "Plus de 1000 lignes"),
        (b"x" * 2_000_001, "dépasse 2 Mo"),
    ],
)
def test_unreadable_files_are_refused_in_words(town, content, sentence):
    answer = upload(client_of(create_staff("agent")), content)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not ReportImport.objects.exists()


def test_pull_reaches_listed_hosts_only(settings):
    settings.OPEN311_PULL_HOSTS = ["outil.exemple.fr"]
    for url in (
        "http://outil.exemple.fr/v2",
        "https://127.0.0.1/v2",
        "https://outil.exemple.fr.pirate.fr/v2",
        "https://outil.exemple.fr@127.0.0.1/v2",
        "file:///etc/passwd",
    ):
        with pytest.raises(imports.UnreadableFile, match="permises"):
            imports.rows_of_pull(url)


def test_answer_of_another_server_becomes_rows(town):
    answer = [
        {
            "service_request_id": 12,
            "service_code": "banc",
            "description": "Un banc.",
            "lat": None,
            "long": None,
        },
    ]
    (row,) = imports.rows_of_json(json.dumps(answer).encode())
    assert row["numero"] == "12"
    ((_, state, why, _),) = imports.preview([row], tool="Autre")
    assert (state, why) == (imports.UNFIT, "Donnez lat et long, ou l’attribut « quartier ».")
    for wrong in (b"{}", b"[1]", b"<html>"):
        with pytest.raises(imports.UnreadableFile):
            imports.rows_of_json(wrong)


def test_key_is_shown_once_and_hashed():
    client = client_of(create_staff("administrator"))
    data = {"name": "Vitré en poche", "contact_email": "outil@exemple.fr", "is_active": "on"}
    page = client.post(reverse("admin:quartiers_open311key_add"), data, follow=True).content.decode()
    row = Open311Key.objects.get()
    text = page.partition("montrée une seule fois : ")[2].split("<")[0].strip()
    assert keys.hash_of(text) == row.key_hash
    assert text not in client.get(reverse("admin:quartiers_open311key_changelist")).content.decode()
    assert (
        text not in client.get(reverse("admin:quartiers_open311key_change", args=[row.pk])).content.decode()
    )


@pytest.mark.parametrize(
    ("role", "key", "new"),
    [
        ("agent", 200, 200),
        ("administrator", 200, 200),
        ("ccas", 403, 403),
        ("civic_service", 403, 403),
        ("elected", 403, 403),
    ],
)
def test_who_may(role, key, new):
    client = client_of(create_staff(role))
    assert client.get(reverse("admin:quartiers_open311key_changelist")).status_code == key
    assert client.get(reverse("admin:quartiers_reportimport_new")).status_code == new
    assert client.get(reverse("admin:quartiers_open311key_add")).status_code == (
        200 if role == "administrator" else 403
    )
