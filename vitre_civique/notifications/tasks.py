"""Alarm clocks of the outbox. Each is safe to run twice, late, or at once on two machines."""

import time

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from . import bounces, delivery, health, leases, upkeep
from .outbox import wake_delivery

DELIVER_FOR_SECONDS = 50


@shared_task
def deliver():
    """Batch after batch, until nothing is due or the relay is away; a long queue wakes the next run."""
    until = time.monotonic() + DELIVER_FOR_SECONDS
    while time.monotonic() < until:
        counts = delivery.deliver_batch(now=timezone.now())
        if not counts or counts["relay_away"]:
            return
    wake_delivery()


@shared_task
def sweep_leases():
    now = timezone.now()
    leases.sweep_expired(now=now)
    leases.drop_expired(now=now)
    delivery.settle_uncertain(now=now)


@shared_task
def purge():
    upkeep.purge(now=timezone.now())


@shared_task
def read_bounces():
    if settings.BOUNCE_MAILBOX:
        bounces.read_mailbox(settings.BOUNCE_MAILBOX, now=timezone.now())


@shared_task
def beat():
    health.beat(now=timezone.now())
