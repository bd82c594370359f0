"""Alarm clocks of the quartier side: each calls one function, and is safe to run twice, late, or at once."""

from celery import shared_task
from django.utils import timezone

from . import referrals
from .open311 import imports


@shared_task
def purge_referrals():
    referrals.purge(now=timezone.now())


@shared_task
def forget_abandoned_imports():
    imports.forget_abandoned(now=timezone.now())
