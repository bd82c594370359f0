"""The queue, a report’s page, its acts and the evaluation in a real browser, with TOTP, under axe."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image

from quartiers import service_links
from quartiers.models import InternalNote, NeedState, PublicStep, ReportPhoto
from tests.browser_checks import assert_both_looks_accessible, assert_no_horizontal_scroll, assert_one_title
from tests.desk.test_browser import create_agent, session_of, watch
from tests.factories import create_quartier

from .factories import create_category, create_report

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
QUEUE = "/gestion/quartiers/needreport/"


def create_photo(report, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    out = BytesIO()
    Image.new("RGB", (400, 300), "white").save(out, "JPEG")
    photo = ReportPhoto(report=report, position=1, description="Un banc sans dossier")
    photo.image.save("banc.jpg", ContentFile(out.getvalue()))
    photo.save()
    return photo


def fill(settings, tmp_path):
    now, today = timezone.now(), timezone.localdate()
    quartier, category = create_quartier(name="Le Rachapt"), create_category(name="Banc, mobilier")
    common = {"quartier": quartier, "category": category, "filed_at": now}
    report = create_report(
        NeedState.RECEIVED,
        visibility="public",
        public_summary="Un banc cassé près de la pharmacie.",
        street="Place de la gare",
        answer_by=today - timedelta(days=3),
        **common,
    )
    create_report(NeedState.FILED, answer_by=today, acknowledge_by=today - timedelta(days=90), **common)
    PublicStep.objects.create(report=report, state="received", text="Bien reçu.", at=now)
    InternalNote.objects.create(report=report, text="Vu avec la voirie.", at=now)
    report.state_changes.create(from_state="filed", to_state="received", at=now)
    return report, create_photo(report, settings, tmp_path)


def test_needs_pages_of_the_desk_are_accessible(browser, live_site, context_options, settings, tmp_path):
    report, photo = fill(settings, tmp_path)
    report.service.email = "voirie@exemple.fr"
    link = service_links.send(report, by=None, now=timezone.now())
    one = f"{QUEUE}{report.pk}/"
    paths = [
        QUEUE,
        f"{one}change/",
        f"{one}faire/prevoir/",
        f"{one}faire/doublon/",
        f"{one}photos/{photo.pk}/masquer/",
        f"{QUEUE}evaluation/",
        f"/gestion/quartiers/mandate/{report.author.mandates.get().pk}/change/",
        f"/gestion/quartiers/mandate/{report.author.mandates.get().pk}/carte/",
        f"/remontee-service/{service_links.token_of(link)}/?reponse=regler",
    ]
    context = browser.new_context(base_url=live_site.url, **context_options | {"reduced_motion": "reduce"})
    context.add_cookies(session_of(create_agent(), live_site.url))
    page = context.new_page()
    wrong = watch(page)
    for path in paths:
        assert page.goto(path).status == 200
        assert (path, wrong) == (path, [])
        assert_both_looks_accessible(page)
        assert_one_title(page)
        wrong.clear()  # axe itself tries inline styles
        assert_no_horizontal_scroll(page)
    context.close()


def test_agent_draws_a_zone_over_the_photo_and_burns_it(page, live_site, settings, tmp_path):
    report, photo = fill(settings, tmp_path)
    page.context.add_cookies(session_of(create_agent(), live_site.url))
    wrong = watch(page)
    page.goto(f"{QUEUE}{report.pk}/photos/{photo.pk}/masquer/")
    box = page.locator("[data-blur] svg").bounding_box()
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.up()
    page.get_by_role("button", name="Masquer pour de bon").click()

    page.get_by_text("Les zones sont masquées pour de bon.").wait_for()
    picture = Image.open(ReportPhoto.objects.get().image.path)
    assert max(picture.getpixel((100, 75))) < 80
    assert min(picture.getpixel((390, 290))) > 200
    assert wrong == []
