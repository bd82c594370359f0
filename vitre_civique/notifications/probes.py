"""Asking the relay, by Message-ID, whether it took a mail when we cannot know: RelayProbe and its makers."""

import mailbox
import re
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class RelayProbe(Protocol):
    def was_accepted(self, message_id: str) -> bool | None:
        """True: the relay has it. False: it never did. None: the relay cannot say."""


class NoProbe:
    """Nobody to ask: the kind's policy decides."""

    def was_accepted(self, message_id: str) -> bool | None:
        return None


class MaildirProbe:
    """A sink that keeps what it accepted in a maildir: the demonstration's, the drill's."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def was_accepted(self, message_id: str) -> bool | None:
        if not self.folder.is_dir():
            return None
        header = f"Message-ID: {message_id}".encode()
        maildir = mailbox.Maildir(self.folder, create=False)
        # Newest first: what we ask about left us minutes ago.
        return any(header in maildir.get_bytes(key) for key in reversed(maildir.keys()))


class PostfixLogProbe:
    """Postfix names the mail before it has it whole (« cleanup[…]: QUEUEID: message-id=<…> »); it answers for
    it once « qmgr[…]: QUEUEID: from=<…>, size=… » is there. A sender cut off leaves the first line only.
    """

    QUEUED = re.compile(r"/qmgr\[\d+\]: (\w+): from=")
    NAMED = re.compile(r"/cleanup\[\d+\]: (\w+): message-id=(\S+)")

    def __init__(self, path):
        self.path = Path(path)

    def was_accepted(self, message_id: str) -> bool | None:
        queue_ids = set()
        try:
            for line in self._lines():
                if (named := self.NAMED.search(line)) and named[2] == message_id:
                    queue_ids.add(named[1])
                elif queue_ids and (queued := self.QUEUED.search(line)) and queued[1] in queue_ids:
                    return True
        except OSError:
            return None
        return False

    def _lines(self):
        """Yesterday’s log too: it may have been turned over between the mail and the question."""
        before = self.path.with_name(f"{self.path.name}.1")
        for path in [before, self.path] if before.exists() else [self.path]:
            with path.open(encoding="utf-8", errors="replace") as log:
                yield from log


PROBES = {
    "maildir": "vitre_civique.notifications.probes.MaildirProbe",
    "postfix": "vitre_civique.notifications.probes.PostfixLogProbe",
}


def configured() -> RelayProbe:
    """MAIL_PROBE is « maildir:/path », « postfix:/var/log/mail.log » or empty."""
    name, _, path = settings.MAIL_PROBE.partition(":")
    return import_string(PROBES[name])(path) if name else NoProbe()
