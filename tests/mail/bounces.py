"""Mails that came back, as Postfix writes them."""

REPORT = """\
Return-Path: <>
Date: Mon, 23 Nov 2026 10:05:00 +0100 (CET)
From: MAILER-DAEMON@mail.exemple.fr (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: ne-pas-repondre@exemple.fr
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="4XyZ12.1763888700/mail.exemple.fr"
Message-Id: <20261123090500.4XyZ34@mail.exemple.fr>

This is a MIME-encapsulated message.

--4XyZ12.1763888700/mail.exemple.fr
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mail.exemple.fr.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

--4XyZ12.1763888700/mail.exemple.fr
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.exemple.fr
X-Postfix-Queue-ID: 4XyZ12
X-Postfix-Sender: rfc822; ne-pas-repondre@exemple.fr
Arrival-Date: Mon, 23 Nov 2026 10:04:58 +0100 (CET)

Final-Recipient: rfc822; {address}
Original-Recipient: rfc822;{address}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.ailleurs.exemple.fr
Diagnostic-Code: smtp; 550 {status} <{address}>: Recipient address
    rejected: User unknown in virtual mailbox table

--4XyZ12.1763888700/mail.exemple.fr
Content-Description: Undelivered Message{headers_word}
Content-Type: {original_type}

Received: from web (localhost [127.0.0.1])
\tby mail.exemple.fr (Postfix) with ESMTP id 4XyZ12
From: =?utf-8?q?Vitr=C3=A9_civique?= <ne-pas-repondre@exemple.fr>
To: {address}
Subject: Votre heure de novembre
Message-ID: {message_id}
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"

{body}--4XyZ12.1763888700/mail.exemple.fr--
"""

ANSWERING_MACHINE = """\
From: camille@exemple.fr
To: ne-pas-repondre@exemple.fr
Subject: Absente jusqu'au 30
Auto-Submitted: auto-replied
In-Reply-To: {message_id}

Je lirai votre message a mon retour.
"""


def returned(
    message_id, *, address="camille@exemple.fr", status="5.1.1", action="failed", headers_only=False
):
    """The report Postfix sends back, with the whole mail or its headers only."""
    return REPORT.format(
        address=address,
        status=status,
        action=action,
        message_id=message_id,
        headers_word=" Headers" if headers_only else "",
        original_type="text/rfc822-headers" if headers_only else "message/rfc822",
        body="" if headers_only else "Bonjour,\n\n",
    ).encode()
