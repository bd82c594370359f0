"""The demonstration's mailbox pages, on mails that travelled by real SMTP."""

import pytest
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from tests.services import services
from vitre_civique.demo import mailbox as demo_mailbox

HTML = (
    '<!doctype html><html lang="fr"><body><p style="color:#123">Votre code : <b>123456</b></p></body></html>'
)


@pytest.fixture
def demo(settings, mailbox):
    settings.DEMO = True
    settings.DEMO_MAILS = services.mail_sink.folder
    return mailbox


def send(subject="Votre code", html=HTML, to="une@exemple.fr"):
    mail = EmailMultiAlternatives(subject, "Votre code : 123456 <script>", "site@exemple.fr", [to])
    if html:
        mail.attach_alternative(html, "text/html")
    mail.attach("rendez-vous.ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar")
    mail.send()
    return demo_mailbox.keys(services.mail_sink.folder)[0]


def test_list_shows_every_mail_newest_first(client, db, demo):
    send(subject="Premier")
    send(subject="Second")

    page = client.get(reverse("demo:mail_list")).content.decode()

    assert page.index("Second") < page.index("Premier")
    assert "2 messages" in page


def test_empty_list_says_what_will_be_there(client, db, demo):
    assert "Pas encore de message" in client.get(reverse("demo:mail_list")).content.decode()


def test_mail_shows_its_text_escaped_and_links_its_page(client, db, demo):
    key = send()

    page = client.get(reverse("demo:mail_detail", args=[key])).content.decode()

    assert "Votre code : 123456 &lt;script&gt;" in page
    assert reverse("demo:mail_html", args=[key]) in page
    assert "rendez-vous.ics" in page


def test_html_twin_is_sandboxed_with_inline_styles_and_nothing_else(client, db, demo):
    response = client.get(reverse("demo:mail_html", args=[send()]))

    assert "Votre code : <b>123456</b>" in response.content.decode()
    assert response["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
    )


def test_attachment_is_downloaded(client, db, demo):
    response = client.get(reverse("demo:mail_attachment", args=[send(), 1]))

    assert response["Content-Type"].startswith("text/calendar")
    assert response["Content-Disposition"] == 'attachment; filename="rendez-vous.ics"'
    assert response.content.startswith(b"BEGIN:VCALENDAR")


def test_unknown_mail_is_a_404(client, db, demo):
    key = send(html="")

    paths = [
        reverse("demo:mail_detail", args=["..%2Fnew"]),
        reverse("demo:mail_detail", args=["inconnu"]),
        reverse("demo:mail_html", args=[key]),
        reverse("demo:mail_attachment", args=[key, 2]),
    ]
    assert [client.get(path).status_code for path in paths] == [404] * 4


def test_mailbox_does_not_exist_outside_the_demonstration(client, db, demo, settings):
    key = send()
    settings.DEMO = False

    paths = [
        reverse("demo:mail_list"),
        reverse("demo:mail_detail", args=[key]),
        reverse("demo:mail_html", args=[key]),
        reverse("demo:mail_attachment", args=[key, 1]),
    ]
    assert [client.get(path).status_code for path in paths] == [404] * 4
