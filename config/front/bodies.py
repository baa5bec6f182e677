"""Reads a request's body by the event loop, holding no thread: within a time and the memory that all bodies share."""

import asyncio
from dataclasses import dataclass
from io import RawIOBase

from config.front.asking import Asked, Receive, Refused

CHUNK_SECONDS = 15.0  # between two pieces of a body
DRAIN_SECONDS = 5.0
DRAIN_TIMES = 4  # as large as a body may be, times this, is read and thrown away, so that the client reads our answer
RETRY_SECONDS = 2
TOO_SLOW = 408


class Gone(Exception):
    """The client went away before its request was whole."""


@dataclass(slots=True)
class Memory:
    """Bytes of bodies that this process holds, all requests together."""

    most: int
    held: int = 0

    def take(self, size: int) -> None:
        """Raises Refused where they do not fit."""
        if self.held + size > self.most:
            raise Refused(503, "The server is full. Try again in a moment.", RETRY_SECONDS)
        self.held += size

    def give_back(self, size: int) -> None:
        self.held -= size


class Body:
    """The body of one request; what it holds of the memory is given back by `let_go`."""

    def __init__(self, receive: Receive, memory: Memory) -> None:
        self.receive, self.memory = receive, memory
        self.pieces: list[bytes] = []
        self.held, self.is_over = 0, False

    async def read(self, most: int, seconds: float) -> bytes:
        """All of it. Raises Refused where it is over `most`, too slow or finds no room, Gone if it ends early."""
        try:
            async with asyncio.timeout(seconds):
                while piece := await self.piece():
                    if self.held + len(piece) > most:
                        raise Refused(413, "The request is too large.")
                    self.memory.take(len(piece))
                    self.held += len(piece)
                    self.pieces.append(piece)
        except TimeoutError:
            raise Refused(TOO_SLOW, "The request took too long to arrive.") from None
        whole = b"".join(self.pieces)
        self.pieces.clear()
        return whole

    async def piece(self) -> bytes:
        """The next bytes; none at the end. Raises TimeoutError and Gone."""
        while not self.is_over:
            async with asyncio.timeout(CHUNK_SECONDS):
                told = await self.receive()
            if told["type"] == "http.disconnect":
                self.is_over = True
                raise Gone
            self.is_over = not told.get("more_body", False)
            if piece := told.get("body", b""):
                return bytes(piece)
        return b""

    async def drain(self, most: int) -> None:
        """Read on and throw away for a while: a client that is still sending does not read."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while most > 0 and (piece := await self.piece()):
                    most -= len(piece)
        except (TimeoutError, Gone):
            return

    def let_go(self) -> None:
        self.memory.give_back(self.held)
        self.pieces.clear()
        self.held = 0


class Arriving(RawIOBase):
    """A body too large to be held, as a file for a thread: a file that somebody uploads."""

    def __init__(self, body: Body, loop: asyncio.AbstractEventLoop) -> None:
        self.body, self.loop, self.rest = body, loop, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes; OSError where the client went away or fell silent."""
        if not self.rest:
            try:
                self.rest = asyncio.run_coroutine_threadsafe(self.body.piece(), self.loop).result()
            except (TimeoutError, Gone) as error:
                raise OSError("The request ended early.") from error
        piece, self.rest = (self.rest, b"") if size < 0 else (self.rest[:size], self.rest[size:])
        return piece


def is_form_with_files(asked: Asked) -> bool:
    return asked.header(b"content-type").lower().startswith(b"multipart/form-data")
