"""The web server's front over a small application, and requests to it without a network."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

from config.front.app import Front, Limits, Memories
from config.front.asking import Asked
from config.front.bodies import Memory
from config.front.doors import Door
from config.front.keys import Keys

Told = dict[str, Any]
Result = TypeVar("Result")
LIMITS = Limits(
    body_bytes=100,
    keyless_bytes=60,
    body_seconds=0.2,
    upload_pace=1000,
    behind_proxy=False,
    ingest_prefixes=("/1/",),
    signed_prefix="/1/signed/",
    ingest_headers={"X-Shared": "1"},
)


def echo(environ: Told, start: Callable[..., object]) -> list[bytes]:
    """Answers with what it was given: the request's headers and body."""
    body = environ["wsgi.input"].read()
    given = "\n".join(f"{name}={environ[name]}" for name in sorted(environ) if name.isupper())
    start("200 OK", [("X-Length", str(len(body)))])
    return [given.encode(), b"\n\n", body]


def key_of(asked: Asked) -> str | None:
    return asked.header(b"x-api-key").decode() or None


def ran(work: Coroutine[Any, Any, Result]) -> Result:
    """In a thread of its own: the one of the tests may have a browser's loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def front(
    application: Callable[..., Any],
    *,
    memory: int = 1000,
    waiting: int = 10,
    threads: int = 2,
    of_address: int = 1000,
    is_good: Callable[[Asked, str], bool] = lambda _, key: key.startswith("good"),
) -> Front:
    return Front(
        application=application,
        pages=Door("pages", threads, waiting, of_address),
        ingest=Door("ingest", threads, waiting, most_of_one=2, of="key"),
        keyless=Door("keyless", threads, waiting, of_address),
        uploads=Door("uploads", 1, waiting),
        keys=Keys(key_of, is_good, Door("keys", 1, waiting, of_address)),
        memories=memories(memory, of_address),
        limits=LIMITS,
    )


def memories(most: int, of_address: int) -> Memories:
    pages, keyless = (Memory(most, of_address, "address") for _ in range(2))
    return Memories(pages, keyless, Memory(most, most // 2, "key"))


def scope(
    path: str = "/",
    method: str = "POST",
    headers: tuple[tuple[bytes, bytes], ...] = (),
    address: str = "192.0.2.1",
) -> Told:
    return {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"a=1",
        "headers": [(b"host", b"belfry"), *headers], "client": (address, 1), "server": ("192.0.2.2", 80),
        "scheme": "http", "http_version": "1.1",
    }  # fmt: skip


async def asked(
    made: Front, given: Told, *pieces: bytes, ends: bool = True, leaves: asyncio.Event | None = None
) -> list[Told]:
    """The messages it answers to a body of these pieces; without `ends` the client falls silent, until he `leaves`."""
    waiting: asyncio.Queue[Told] = asyncio.Queue()
    for number, piece in enumerate(pieces, 1):
        waiting.put_nowait({"type": "http.request", "body": piece, "more_body": not ends or number < len(pieces)})
    sent: list[Told] = []

    async def send(told: Told) -> None:
        sent.append(told)

    async def receive() -> Told:
        if leaves and waiting.empty():
            await leaves.wait()
            return {"type": "http.disconnect"}
        return await waiting.get()

    await made(given, receive, send)
    return sent


def answered(sent: list[Told]) -> tuple[int, bytes]:
    return sent[0]["status"], b"".join(each.get("body", b"") for each in sent[1:])


def keyed(key: bytes, path: str = "/1/upload") -> Told:
    return scope(path, headers=((b"x-api-key", key),))


async def while_stalled(made: Front, stalled: list[tuple[Told, int]], given: Told, body: bytes) -> int:
    """The status of a request while others have sent so many bytes and fall silent."""
    made, leaves = replace(made, limits=replace(made.limits, body_seconds=60)), asyncio.Event()
    silent = [asyncio.create_task(asked(made, each, b"x" * size, ends=False, leaves=leaves)) for each, size in stalled]
    for _ in range(100):
        await asyncio.sleep(0)
    status, _ = answered(await asked(made, given, body))
    leaves.set()
    await asyncio.gather(*silent)
    return status
