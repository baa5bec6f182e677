"""The web server's front over a small application: what it hands on, what it streams, what it never waits for."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

from config.front.app import Front, Limits
from config.front.bodies import Memory
from config.front.doors import Door

Told = dict[str, Any]
LIMITS = Limits(body_bytes=100, body_seconds=0.2, ingest_prefixes=("/1/",), ingest_headers={"X-Shared": "1"})


class Pieces:
    """A streaming answer, as Django's file responses are."""

    streaming = True

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces = pieces
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        return self.pieces

    def close(self) -> None:
        self.closed.set()


def echo(environ: Told, start: Callable[..., object]) -> list[bytes]:
    """Answers with what it was given: the request's headers and body."""
    body = environ["wsgi.input"].read()
    given = "\n".join(f"{name}={environ[name]}" for name in sorted(environ) if name.isupper())
    start("200 OK", [("X-Length", str(len(body)))])
    return [given.encode(), b"\n\n", body]


def front(application: Callable[..., Any], *, memory: int = 1000, waiting: int = 10, threads: int = 2) -> Front:
    return Front(
        application,
        pages=Door("pages", threads, waiting),
        ingest=Door("ingest", threads, waiting, most_of_one=2),
        uploads=Door("uploads", 1, waiting),
        memory=Memory(memory),
        limits=LIMITS,
    )


def scope(path: str = "/", method: str = "POST", headers: tuple[tuple[bytes, bytes], ...] = ()) -> Told:
    return {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"a=1",
        "headers": [(b"host", b"belfry"), *headers], "client": ("192.0.2.1", 1), "server": ("192.0.2.2", 80),
        "scheme": "http", "http_version": "1.1",
    }  # fmt: skip


async def asked(made: Front, given: Told, *pieces: bytes, ends: bool = True) -> list[Told]:
    """The messages it answers to a body of these pieces; without `ends` the client falls silent."""
    waiting: asyncio.Queue[Told] = asyncio.Queue()
    for number, piece in enumerate(pieces, 1):
        waiting.put_nowait({"type": "http.request", "body": piece, "more_body": not ends or number < len(pieces)})
    sent: list[Told] = []

    async def send(told: Told) -> None:
        sent.append(told)

    await made(given, waiting.get, send)
    return sent


def answered(sent: list[Told]) -> tuple[int, bytes]:
    return sent[0]["status"], b"".join(each.get("body", b"") for each in sent[1:])


def test_a_request_is_handed_on_as_it_came():
    headers = (
        (b"x-forwarded-for", b"203.0.113.9"), (b"x-forwarded-for", b"198.51.100.1"), (b"cookie", b"a=1"),
        (b"cookie", b"b=2"), (b"x_forwarded_for", b"evil"), (b"transfer-encoding", b"chunked"),
    )  # fmt: skip

    status, body = answered(asyncio.run(asked(front(echo), scope("/caf%C3%A9", headers=headers), b"so", b"me")))

    lines = body.decode().split("\n")
    assert (status, lines[-1]) == (200, "some")
    assert {"HTTP_X_FORWARDED_FOR=203.0.113.9,198.51.100.1", "HTTP_COOKIE=a=1; b=2", "CONTENT_LENGTH=4"} <= set(lines)
    assert {"PATH_INFO=/cafÃ©", "QUERY_STRING=a=1", "REMOTE_ADDR=192.0.2.1", "HTTP_HOST=belfry"} <= set(lines)
    assert "HTTP_TRANSFER_ENCODING=chunked" not in lines


def test_a_streamed_answer_comes_piece_by_piece_and_is_closed():
    streamed = Pieces(iter([b"one", b"two"]))

    def application(environ: Told, start: Callable[..., object]) -> Pieces:
        start("200 OK", [("Content-Type", "text/csv")])
        return streamed

    sent = asyncio.run(asked(front(application), scope(), b""))

    assert [each.get("body") for each in sent[1:]] == [b"one", b"two", b""]
    assert [each.get("more_body", False) for each in sent[1:]] == [True, True, False]
    assert streamed.closed.is_set()


def test_a_client_that_takes_its_time_keeps_no_thread():
    """One thread; while one answer's client takes nothing, another request is answered by it."""
    streamed = Pieces(iter([b"one", b"two"]))

    def application(environ: Told, start: Callable[..., object]) -> object:
        start("200 OK", [])
        return streamed if environ["PATH_INFO"] == "/slow" else [b"quick"]

    async def both() -> tuple[int, bytes]:
        made, go_on = front(application, threads=1), asyncio.Event()

        async def receive() -> Told:
            return {"type": "http.request", "body": b""}

        async def send(told: Told) -> None:
            if told.get("body"):
                await go_on.wait()

        slow = asyncio.create_task(made(scope("/slow"), receive, send))
        quick = answered(await asked(made, scope("/quick"), b""))
        go_on.set()
        await slow
        return quick

    assert asyncio.run(both()) == (200, b"quick")
    assert streamed.closed.is_set()


def test_a_silent_client_is_told_it_took_too_long_and_its_memory_is_given_back():
    made = front(echo)

    status, body = answered(asyncio.run(asked(made, scope("/1/upload"), b"12345", ends=False)))

    assert (status, b'"code": "request_timeout"' in body, made.memory.held) == (408, True, 0)


def test_a_client_that_leaves_gets_nothing_and_its_memory_is_given_back():
    made = front(echo)

    async def leave() -> list[Told]:
        sent: list[Told] = []
        told: Iterator[Told] = iter(
            [{"type": "http.request", "body": b"12345", "more_body": True}, {"type": "http.disconnect"}]
        )

        async def receive() -> Told:
            return next(told)

        async def send(each: Told) -> None:
            sent.append(each)

        await made(scope(), receive, send)
        return sent

    assert (asyncio.run(leave()), made.memory.held) == ([], 0)


def test_bodies_that_do_not_fit_together_are_told_to_come_back():
    made = front(echo, memory=50)

    status, _ = answered(asyncio.run(asked(made, scope("/1/upload"), b"x" * 60)))

    assert (status, made.memory.held) == (503, 0)
    assert answered(asyncio.run(asked(made, scope("/1/upload"), b"x" * 40)))[0] == 200


def test_a_refusal_has_the_shape_of_its_door():
    made = front(echo, waiting=0)

    page, ingest = (asyncio.run(asked(made, scope(path), b"")) for path in ("/people/", "/1/upload"))

    assert dict(page[0]["headers"])[b"Content-Type"] == b"text/plain; charset=utf-8"
    assert dict(ingest[0]["headers"]).items() >= {
        b"Content-Type": b"application/json", b"Retry-After": b"1", b"X-Shared": b"1",
    }.items()  # fmt: skip
    assert (page[0]["status"], ingest[0]["status"]) == (503, 503)


def test_an_application_that_fails_is_a_500_and_not_the_end():
    def application(environ: Told, start: Callable[..., object]) -> list[bytes]:
        raise ZeroDivisionError

    made = front(application)

    assert [answered(asyncio.run(asked(made, scope(path), b"")))[0] for path in ("/", "/1/upload")] == [500, 500]


def test_a_file_larger_than_a_body_may_be_is_read_while_it_comes():
    form = (b"content-type", b"multipart/form-data; boundary=x"), (b"content-length", b"300")

    def application(environ: Told, start: Callable[..., object]) -> list[bytes]:
        start("200 OK", [])
        return [b"".join(iter(lambda: environ["wsgi.input"].read(64), b""))]

    sent = asyncio.run(asked(front(application), scope(headers=form), b"a" * 100, b"b" * 100, b"c" * 100))

    assert answered(sent) == (200, b"a" * 100 + b"b" * 100 + b"c" * 100)
    assert answered(asyncio.run(asked(front(application), scope("/1/upload", headers=form), b"")))[0] == 413
