"""The *Segment* destination: track calls through the HTTP Tracking API's `/batch`."""

import asyncio
import base64
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

import orjson

from connectors import oauth
from connectors.addresses import server_of
from connectors.answers import Provider, refusal
from connectors.base import Outgoing, Part, Receipt
from connectors.http import Answer, Client
from connectors.packing import Item, Problem, Sending, checked, pack, with_comma

US = "https://api.segment.io/v1"
EU = "https://events.eu1.segmentapis.com/v1"
TOKENS = "https://oauth2.segment.io"
SCOPE = "tracking_api:write"

# Segment allows 500 KB and 2,500 events a request; its own libraries cut at 475,000 bytes.
MAX_REQUEST_BYTES = 475_000
MAX_REQUEST_MESSAGES = 2_500
MAX_MESSAGE_BYTES = 32_767  # "less than 32 KB"
MAX_PROPERTIES = 10_000
MAX_ID_LENGTH = 99

TRAITS = {"first_name": "firstName", "birth_date": "birthday"}
ADDRESS = {"country": "country", "region": "state", "city": "city"}
RENAMED = frozenset(TRAITS) | frozenset(ADDRESS)

COMPRESS_FROM = 2_048

SEGMENT = Provider("Segment", "The write key was refused.", busy=frozenset({408, 410, 429, 460}))

PREFIX = b'{"batch":['
SUFFIX = b'],"sentAt":"%b","writeKey":%b,"context":{"library":{"name":"belfry","version":"1"}}}'


def payload(message: Outgoing) -> dict[str, object]:
    """One track call, version 1 (`connectors/schemas/segment.v1.json`)."""
    call: dict[str, object] = {
        "type": "track",
        "messageId": message.id,
        "timestamp": message.at,
        "event": message.event,
        "properties": message.properties(),
        "context": {"traits": traits(message.people_fields())},
    }
    if message.user_id:
        call["userId"] = message.user_id
    if message.anonymous_id:
        call["anonymousId"] = message.anonymous_id
    return call


def traits(properties: dict[str, object]) -> dict[str, object]:
    """Our standard properties under the names that Segment reserves for them; all others keep theirs."""
    if RENAMED.isdisjoint(properties):
        return properties
    named: dict[str, object] = {}
    address: dict[str, object] = {}
    for name, value in properties.items():
        if name in ADDRESS:
            address[ADDRESS[name]] = value
        else:
            named[TRAITS.get(name, name)] = value
    if address:
        named["address"] = address
    return named


def scope(config: Mapping[str, object], secrets: Mapping[str, str]) -> tuple[str, ...]:
    """What Segment counts together: a source of a region."""
    return server_of(str(config.get("url") or US)), secrets.get("write_key", "")


def make(config: Mapping[str, object], secrets: Mapping[str, str], client: Client) -> "Segment":
    return Segment(
        url=str(config.get("url") or US).rstrip("/"),
        write_key=secrets.get("write_key", ""),
        client=client,
        compress=bool(config.get("compress", True)),
        credentials=oauth_of(config, secrets),
    )


def oauth_of(config: Mapping[str, object], secrets: Mapping[str, str]) -> oauth.Credentials | None:
    """For a workspace that asks for more than the write key."""
    client_id, server = str(config.get("oauth_client_id") or ""), str(config.get("oauth_url") or TOKENS).rstrip("/")
    if not client_id:
        return None
    key, key_id = secrets.get("oauth_key", ""), str(config.get("oauth_key_id") or "")
    return oauth.Credentials(f"{server}/token", client_id, key, SCOPE, key_id, server)


@dataclass(frozen=True, slots=True)
class Segment:
    """`url` ends before `/batch`. Segment drops a messageId it has seen, so a retry is safe."""

    url: str
    write_key: str
    client: Client
    compress: bool = True
    credentials: oauth.Credentials | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    one_fetches: asyncio.Lock = field(default_factory=asyncio.Lock)
    deduplicates: ClassVar[bool] = True

    async def send(self, batch: Sequence[Outgoing], part: Part) -> list[Receipt]:
        items, receipts = checked(batch, encoded, rule_broken, with_comma)
        overhead = len(PREFIX) + len(self.suffix()) - 1  # the first item has no comma
        sending = Sending(
            post=lambda items: self.post(items, part.attempt),
            refusal=lambda answer: refusal(answer, SEGMENT, part.attempt, self.clock()),
            part=part,
            deduplicates=self.deduplicates,
        )
        requests = pack(items, most_bytes=MAX_REQUEST_BYTES, most_items=MAX_REQUEST_MESSAGES, overhead=overhead)
        receipts |= await sending.all(requests)
        return [receipts[message.id] for message in batch]

    async def finish(self, folder: str, parts: Sequence[str]) -> str:
        return ""

    async def post(self, items: Sequence[Item], attempt: int) -> Answer:
        body = b"".join((PREFIX, b",".join([item.body for item in items]), self.suffix()))
        headers = {"Content-Type": "application/json"}
        if attempt:
            headers["X-Retry-Count"] = str(attempt)
        wire = body
        if self.compress and len(body) > COMPRESS_FROM:
            headers["Content-Encoding"] = "gzip"
            wire = zlib.compress(body, 1, wbits=zlib.MAX_WBITS | 16)
        authorization = await self.authorization()
        answer = await self.call(wire, headers | {"Authorization": authorization}, len(items), body)
        if answer.status == 401 and self.credentials:  # once more with a new access token where the old one has ended
            oauth.forget(self.credentials, authorization.removeprefix("Bearer "))
            authorization = await self.authorization()
            answer = await self.call(wire, headers | {"Authorization": authorization}, len(items), body)
        return answer

    async def call(self, wire: bytes, headers: Mapping[str, str], messages: int, shown: bytes) -> Answer:
        return await self.client.post(f"{self.url}/batch", wire, headers, messages=messages, shown=shown)

    def suffix(self) -> bytes:
        sent_at = self.clock().astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
        return SUFFIX % (sent_at.encode(), orjson.dumps(self.write_key))

    async def authorization(self) -> str:
        if self.credentials:
            async with self.one_fetches:
                return f"Bearer {await oauth.token(self.credentials, self.client)}"
        return "Basic " + base64.b64encode(f"{self.write_key}:".encode()).decode()


def encoded(message: Outgoing) -> bytes:
    return orjson.dumps(payload(message))


def rule_broken(message: Outgoing, body: bytes) -> Problem | None:
    """Segment answers 200 and drops what breaks its rules, so the rules are applied here."""
    size, properties = len(body), len(message.content) + len(message.campaign)
    if not (message.user_id or message.anonymous_id):
        return "invalid_recipient", "Neither an identity nor an anonymous id."
    if size > MAX_MESSAGE_BYTES:
        return "too_large", f"{size:,} bytes; Segment takes up to {MAX_MESSAGE_BYTES:,}."
    if properties > MAX_PROPERTIES:
        return "too_large", f"{properties:,} properties; Segment takes up to {MAX_PROPERTIES:,}."
    if not message.event:
        return "rejected_by_provider", "The event has no name; Segment would drop it."
    if len(message.id) > MAX_ID_LENGTH:
        return "rejected_by_provider", "The message id is longer than Segment takes."
    return None
