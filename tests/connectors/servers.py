"""A real local server that records what it is sent and answers as told: the provider of the connectors' tests."""

import asyncio
import gzip
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import orjson
from aiohttp import web

Play = Callable[[web.Request], Coroutine[Any, Any, web.StreamResponse]]


@dataclass(frozen=True)
class Request:
    """One request as it came in; `body` is unzipped, `size` is that of the unzipped body."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def ids(self) -> list[str]:
        return [item["messageId"] for item in self.json["batch"]]


def says(status: int, text: str = '{"success":true}', **headers: str) -> Play:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(
            status=status, text=text, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    return answer


def ids_of_segment(sent: Any) -> list[str]:
    return [item["messageId"] for item in sent["batch"]]


def refuses_if(
    is_bad: Callable[[list[str]], bool], status: int, ids_of: Callable[[Any], list[str]] = ids_of_segment
) -> Play:
    """Answers `status` to a request whose message ids are bad, 200 to any other."""

    async def answer(request: web.Request) -> web.StreamResponse:
        bad = is_bad(ids_of(orjson.loads(await request.read())))
        return web.Response(status=status if bad else 200, text="bad" if bad else "ok")

    return answer


async def resets(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def hangs(request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    return web.Response()


async def starts_and_hangs(request: web.Request) -> web.StreamResponse:
    """Status and half a body, then nothing more."""
    response = web.StreamResponse(status=200, headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b"half")
    return await hangs(request)


async def never_stops(request: web.Request) -> web.StreamResponse:
    """A body without end."""
    response = web.StreamResponse(status=200)
    await response.prepare(request)
    while True:
        await response.write(b"x" * 65_536)


@dataclass
class Server:
    """`answers` are played one after the other, then `default` for ever."""

    default: Play = field(default_factory=lambda: says(200))
    answers: deque[Play] = field(default_factory=deque)
    requests: list[Request] = field(default_factory=list)
    url: str = ""
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def __enter__(self) -> Self:
        started = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.serve(started)))
        self.thread.start()
        assert started.wait(10)
        return self

    def __exit__(self, *exc: object) -> None:
        self.loop.call_soon_threadsafe(self.stopped.set)
        self.thread.join(10)

    def reached(self, count: int) -> bool:
        """Waits until so many requests have come in."""
        return all(self.arrived.acquire(timeout=10) for _ in range(count))

    async def serve(self, started: threading.Event) -> None:
        self.loop, self.stopped = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=10**8)
        app.router.add_route("*", "/{path:.*}", self.play)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        started.set()
        await self.stopped.wait()
        await runner.cleanup()

    async def play(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()  # aiohttp has unzipped it
        body = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
        self.requests.append(Request(request.path_qs, dict(request.headers), body, request.method))
        self.arrived.release()
        act = self.answers.popleft() if self.answers else self.default
        return await act(request)
