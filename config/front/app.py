"""The front itself: an ASGI application over a WSGI one."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO

from config.front import gateway
from config.front.asking import Answer, Asked, Receive, Refused, Scope, Send, asked
from config.front.bodies import DRAIN_TIMES, TOO_SLOW, Arriving, Body, Gone, Memory, Pace, Room, is_form_with_files
from config.front.clients import client
from config.front.doors import Door
from config.front.gateway import Application, Readable, Streamed
from config.front.keys import Keys

logger = logging.getLogger(__name__)
STALLED_SECONDS = 60.0  # a client that takes nothing for so long is left
FAILED = Refused(500, "Something went wrong here. It is in the log.")


@dataclass(frozen=True, slots=True)
class Memories:
    """Apart, so that strangers who fill theirs leave the others alone."""

    pages: Memory
    keyless: Memory
    keyed: Memory


@dataclass(frozen=True, slots=True)
class Limits:
    body_bytes: int
    keyless_bytes: int  # a body whose headers name no key, but for those that are signed
    body_seconds: float
    upload_pace: float  # bytes a second
    behind_proxy: bool
    ingest_prefixes: tuple[str, ...]
    signed_prefix: str
    ingest_headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Front:
    """Every request is read whole by the event loop, then answered by a thread of its door: pages, ingest, or ingest
    of those whose headers name no key.

    A flood at one door leaves the other doors' threads alone; a slow client holds no thread. A key is looked at before
    anything is held for it. Who shows none has a share by the address he comes from. Only a file too large to be held
    goes to its thread while it comes, and only so many at a time.
    """

    application: Application
    pages: Door
    ingest: Door
    keyless: Door
    uploads: Door
    keys: Keys
    memories: Memories
    limits: Limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request, body = asked(scope), Body(receive)
        is_ingest = request.path.startswith(self.limits.ingest_prefixes)
        try:
            answer = await (self.taken_in(request, body) if is_ingest else self.shown(request, body))
        except Gone:
            return
        except Refused as refused:
            await body.drain(0 if refused.status == TOO_SLOW else self.limits.body_bytes * DRAIN_TIMES)
            answer = refused.answer(is_ingest=is_ingest, shared=self.limits.ingest_headers)
        except Exception:
            logger.exception("A request failed outside Django")
            answer = FAILED.answer(is_ingest=is_ingest, shared=self.limits.ingest_headers)
        await sent(answer, self.pages, send)

    async def taken_in(self, request: Asked, body: Body) -> Answer | Streamed:
        sender = await self.keys.sender(request, address := self.address(request))
        if sender is None:
            is_signed = request.path.startswith(self.limits.signed_prefix)
            most = self.limits.body_bytes if is_signed else self.limits.keyless_bytes
            room = Room(self.memories.keyless, most, address)
            return await self.read_and_answered(self.keyless, request, body, room, address)
        with self.ingest.share(sender):
            room = Room(self.memories.keyed, self.limits.body_bytes, sender)
            return await self.read_and_answered(self.ingest, request, body, room)

    def address(self, request: Asked) -> bytes:
        return client(request, behind_proxy=self.limits.behind_proxy)

    async def shown(self, request: Asked, body: Body) -> Answer | Streamed:
        if not is_form_with_files(request) or (request.length or 0) <= self.limits.body_bytes:
            address = self.address(request)
            room = Room(self.memories.pages, self.limits.body_bytes, address)
            return await self.read_and_answered(self.pages, request, body, room, address)
        return await self.uploaded(request, body, request.length or 0)

    async def uploaded(self, request: Asked, body: Body, length: int) -> Answer | Streamed:
        pace = Pace.of(length, self.limits.upload_pace, self.limits.body_seconds)
        file = Arriving(body, asyncio.get_running_loop(), pace)
        answer = await self.answered(self.uploads, request, file, length)
        if file.refused:
            raise file.refused
        await body.drain(self.limits.body_bytes * DRAIN_TIMES)
        return answer

    async def read_and_answered(
        self, door: Door, request: Asked, body: Body, room: Room, address: bytes | None = None
    ) -> Answer | Streamed:
        """A body on its way takes no place; a client that stalls keeps a connection, and nothing that others need."""
        if (request.length or 0) > room.body_bytes:
            raise Refused(413, "The request is too large.")
        try:
            whole = await body.read(room, self.limits.body_seconds)
            return await self.answered(door, request, BytesIO(whole), len(whole), address)
        finally:
            body.let_go(room)

    async def answered(
        self, door: Door, request: Asked, body: Readable, length: int, address: bytes | None = None
    ) -> Answer | Streamed:
        given = gateway.environ(request, body, length)
        with door.place(address):
            return await door.run(partial(gateway.answered, self.application, given))


async def sent(answer: Answer | Streamed, door: Door, send: Send) -> None:
    """Hand the answer over. A streamed one holds a thread for each piece alone, not while the client takes its time."""
    await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
    if isinstance(answer, Answer):
        await send({"type": "http.response.body", "body": answer.body})
        return
    try:
        while piece := await door.run(partial(next, answer.pieces, b"")):
            async with asyncio.timeout(STALLED_SECONDS):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    except TimeoutError:
        logger.warning("A client took nothing of its answer for %g s and was left", STALLED_SECONDS)
    finally:
        await door.run(answer.close)
