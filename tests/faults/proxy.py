"""Stands between a sender and a real server and breaks the first requests as told; it knows what the server took."""

import asyncio
import ssl
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import aiohttp
import orjson
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOP_BY_HOP = frozenset({"host", "content-length", "connection", "transfer-encoding", "content-encoding"})
Fault = Callable[["Proxy", web.Request, bytes], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Dialect:
    """How a provider's requests are read: the ids in a body, whether this request is one that sends messages."""

    ids: Callable[[Any], list[str]]
    sends: Callable[[web.Request], bool] = lambda request: True


@dataclass
class Proxy:
    """`fault` breaks the first `times` requests that send; `taken` counts what the server said yes to, by id. `refused`
    is the one message that a provider would not have."""

    upstream: str
    dialect: Dialect
    fault: Fault
    times: int = 2
    tls: Path | None = None
    taken: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    refused: str = ""
    url: str = ""

    def __enter__(self) -> Self:
        started = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.serve(started)))
        self.thread.start()
        assert started.wait(10)
        return self

    def __exit__(self, *exc: object) -> None:
        self.loop.call_soon_threadsafe(self.stopped.set)
        self.thread.join(10)

    async def serve(self, started: threading.Event) -> None:
        self.loop, self.stopped = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=10**8)
        app.router.add_route("*", "/{path:.*}", self.play)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=own_certificate(self.tls) if self.tls else None).start()
        self.url = f"{'https' if self.tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession() as self.session:
            started.set()
            await self.stopped.wait()
            await runner.cleanup()

    async def play(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()  # aiohttp has unzipped it
        if not self.dialect.sends(request):
            return await self.pass_on(request, body)
        self.requests += 1
        if self.requests <= self.times or self.fault in LASTING:
            return await self.fault(self, request, body)
        return await self.pass_on(request, body)

    async def pass_on(self, request: web.Request, body: bytes) -> web.Response:
        """To the server and back; what it took is noted before anybody hears of it."""
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
        url = f"{self.upstream}{request.path_qs}"
        async with self.session.request(request.method, url, data=body, headers=headers) as answer:
            text = await answer.read()
        if 200 <= answer.status < 300 and self.dialect.sends(request):
            self.taken.update(taken_of(self.dialect.ids(orjson.loads(body)), text))
        return web.Response(status=answer.status, body=text, content_type=answer.content_type)


def taken_of(ids: list[str], answer: bytes) -> list[str]:
    """All of them, or where the answer speaks of each entry, those without an error."""
    entries = orjson.loads(answer).get("Entries") if answer.startswith(b"{") else None
    if entries is None:
        return ids
    return [id for id, entry in zip(ids, entries, strict=True) if not entry.get("ErrorCode")]


# The faults


async def takes_it_and_says_nothing(proxy: Proxy, request: web.Request, body: bytes) -> web.StreamResponse:
    await proxy.pass_on(request, body)
    await asyncio.Event().wait()
    raise AssertionError


async def takes_it_and_breaks_off(proxy: Proxy, request: web.Request, body: bytes) -> web.StreamResponse:
    await proxy.pass_on(request, body)
    return await breaks_off(proxy, request, body)


async def breaks_off(proxy: Proxy, request: web.Request, body: bytes) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def dribbles(proxy: Proxy, request: web.Request, body: bytes) -> web.StreamResponse:
    """Takes it, and its answer never ends."""
    await proxy.pass_on(request, body)
    response = web.StreamResponse(status=200, headers={"Content-Length": "1000"})
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.05)


async def says_too_many(proxy: Proxy, request: web.Request, body: bytes) -> web.StreamResponse:
    return web.Response(status=429, text="slow down")


async def says_too_many_for_7_seconds(proxy: Proxy, request: web.Request, body: bytes) -> web.StreamResponse:
    return web.Response(status=429, text="slow down", headers={"Retry-After": "7"})


async def says_too_fast_a_growth(proxy: Proxy, request: web.Request, body: bytes) -> web.StreamResponse:
    """mParticle: not too much, but more and more of it."""
    headers = {"X-mp-rate-limit-exceeded": "acceleration", "Retry-After": "1"}
    return web.Response(status=429, text="slow down", headers=headers)


async def says_unavailable(proxy: Proxy, request: web.Request, body: bytes) -> web.StreamResponse:
    return web.Response(status=503, text="not now")


async def says_unavailable_for_7_seconds(proxy: Proxy, request: web.Request, body: bytes) -> web.StreamResponse:
    return web.Response(status=503, text="not now", headers={"Retry-After": "7"})


async def shows_a_login_page(proxy: Proxy, request: web.Request, body: bytes) -> web.StreamResponse:
    return web.Response(status=302, text="<form>login</form>", headers={"Location": "/login"})


async def shows_a_page(proxy: Proxy, request: web.Request, body: bytes) -> web.StreamResponse:
    return web.Response(text="<!doctype html><form>login</form>", content_type="text/html")


async def says_not_found(proxy: Proxy, request: web.Request, body: bytes) -> web.StreamResponse:
    return web.Response(status=404, text="not here")


async def takes_a_part(proxy: Proxy, request: web.Request, body: bytes) -> web.StreamResponse:
    """EventBridge: every second entry is refused for the moment, the others are passed on."""
    entries = orjson.loads(body)["Entries"]
    ids = proxy.dialect.ids({"Entries": entries})
    proxy.taken.update(ids[::2])
    refused: Mapping[str, str] = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
    answer = [{"EventId": str(number)} if number % 2 == 0 else refused for number in range(len(entries))]
    text = orjson.dumps({"FailedEntryCount": len(entries) // 2, "Entries": answer}).decode()
    return web.Response(status=200, text=text, content_type="application/x-amz-json-1.1")


def refuses(status: int) -> Fault:
    """Whatever holds the first message that ever came."""

    async def fault(proxy: Proxy, request: web.Request, body: bytes) -> web.StreamResponse:
        ids = proxy.dialect.ids(orjson.loads(body))
        proxy.refused = proxy.refused or ids[0]
        if proxy.refused in ids:
            return web.Response(status=status, text="one of them is wrong")
        return await proxy.pass_on(request, body)

    return fault


REFUSALS = {"refuses one message, 400": refuses(400), "finds one message too large, 413": refuses(413)}
LASTING = frozenset(REFUSALS.values())


def own_certificate(folder: Path) -> ssl.SSLContext:
    """A certificate that nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    begin = datetime.now(UTC) - timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    lasting = builder.not_valid_before(begin).not_valid_after(begin + timedelta(days=30))
    certificate = lasting.sign(key, hashes.SHA256())
    pem = folder / "own.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
