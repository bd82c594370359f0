"""Losing a real Valkey: the cache and the pages carry on, and find it again."""

import logging
import time

import pytest
from django.core.cache import caches
from django.urls import reverse

from vitre_civique.demo.valkey import EmbeddedValkey
from vitre_civique.lib import cache as cache_module
from vitre_civique.lib.cache import ForgivingRedisCache


@pytest.fixture
def valkey(tmp_path):
    server = EmbeddedValkey(tmp_path / "valkey")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def cache(valkey):
    options = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
    cache = ForgivingRedisCache(valkey.url, {"OPTIONS": options})
    yield cache
    cache_module.outages.clear()


@pytest.fixture
def at_once(monkeypatch):
    """Ask Redis again without waiting."""
    monkeypatch.setattr(cache_module, "RETRY_REDIS_AFTER_SECONDS", 0)


def test_default_cache_is_the_forgiving_one():
    assert type(caches["default"]) is ForgivingRedisCache


def test_every_operation_works_with_and_without_redis(cache, valkey):
    for stop in (lambda: None, valkey.stop):
        stop()
        cache.clear()
        assert cache.add("a", 1, 60) is True
        assert cache.add("a", 2, 60) is False
        assert cache.incr("a") == 2
        cache.set("b", {"é": [1]}, 60)
        cache.set_many({"c": 3}, 60)
        assert cache.get_many(["a", "b", "c", "d"]) == {"a": 2, "b": {"é": [1]}, "c": 3}
        assert cache.has_key("b") is True
        assert cache.touch("b", 60) is True
        assert cache.delete("b") is True
        cache.delete_many(["a"])
        assert [cache.get("a", "absent"), cache.get("c")] == ["absent", 3]
        with pytest.raises(ValueError, match="not found"):
            cache.incr("nothing")


def test_restarted_redis_is_no_outage(cache, valkey, caplog):
    cache.set("a", 1)
    valkey.stop()
    valkey.start()

    assert cache.get("a") is None
    assert caplog.messages == []


def test_redis_is_used_again_after_an_outage_and_memory_is_forgotten(cache, valkey, at_once, caplog):
    valkey.stop()
    cache.set("a", "from memory")
    assert cache.get("a") == "from memory"
    valkey.start()
    assert cache.get("a") is None
    cache.set("a", "from redis")
    valkey.stop()

    assert cache.get("a") is None
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 3


def test_outage_is_logged_once_a_minute_and_costs_one_attempt(cache, valkey, caplog):
    valkey.stop()
    began = time.perf_counter()
    for _ in range(1000):
        cache.get("a")

    assert len(caplog.messages) == 1
    assert time.perf_counter() - began < 1


def test_page_answers_without_redis(client, db, settings, valkey):
    settings.CACHES = {
        "default": {"BACKEND": "vitre_civique.lib.cache.ForgivingRedisCache", "LOCATION": valkey.url}
    }
    valkey.stop()

    assert client.get(reverse("alive")).status_code == 200
    assert client.get(reverse("account_login")).status_code == 200
