"""A real SMTP server that keeps every mail in a maildir: the relay of the demonstration and of the tests."""

import mailbox
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.controller import Controller

from .children import free_port


class KeepInMaildir:
    def __init__(self, folder: Path):
        self.maildir = mailbox.Maildir(folder, create=True)

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 (the name is aiosmtpd's)
        message = message_from_bytes(envelope.content, policy=policy.default)
        # What the envelope said, which a header may hide (blind copies).
        del message["X-Envelope-To"]
        message["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        self.maildir.add(message.as_bytes(policy=policy.SMTP))
        return "250 OK"


class MailSink:
    """`start()` returns a URL for EMAIL_URL; runs in a thread of this process and dies with it."""

    def __init__(self, folder: Path, *, port: int | None = None):
        self.folder = folder
        self.port = port
        self.controller = None

    def start(self) -> str:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        self.controller = Controller(KeepInMaildir(self.folder), hostname="127.0.0.1", port=self.port)
        self.controller.start()
        return f"smtp://127.0.0.1:{self.port}"

    def stop(self) -> None:
        if self.controller is not None:
            self.controller.stop(no_assert=True)
            self.controller = None
