"""The *Segment* destination: track calls through the HTTP Tracking API's `/batch`."""

import asyncio
import base64
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, NamedTuple

import orjson

from connectors.base import ConnectorError, Fault, Outgoing, Part, Receipt, backoff, receipts_for
from connectors.http import Answer, Client

US = "https://api.segment.io/v1"
EU = "https://events.eu1.segmentapis.com/v1"

# Segment allows 500 KB and 2,500 events a request; its own libraries cut at 475,000 bytes.
MAX_REQUEST_BYTES = 475_000
MAX_REQUEST_MESSAGES = 2_500
MAX_MESSAGE_BYTES = 32_767  # "less than 32 KB"
MAX_PROPERTIES = 10_000
MAX_ID_LENGTH = 99

TRAITS = {"first_name": "firstName", "birth_date": "birthday"}
ADDRESS = {"country": "country", "region": "state", "city": "city"}
RENAMED = frozenset(TRAITS) | frozenset(ADDRESS)

REQUESTS_IN_FLIGHT = 8
# Of one batch, 20 s at 100 ms a request. One half after the other, so that some messages are settled when it is used
# up; the rest waits for the next try.
MAX_SPLITS = 100
COMPRESS_FROM = 2_048

PREFIX = b'{"batch":['
SUFFIX = b'],"sentAt":"%b","writeKey":%b,"context":{"library":{"name":"belfry","version":"1"}}}'


class Item(NamedTuple):
    """A message that may be sent: its id and its bytes, encoded once."""

    id: str
    body: bytes


def payload(message: Outgoing) -> dict[str, object]:
    """One track call, version 1 (`connectors/schemas/segment.v1.json`)."""
    call: dict[str, object] = {
        "type": "track",
        "messageId": message.id,
        "timestamp": message.at,
        "event": message.event,
        "properties": message.properties,
        "context": {"traits": traits(message.traits)},
    }
    if message.user_id:
        call["userId"] = message.user_id
    if message.anonymous_id:
        call["anonymousId"] = message.anonymous_id
    return call


def traits(properties: dict[str, object]) -> dict[str, object]:
    """Our standard properties under the names that Segment reserves for them; all others keep theirs."""
    if not properties.keys() & RENAMED:
        return properties
    named = {TRAITS.get(name, name): value for name, value in properties.items() if name not in ADDRESS}
    address = {theirs: properties[ours] for ours, theirs in ADDRESS.items() if ours in properties}
    return {**named, "address": address} if address else named


def make(config: Mapping[str, object], secrets: Mapping[str, str], client: Client) -> "Segment":
    return Segment(
        url=str(config.get("url") or US).rstrip("/"),
        write_key=secrets.get("write_key", ""),
        client=client,
        compress=bool(config.get("compress", True)),
    )


@dataclass(frozen=True, slots=True)
class Segment:
    """`url` ends before `/batch`. Segment drops a messageId it has seen, so a retry is safe."""

    url: str
    write_key: str
    client: Client
    compress: bool = True
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    deduplicates: ClassVar[bool] = True

    async def send(self, batch: Sequence[Outgoing], part: Part) -> list[Receipt]:
        items, receipts = checked(batch)
        in_flight, splits = asyncio.Semaphore(REQUESTS_IN_FLIGHT), iter(range(MAX_SPLITS))
        overhead = len(PREFIX) + len(self.suffix())
        answered = await asyncio.gather(
            *(self.deliver(packed, part, in_flight, splits) for packed in pack(items, overhead))
        )
        receipts |= {receipt.id: receipt for packed in answered for receipt in packed}
        return [receipts[message.id] for message in batch]

    async def finish(self, folder: str, parts: Sequence[str]) -> str:
        return ""

    async def deliver(
        self, items: Sequence[Item], part: Part, in_flight: asyncio.Semaphore, splits: Iterator[int]
    ) -> list[Receipt]:
        """One request; what is refused as bad or too large is halved until the culprit stands alone."""
        ids = [item.id for item in items]
        try:
            async with in_flight:
                answer = await self.post(items, part.attempt)
        except ConnectorError as error:
            error.retry_after = backoff(part.attempt)
            return receipts_for(ids, error)
        if answer.is_ok:
            return [Receipt(id, "accepted") for id in ids]
        if answer.status in (400, 413) and len(items) > 1:
            if next(splits, None) is None:
                return receipts_for(ids, ConnectorError(said(answer), retry_after=backoff(part.attempt)))
            middle = len(items) // 2
            first = await self.deliver(items[:middle], part, in_flight, splits)
            return first + await self.deliver(items[middle:], part, in_flight, splits)
        return receipts_for(ids, refusal(answer, part.attempt, self.clock()))

    async def post(self, items: Sequence[Item], attempt: int) -> Answer:
        body = b"".join((PREFIX, b",".join([item.body for item in items]), self.suffix()))
        headers = {"Authorization": self.authorization, "Content-Type": "application/json"}
        if attempt:
            headers["X-Retry-Count"] = str(attempt)
        wire = body
        if self.compress and len(body) > COMPRESS_FROM:
            headers["Content-Encoding"] = "gzip"
            wire = zlib.compress(body, 1, wbits=zlib.MAX_WBITS | 16)
        return await self.client.post(f"{self.url}/batch", wire, headers, messages=len(items), shown=body)

    def suffix(self) -> bytes:
        sent_at = self.clock().astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
        return SUFFIX % (sent_at.encode(), orjson.dumps(self.write_key))

    @property
    def authorization(self) -> str:
        return "Basic " + base64.b64encode(f"{self.write_key}:".encode()).decode()


def checked(batch: Sequence[Outgoing]) -> tuple[list[Item], dict[str, Receipt]]:
    """Segment answers 200 and drops what breaks its rules, so the rules are applied here."""
    items, refused = [], {}
    for message in batch:
        try:
            body = orjson.dumps(payload(message))
        except orjson.JSONEncodeError as error:
            refused[message.id] = Receipt(message.id, "failed", "render_error", str(error))
            continue
        if problem := rule_broken(message, len(body)):
            refused[message.id] = Receipt(message.id, "failed", *problem)
        else:
            items.append(Item(message.id, body))
    return items, refused


def rule_broken(message: Outgoing, size: int) -> tuple[str, str] | None:
    """The reason for the ledger and the words for the person who looks."""
    if not (message.user_id or message.anonymous_id):
        return "invalid_recipient", "Neither an identity nor an anonymous id."
    if size > MAX_MESSAGE_BYTES:
        return "too_large", f"{size:,} bytes; Segment takes up to {MAX_MESSAGE_BYTES:,}."
    if len(message.properties) > MAX_PROPERTIES:
        return "too_large", f"{len(message.properties):,} properties; Segment takes up to {MAX_PROPERTIES:,}."
    if not message.event:
        return "rejected_by_provider", "The event has no name; Segment would drop it."
    if len(message.id) > MAX_ID_LENGTH:
        return "rejected_by_provider", "The message id is longer than Segment takes."
    return None


def pack(items: Iterable[Item], overhead: int) -> Iterator[list[Item]]:
    """Requests within Segment's limits, counted in exact bytes, in the order given."""
    packed: list[Item] = []
    size = overhead - 1  # the first has no comma
    for item in items:
        added = len(item.body) + 1  # the comma
        if packed and (size + added > MAX_REQUEST_BYTES or len(packed) == MAX_REQUEST_MESSAGES):
            yield packed
            packed, size = [], overhead - 1
        packed.append(item)
        size += added
    if packed:
        yield packed


def refusal(answer: Answer, attempt: int, now: datetime) -> ConnectorError:
    """What an answer other than 2xx means."""
    wait = answer.retry_after(now)
    match answer.status:
        case 401 | 403:
            return ConnectorError(f"The write key was refused. {said(answer)}", fault=Fault.MISCONFIGURED)
        case status if 300 <= status < 400:
            return ConnectorError(
                f"The address leads elsewhere ({status}); it is not Segment's.", fault=Fault.MISCONFIGURED
            )
        case 408 | 410 | 429 | 460 if wait is not None:
            return ConnectorError(said(answer), fault=Fault.RATE_LIMITED, retry_after=wait)
        case 408 | 410 | 429 | 460:
            return ConnectorError(said(answer), fault=Fault.BUSY, retry_after=backoff(attempt))
        case 413:
            return ConnectorError(said(answer), reason="too_large")
        case status if status >= 500 and status not in (501, 505, 511):
            return ConnectorError(said(answer), fault=Fault.UNAVAILABLE, retry_after=max(wait or 0, backoff(attempt)))
        case _:
            return ConnectorError(said(answer), reason="rejected_by_provider")


def said(answer: Answer) -> str:
    return f"Segment answered {answer.status}: {answer.text[:200]}".rstrip(": ")
