"""Asking the relay, by Message-ID, whether it took a mail when we cannot know: RelayProbe and its makers."""

import mailbox
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
    """Postfix writes « cleanup[…]: QUEUEID: message-id=<…> » for each mail it has taken into its queue."""

    def __init__(self, path):
        self.path = Path(path)

    def was_accepted(self, message_id: str) -> bool | None:
        wanted = f"message-id={message_id}"
        try:
            with self.path.open(encoding="utf-8", errors="replace") as log:
                return any(wanted in line for line in log)
        except OSError:
            return None


PROBES = {
    "maildir": "vitre_civique.notifications.probes.MaildirProbe",
    "postfix": "vitre_civique.notifications.probes.PostfixLogProbe",
}


def configured() -> RelayProbe:
    """MAIL_PROBE is « maildir:/path », « postfix:/var/log/mail.log » or empty."""
    name, _, path = settings.MAIL_PROBE.partition(":")
    return import_string(PROBES[name])(path) if name else NoProbe()
