"""A Redis cache that the site can lose: while Redis is away each process answers from its own memory.

What is kept here must therefore be safe to forget and to see twice (rate limits become per process, no more).
"""

import logging
import threading
import time

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

RETRY_REDIS_AFTER_SECONDS = 5
LOG_EVERY_SECONDS = 60


class Outage:
    """What this process knows about Redis; shared by its threads, since Django makes one cache per thread."""

    def __init__(self):
        self.lock = threading.Lock()
        self.retry_at = 0.0
        self.log_at = 0.0
        self.is_on = False

    def is_too_soon(self) -> bool:
        return self.is_on and time.monotonic() < self.retry_at

    def begin(self, error: Exception, memory: LocMemCache) -> None:
        with self.lock:
            now = time.monotonic()
            self.retry_at = now + RETRY_REDIS_AFTER_SECONDS
            if not self.is_on:
                memory.clear()  # nothing from an earlier outage comes back
                self.is_on = True
            if now >= self.log_at:
                self.log_at = now + LOG_EVERY_SECONDS
                logger.warning(
                    "Cache: Redis is away (%s), using this process's memory.", type(error).__name__
                )

    def end(self) -> None:
        if self.is_on:
            with self.lock:
                self.is_on = False
                self.log_at = 0.0
            logger.warning("Cache: Redis is back.")


outages: dict[tuple, Outage] = {}


class ForgivingRedisCache(RedisCache):
    def __init__(self, server, params):
        options = dict(params.get("OPTIONS", {}))
        # One immediate new try: a restarted Redis closed our idle connections, that is no outage.
        options.setdefault("retry", Retry(NoBackoff(), 1))
        super().__init__(server, {**params, "OPTIONS": options})
        self._memory = LocMemCache("redis-is-away", {**params, "OPTIONS": {}})
        self._outage = outages.setdefault(tuple(self._servers), Outage())

    def _forgiving(self, name, *args, **kwargs):
        if not self._outage.is_too_soon():
            try:
                answer = getattr(super(), name)(*args, **kwargs)
            except RedisError as error:
                self._outage.begin(error, self._memory)
            else:
                self._outage.end()
                return answer
        return getattr(self._memory, name)(*args, **kwargs)

    def add(self, *args, **kwargs):
        return self._forgiving("add", *args, **kwargs)

    def get(self, *args, **kwargs):
        return self._forgiving("get", *args, **kwargs)

    def set(self, *args, **kwargs):
        return self._forgiving("set", *args, **kwargs)

    def touch(self, *args, **kwargs):
        return self._forgiving("touch", *args, **kwargs)

    def delete(self, *args, **kwargs):
        return self._forgiving("delete", *args, **kwargs)

    def get_many(self, *args, **kwargs):
        return self._forgiving("get_many", *args, **kwargs)

    def has_key(self, *args, **kwargs):
        return self._forgiving("has_key", *args, **kwargs)

    def incr(self, *args, **kwargs):
        return self._forgiving("incr", *args, **kwargs)

    def set_many(self, *args, **kwargs):
        return self._forgiving("set_many", *args, **kwargs)

    def delete_many(self, *args, **kwargs):
        return self._forgiving("delete_many", *args, **kwargs)

    def clear(self):
        return self._forgiving("clear")
