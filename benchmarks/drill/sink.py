"""A relay that misbehaves by seed, in a process of its own: `python -m benchmarks.drill.sink`.

It takes port, folder, seed, rate of faults, and the seconds it thinks before answering a mail. It writes a
log in Postfix's words, which the production probe reads, and `account.jsonl`: each mail it took (`accepted`)
and each fault it played (`fault`), with Message-ID, recipient and the drill's time.
"""

import asyncio
import json
import os
import random
import re
import sys
from collections import Counter
from pathlib import Path

from .clock import VARIABLE, Clock

# Share of tries at full rate; the ones after « end of DATA » leave the sender in doubt.
FAULTS = {
    "hangs up before DATA": 0.010,
    "answers 451 to the recipient": 0.020,
    "answers 451 after DATA": 0.010,
    "hangs up after taking DATA": 0.010,
    "takes half of DATA, hangs up": 0.010,
    "stalls, then takes it": 0.003,
    "stalls, then does not": 0.003,
}
BEFORE_DATA = {"hangs up before DATA", "answers 451 to the recipient"}
# Whose mail it took while the sender could not know.
TAKEN_IN_DOUBT = {"hangs up after taking DATA", "stalls, then takes it"}
NO_SUCH_ADDRESS, UNWANTED = "inconnu-", "indesirable-"
STALL_SECONDS = 1.6
# A file that stands beside the account as long as somebody is on the line.
BUSY_SIGN = "busy"
MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)


class Sink:
    def __init__(self, folder: Path, seed: str, rate: float, pause: float, clock: Clock):
        self.seed, self.rate, self.pause, self.clock = seed, rate, pause, clock
        self.lines, self.busy_sign = 0, folder / BUSY_SIGN
        self.tries = Counter()
        self.queue_ids = 0
        self.log = (folder / "mail.log").open("a", buffering=1)
        self.account = (folder / "account.jsonl").open("a", buffering=1)

    def fault_for(self, recipient: str) -> str:
        """What happens to this try: it depends on seed, recipient and rank alone, not on who comes first."""
        self.tries[recipient] += 1
        drawn = random.Random(f"{self.seed} {recipient} {self.tries[recipient]}").random()  # noqa: S311
        for fault, share in FAULTS.items():
            drawn -= share * self.rate
            if drawn < 0:
                return fault
        return ""

    def note(self, what: str, recipient: str, message_id: str = "", fault: str = "") -> None:
        at = self.clock.now().isoformat()
        self.account.write(
            json.dumps({"what": what, "to": recipient, "id": message_id, "fault": fault, "at": at}) + "\n"
        )

    async def converse(self, reader, writer) -> None:
        self.lines += 1
        self.busy_sign.touch()
        try:
            await Conversation(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()
            self.lines -= 1
            if not self.lines:
                self.busy_sign.unlink(missing_ok=True)


class HangUp(ConnectionError):
    """The line is cut on purpose."""


class Conversation:
    def __init__(self, sink, reader, writer):
        self.sink, self.reader, self.writer = sink, reader, writer
        self.recipient = self.fault = ""

    async def say(self, words: str) -> None:
        self.writer.write(words.encode() + b"\r\n")
        await self.writer.drain()

    async def run(self) -> None:
        await self.say("220 puits.exemple.fr ESMTP")
        while line := await self.reader.readline():
            verb = line.split(b":")[0].split(b" ")[0].strip().upper()
            if verb == b"QUIT":
                await self.say("221 2.0.0 Bye")
                return
            if verb == b"RCPT":
                await self.take_recipient(line)
            elif verb == b"DATA":
                await self.say("354 End data with <CR><LF>.<CR><LF>")
                await self.take_data(await self.reader.readuntil(b"\r\n.\r\n"))
            else:
                await self.say("250 2.0.0 Ok")

    async def take_recipient(self, line: bytes) -> None:
        self.recipient = line.split(b"<")[1].split(b">")[0].decode()
        if self.recipient.startswith(NO_SUCH_ADDRESS):
            self.sink.note("refused", self.recipient)
            await self.say("550 5.1.1 User unknown")
            return
        self.fault = self.sink.fault_for(self.recipient)
        if self.fault in BEFORE_DATA:
            self.sink.note("fault", self.recipient, fault=self.fault)
        if self.fault == "hangs up before DATA":
            raise HangUp
        greylists = self.fault == "answers 451 to the recipient"
        await self.say("451 4.7.1 Greylisted" if greylists else "250 2.1.5 Ok")

    async def take_data(self, content: bytes) -> None:
        message_id = MESSAGE_ID.search(content)[1].decode()
        self.sink.queue_ids += 1
        queue_id = f"{self.sink.queue_ids:010X}"
        self.sink.log.write(f"puits postfix/cleanup[7]: {queue_id}: message-id={message_id}\n")
        if self.recipient.startswith(UNWANTED):
            self.sink.note("refused", self.recipient, message_id)
            await self.say("554 5.7.1 Unwanted content")
            return
        if self.fault:
            self.sink.note("fault", self.recipient, message_id, self.fault)
        await asyncio.sleep(self.sink.pause)
        if self.fault.startswith("stalls"):
            await asyncio.sleep(STALL_SECONDS)
        if self.fault in ("takes half of DATA, hangs up", "stalls, then does not"):
            raise HangUp
        if self.fault == "answers 451 after DATA":
            await self.say("451 4.3.0 Try again later")
            return
        self.sink.log.write(
            f"puits postfix/qmgr[8]: {queue_id}: from=<a>, size={len(content)}, nrcpt=1 (queue active)\n"
        )
        self.sink.note("accepted", self.recipient, message_id, self.fault)
        if self.fault == "hangs up after taking DATA":
            raise HangUp
        await self.say(f"250 2.0.0 Ok: queued as {queue_id}")


async def serve(port: int, sink: Sink) -> None:
    server = await asyncio.start_server(sink.converse, "127.0.0.1", port, limit=2**22)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    port, folder, seed, rate, pause = sys.argv[1:]
    clock = Clock(Path(os.environ[VARIABLE]))
    asyncio.run(serve(int(port), Sink(Path(folder), seed, float(rate), float(pause), clock)))
