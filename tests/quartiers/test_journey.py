"""One need from end to end in a real browser: a referent's phone, an agent's desk, a service's link."""

import io

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from quartiers.models import NeedReport, NeedState, ReportPhoto
from tests.desk.test_browser import create_agent, session_of, watch
from tests.quartiers.pages import content_of, has_gps, picture
from tests.quartiers.test_browser import town as a_town
from tests.volunteers.test_browser import sign_in
from vitre_civique.notifications import kinds
from vitre_civique.notifications.models import Notification

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORDS = "Le banc a perdu deux lattes, on s’y écorche."
SUMMARY = "Le banc devant la pharmacie a perdu deux lattes."
town = a_town  # the same fixture


@pytest.fixture
def people(browser, live_site, context_options):
    """Three browsers: a phone, a desk, and the one of somebody without an account."""
    opened, wrong = [], []
    for width in (360, 1280, 1280):
        options = {**context_options, "viewport": {"width": width, "height": 900}, "reduced_motion": "reduce"}
        context = browser.new_context(base_url=live_site.url, **options)
        page = context.new_page()
        page.set_default_timeout(15_000)
        wrong.append(watch(page))
        opened.append(page)
    yield opened
    for page in opened:
        page.context.close()
    assert wrong == [[], [], []]


def test_a_need_goes_from_a_referent_to_an_agent_to_a_service_and_back(
    people, live_site, town, settings, tmp_path
):
    settings.MEDIA_ROOT, settings.SITE_URL = tmp_path, live_site.url
    phone, desk, anybody = people
    sign_in(phone, town["referent"])
    desk.context.add_cookies(session_of(create_agent(), live_site.url))
    service = referent_files(phone).service
    service.email = "voirie@exemple.fr"
    service.save()
    report = NeedReport.objects.get()
    assert anybody.request.get(report.get_absolute_url()).status == 404
    agent_takes_it_in(desk, report)
    agent_hides_a_plate_and_shows_the_photo(desk, report)
    everybody_reads_the_town_s_words(anybody, report)
    service_answers_by_its_link(desk, anybody, report)
    referent_says_it_is_not_settled(phone, report)
    agent_reopens(desk, report)


def referent_files(phone):
    phone.goto(reverse("quartiers:file"))
    phone.locator(".family-comfort > summary").click()
    phone.get_by_label("Banc cassé").check()
    phone.get_by_role("button", name="Continuer").click()
    phone.get_by_label("Rue ou repère").fill("Devant la pharmacie")
    phone.get_by_role("button", name="Continuer").click()
    phone.get_by_label("Qu’avez-vous vu ?").fill(WORDS)
    photo = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": picture(with_gps=True, size=(800, 600))}
    assert has_gps(photo["buffer"])
    phone.locator("#id_photo_1").set_input_files(photo)
    phone.get_by_label("Ce qu’on voit sur la photo 1").fill("Un banc cassé")
    phone.get_by_role("button", name="Continuer").click()
    phone.get_by_role("button", name="Envoyer à la mairie").click()
    phone.get_by_role("heading", name="C’est envoyé, merci").wait_for()
    assert not has_gps(content_of(ReportPhoto.objects.get()))
    return NeedReport.objects.select_related("service").get()


def agent_takes_it_in(desk, report):
    desk.goto("/gestion/")
    desk.get_by_role("link", name="1 remontée à prendre en compte").click()
    desk.locator("#result_list a").filter(has_text=report.reference).click()
    expect(desk.get_by_text(WORDS)).to_be_visible()
    desk.get_by_role("link", name="Prendre en compte").click()
    desk.locator("[name=summary]").fill(SUMMARY)
    desk.locator("[name=visibility][value=public]").check()
    desk.get_by_role("button", name="Lire l’e-mail avant d’envoyer").click()
    expect(desk.get_by_text("Rien n’est encore envoyé.")).to_be_visible()
    assert NeedReport.objects.get().state == NeedState.FILED
    desk.get_by_role("button", name="Prendre en compte").click()
    desk.get_by_text("La remontée est prise en compte").wait_for()


def agent_hides_a_plate_and_shows_the_photo(desk, report):
    desk.get_by_role("link", name="Masquer une zone de la photo 1").click()
    for name, value in {"left": 0, "top": 0, "width": 50, "height": 50}.items():
        desk.locator(f"[name={name}_1]").fill(str(value))
    desk.get_by_role("button", name="Masquer pour de bon").click()
    desk.get_by_text("Les zones sont masquées pour de bon.").wait_for()
    desk.get_by_role("button", name="Montrer à tous la photo 1").click()
    desk.get_by_text("montrée à tous").first.wait_for()


def everybody_reads_the_town_s_words(anybody, report):
    anybody.goto(report.get_absolute_url())
    expect(anybody.get_by_text(SUMMARY)).to_be_visible()
    assert WORDS not in anybody.content()
    shown = anybody.get_by_role("img", name="Un banc cassé")
    answer = anybody.request.get(shown.get_attribute("src"))
    image = Image.open(io.BytesIO(answer.body()))
    assert (dict(image.getexif()), max(image.getpixel((60, 60))) < 90) == ({}, True)
    assert image.getpixel((700, 500))[1] > 100  # the rest of the picture is as it was


def service_answers_by_its_link(desk, anybody, report):
    desk.get_by_role("button", name="Envoyer un lien au service").click()
    desk.get_by_text("Le lien part à").wait_for()
    link = link_in("need_for_service")
    anybody.goto(link)
    anybody.goto(link)  # a scanner, then a person: reading changes nothing
    assert NeedReport.objects.get().state == NeedState.RECEIVED
    expect(anybody.get_by_text(WORDS)).to_be_visible()
    assert "Annick" not in anybody.content()
    anybody.get_by_role("link", name="C’est réglé").click()
    anybody.locator("[name=how][value=mairie]").check()
    anybody.locator("#repondre [name=text]").fill("Deux lattes neuves sont posées.")
    anybody.locator("#repondre button").click()
    anybody.get_by_text("Merci, votre réponse est partie").wait_for()
    assert NeedReport.objects.get().state == NeedState.RESOLVED


def referent_says_it_is_not_settled(phone, report):
    phone.context.clear_cookies()  # the link of the mail needs no account
    phone.goto(link_in("need_step", "est-ce-regle"))
    expect(phone.get_by_text("Deux lattes neuves sont posées.")).to_be_visible()
    assert NeedReport.objects.get().state == NeedState.RESOLVED
    phone.locator("[name=text]").fill("Il en manque encore une.")
    phone.get_by_role("button", name="Non, ce n’est pas réglé").click()
    phone.get_by_text("un agent regarde de nouveau").wait_for()
    assert NeedReport.objects.get().state == NeedState.REOPENING


def agent_reopens(desk, report):
    desk.goto("/gestion/")
    desk.get_by_role("link", name="1 réouverture demandée").click()
    desk.locator("#result_list a").filter(has_text=report.reference).click()
    expect(desk.get_by_text("Il en manque encore une.")).to_be_visible()
    desk.get_by_role("link", name="Rouvrir").click()
    desk.locator("[name=text]").fill("Nous revenons jeudi.")
    desk.get_by_role("button", name="Rouvrir").click()
    desk.get_by_text("La remontée est rouverte.").wait_for()
    states = NeedReport.objects.get().state_changes.order_by("id").values_list("to_state", flat=True)
    assert list(states) == ["filed", "received", "resolved", "reopening", "in_progress"]


def link_in(kind, part="http"):
    """The link that the newest mail of this kind carries."""
    row = Notification.objects.filter(kind=kind).latest("pk")
    now = timezone.now()
    known = kinds.get(kind)
    text = known.builder(row, known.load([row], now=now)[row.pk], now=now).text
    return next(word for word in text.split() if word.startswith("http") and part in word)
