"""The quartier pages in a real browser, under the real CSP: axe, sizes, themes, a referent's journey."""

import re
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from quartiers import needs
from quartiers.models import Category, Mandate, NeedReport, NeedState, ReportPhoto, Supporter
from tests.accounts.people import add_totp
from tests.browser_checks import LOOKS, assert_accessible, assert_no_horizontal_scroll, assert_one_title
from tests.factories import create_quartier, create_user
from tests.quartiers.factories import create_category, create_report
from tests.quartiers.pages import content_of, has_gps, picture
from tests.volunteers.test_browser import sign_in
from vitre_civique.lib.months import local_day

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def square(west, south, side=0.02):
    ring = [[west, south], [west + side, south], [west + side, south + side], [west, south + side]]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


@pytest.fixture
def town():
    """Two quartiers with their boundaries, a referent of the first, a category of each family."""
    now = timezone.now()
    here = create_quartier(name="Le Rachapt", slug="rachapt", boundary=square(-1.22, 48.12))
    create_quartier(name="La Gare", slug="gare", boundary=square(-1.20, 48.12))
    referent = create_user(first_name="Annick")
    add_totp(referent)
    Mandate.objects.create(
        referent=referent,
        quartier=here,
        from_on=local_day(now) - timedelta(days=9),
        charter_signed_on=local_day(now),
    )
    for code, family, name in (
        ("banc", "comfort", "Banc cassé"),
        ("eau", "health", "Eau stagnante"),
        ("lampe", "safety", "Éclairage en panne"),
    ):
        create_category(code=code, family=family, name=name, hint="Dites où, et depuis quand.")
    return {"quartier": here, "referent": referent, "now": now}


@pytest.fixture
def story(town):
    """A public report with photo and steps, one that waits for its author, one that has ended, a draft."""
    now, agent = town["now"], create_user()
    base = {
        "author": town["referent"],
        "quartier": town["quartier"],
        "category": Category.objects.get(code="banc"),
    }
    public = create_report(NeedState.FILED, **base, filed_at=now, street="Rue basse")
    needs.receive(public, by=agent, summary="Le banc a perdu deux lattes.", visibility="public", now=now)
    needs.plan(public, by=agent, text="Deux lattes neuves.", on=local_day(now) + timedelta(days=3), now=now)
    ReportPhoto.objects.create(
        report=public,
        image=ContentFile(picture(size=(400, 300)), "p.jpg"),
        description="Un banc",
        is_public=True,
    )
    Supporter.objects.create(report=public, user=agent)
    waiting = create_report(NeedState.RECEIVED, **base, filed_at=now)
    needs.ask(waiting, by=agent, question="De quel côté ?", now=now)
    ended = create_report(NeedState.RECEIVED, **base, filed_at=now)
    needs.resolve(ended, by=agent, text="C’est réparé.", how="mairie", now=now)
    sent = create_report(NeedState.FILED, **base, filed_at=now)
    draft = create_report(**base, street="Devant l’école")
    ReportPhoto.objects.create(
        report=draft, image=ContentFile(picture(size=(400, 300)), "p.jpg"), description="Un trou"
    )
    return {"public": public, "waiting": waiting, "ended": ended, "sent": sent, "draft": draft}


def pages_of(story):
    """Every kind of page, and who looks at it."""

    def at(name, key):
        return reverse(f"quartiers:{name}", args=[story[key].pk])

    everyone = [
        reverse("pages:report"),
        reverse("quartiers:a_person"),
        reverse("quartiers:reports"),
        f"{reverse('quartiers:reports')}?mots=introuvable",
        reverse("quartiers:figures"),
        reverse("quartiers:quartier_reports", args=["rachapt"]),
        reverse("quartiers:quartier_reports", args=["gare"]),
        at("report", "public"),
    ]
    own = [
        reverse("pages:report"),
        reverse("quartiers:my_reports"),
        reverse("quartiers:file"),
        *(at(f"file_{name}", "draft") for name in ("what", "where", "same", "seen", "check")),
        at("receipt", "sent"),
        *(at("report", key) for key in ("public", "waiting", "ended", "sent")),
        at("details", "waiting"),
        at("settled", "ended"),
        at("withdraw", "sent"),
    ]
    return everyone, own


def look(page, width, scheme):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_pages_have_no_known_defect_and_never_scroll_sideways(page, town, story, width, scheme):
    everyone, own = pages_of(story)
    for path in everyone:
        page.goto(path)
        assert_no_horizontal_scroll(page)
        look(page, width, scheme)
        assert_accessible(page)
        assert_one_title(page)
    sign_in(page, town["referent"])
    for path in own:
        page.goto(path)
        assert page.url.endswith(path), page.url
        page.evaluate(
            "document.querySelectorAll('main details').forEach((d) => { d.name = ''; d.open = true })"
        )
        assert_no_horizontal_scroll(page)
        look(page, width, scheme)
        assert_accessible(page)
        assert_one_title(page)


def test_pages_with_errors_have_no_known_defect(page, town, story):
    look(page, 360, "dark")
    sign_in(page, town["referent"])
    draft = story["draft"]
    page.goto(reverse("quartiers:file"))
    page.get_by_role("button", name="Continuer").click()
    expect(page).to_have_title(re.compile("^Erreur"))  # waits for the answer
    assert_accessible(page)
    for name, label in (("file_where", "Rue ou repère"), ("file_seen", "Qu’avez-vous vu ?")):
        page.goto(reverse(f"quartiers:{name}", args=[draft.pk]))
        page.get_by_label(label).fill(
            "chez Mme Durandal" if name == "file_where" else "Un malade au 06 12 34 56 78"
        )
        page.get_by_role("button", name="Continuer").click()
        expect(page).to_have_title(re.compile("^Erreur"))  # waits for the answer
        assert_accessible(page)
    page.get_by_label("Qu’avez-vous vu ?").fill("Un platane malade.")
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("button", name="garder mon texte").wait_for()
    assert_accessible(page)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_referent_files_from_a_phone_with_a_photo_that_knew_too_much(
    browser, live_site, context_options, town, javascript
):
    phone = {**context_options, "viewport": {"width": 360, "height": 740}}
    context = browser.new_context(base_url=live_site.url, java_script_enabled=javascript, **phone)
    page, said, visited = context.new_page(), [], []
    page.on("console", lambda message: said.append(message.text))
    sign_in(page, town["referent"])
    page.on("load", lambda _: visited.append(page.url.removeprefix(live_site.url)))
    page.goto(reverse("pages:report"))
    page.get_by_role("link", name="Signaler un besoin").click()
    page.locator(".family-comfort > summary").click()
    page.get_by_label("Banc cassé").check()
    page.get_by_role("button", name="Continuer").click()
    if javascript:
        put_a_point(page)
    else:
        assert not page.locator("#point").is_visible()
    page.get_by_label("Rue ou repère").fill("Devant la pharmacie")
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Qu’avez-vous vu ?").fill("Le banc a perdu deux lattes.")
    page.locator("#id_photo_1").set_input_files(
        {"name": "IMG_2026.jpg", "mimeType": "image/jpeg", "buffer": picture(with_gps=True, size=(800, 600))}
    )
    page.get_by_label("Ce qu’on voit sur la photo 1").fill("Un banc cassé")
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("button", name="Envoyer à la mairie").click()
    page.get_by_role("heading", name="C’est envoyé, merci").wait_for()

    report = NeedReport.objects.get()
    assert (report.state, report.quartier, report.street) == (
        "filed",
        town["quartier"],
        "Devant la pharmacie",
    )
    assert (report.longitude is not None, report.is_outside_quartiers) == (javascript, False)
    assert not has_gps(content_of(report.photos.get()))
    pages = [url for url in visited if "nouvelle" in url]
    assert len(pages) == 4  # nothing alike was open: the page of likely copies stays away
    assert page.get_by_text(report.reference).is_visible()
    page.get_by_role("link", name="Suivre ma remontée").click()
    image = page.get_by_role("img", name="Un banc cassé")
    assert (
        image.evaluate("(img) => img.complete ? img.naturalWidth : img.decode().then(() => img.naturalWidth)")
        == 800
    )
    assert said == []
    context.close()


def put_a_point(page):
    """By touch, then moved with the arrows."""
    plan = page.locator(".point-plan")
    plan.scroll_into_view_if_needed()
    plan.click()
    page.get_by_text("Point placé, Le Rachapt.").wait_for()
    before = page.locator("#id_latitude").input_value()
    page.keyboard.press("ArrowUp")
    assert float(page.locator("#id_latitude").input_value()) > float(before)
    page.get_by_role("button", name="Retirer le point").click()
    assert page.locator("#id_latitude").input_value() == ""
    plan.focus()
    page.keyboard.press("ArrowRight")


def test_a_neighbour_says_me_too_without_a_script(browser, live_site, context_options, story):
    context = browser.new_context(base_url=live_site.url, java_script_enabled=False, **context_options)
    page, neighbour = context.new_page(), create_user()
    sign_in(page, neighbour)
    page.goto(story["public"].get_absolute_url())
    page.get_by_role("button", name="Moi aussi").click()
    page.get_by_text("vous suivez ce besoin").wait_for()
    assert story["public"].supporters.filter(user=neighbour).count() == 1
    context.close()


def test_words_outlive_a_lost_connection_and_are_not_typed_over_what_was_sent(page, town):
    sign_in(page, town["referent"])
    draft = create_report(author=town["referent"], quartier=town["quartier"], street="Rue basse")
    address = reverse("quartiers:file_seen", args=[draft.pk])
    page.goto(address)
    page.get_by_label("Qu’avez-vous vu ?").fill("Le banc a perdu deux lattes.")
    page.context.set_offline(True)
    with page.expect_request(lambda request: request.method == "POST"):
        page.get_by_role("button", name="Continuer").click()
    page.context.set_offline(False)
    assert "deux lattes" not in NeedReport.objects.get().text

    page.goto(address)

    words = page.get_by_label("Qu’avez-vous vu ?")
    assert words.input_value() == "Le banc a perdu deux lattes."
    assert page.get_by_text("La connexion s’était coupée").is_visible()
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("heading", name="Vérifiez, puis envoyez").wait_for()
    NeedReport.objects.update(text="Changé depuis un autre téléphone.")
    page.goto(address)
    assert words.input_value() == "Changé depuis un autre téléphone."
    assert not page.get_by_text("La connexion s’était coupée").is_visible()
