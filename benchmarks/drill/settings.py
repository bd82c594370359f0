"""The town's settings, with a clockwork that ticks in seconds: a drill must not last a day."""

from datetime import timedelta

from vitre_civique.settings import *  # noqa: F403

EMAIL_TIMEOUT = 1.0  # seconds; the sink stalls for longer
_every = {
    "vitre_civique.notifications.tasks.beat": 1,
    "vitre_civique.notifications.tasks.deliver": 0.5,
    "vitre_civique.notifications.tasks.sweep_leases": 1,
    "missions.tasks.queue_monthly_reminders": 2,
    "missions.tasks.queue_alerts": 2,
    "missions.tasks.queue_slot_reminders": 5,
    "missions.tasks.queue_how_did_it_go": 5,
}
CELERY_BEAT_SCHEDULE = {
    task: {"task": task, "schedule": timedelta(seconds=seconds), "options": {"expires": 5}}
    for task, seconds in _every.items()
}
CELERY_BEAT_MAX_LOOP_INTERVAL = 0.5
