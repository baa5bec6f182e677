"""Lets Django, a WSGI application, answer one request: runs in a thread, one call from its environ to its bytes."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BufferedIOBase, RawIOBase
from typing import Any
from urllib.parse import unquote_to_bytes

from config.front.asking import Answer, Asked

Environ = dict[str, Any]
Readable = RawIOBase | BufferedIOBase
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
WITHOUT_BODY = (204, 304)
NAMED_APART = {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"}


@dataclass(frozen=True, slots=True)
class Streamed:
    """An answer that Django gives piece by piece. `close` is to be called, in a thread, whatever happens."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    pieces: Iterator[bytes]
    close: Callable[[], None]


def environ(asked: Asked, body: Readable, length: int) -> Environ:
    """PEP 3333: texts hold bytes as Latin-1. A header with an underscore could pass for another one: it is dropped."""
    found: Environ = {
        "REQUEST_METHOD": asked.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(asked.raw_path).decode("latin-1"),
        "QUERY_STRING": asked.query.decode("latin-1"),
        "SERVER_NAME": asked.server[0],
        "SERVER_PORT": asked.server[1],
        "SERVER_PROTOCOL": f"HTTP/{asked.version}",
        "REMOTE_ADDR": asked.client,
        "CONTENT_TYPE": asked.header(b"content-type").decode("latin-1"),
        "CONTENT_LENGTH": str(length),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": asked.scheme,
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in asked.headers:
        key = f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}"
        if b"_" in name or key in NAMED_APART:
            continue
        joint = "; " if key == "HTTP_COOKIE" else ","
        text = value.decode("latin-1")
        found[key] = f"{found[key]}{joint}{text}" if key in found else text
    return found


def answered(application: Application, given: Environ) -> Answer | Streamed:
    """Django's answer; where it is whole, its bytes."""
    started: list[tuple[int, tuple[tuple[bytes, bytes], ...]]] = []

    def start(status: str, headers: list[tuple[str, str]], _: object = None) -> None:
        pairs = tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers)
        started.append((int(status.partition(" ")[0]), pairs))

    response = application(given, start)
    status, headers = started[-1]
    close: Callable[[], None] = getattr(response, "close", lambda: None)
    if getattr(response, "streaming", False):
        return Streamed(status, headers, iter(response), close)
    try:
        body = b"".join(response)
    finally:
        close()
    if status not in WITHOUT_BODY and not any(name == b"content-length" for name, _ in headers):
        headers += ((b"content-length", str(len(body)).encode()),)
    return Answer(status, headers, body)
