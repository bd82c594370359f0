"""Alarm clock of the accounts: one function a task, safe to run twice, late, or at once."""

from celery import shared_task
from django.utils import timezone

from . import files, retention


@shared_task
def drop_unverified():
    retention.drop_unverified(now=timezone.now())


@shared_task
def prepare_files():
    while files.prepare_next(clock=timezone.now) is not None:
        pass


@shared_task
def forget_files():
    files.forget_old(now=timezone.now())
