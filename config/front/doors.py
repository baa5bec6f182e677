"""Bounded groups of threads for Django: how many requests each may have in hand, and how many one sender may."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from config.front.asking import Refused

RETRY_SECONDS = 1
WAIT_SECONDS = 20.0  # for a thread

Result = TypeVar("Result")


class Door:
    """`threads` requests are worked at, up to `most` are in hand, the waiting ones included; of one sender, which is
    one `of` these, `most_of_one`."""

    def __init__(self, name: str, threads: int, most: int, most_of_one: int | None = None, of: str = "address") -> None:
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self.most, self.most_of_one, self.of = most, most_of_one, of
        self.in_hand = 0
        self.of_one: Counter[bytes] = Counter()

    @contextmanager
    def share(self, sender: bytes | None) -> Iterator[None]:
        """Until the request is answered. Raises Refused where the sender has its share under way."""
        if sender is None or self.most_of_one is None:
            yield
            return
        if self.of_one[sender] >= self.most_of_one:
            raise Refused(429, f"One {self.of} sends at most {self.most_of_one} requests at once.", RETRY_SECONDS)
        self.of_one[sender] += 1
        try:
            yield
        finally:
            self.of_one[sender] -= 1
            if not self.of_one[sender]:
                del self.of_one[sender]

    @contextmanager
    def place(self, sender: bytes | None = None) -> Iterator[None]:
        """For a request that is whole. Raises Refused where the sender, or everybody together, has as many in hand as
        there may be."""
        with self.share(sender):
            if self.in_hand >= self.most:
                raise Refused(503, "The server is full. Try again in a moment.", RETRY_SECONDS)
            self.in_hand += 1
            try:
                yield
            finally:
                self.in_hand -= 1

    async def run(self, work: Callable[[], Result]) -> Result:
        """`work`'s result, by a thread of this door. Raises Refused where none is free for a long while."""
        work_in_thread = self.threads.submit(work)
        done = asyncio.wrap_future(work_in_thread)
        await asyncio.wait({done}, timeout=WAIT_SECONDS)
        if not done.done() and work_in_thread.cancel():
            raise Refused(503, "The server is full. Try again in a moment.", RETRY_SECONDS)
        return await done
