"""The Celery application. Tasks live in each app’s tasks.py; when they run is CELERY_BEAT_SCHEDULE."""

import logging
import os

from celery import Celery
from celery.contrib.django.task import DjangoTask
from django.db import transaction
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vitre_civique.settings")

logger = logging.getLogger(__name__)


class AlarmClock(DjangoTask):
    """A task that somebody may wake at once. Without a broker it sleeps on: the next sweep does the work."""

    def delay_on_commit(self, *args, **kwargs) -> None:
        def wake():
            try:
                self.delay(*args, **kwargs)
            except (OperationalError, OSError) as error:
                logger.warning(
                    "Broker away (%s): %s waits for its next sweep.", type(error).__name__, self.name
                )

        transaction.on_commit(wake)


app = Celery("vitre_civique", task_cls=AlarmClock)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
