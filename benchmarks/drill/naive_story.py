"""The yardstick under the same storm: all mails queued at once as Celery tasks, kills and restarts."""

import time
from collections import Counter

import redis
from django.conf import settings

from vitre_civique.notifications.rendering import message_id

from .naive import write_to
from .reckoning import Reckoning
from .story import Story

QUIET_SECONDS = 8  # longer than a retry waits


class NaiveStory(Story):
    def play(self) -> None:
        self.owed = [(person, label) for person in self.people for label in sorted(person.owed)]
        for person, label in self.owed:
            write_to.delay(person.user.pk, f"{person.user.pk}:{label}")
        self.last_count, self.last_change = -1, time.monotonic()
        self.storm()

    def can_leave(self) -> bool:
        """Until the broker's queue is empty and nothing has arrived for a while."""
        try:
            if redis.Redis.from_url(settings.REDIS_URL).llen("celery"):
                return True
        except redis.RedisError:
            return True
        count = len(self.crew.account())
        if count != self.last_count:
            self.last_count, self.last_change = count, time.monotonic()
        return time.monotonic() - self.last_change < QUIET_SECONDS

    def note_victims(self, fault) -> None:
        """Nothing says what a broker held when it died."""


def reckon(story, account) -> Reckoning:
    accepted = [mail for mail in account if mail["what"] == "accepted"]
    arrived = Counter(mail["id"] for mail in accepted)
    times = Counter(mail["fault"] for mail in account if mail["what"] == "fault")
    owed = {message_id(f"{person.user.pk}:{label}") for person, label in story.owed}
    return Reckoning(
        owed=len(owed), accepted=len(accepted), lost=owed - set(arrived),
        doubled={key for key, count in arrived.items() if count > 1}, in_doubt=set(), not_due=[], at_night=[],
        other_ids=[], stuck=0, age_seconds=0, states={},
        faults={fault: (count, "", "", "") for fault, count in [*story.injected.items(), *times.items()]},
    )  # fmt: skip
