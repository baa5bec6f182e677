"""One HTTP request as ASGI tells it, and the answers that the front gives by itself."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

Scope = Mapping[str, Any]  # as ASGI has it
Told = dict[str, Any]
Receive = Callable[[], Awaitable[Told]]
Send = Callable[[Told], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of a request before its body: its address, its headers in small letters."""

    method: str
    path: str
    raw_path: bytes
    query: bytes
    scheme: str
    version: str
    server: tuple[str, str]
    client: str
    headers: tuple[tuple[bytes, bytes], ...]

    def header(self, name: bytes) -> bytes:
        """The last of that name: the one that the nearest proxy wrote."""
        return next((value for each, value in reversed(self.headers) if each == name), b"")

    @property
    def length(self) -> int | None:
        """What the request says of its body's length; None if it does not."""
        said = self.header(b"content-length")
        return int(said) if said.isdigit() else None


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class Refused(Exception):
    """The front does not let this request through to Django."""

    def __init__(self, status: int, reason: str, retry: int | None = None) -> None:
        super().__init__(reason)
        self.status, self.reason, self.retry = status, reason, retry

    @property
    def word(self) -> str:
        return HTTPStatus(self.status).name.lower()

    def answer(self, *, is_ingest: bool, shared: Mapping[str, str]) -> Answer:
        """JSON in both dialects of the ingest API, else a line of text."""
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        if self.retry is not None:
            headers["Retry-After"] = str(self.retry)
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        if not is_ingest:
            return plain(self.status, {**headers, "Content-Type": "text/plain; charset=utf-8"}, self.reason.encode())
        told = {"status": "fail", "success": False, "error": self.reason, "code": self.word}
        body = json.dumps({**told, "message": self.reason}).encode()
        return plain(self.status, {**headers, **shared, "Content-Type": "application/json"}, body)


def asked(scope: Scope) -> Asked:
    server, client = scope.get("server") or ("localhost", "80"), scope.get("client") or ("", "")
    return Asked(
        method=scope["method"],
        path=scope["path"],
        raw_path=scope.get("raw_path") or scope["path"].encode(),
        query=scope.get("query_string", b""),
        scheme=scope.get("scheme", "http"),
        version=scope.get("http_version", "1.1"),
        server=(str(server[0]), str(server[1])),
        client=str(client[0]),
        headers=tuple((name, value) for name, value in scope["headers"]),
    )


def plain(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    given = {**headers, "Content-Length": str(len(body))}
    return Answer(status, tuple((name.encode(), value.encode()) for name, value in given.items()), body)
