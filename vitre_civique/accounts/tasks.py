"""Alarm clock of the accounts: one function a task, safe to run twice, late, or at once."""

from celery import shared_task
from django.utils import timezone

from . import retention


@shared_task
def drop_unverified():
    retention.drop_unverified(now=timezone.now())
