"""How visitors behave: one that reads and writes like a person in a hurry, a slow one, one that floods."""

import asyncio
import random
import time

from .browser import Answer, Browser

WRITES = 0.25  # share of a signed-in person's clicks that change something
WITHDRAWS = 0.3  # of those, once there is something to withdraw


class Visitor:
    """Clicks, reads, clicks again until told to stop. Without a resident: anonymous, reads only."""

    def __init__(self, number: int, stage, town, ledger, *, resident=None, think_seconds: float):
        self.rng = random.Random(f"visitor {number}")  # noqa: S311 (repeatable)
        self.town, self.ledger, self.resident = town, ledger, resident
        self.think_seconds = think_seconds
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        self.browser = Browser(stage.port, address=address, cookie=resident.cookie if resident else "")
        self.held = []

    async def live(self, stop: asyncio.Event) -> None:
        try:
            await self.think(stop, first=True)
            while not stop.is_set():
                if self.resident and self.rng.random() < WRITES:
                    await self.write()
                else:
                    await self.read()
                await self.think(stop)
        finally:
            self.browser.close()

    async def think(self, stop, *, first=False) -> None:
        seconds = self.rng.uniform(0, 2 * self.think_seconds) if first else self._pause()
        try:
            await asyncio.wait_for(stop.wait(), seconds)
        except TimeoutError:
            return

    def _pause(self) -> float:
        return self.rng.expovariate(1 / self.think_seconds)

    async def read(self) -> None:
        pages = self.town.public_pages
        if self.resident and self.rng.random() < 0.6:
            pages = self.town.own_pages
        path = self.rng.choice(pages)
        self._note("read", path, await self.browser.get(path))

    async def write(self) -> None:
        if self.held and self.rng.random() < WITHDRAWS:
            await self.withdraw()
        else:
            await self.sign_up()

    async def sign_up(self) -> None:
        path = f"/creneaux/{self.rng.choice(self.town.slots)}/inscription/"
        check = self._note("read", path, await self.browser.get(path))
        if check.status != 200:
            return  # already signed up, or the site is away
        answer = self._note("write", path, await self.browser.post(path))
        pk = self.ledger.note_signup(self.resident.user_pk, answer)
        if pk is not None:
            self.held.append(pk)

    async def withdraw(self) -> None:
        pk = self.held.pop(self.rng.randrange(len(self.held)))
        path = f"/inscriptions/{pk}/se-desister/"
        answer = self._note("write", path, await self.browser.post(path, reason=""))
        self.ledger.note_withdrawal(pk, answer)

    def _note(self, kind, path, answer) -> Answer:
        self.ledger.note(kind, path, answer, time.monotonic())
        return answer


async def trickle(port: int, stop: asyncio.Event, *, is_body: bool) -> None:
    """Opens a line, sends a byte a second and never finishes: the head of a page, or the body of a form."""
    head = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
    if is_body:
        head = (
            b"POST /compte/connexion/ HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: https\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\n"
        )
    while not stop.is_set():
        writer = None
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head)
            while not stop.is_set() and not writer.is_closing():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(1)
        except OSError:
            await asyncio.sleep(0.2)
        finally:
            if writer is not None:
                writer.transport.abort()


LINES = 6


async def flood(port: int, count: int) -> list[int]:
    """One address opens accounts as fast as it can, on several lines; the statuses it gets."""
    browsers = [Browser(port, address="203.0.113.66") for _ in range(LINES)]
    each = [_open_accounts(browser, f"flot{n}-", count // LINES) for n, browser in enumerate(browsers)]
    return [status for statuses in await asyncio.gather(*each) for status in statuses]


async def arrive(port: int, count: int) -> list[int]:
    """Others who open an account meanwhile, each from their own address; the statuses they get."""
    browsers = [Browser(port, address=f"198.51.100.{n + 1}") for n in range(count)]
    each = [_open_accounts(browser, f"nouvelle{n}-", 1) for n, browser in enumerate(browsers)]
    return [status for statuses in await asyncio.gather(*each) for status in statuses]


async def _open_accounts(browser, name: str, count: int) -> list[int]:
    statuses = []
    for n in range(count):
        fields = {"email": f"{name}{n}@exemple.fr", "first_name": "Camille", "last_name": "Essai"}
        answer = await browser.post("/compte/inscription/", age="adult", **fields)
        statuses.append(answer.status)
    browser.close()
    return statuses
