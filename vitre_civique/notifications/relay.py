"""One SMTP connection, kept open for a batch, that says at which step a mail failed.

Django's backend folds every failure into one; here « refused », « later » and « nobody knows » differ.
"""

import re
import smtplib
import ssl
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from django.conf import settings

LINE_WITH_DOT = re.compile(rb"^\.", re.MULTILINE)
CODES_OF_NO_SUCH_ADDRESS = {550, 551, 553}
# Enhanced codes that blame something else than the address: mailbox full, content, policy, reputation.
OTHER_BLAMES = ("5.2.", "5.3.", "5.4.", "5.6.", "5.7.")


class Result(StrEnum):
    ACCEPTED = "accepted"
    LATER = "later"
    REFUSED = "refused"
    NO_SUCH_ADDRESS = "no_such_address"
    UNCERTAIN = "uncertain"
    RELAY_AWAY = "relay_away"


@dataclass(frozen=True)
class Answer:
    result: Result
    words: str = ""


class RelayAway(Exception):
    """No connection: nothing left us."""


@lru_cache(maxsize=1)
def tls():
    """Reading the machine's certificates takes as long as thirty mails: once per process."""
    return ssl.create_default_context()


class Relay:
    """`with Relay() as relay: relay.send(sender, address, content)`; calls again when it was hung up on."""

    def __init__(self, *, timeout=None):
        self.timeout = timeout or settings.EMAIL_TIMEOUT
        self.smtp = None

    def __enter__(self):
        self.open()
        return self

    def __exit__(self, *exc):
        self.close()

    def open(self) -> None:
        """RelayAway when the relay cannot be reached or does not want us."""
        try:
            self.smtp = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            self.smtp = None
            raise RelayAway(type(error).__name__) from error

    def _connect(self):
        if settings.EMAIL_USE_SSL:
            smtp = smtplib.SMTP_SSL(
                settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=self.timeout, context=tls()
            )
        else:
            smtp = smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=self.timeout)
        try:
            if settings.EMAIL_USE_TLS:
                smtp.starttls(context=tls())
            if settings.EMAIL_HOST_USER:
                smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
            smtp.ehlo_or_helo_if_needed()
        except BaseException:
            smtp.close()
            raise
        return smtp

    def close(self) -> None:
        smtp, self.smtp = self.smtp, None
        if smtp is not None:
            try:
                smtp.quit()
            except (OSError, smtplib.SMTPException):
                smtp.close()

    def send(self, sender: str, address: str, content: bytes) -> Answer:
        """Hand one mail over. Only a failure after the end of DATA is uncertain."""
        try:
            answer = self._envelope(sender, address)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Answer(Result.RELAY_AWAY, type(error).__name__)
        except ValueError as error:  # what the library cannot even write, in whatever way: this mail alone
            self._drop()
            return Answer(Result.LATER, type(error).__name__)
        return answer or self._data(content)

    def _envelope(self, sender, address) -> Answer | None:
        if self.smtp is None:
            self.smtp = self._connect()
        code, words = self.smtp.mail(sender)
        if code != 250:
            # Our own address displeases: a matter for the technician, never a reason to lose a mail.
            self._reset()
            return Answer(Result.LATER, _words(code, words))
        code, words = self.smtp.rcpt(address)
        if code not in (250, 251):
            self._reset()
            return _refusal(code, words, at_recipient=True)
        code, words = self.smtp.docmd("DATA")
        if code != 354:
            self._reset()
            return _refusal(code, words)
        return None

    def _data(self, content) -> Answer:
        try:
            self.smtp.send(_dotted(content))
            code, words = self.smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Answer(Result.UNCERTAIN, type(error).__name__)
        if code == 250:
            return Answer(Result.ACCEPTED, _words(code, words))
        if code in (421, -1):
            self._drop()
        return _refusal(code, words)

    def _reset(self):
        """Ready for the next mail; a relay that has hung up is called again by the next one."""
        try:
            if self.smtp.rset()[0] != 250:
                self._drop()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _drop(self):
        smtp, self.smtp = self.smtp, None
        if smtp is not None:
            smtp.close()


def _dotted(content: bytes) -> bytes:
    """`content` has CRLF line ends; a line that begins with a dot gets a second one."""
    end = b"" if content.endswith(b"\r\n") else b"\r\n"
    return LINE_WITH_DOT.sub(b"..", content) + end + b".\r\n"


def _words(code, words) -> str:
    return f"{code} {words.decode('utf-8', 'replace') if isinstance(words, bytes) else words}"


def _refusal(code, words, *, at_recipient=False) -> Answer:
    said = _words(code, words)
    if not 500 <= code < 600:
        return Answer(Result.LATER, said)
    enhanced = said.split()[1] if len(said.split()) > 1 else ""
    if at_recipient and code in CODES_OF_NO_SUCH_ADDRESS and not enhanced.startswith(OTHER_BLAMES):
        return Answer(Result.NO_SUCH_ADDRESS, said)
    return Answer(Result.REFUSED, said)
