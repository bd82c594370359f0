"""SMTP servers that misbehave on purpose: each answer is chosen by the test, everything received is kept."""

from contextlib import contextmanager
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller

from vitre_civique.demo.children import free_port


class Misbehaving:
    """`at_rcpt`, `at_data`: SMTP answers; `hangs_up_after_data` accepts, then drops the line unanswered."""

    def __init__(self, at_rcpt="250 OK", at_data="250 OK", *, hangs_up_after_data=False):
        self.at_rcpt, self.at_data, self.hangs_up = at_rcpt, at_data, hangs_up_after_data
        self.received = []
        self.connections = 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.at_rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.at_rcpt

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.at_data.startswith("250"):
            self.received.append(message_from_bytes(envelope.content, policy=policy.default))
        if self.hangs_up:
            server.transport.abort()
        return self.at_data


@contextmanager
def running(handler, settings):
    """The handler as our relay, on a port of its own."""
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    try:
        yield handler
    finally:
        controller.stop(no_assert=True)
