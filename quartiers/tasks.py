"""Alarm clocks of the quartier side: each calls one function, and is safe to run twice, late, or at once."""

from celery import shared_task
from django.utils import timezone

from vitre_civique.notifications.outbox import wake_delivery

from . import deadlines, mandates, needs, referrals, routing
from .open311 import imports


@shared_task
def resume_overdue():
    needs.resume_overdue(now=timezone.now())


@shared_task
def route_new():
    routing.route_new()


@shared_task
def queue_alerts():
    if deadlines.queue_alerts(now=timezone.now()):
        wake_delivery()


@shared_task
def queue_digests():
    deadlines.queue_digests(now=timezone.now())


@shared_task
def queue_renewal_reminders():
    mandates.queue_renewal_reminders(now=timezone.now())


@shared_task
def purge_referrals():
    referrals.purge(now=timezone.now())


@shared_task
def forget_abandoned_imports():
    imports.forget_abandoned(now=timezone.now())
