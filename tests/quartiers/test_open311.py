"""Open311 GeoReport v2: shapes, filters, errors, keys, what never leaves, and the clients people use."""

import json
from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest
from civicbot import Endpoint, HttpTransport, Open311Client
from civicbot.http import RateLimiter
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from georeport import GeoReport

from quartiers import needs
from quartiers.models import NeedReport, NeedState, Open311Key, ReportOrigin, ReportPhoto
from quartiers.open311 import keys
from quartiers.open311.views import LARGEST_POST
from tests.factories import NOW, create_quartier, create_user
from tests.quartiers import schemas
from tests.quartiers.factories import create_category, create_report

pytestmark = pytest.mark.django_db
BASE = "/open311/v2"
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[-1.3, 48.0], [-1.1, 48.0], [-1.1, 48.2], [-1.3, 48.2], [-1.3, 48.0]]],
}


def tree_of(content):
    return ElementTree.fromstring(content)  # noqa: S314 (our own answer)


def get_json(client, path, **query):
    answer = client.get(f"{BASE}/{path}.json", query)
    assert answer.status_code == 200
    return json.loads(answer.content)


def get_xml(client, path, root, **query):
    answer = client.get(f"{BASE}/{path}.xml", query)
    assert answer.status_code == 200
    assert answer.content.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    tree = tree_of(answer.content)
    assert tree.tag == root
    return tree


@pytest.fixture(autouse=True)
def fresh_limits(settings):
    """Limits of this process alone: tests that run beside share one Redis."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


class CheckedClient(Client):
    """Each answer of the API, whatever the test is about, must fit its schema, in JSON and in XML."""

    def request(self, **request):
        answer = super().request(**request)
        path, method = request["PATH_INFO"], request["REQUEST_METHOD"]
        if path.startswith("/open311/") and path.endswith((".json", ".xml")) and method != "HEAD":
            schemas.check(answer, path, method)
        return answer


@pytest.fixture
def client():
    return CheckedClient()


@pytest.fixture
def key():
    text = keys.new_key()
    row = Open311Key(name="Vitré en poche", contact_email="outil@exemple.fr")
    keys.set_key(row, text)
    row.save()
    row.text = text
    return row


def public(**fields):
    fields.setdefault("filed_at", timezone.now() - timedelta(days=2))
    fields.setdefault("public_summary", "Un banc cassé devant la pharmacie.")
    fields.setdefault("visibility", "public")
    state = fields.pop("state", NeedState.RECEIVED)
    return create_report(state, **fields)


def body(key, category, **changes):
    sent = {
        "api_key": key.text,
        "service_code": category.code,
        "lat": "48.1238",
        "long": "-1.2118",
        "address_string": "rue de la Poterie",
        "description": "Le banc devant la médiathèque est cassé.",
        **changes,
    }
    return {name: value for name, value in sent.items() if value is not None}


def post(client, sent, fmt="json"):
    return client.post(f"{BASE}/requests.{fmt}", sent)


def errors_of(answer, fmt="json"):
    if fmt == "json":
        errors = json.loads(answer.content)
        return [error["code"] for error in errors]
    tree = tree_of(answer.content)
    assert tree.tag == "errors"
    assert all([child.tag for child in error] == ["code", "description"] for error in tree)
    return [error.findtext("code") for error in tree]


def test_discovery_names_the_endpoint_in_both_formats(client):
    answer = client.get("/open311/discovery.json")
    value = json.loads(answer.content)
    assert value["endpoints"][0]["url"] == "http://testserver/open311/v2"
    assert value["endpoints"][0]["formats"] == ["text/xml", "application/json"]
    tree = tree_of(client.get("/open311/discovery.xml").content)
    assert tree.findtext("endpoints/endpoint/url") == "http://testserver/open311/v2"
    assert [e.text for e in tree.findall("endpoints/endpoint/formats/format")] == [
        "text/xml",
        "application/json",
    ]


def test_services_are_the_categories_still_offered(client):
    offered = create_category(code="banc", name="Banc cassé", hint="Un banc public.")
    create_category(code="ancienne", is_active=False, service=offered.service)
    (value,) = get_json(client, "services")
    assert (value["service_code"], value["keywords"], value["metadata"]) == ("banc", "Confort", True)
    tree = get_xml(client, "services", "services")
    assert [e.findtext("service_code") for e in tree.findall("service")] == ["banc"]
    assert tree.findtext("service/metadata") == "true"


def test_definition_asks_for_the_quartier(client):
    category = create_category(code="banc")
    quartier = create_quartier(name="Le Rachapt", slug="le-rachapt")
    create_quartier(is_active=False)
    value = get_json(client, "services/banc")
    assert value["attributes"][0]["values"] == [{"key": quartier.slug, "name": quartier.name}]
    tree = get_xml(client, "services/banc", "service_definition")
    assert tree.findtext("service_code") == category.code
    assert tree.findtext("attributes/attribute/values/value/key") == "le-rachapt"


@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_unknown_service_and_report_are_a_list_of_errors(client, fmt):
    for path in ("services/inconnu", "requests/RB-999999", "requests/douze"):
        answer = client.get(f"{BASE}/{path}.{fmt}")
        assert (answer.status_code, errors_of(answer, fmt)) == (404, ["404"])


def test_request_says_the_town_words_with_offsets(client):
    report = public(street="rue de Paris", latitude=48.12, longitude=-1.21)
    needs.start(report, by=create_user(), text="L’équipe passe jeudi.", now=timezone.now())
    (value,) = get_json(client, "requests")
    assert value["service_request_id"] == report.reference
    assert (value["status"], value["status_notes"]) == ("open", "En cours – L’équipe passe jeudi.")
    assert value["description"] == "Un banc cassé devant la pharmacie."
    assert (value["lat"], value["long"]) == (48.12, -1.21)
    for name in ("requested_datetime", "updated_datetime", "expected_datetime"):
        assert datetime.fromisoformat(value[name]).utcoffset() is not None
    assert get_json(client, f"requests/{report.reference}") == [value]
    assert get_json(client, f"requests/{report.pk}") == [value]
    tree = get_xml(client, "requests", "service_requests")
    assert {e.tag: e.text or "" for e in tree[0]} == {
        k: "" if v is None else str(v) for k, v in value.items()
    }


def test_a_photo_is_named_once_an_agent_showed_it(client):
    report = public()
    ReportPhoto.objects.create(report=report, position=1, image="a.jpg")
    assert [value["media_url"] for value in get_json(client, "requests")] == [None]
    shown = ReportPhoto.objects.create(report=report, position=2, image="b.jpg", is_public=True)
    (value,) = get_json(client, "requests")
    assert value["media_url"] == f"http://testserver/remontees/{report.pk}/photos/{shown.pk}/"


def test_lists_are_lists_with_one_and_with_none(client):
    assert get_json(client, "requests") == []
    assert len(get_xml(client, "requests", "service_requests")) == 0
    public()
    assert len(get_json(client, "requests")) == 1


def test_what_is_not_public_is_absent_everywhere(client):
    canary = "CANARI-ROUGE"
    hidden = [
        create_report(state, text=canary, street=canary, filed_at=timezone.now())
        for state in NeedState
        if state != NeedState.DRAFT
    ]
    for visibility in ("staff", "referents"):
        hidden.append(public(public_summary=canary, text=canary, visibility=visibility))
    for state in (NeedState.FILED, NeedState.HIDDEN, NeedState.WITHDRAWN, NeedState.DUPLICATE):
        hidden.append(public(public_summary=canary, text=canary, state=state))
    seen = public(text=canary)
    ids = ",".join(str(report.pk) for report in [*hidden, seen])
    for fmt in ("json", "xml"):
        for query in ({}, {"service_request_id": ids}, {"status": "open,closed"}):
            content = client.get(f"{BASE}/requests.{fmt}", query).content.decode()
            assert canary not in content
            assert content.count(seen.reference) == 1
        for report in hidden:
            answer = client.get(f"{BASE}/requests/{report.pk}.{fmt}")
            assert (answer.status_code, canary in answer.content.decode()) == (404, False)


def test_author_is_never_named(client):
    author = create_user(first_name="Zénobie", last_name="Introuvable")
    public(author=author)
    for fmt in ("json", "xml"):
        content = client.get(f"{BASE}/requests.{fmt}").content.decode()
        assert "Zénobie" not in content
        assert "Introuvable" not in content


def test_filters(client):
    now = timezone.now()
    old = public(filed_at=now - timedelta(days=120))
    done = public(state=NeedState.RESOLVED, filed_at=now - timedelta(days=40))
    fresh = public(filed_at=now - timedelta(days=1))

    def asked(**query):
        return [value["service_request_id"] for value in get_json(client, "requests", **query)]

    assert asked() == [fresh.reference, done.reference]
    assert asked(status="closed") == [done.reference]
    assert asked(status="open") == [fresh.reference]
    assert asked(status="open,closed") == [fresh.reference, done.reference]
    assert asked(service_code=done.category.code) == [done.reference]
    both = f"{done.category.code},{fresh.category.code}"
    assert asked(service_code=both) == [fresh.reference, done.reference]
    assert asked(service_request_id=f"{old.reference},{fresh.pk},x") == [fresh.reference, old.reference]
    start = (now - timedelta(days=135)).isoformat()
    assert asked(start_date=start) == [old.reference]
    assert asked(end_date=(now - timedelta(days=30)).isoformat()) == [done.reference, old.reference]
    assert asked(start_date=(now - timedelta(days=50)).date(), end_date=now.date()) == [
        fresh.reference,
        done.reference,
    ]


def test_a_thousand_at_most(client, monkeypatch):
    monkeypatch.setattr("quartiers.open311.reading.AT_MOST", 2)
    category, author = create_category(), create_user()
    reports = [public(category=category, author=author) for _ in range(3)]
    got = get_json(client, "requests")
    assert [value["service_request_id"] for value in got] == [reports[2].reference, reports[1].reference]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"status": "ouvert"}, 400),
        ({"start_date": "hier"}, 400),
        ({"start_date": "2026-13-45"}, 400),
        ({"start_date": "2026-01-01", "end_date": "2026-11-01"}, 400),
        ({"start_date": "2026-11-02", "end_date": "2026-11-01"}, 400),
        ({"service_code": "inconnu"}, 404),
        ({"jurisdiction_id": "rennes.fr"}, 404),
        ({"service_request_id": ",".join(["1"] * 201)}, 400),
    ],
)
@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_wrong_filters_are_refused_in_words(client, query, status, fmt):
    answer = client.get(f"{BASE}/requests.{fmt}", query)
    assert (answer.status_code, errors_of(answer, fmt)) == (status, [str(status)])


@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_post_enters_the_queue_of_the_mairie(client, key, fmt):
    quartier = create_quartier(boundary=SQUARE, centre_longitude=-1.2, centre_latitude=48.1)
    category = create_category()
    answer = post(client, body(key, category, email="zoe@exemple.fr", first_name="Zoé"), fmt)
    assert answer.status_code == 201
    report = NeedReport.objects.get()
    if fmt == "json":
        value = json.loads(answer.content)
        number = value[0]["service_request_id"]
    else:
        number = tree_of(answer.content).findtext("request/service_request_id")
    assert number == report.reference
    assert (report.state, report.author, report.visibility) == (NeedState.FILED, None, "staff")
    assert (report.quartier, report.category, report.service) == (quartier, category, category.service)
    assert (report.street, report.public_summary) == ("rue de la Poterie", "")
    assert report.answer_by is not None
    origin = ReportOrigin.objects.get(report=report)
    assert (origin.source, origin.tool, origin.key) == ("open311", "Vitré en poche", key)
    key.refresh_from_db()
    assert key.last_used_at is not None
    assert client.get(f"{BASE}/requests/{number}.json").status_code == 404


def test_posted_report_is_read_once_received(client, key):
    create_quartier(boundary=SQUARE)
    post(client, body(key, create_category()))
    report = NeedReport.objects.get()
    needs.receive(
        report, by=create_user(), summary="Un banc à réparer.", visibility="public", now=timezone.now()
    )
    (value,) = get_json(client, f"requests/{report.reference}")
    assert value["description"] == "Un banc à réparer."


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"api_key": None}, 403),
        ({"api_key": ""}, 403),
        ({"api_key": "vc_fausse"}, 403),
        ({"service_code": None}, 400),
        ({"service_code": "inconnu"}, 404),
        ({"description": ""}, 400),
        ({"description": "x" * 501}, 400),
        ({"description": "x" * 100_000}, 400),
        ({"description": "Appelez-moi au 06 12 34 56 78."}, 400),
        ({"description": "Écrivez à zoe@exemple.fr."}, 400),
        ({"lat": None}, 400),
        ({"lat": None, "long": None}, 400),
        ({"lat": "nord", "long": "ouest"}, 400),
        ({"lat": "nan", "long": "nan"}, 400),
        ({"lat": "91", "long": "0"}, 400),
        ({"lat": "47.0", "long": "-3.0"}, 400),
        ({"address_string": "x" * 200}, 400),
        ({"attribute[quartier]": "atlantide"}, 400),
        ({"jurisdiction_id": "rennes.fr"}, 404),
    ],
)
@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_bad_posts_are_refused_and_write_nothing(client, key, changes, status, fmt):
    create_quartier(boundary=SQUARE, centre_longitude=-1.2, centre_latitude=48.1)
    answer = post(client, body(key, create_category(), **changes), fmt)
    assert (answer.status_code, errors_of(answer, fmt)) == (status, [str(status)])
    assert not NeedReport.objects.exists()


def test_a_post_too_large_is_not_even_read(client, key):
    answer = client.generic(
        "POST", f"{BASE}/requests.json", b"x" * (LARGEST_POST + 1), "application/octet-stream"
    )
    assert errors_of(answer) == ["400"]


def test_quartier_attribute_replaces_the_point(client, key):
    quartier = create_quartier(slug="le-rachapt")
    sent = body(key, create_category(), lat=None, long=None) | {"attribute[quartier]": "le-rachapt"}
    assert post(client, sent).status_code == 201
    assert NeedReport.objects.get().quartier == quartier


def test_point_just_outside_is_accepted_and_flagged(client, key):
    quartier = create_quartier(boundary=SQUARE, centre_longitude=-1.2, centre_latitude=48.1)
    assert post(client, body(key, create_category(), lat="48.3", long="-1.2")).status_code == 201
    report = NeedReport.objects.get()
    assert (report.quartier, report.is_outside_quartiers) == (quartier, True)


def test_key_is_kept_as_a_hash_and_stops_when_switched_off(client, key):
    assert key.text not in str(Open311Key.objects.values().get())
    create_quartier(boundary=SQUARE)
    Open311Key.objects.update(is_active=False)
    assert post(client, body(key, create_category())).status_code == 403


def test_limits_answer_429(client, key, monkeypatch):
    create_quartier(boundary=SQUARE)
    category = create_category()
    monkeypatch.setattr(keys, "POSTS_AN_HOUR", 1)
    assert post(client, body(key, category)).status_code == 201
    answer = post(client, body(key, category))
    assert (answer.status_code, errors_of(answer)) == (429, ["429"])
    monkeypatch.setattr(keys, "READS_A_MINUTE", 3)
    answers = [client.get(f"{BASE}/services.json").status_code for _ in range(2)]
    assert answers == [200, 429]


def test_guessing_keys_is_slowed_down(client, key, monkeypatch):
    monkeypatch.setattr(keys, "WRONG_KEYS_AN_HOUR", 2)
    category = create_category()
    got = [post(client, body(key, category, api_key=f"vc_{n}")).status_code for n in range(3)]
    assert got == [403, 403, 429]


def test_other_methods_and_formats(client):
    assert errors_of(client.delete(f"{BASE}/requests.json")) == ["405"]
    assert errors_of(client.post(f"{BASE}/services.json")) == ["405"]
    assert client.get(f"{BASE}/requests.yaml").status_code == 404
    assert client.head(f"{BASE}/requests.json").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_list_of_requests_takes_one_query(client, django_assert_num_queries, count):
    for _ in range(count):
        needs.start(public(), by=create_user(), text="On s’en occupe.", now=NOW)
    with django_assert_num_queries(1):
        assert len(get_json(client, "requests")) == count


def test_schemas_are_there_to_be_read_and_refuse_what_is_wrong(client):
    answer = Client().get("/open311/schemas.json")
    read = json.loads(answer.getvalue())["$defs"]
    assert (answer["Content-Type"], read) == ("application/schema+json", schemas.DEFINITIONS)
    public()
    (value,) = get_json(client, "requests")
    for wrong in (
        {"status": "ouvert"},
        {"requested_datetime": "2026-11-23"},
        {"lat": "48"},
        {"author": "Zoé"},
    ):
        assert len(schemas.problems([value | wrong], read["service_requests"])) == 1
    del value["zipcode"]
    assert schemas.problems([value], read["service_requests"]) == ["answer[0]: lacks zipcode"]


def test_documentation_is_french_and_lists_the_codes(client):
    create_category(code="banc", name="Banc cassé")
    page = client.get("/open311/").content.decode()
    assert "<code>banc</code>" in page
    assert "http://testserver/open311/v2" in page


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_georeport_reads_us(live_server, fmt):
    reports = [public(), public(state=NeedState.RESOLVED)]
    city = GeoReport(f"{live_server.url}/open311/v2", output_format=fmt)
    codes = {service["service_code"] for service in city.get_service_list()}
    assert codes == {report.category.code for report in reports}
    definition = city.get_service_definition(reports[0].category.code)
    assert definition["service_code"] == reports[0].category.code
    got = city.get_service_requests()
    assert [value["service_request_id"] for value in got] == [r.reference for r in reversed(reports)]
    closed = city.get_service_requests(status="closed")
    one = closed[0] if isinstance(closed, list) else closed
    assert one["service_request_id"] == reports[1].reference
    assert city.get_service_request(reports[0].reference)["status"] == "open"


@pytest.mark.django_db(transaction=True)
def test_civicbot_reads_and_files(live_server, key):
    create_quartier(boundary=SQUARE, slug="le-rachapt", centre_longitude=-1.2, centre_latitude=48.1)
    report = public()
    endpoint = Endpoint(id="vitre", name="Vitré", base_url=f"{live_server.url}/open311/v2", write=True)
    city = Open311Client(endpoint, HttpTransport(rate_limiter=RateLimiter(min_interval=0)))
    assert [s["service_code"] for s in city.list_services()] == [report.category.code]
    assert [r["service_request_id"] for r in city.list_requests(status="open")] == [report.reference]
    assert city.get_request(report.reference)["description"] == report.public_summary
    sent = city.create_request(
        report.category.code,
        dry_run=False,
        confirm="SEND",
        api_key=key.text,
        validate_remote=True,
        lat=48.1238,
        lng=-1.2118,
        description="Un lampadaire éteint rue de la Poterie.",
        attributes={"quartier": "le-rachapt"},
    )
    filed = NeedReport.objects.get(state=NeedState.FILED)
    assert sent.response[0]["service_request_id"] == filed.reference
