"""Reads a request's body by the event loop, holding no thread: within a time and the memory that all bodies share.

Only a file too large to be held keeps a thread while it comes, and only as long as it comes at a pace.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from io import RawIOBase
from time import monotonic

from config.front.asking import Asked, Receive, Refused

CHUNK_SECONDS = 15.0  # between two pieces of a body
DRAIN_SECONDS = 5.0
DRAIN_TIMES = 4  # as large as a body may be, times this, is read and thrown away, so that the client reads our answer
RETRY_SECONDS = 2
SLOW_WHILE = 0.25  # of its pace: what a file may come at for a while
TOO_SLOW = 408


class Gone(Exception):
    """The client went away before its request was whole."""


@dataclass(slots=True)
class Memory:
    """Bytes of bodies that this process holds, all requests of a kind together, and how many of them one sender may,
    which is one `of` these."""

    most: int
    most_of_one: int
    of: str
    held: int = 0
    of_one: Counter[bytes] = field(default_factory=Counter)

    def take(self, size: int, sender: bytes) -> None:
        """Raises Refused where they do not fit."""
        if self.held + size > self.most:
            raise Refused(503, "The server is full. Try again in a moment.", RETRY_SECONDS)
        if self.of_one[sender] + size > self.most_of_one:
            raise Refused(
                429, f"One {self.of} has at most {self.most_of_one:,} bytes under way at once.", RETRY_SECONDS
            )
        self.held += size
        self.of_one[sender] += size

    def give_back(self, size: int, sender: bytes) -> None:
        self.held -= size
        self.of_one[sender] -= size
        if not self.of_one[sender]:
            del self.of_one[sender]


@dataclass(frozen=True, slots=True)
class Room:
    """Where a body is held, how large it may be, and in whose name."""

    memory: Memory
    body_bytes: int
    sender: bytes


class Body:
    """The body of one request; what it holds of a room is given back by `let_go`."""

    def __init__(self, receive: Receive) -> None:
        self.receive = receive
        self.pieces: list[bytes] = []
        self.held, self.is_over = 0, False

    async def read(self, room: Room, seconds: float) -> bytes:
        """All of it. Raises Refused where it is too large, too slow or finds no room, Gone if it ends early."""
        try:
            async with asyncio.timeout(seconds):
                while piece := await self.piece():
                    if self.held + len(piece) > room.body_bytes:
                        raise Refused(413, "The request is too large.")
                    room.memory.take(len(piece), room.sender)
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

    def let_go(self, room: Room) -> None:
        room.memory.give_back(self.held, room.sender)
        self.pieces.clear()
        self.held = 0


@dataclass(slots=True)
class Pace:
    """How fast a file has to come: on the whole, so that `left` seconds are left for it; in each stretch of `stretch`
    seconds at least `least` bytes. What we take to put it aside is not counted."""

    left: float
    stretch: float
    least: float
    waited: float = 0.0  # in this stretch
    came: int = 0

    @classmethod
    def of(cls, length: int, a_second: float, stretch: float) -> "Pace":
        """For a file so long, at so many bytes a second."""
        return cls(stretch + length / a_second, stretch, stretch * a_second * SLOW_WHILE)

    def is_kept(self, seconds: float, came: int) -> bool:
        """After so many bytes for which we waited so long."""
        self.left, self.waited, self.came = self.left - seconds, self.waited + seconds, self.came + came
        is_enough = self.waited < self.stretch or self.came >= self.least
        if self.waited >= self.stretch:
            self.waited, self.came = 0.0, 0
        return self.left >= 0 and is_enough


class Arriving(RawIOBase):
    """A body too large to be held, as a file for a thread: a file that somebody uploads. `refused` says why not all of
    it was read."""

    def __init__(self, body: Body, loop: asyncio.AbstractEventLoop, pace: Pace) -> None:
        self.body, self.loop, self.pace, self.rest = body, loop, pace, b""
        self.refused: Refused | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes; OSError where the client went away, fell silent or was too slow."""
        if not self.rest:
            self.rest = self.next_piece()
        piece, self.rest = (self.rest, b"") if size < 0 else (self.rest[:size], self.rest[size:])
        return piece

    def next_piece(self) -> bytes:
        began = monotonic()
        try:
            piece = asyncio.run_coroutine_threadsafe(self.body.piece(), self.loop).result()
            if not self.body.is_over and not self.pace.is_kept(monotonic() - began, len(piece)):
                raise TimeoutError
        except TimeoutError as error:
            self.refused = Refused(TOO_SLOW, "The file came too slowly. Upload it again over a faster line.")
            raise OSError(self.refused.reason) from error
        except Gone as error:
            raise OSError("The request ended early.") from error
        return piece


def is_form_with_files(asked: Asked) -> bool:
    return asked.header(b"content-type").lower().startswith(b"multipart/form-data")
