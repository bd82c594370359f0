"""Alarm clocks of the missions: each calls one function, and is safe to run twice, late, or at once."""

from celery import shared_task
from django.utils import timezone

from vitre_civique.lib.months import local_day
from vitre_civique.notifications.outbox import wake_delivery

from . import (
    alerts,
    attendance,
    help_offers,
    introductions,
    monthly,
    planning,
    reminders,
    requests,
    retention,
    signups,
    sleeping,
    substitutes,
    suspensions,
    waves,
)


@shared_task
def queue_monthly_reminders():
    reminders.queue_monthly_reminders(now=timezone.now())


@shared_task
def queue_alerts():
    if alerts.queue_alerts(now=timezone.now()):
        wake_delivery()


@shared_task
def queue_slot_reminders():
    reminders.queue_slot_reminders(now=timezone.now())


@shared_task
def queue_how_did_it_go():
    reminders.queue_how_did_it_go(now=timezone.now())


@shared_task
def lapse_expired():
    signups.lapse_expired(now=timezone.now())


@shared_task
def settle_silent():
    attendance.settle_silent(now=timezone.now())


@shared_task
def finish_past():
    planning.finish_past(now=timezone.now())


@shared_task
def sweep_introductions():
    introductions.sweep(now=timezone.now())


@shared_task
def forget_drafts():
    requests.forget_drafts(now=timezone.now())


@shared_task
def lift_suspensions():
    now = timezone.now()
    suspensions.lift_past(now=now, today=local_day(now))


@shared_task
def go_on_inviting():
    if waves.go_on(now=timezone.now()):
        wake_delivery()


@shared_task
def go_on_asking_substitutes():
    if substitutes.go_on(now=timezone.now()):
        wake_delivery()


@shared_task
def propose_the_month():
    if monthly.propose_when_due(now=timezone.now()):
        wake_delivery()


@shared_task
def sweep_help_offers():
    now = timezone.now()
    if help_offers.end_past(now=now):
        wake_delivery()
    help_offers.forget_ended(now=now)


@shared_task
def warn_sleeping_accounts():
    sleeping.queue_warnings(now=timezone.now())


@shared_task
def retain():
    retention.retain(now=timezone.now())
