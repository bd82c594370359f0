"""The bytes of a mail: headers, a text part and its HTML twin, attachments; CRLF and ASCII only.

Python's newer `EmailMessage` parses each header it is given with a full grammar, to fold it: half of what a
reminder cost. Headers are few and ours, so they are written here; the parts are the library's.
"""

from binascii import b2a_qp
from email.encoders import encode_base64
from email.header import Header
from email.message import Message
from email.policy import compat32
from email.utils import formataddr

POLICY = compat32.clone(linesep="\r\n")


def assemble(headers: dict, text: str, html: str, attachments=()) -> bytes:
    """`headers`: {name: value}, in order; a value with a line end raises ValueError, whoever wrote it."""
    body = _multipart("alternative", [_words("plain", text), _words("html", html)])
    if attachments:
        body = _multipart("mixed", [body, *map(_attached, attachments)])
    lines = [_line(name, value) for name, value in {**headers, "MIME-Version": "1.0"}.items()]
    return "".join(lines).encode("ascii") + body.as_bytes()


def named(name: str, address: str) -> str:
    """« Vitré civique » and an address, as From shows them."""
    return formataddr((name, address), charset="utf-8")


def _line(name, value):
    """Folded only where words had to be encoded: a long address stays whole."""
    if "\n" in value or "\r" in value:
        raise ValueError(f"A line end in {name}")
    if not value.isascii():
        value = Header(value, "utf-8", header_name=name).encode(linesep="\r\n")
    return f"{name}: {value}\r\n"


def _multipart(subtype, parts):
    whole = Message(policy=POLICY)
    whole.add_header("Content-Type", f"multipart/{subtype}")
    whole.set_payload(parts)
    return whole


def _words(subtype, words):
    """Quoted-printable: what is plain ASCII stays readable, and no line is too long for a relay."""
    part = Message(policy=POLICY)
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "quoted-printable"
    lines = words if words.endswith("\n") else f"{words}\n"
    part.set_payload(b2a_qp(lines.encode(), istext=True).decode("ascii"))
    return part


def _attached(attachment):
    part = Message(policy=POLICY)
    kind, _, method = attachment.content_type.partition(";method=")
    extra = {"charset": "utf-8", "method": method} if method else {}
    part.add_header("Content-Type", kind, **extra)
    part.add_header("Content-Disposition", "attachment", filename=attachment.name)
    part.set_payload(attachment.content)
    encode_base64(part)
    return part
