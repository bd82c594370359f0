"""The yardstick: one Celery task a mail with default acknowledgement, as most projects write it.

It is given the same mails, retries on errors of SMTP and of the database, and is queued once: no second beat.
"""

from smtplib import SMTPException

from celery import shared_task
from django.core.mail import EmailMessage
from django.db import DatabaseError

from vitre_civique.accounts.models import User
from vitre_civique.notifications.rendering import message_id

TEXT = "Votre heure du mois : la liste des missions vous attend.\n" * 20


@shared_task(
    acks_late=False,
    reject_on_worker_lost=False,
    autoretry_for=(SMTPException, OSError, DatabaseError),
    default_retry_delay=1,
    max_retries=5,
)
def write_to(user_pk: int, key: str) -> None:
    user = User.objects.get(pk=user_pk)
    EmailMessage("Votre heure du mois", TEXT, to=[user.email], headers={"Message-ID": message_id(key)}).send()
