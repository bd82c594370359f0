"""The bytes of a mail: headers, text and its HTML twin, attachments; CRLF and ASCII only (RFC 5322, 2045).

Written here because Python's `EmailMessage` parses each header it is given with a full grammar and reads each
part again for its boundary: that was half of what a reminder costs. Encodings are the standard library's.
"""

import secrets
from binascii import b2a_base64, b2a_qp
from email.header import Header
from email.message import Message
from email.utils import formataddr
from functools import lru_cache

BASE64_LINE = 57  # bytes, 76 characters


def assemble(headers: dict, text: str, html: str, attachments=()) -> bytes:
    """`headers`: {name: value}, in order; a value with a line end raises ValueError, whoever wrote it."""
    kind, body = _multipart("alternative", [_words("plain", text), _words("html", html)])
    if attachments:
        kind, body = _multipart("mixed", [_part({"Content-Type": kind}, body), *map(_attached, attachments)])
    return _part({**headers, "MIME-Version": "1.0", "Content-Type": kind}, body)


@lru_cache(maxsize=100)
def named(name: str, address: str) -> str:
    """« Vitré civique » and an address, as From shows them."""
    return formataddr((name, address), charset="utf-8")


def _part(headers, body):
    return "".join(_line(name, value) for name, value in headers.items()).encode("ascii") + b"\r\n" + body


def _line(name, value):
    """Folded only where words had to be encoded: a long address stays whole."""
    if "\n" in value or "\r" in value:
        raise ValueError(f"A line end in {name}")
    return f"{name}: {value if value.isascii() else _encoded(name, value)}\r\n"


@lru_cache(maxsize=1000)
def _encoded(name, words):
    """Kept: a thousand reminders bear one subject."""
    return Header(words, "utf-8", header_name=name).encode(linesep="\r\n")


def _multipart(subtype, parts):
    """(Content-Type, body). Nothing that we write can hold a boundary of 128 random bits."""
    boundary = f"=_{secrets.token_hex(16)}"
    line = f"--{boundary}".encode("ascii")
    body = b"".join(b"%s\r\n%s\r\n" % (line, part) for part in parts)
    return f'multipart/{subtype}; boundary="{boundary}"', body + line + b"--\r\n"


def _words(subtype, words):
    """Quoted-printable: what is plain ASCII stays readable, and no line is too long for a relay."""
    headers = {
        "Content-Type": f'text/{subtype}; charset="utf-8"',
        "Content-Transfer-Encoding": "quoted-printable",
    }
    lines = words.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").replace("\n", "\r\n")
    return _part(headers, b2a_qp(f"{lines}\r\n".encode(), istext=True))


def _attached(attachment):
    kind, _, method = attachment.content_type.partition(";method=")
    described = Message()
    described.add_header("Content-Type", kind, **({"charset": "utf-8", "method": method} if method else {}))
    described.add_header("Content-Disposition", "attachment", filename=attachment.name)
    headers = {name: str(value) for name, value in described.items()}
    content = attachment.content
    lines = [
        b2a_base64(content[n : n + BASE64_LINE], newline=False) for n in range(0, len(content), BASE64_LINE)
    ]
    return _part({**headers, "Content-Transfer-Encoding": "base64"}, b"\r\n".join(lines) + b"\r\n")
