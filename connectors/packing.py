"""Messages packed into requests by exact size and number, and requests sent a few at once.

What a provider refuses as bad or too large is halved until the culprit stands alone.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from connectors.base import FAILURES_IN_A_ROW, ConnectorError, Fault, Outgoing, Part, Receipt, backoff, receipts_for
from connectors.http import Answer, NoAnswer
from connectors.leaving_alone import Trouble

IN_FLIGHT = 8
# Of one batch, 20 s at 100 ms a request. One half after the other, so that some messages are settled when it is used
# up; the rest waits for the next try.
SPLITS = 100


class Item(NamedTuple):
    """A message that may be sent: its id, its bytes, encoded once, and how much of the provider's limit they take."""

    id: str
    body: bytes
    size: int


Problem = tuple[str, str]  # the reason for the ledger and the words for the person who looks


def checked(
    batch: Iterable[Outgoing],
    encode: Callable[[Outgoing], bytes],
    problem_of: Callable[[Outgoing, bytes], Problem | None],
    size_of: Callable[[bytes], int],
) -> tuple[list[Item], dict[str, Receipt]]:
    """The messages that may be sent, and the receipts of those that the provider would refuse or drop."""
    items, refused = [], {}
    for message in batch:
        try:
            body = encode(message)
        except (orjson.JSONEncodeError, UnicodeEncodeError) as error:
            refused[message.id] = Receipt(message.id, "failed", "render_error", str(error))
            continue
        if problem := problem_of(message, body):
            refused[message.id] = Receipt(message.id, "failed", *problem)
        else:
            items.append(Item(message.id, body, size_of(body)))
    return items, refused


def with_comma(body: bytes) -> int:
    return len(body) + 1


def pack(items: Iterable[Item], *, most_bytes: int, most_items: int, overhead: int = 0) -> Iterator[list[Item]]:
    """Requests within both limits, in the order given; `overhead` is what each takes besides its items."""
    packed: list[Item] = []
    size = overhead
    for item in items:
        if packed and (size + item.size > most_bytes or len(packed) == most_items):
            yield packed
            packed, size = [], overhead
        packed.append(item)
        size += item.size
    if packed:
        yield packed


async def together(work: Iterable[Awaitable[None]]) -> None:
    """Raises the first error, and only when all have ended: nothing is under way any more."""
    for error in filter(None, await asyncio.gather(*work, return_exceptions=True)):
        raise error


def all_accepted(items: Sequence[Item], answer: Answer) -> list[Receipt]:
    return [Receipt(item.id, "accepted") for item in items]


@dataclass(frozen=True, slots=True)
class Sending:
    """How one batch goes out over HTTP.

    `post` makes one request. `accepted` reads a 2xx answer, `refusal` every other one, and a page for people unless the
    receiver `may_show_pages`. `deduplicates`: a request that may have been taken is safe to send again; where it is
    not, its messages are unknown. `may_be_own`: what a refusal says that stops the connection, unless others are
    accepted: then it was the one message's own.
    """

    post: Callable[[Sequence[Item]], Awaitable[Answer]]
    refusal: Callable[[Answer], ConnectorError]
    part: Part
    deduplicates: bool
    accepted: Callable[[Sequence[Item], Answer], list[Receipt]] = all_accepted
    may_be_own: Callable[[Answer], str] = lambda answer: ""
    may_show_pages: bool = False
    in_flight: int = IN_FLIGHT
    splits: Iterator[int] = field(default_factory=lambda: iter(range(SPLITS)))
    trouble: Trouble = field(default_factory=Trouble)

    async def all(self, requests: Iterable[Sequence[Item]]) -> dict[str, Receipt]:
        """Some workers take one request after the other: fewer tasks than one for each request. The `one_ahead` is any
        of them, as the first may be the culprit."""
        waiting, receipts, until = iter(requests), dict[str, Receipt](), time.monotonic() + self.part.seconds

        async def work(requests: Iterable[Sequence[Item]]) -> None:
            for items in requests:
                if self.trouble.enough or time.monotonic() > until:
                    found = self.trouble.untried([item.id for item in items])
                else:
                    found = await self.one(items)
                    self.trouble.note(found)
                receipts.update((receipt.id, receipt) for receipt in found)

        if self.part.one_ahead and (others := list(waiting)):
            self.trouble.most = 1
            await work([others.pop(random.randrange(len(others)))])  # noqa: S311 no secret
            self.trouble.most, waiting = FAILURES_IN_A_ROW, iter(others)
        await together(work(waiting) for _ in range(self.in_flight))
        return receipts | self.trouble.own()

    async def one(self, items: Sequence[Item]) -> list[Receipt]:
        try:
            answer = await self.post(items)
        except ConnectorError as error:
            return self.unanswered(items, error)
        if answer.is_ok and (self.may_show_pages or not answer.is_page):
            return self.accepted(items, answer)
        refusal = self.refusal(answer)
        if len(items) == 1 and refusal.fault == Fault.MISCONFIGURED and (words := self.may_be_own(answer)):
            self.trouble.doubt(items[0].id, words)
        if not (refusal.permanent and answer.status in (400, 413) and len(items) > 1):
            return receipts_for([item.id for item in items], refusal)
        if next(self.splits, None) is None:
            later = ConnectorError(str(refusal), retry_after=backoff(self.part.attempt))
            return receipts_for([item.id for item in items], later)
        middle = len(items) // 2
        first = await self.one(items[:middle])
        return first + await self.one(items[middle:])

    def unanswered(self, items: Sequence[Item], error: ConnectorError) -> list[Receipt]:
        if not error.is_named:
            error.retry_after = backoff(self.part.attempt)
        if isinstance(error, NoAnswer) and error.maybe_taken and not self.deduplicates:
            return [Receipt(item.id, "unknown", answer=str(error), fault=error.fault) for item in items]
        return receipts_for([item.id for item in items], error)
