"""A mail as bytes: headers in which no value can begin another one, a text and an HTML part."""

import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.header import Header
from email.utils import quote

import idna

BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
LOCAL = re.compile(rf"{ATOM}(?:\.{ATOM})*")
LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
PLAIN_NAME = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*")
LINE = 76
MAX_MESSAGE_BYTES = 10_000_000
LONGEST_LOCAL, LONGEST_ADDRESS = 64, 254  # RFC 5321


@dataclass(frozen=True, slots=True)
class Mail:
    """`headers` besides the ones of the bodies; addresses in them are `mailbox`'s work."""

    id: str
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str


def encoded(mail: Mail) -> bytes:
    """As RFC 5322 and 2045 write it, lines ended by CR LF, nothing above seven bits."""
    boundary = f"=_{mail.id}"
    head = [f"{name}: {value}" for name, value in mail.headers]
    head += ["MIME-Version: 1.0", f'Content-Type: multipart/alternative; boundary="{boundary}"', ""]
    parts = [*part("plain", mail.text, boundary), *part("html", mail.html, boundary), f"--{boundary}--", ""]
    return "\r\n".join([*head, *parts]).encode("ascii")


def part(kind: str, text: str, boundary: str) -> Iterable[str]:
    coding, body = transfer(text)
    yield f"--{boundary}"
    yield f"Content-Type: text/{kind}; charset=utf-8"
    yield f"Content-Transfer-Encoding: {coding}"
    yield ""
    yield body


def transfer(text: str) -> tuple[str, str]:
    """Quoted-printable where a person could still read it, else base64."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").encode(errors="replace")
    if len(plain) - len(text) <= len(text) // 6:
        return "quoted-printable", binascii.b2a_qp(plain, istext=True).decode("ascii").replace("\n", "\r\n")
    whole = binascii.b2a_base64(plain.replace(b"\n", b"\r\n"), newline=False).decode("ascii")
    return "base64", "\r\n".join(whole[start : start + LINE] for start in range(0, len(whole), LINE))


def words(value: str) -> str:
    """A header's text on one line of its own, or folded by the rules: whatever it holds, it stays one header."""
    value = BREAKS.sub(" ", value).strip()
    if value.isascii() and len(value) <= LINE and "=?" not in value:
        return value
    return Header(value, "utf-8", maxlinelen=LINE).encode(linesep="\r\n")


def mailbox(name: str, address: str) -> str:
    """`Name <address>`; the address has been checked."""
    name = BREAKS.sub(" ", name).strip()
    if not name:
        return address
    if PLAIN_NAME.fullmatch(name) and "=?" not in name and len(name) <= LINE // 2:
        return f"{name} <{address}>"
    shown = f'"{quote(name)}"' if name.isascii() and "=?" not in name and len(name) <= LINE // 2 else words_of(name)
    return f"{shown} <{address}>"


def words_of(name: str) -> str:
    return Header(name, "utf-8", maxlinelen=LINE).encode(linesep="\r\n")


def checked_address(text: str) -> str:
    """The address as it goes on the wire, its domain in ASCII; "" where it is none that a server would take.

    By IDNA 2008: the one before it, Python's own, makes ss of ß, which is somebody else's domain.
    """
    local, at, domain = text.strip().rpartition("@")
    if len(domain) > LONGEST_ADDRESS:
        return ""
    try:
        domain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
    except UnicodeError:
        return ""
    labels = domain.split(".")
    whole = f"{local}@{domain}"
    if not at or len(local) > LONGEST_LOCAL or len(whole) > LONGEST_ADDRESS or len(labels) < 2:
        return ""
    if not LOCAL.fullmatch(local) or not all(LABEL.fullmatch(label) for label in labels):
        return ""
    return whole
