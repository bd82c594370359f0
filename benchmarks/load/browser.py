"""A browser without a screen: HTTP/1.1 over a kept-open connection, a cookie, one address behind the proxy.

It says what compose's nginx says to gunicorn: Host, X-Forwarded-For, X-Forwarded-Proto.
"""

import asyncio
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

# Shorter than the server keeps a silent connection open: a request is never sent on one that closes.
IDLE_SECONDS = 3.0
ANSWER_SECONDS = 60.0
CSRF = "c" * 32


@dataclass(frozen=True)
class Answer:
    status: int  # 0: the line broke or nothing came in time
    seconds: float
    headers: dict = field(default_factory=dict)
    body: bytes = b""

    @property
    def location(self) -> str:
        return self.headers.get("location", "")


class Browser:
    def __init__(self, port: int, *, address: str, cookie: str = "", csrf_cookie: str = "__Host-csrf"):
        self.port, self.address = port, address
        self.cookie = "; ".join(filter(None, [cookie, f"{csrf_cookie}={CSRF}"]))
        self.reader = self.writer = None
        self.used_at = 0.0

    async def get(self, path: str) -> Answer:
        """Asked again, as browsers and nginx do, when a kept-open line turns out to be closed."""
        is_old = self.writer is not None
        answer = await self._ask(self._head("GET", path) + b"\r\n")
        if is_old and answer.status == 0 and answer.seconds < 1:
            return await self._ask(self._head("GET", path) + b"\r\n")
        return answer

    async def post(self, path: str, **fields) -> Answer:
        body = urlencode({"csrfmiddlewaretoken": CSRF, **fields}).encode()
        head = (
            self._head("POST", path)
            + (
                f"Origin: https://localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            ).encode()
        )
        return await self._ask(head + body)

    def _head(self, verb, path) -> bytes:
        return (
            f"{verb} {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {self.cookie}\r\n"
            f"X-Forwarded-For: {self.address}\r\nX-Forwarded-Proto: https\r\n"
        ).encode()

    async def _ask(self, request: bytes) -> Answer:
        started = time.monotonic()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._be_connected()
                self.writer.write(request)
                await self.writer.drain()
                status, headers, body = await self._read()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
            self.close()
            return Answer(0, time.monotonic() - started)
        self.used_at = time.monotonic()
        if headers.get("connection") == "close":
            self.close()
        return Answer(status, self.used_at - started, headers, body)

    async def _be_connected(self):
        if self.writer is not None and (
            time.monotonic() - self.used_at > IDLE_SECONDS or self.reader.at_eof()  # a process was renewed
        ):
            self.close()
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def _read(self):
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split(" ")[1])
        lines = (line.partition(": ") for line in head[1:] if line)
        headers = {name.lower(): value for name, _, value in lines}
        if headers.get("transfer-encoding") == "chunked":
            return status, headers, await self._read_chunks()
        return status, headers, await self.reader.readexactly(int(headers.get("content-length", 0)))

    async def _read_chunks(self) -> bytes:
        parts = []
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            parts.append(await self.reader.readexactly(size))
            await self.reader.readexactly(2)
        await self.reader.readexactly(2)
        return b"".join(parts)

    def close(self):
        if self.writer is not None:
            self.writer.transport.abort()
        self.reader = self.writer = None
