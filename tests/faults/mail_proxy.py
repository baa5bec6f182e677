"""Stands between a sender of mails and a real mail server and breaks the first conversations as told."""

import asyncio
import ssl
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.faults.proxy import own_certificate

END = b"\r\n.\r\n"


class Over(Exception):
    """The proxy ends the conversation."""


@dataclass
class MailProxy:
    """`fault` looks at each line or mail of the sender's in the first `times` conversations.

    It gives the reply that the server's stands behind, None to pass on, or raises Over. With `after` it acts once the
    server has taken the mail, instead of its reply.
    """

    upstream: int
    fault: Callable[[bytes], bytes | None]
    times: int = 2
    after: Callable[[asyncio.StreamWriter], Awaitable[bytes]] | None = None
    tls: Path | None = None
    taken: Counter[str] = field(default_factory=Counter)
    conversations: int = 0
    port: int = 0

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
        context: ssl.SSLContext | None = own_certificate(self.tls) if self.tls else None
        server = await asyncio.start_server(self.converse, "127.0.0.1", 0, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await self.stopped.wait()
        server.close()

    async def converse(self, sender: asyncio.StreamReader, to_sender: asyncio.StreamWriter) -> None:
        self.conversations += 1
        breaks = self.conversations <= self.times
        server, to_server = await asyncio.open_connection("127.0.0.1", self.upstream)
        try:
            to_sender.write(await answer(server))
            in_mail = False
            while said := await sender.readuntil(END if in_mail else b"\r\n"):
                reply = self.fault(said) if breaks else None
                if reply is None:
                    to_server.write(said)
                    reply = await answer(server)
                    if in_mail and breaks and self.after:
                        reply = await self.after(to_sender)
                to_sender.write(reply)
                in_mail = reply.startswith(b"354")
        except (Over, OSError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            to_server.close()
            to_sender.transport.abort()


async def answer(server: asyncio.StreamReader) -> bytes:
    """All lines of one reply."""
    found = b""
    while line := await server.readline():
        found += line
        if line[3:4] != b"-":
            return found
    raise Over


def passes_on(said: bytes) -> None:
    return None


def breaks_off_at(command: bytes) -> Callable[[bytes], bytes | None]:
    def fault(said: bytes) -> bytes | None:
        if said.upper().startswith(command):
            raise Over
        return None

    return fault


def says(reply: bytes, *, at: bytes) -> Callable[[bytes], bytes | None]:
    """An empty `reply`: nothing."""
    return lambda said: reply + b"\r\n" * bool(reply) if said.upper().startswith(at) else None


async def says_nothing(to_sender: asyncio.StreamWriter) -> bytes:
    return b""


async def never_ends(to_sender: asyncio.StreamWriter) -> bytes:
    while True:
        to_sender.write(b"250-wait\r\n")
        await to_sender.drain()
        await asyncio.sleep(0.05)


async def breaks_off(to_sender: asyncio.StreamWriter) -> bytes:
    raise Over
