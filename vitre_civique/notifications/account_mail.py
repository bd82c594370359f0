"""allauth's mails through the outbox: the row is committed first, then tried at once in this process.

A page never waits for a sick relay: a short patience, then the workers take over.
"""

import logging
import uuid
from datetime import datetime, timedelta

from allauth.core import context as allauth_context
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from vitre_civique.accounts.adapter import AccountAdapter
from vitre_civique.accounts.models import User
from vitre_civique.lib.context import town_facts

from .delivery import deliver_one
from .models import Notification
from .outbox import notify, wake_delivery
from .rendering import absolute

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 2
RELAY_REST_SECONDS = 30
RELAY_IS_AWAY = "mail-relay-is-away"
CODE_LASTS = timedelta(minutes=10)
NOTICE_LASTS = timedelta(days=3)


class OutboxAccountAdapter(AccountAdapter):
    def send_mail(self, template_prefix, email, context):
        known = {
            "request": allauth_context.request,
            "email": email,
            "town": town_facts(),
            "preferences_url": absolute("notifications:preferences"),
        }
        mail = self.render_mail(template_prefix, email, {**known, **context})
        html = mail.alternatives[0].content if mail.alternatives else ""
        queue_account_mail(
            email, mail.subject, mail.body, html, has_code="code" in context, now=timezone.now()
        )


def queue_account_mail(
    email: str, subject: str, text: str, html: str, *, has_code: bool, now: datetime
) -> None:
    """Insert the rendered mail, then on commit try that very row at once. Its parts are wiped afterwards."""
    key = f"account:{uuid.uuid4()}"
    notify(
        User.objects.filter(email__iexact=email).first(),
        "account",
        key,
        now=now,
        data={"subject": subject, "text": text, "html": html},
        expires_at=now + (CODE_LASTS if has_code else NOTICE_LASTS),
        to_email=email,
    )
    transaction.on_commit(lambda: try_now(key), robust=True)


def try_now(key: str) -> None:
    """One short try, unless the relay was away a moment ago; then the workers are woken."""
    row = Notification.objects.get(dedupe_key=key)
    if not cache.get(RELAY_IS_AWAY):
        counts = deliver_one(row, now=timezone.now(), timeout=PATIENCE_SECONDS)
        if not counts["relay_away"] and not counts["uncertain"]:
            return
        cache.set(RELAY_IS_AWAY, 1, RELAY_REST_SECONDS)
    wake_delivery()
