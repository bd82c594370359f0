"""The services that the tests themselves stand on."""

from django.core.mail import EmailMultiAlternatives
from django.db import connection

from tests.conftest import html_of, text_of


def test_database_is_postgresql_18(db):
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        assert int(cursor.fetchone()[0]) // 10000 == 18


def test_mailbox_holds_what_smtp_delivered(mailbox):
    mail = EmailMultiAlternatives("Bonjour « Éloïse »", "Corps\n.\nfin", "a@exemple.fr", ["b@exemple.fr"])
    mail.bcc = ["c@exemple.fr"]
    mail.attach_alternative("<p>Corps</p>", "text/html")

    mail.send()

    [received] = mailbox.to("c@exemple.fr")
    assert received["Subject"] == "Bonjour « Éloïse »"
    assert received["X-Envelope-To"] == "b@exemple.fr, c@exemple.fr"
    assert received["Bcc"] is None
    assert text_of(received).splitlines() == ["Corps", ".", "fin"]
    assert html_of(received).strip() == "<p>Corps</p>"


def test_mailbox_is_empty_at_the_start_of_each_test(mailbox):
    assert len(mailbox) == 0
