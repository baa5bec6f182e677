"""Asks whether a key is good before anything is read for it, and remembers the answer, so that a flood asks once."""

import asyncio
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from time import monotonic

from config.front.asking import Asked, Refused
from config.front.doors import Door

GOOD_SECONDS = 60.0  # to be let in is not all: Django looks at the key again
BAD_SECONDS = 5.0
REMEMBERED = 1000  # of each
UNKNOWN = "The key is unknown, revoked or not for sending data."

KeyOf = Callable[[Asked], str | None]
IsGood = Callable[[Asked, str], bool]


class Keys:
    """`key_of` reads the key out of the headers, None where they need not name one; `is_good` looks it up, in a thread
    of `door`, which nothing else keeps waiting. Made-up keys push no good ones out of the memory."""

    def __init__(self, key_of: KeyOf, is_good: IsGood, door: Door) -> None:
        self.key_of, self.is_good, self.door = key_of, is_good, door
        self.good: dict[bytes, float] = {}
        self.bad: dict[bytes, float] = {}
        self.under_way: dict[bytes, asyncio.Future[bool]] = {}

    async def sender(self, asked: Asked, client: bytes) -> bytes | None:
        """A short stand-in for the key; None where the headers need not name one. Raises Refused for a bad one, and
        where the client asks for too many at once."""
        key = self.key_of(asked)
        if key is None:
            return None
        sender = sha256(key.encode(errors="surrogatepass")).digest()
        is_good = self.remembered(sender)
        if is_good is None:
            is_good = await self.found(asked, key, sender, client)
        if not is_good:
            raise Refused(401, UNKNOWN)
        return sender

    async def found(self, asked: Asked, key: str, sender: bytes, client: bytes) -> bool:
        """All who come with one key wait for one look-up, and it goes on when the first of them leaves."""
        if sender not in self.under_way:
            self.under_way[sender] = asyncio.ensure_future(self.asked_for(asked, key, sender, client))
            self.under_way[sender].add_done_callback(lambda _: self.under_way.pop(sender))
        return await asyncio.shield(self.under_way[sender])

    async def asked_for(self, asked: Asked, key: str, sender: bytes, client: bytes) -> bool:
        with self.door.place(client):
            return await self.door.run(partial(self.looked_up, asked, key, sender))

    def remembered(self, sender: bytes) -> bool | None:
        now = monotonic()
        if now < self.good.get(sender, 0.0):
            return True
        return False if now < self.bad.get(sender, 0.0) else None

    def looked_up(self, asked: Asked, key: str, sender: bytes) -> bool:
        is_good = self.is_good(asked, key)
        found, seconds = (self.good, GOOD_SECONDS) if is_good else (self.bad, BAD_SECONDS)
        if len(found) >= REMEMBERED:
            found.clear()
        found[sender] = monotonic() + seconds
        return is_good
