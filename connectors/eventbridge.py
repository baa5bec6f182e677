"""The *Amazon EventBridge* destination: entries on an event bus through PutEvents."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import msgspec
import orjson
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from connectors import amazon
from connectors.answers import Provider, refusal
from connectors.base import ConnectorError, Fault, Outgoing, Part, Receipt, backoff
from connectors.detail import detail
from connectors.http import Answer, Client
from connectors.packing import Item, Problem, Sending, checked, pack

# PutEvents: 10 entries a call, since January 2026 less than 1 MB for all of them, 256 KB before and in some regions.
MAX_ENTRIES = 10
MAX_CALL_BYTES = 1_000_000
CAREFUL_CALL_BYTES = 262_144
MAX_DETAIL_TYPE_LENGTH = 128
TIME_BYTES = 14
BUS = "default"
SOURCE = "belfry.campaigns"
DETAIL_TYPE = "Campaign Message"

AWS = Provider("EventBridge", "The access key was refused.", slows=frozenset({429}))
NO_ACCESS = frozenset(
    {
        "AccessDeniedException", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature",
        "IncompleteSignatureException", "InvalidClientTokenId", "InvalidSignatureException",
        "MissingAuthenticationToken", "MissingAuthenticationTokenException", "NotAuthorized", "RequestExpired",
        "NotAuthorizedForDetailTypeException", "NotAuthorizedForSourceException", "OptInRequired",
        "ResourceNotFoundException", "SignatureDoesNotMatch", "UnrecognizedClientException",
        "InvalidAccountIdException",
    }
)  # fmt: skip
BUSY = frozenset({"ThrottlingException", "Throttling", "TooManyRequestsException", "LimitExceededException"})
BROKEN = frozenset({"InternalFailure", "InternalException", "RequestAbortedException", "ServiceUnavailable"})


class Entry(msgspec.Struct, frozen=True):
    """One line of the answer: an id, or what was wrong."""

    id: str | None = msgspec.field(default=None, name="EventId")
    code: str | None = msgspec.field(default=None, name="ErrorCode")
    message: str | None = msgspec.field(default=None, name="ErrorMessage")


class Entries(msgspec.Struct, frozen=True):
    entries: list[Entry] = msgspec.field(name="Entries")


class Refusal(msgspec.Struct, frozen=True):
    """The body of an error: `kind` may have a namespace before a #."""

    kind: str = msgspec.field(default="", name="__type")


def payload(message: Outgoing) -> dict[str, object]:
    """The entry's `Detail`, version 1 (`connectors/schemas/eventbridge.v1.json`)."""
    return {"version": "1", "channel": "eventbridge", **detail(message)}


def scope(config: Mapping[str, object], secrets: Mapping[str, str]) -> tuple[str, ...]:
    """What AWS counts together: an account's calls in a region, whichever bus and address; of accounts we know keys."""
    return region_of(config), secrets.get("access_key_id", "")


def region_of(config: Mapping[str, object]) -> str:
    return str(config.get("region") or amazon.REGION)


def make(config: Mapping[str, object], secrets: Mapping[str, str], client: Client) -> "EventBridge":
    region = region_of(config)
    limit = config.get("max_request_bytes")
    return EventBridge(
        url=str(config.get("url") or f"https://{amazon.host('events', region)}").rstrip("/") + "/",
        region=region,
        credentials=Credentials(
            secrets.get("access_key_id", ""), secrets.get("secret_access_key", ""), secrets.get("session_token") or None
        ),
        bus=str(config.get("bus") or BUS),
        source=str(config.get("source") or SOURCE),
        detail_type=str(config.get("detail_type") or DETAIL_TYPE),
        max_call_bytes=limit if isinstance(limit, int) else MAX_CALL_BYTES,
        client=client,
    )


@dataclass(frozen=True, slots=True)
class EventBridge:
    """PutEvents knows no ids of ours: what may have arrived is unknown. Receivers drop a `message_id` seen before."""

    url: str
    region: str
    credentials: Credentials
    bus: str
    source: str
    detail_type: str
    max_call_bytes: int
    client: Client
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    deduplicates: ClassVar[bool] = False

    async def send(self, batch: Sequence[Outgoing], part: Part) -> list[Receipt]:
        fixed = TIME_BYTES + len(self.source.encode()) + len(self.detail_type.encode())
        items, receipts = checked(batch, encoded, self.rule_broken, lambda detail: len(detail) + fixed)
        times = {message.id: datetime.fromisoformat(message.at).timestamp() for message in batch}
        sending = Sending(
            post=lambda items: self.put([self.entry(item, times[item.id]) for item in items]),
            refusal=lambda answer: self.refusal(answer, part.attempt),
            part=part,
            deduplicates=self.deduplicates,
            accepted=lambda items, answer: each_receipt(items, answer, part.attempt),
        )
        receipts |= await sending.all(pack(items, most_bytes=self.max_call_bytes, most_items=MAX_ENTRIES))
        return [receipts[message.id] for message in batch]

    async def finish(self, folder: str, parts: Sequence[str]) -> str:
        return ""

    def entry(self, item: Item, time: float) -> dict[str, object]:
        return {
            "Time": time,
            "Source": self.source,
            "DetailType": self.detail_type,
            "Detail": item.body.decode(),
            "EventBusName": self.bus,
        }

    async def put(self, entries: Sequence[Mapping[str, object]]) -> Answer:
        return await self.call("PutEvents", {"Entries": entries}, messages=len(entries))

    async def check(self) -> None:
        """Raises ConnectorError where the bus is not there: PutEvents does not always say so."""
        answer = await self.call("DescribeEventBus", {"Name": self.bus}, messages=0)
        if answer.status == 400 and kind_of(answer) == "ResourceNotFoundException":
            raise ConnectorError(f"There is no event bus “{self.bus}” in {self.region}.", fault=Fault.MISCONFIGURED)

    async def call(self, action: str, asked: Mapping[str, object], *, messages: int) -> Answer:
        body = orjson.dumps(asked)
        request = AWSRequest("POST", self.url, data=body, headers={
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"AWSEvents.{action}",
        })  # fmt: skip
        SigV4Auth(self.credentials, "events", self.region).add_auth(request)
        return await self.client.post(self.url, body, dict(request.headers.items()), messages=messages, shown=body)

    def refusal(self, answer: Answer, attempt: int) -> ConnectorError:
        """AWS says most of it in the body of a 400."""
        kind = kind_of(answer)
        if kind in NO_ACCESS:
            return ConnectorError(AWS.said(answer), fault=Fault.MISCONFIGURED)
        if kind in BUSY:
            return ConnectorError(AWS.said(answer), fault=Fault.BUSY, retry_after=backoff(attempt), pace="halve")
        if kind in BROKEN and answer.status < 500:
            return ConnectorError(AWS.said(answer), fault=Fault.UNAVAILABLE, retry_after=backoff(attempt))
        return refusal(answer, AWS, attempt, self.clock())

    def rule_broken(self, message: Outgoing, detail: bytes) -> Problem | None:
        size = len(detail) + TIME_BYTES + len(self.source.encode()) + len(self.detail_type.encode())
        if size > self.max_call_bytes:
            return "too_large", f"{size:,} bytes; EventBridge takes up to {self.max_call_bytes:,}."
        return None


def encoded(message: Outgoing) -> bytes:
    return orjson.dumps(payload(message))


def each_receipt(items: Sequence[Item], answer: Answer, attempt: int) -> list[Receipt]:
    """The answer's entries stand in the order of the call; those that failed are sent again by themselves."""
    try:
        entries = msgspec.json.decode(answer.body, type=Entries).entries
    except msgspec.DecodeError:
        entries = []
    if len(entries) != len(items):
        said = "EventBridge answered 200, but not what became of the entries."
        return [Receipt(item.id, "unknown", answer=said) for item in items]
    return [receipt(item.id, entry, answer, attempt) for item, entry in zip(items, entries, strict=True)]


def receipt(id: str, entry: Entry, answer: Answer, attempt: int) -> Receipt:
    if not entry.code:
        nothing = Receipt(id, "unknown", answer="EventBridge did not say what became of the entry.")
        return Receipt(id, "accepted") if entry.id else nothing
    said = answer.shown(f"{entry.code}: {entry.message or ''}".rstrip(": "))
    if entry.code in BUSY:
        return Receipt(id, "retry", answer=said, retry_after=backoff(attempt), fault=Fault.BUSY, pace="halve")
    if entry.code in BROKEN:
        return Receipt(id, "retry", answer=said, retry_after=backoff(attempt), fault=Fault.UNAVAILABLE)
    if entry.code in NO_ACCESS:
        return Receipt(id, "retry", answer=said, fault=Fault.MISCONFIGURED)
    return Receipt(id, "failed", "rejected_by_provider", said)


def kind_of(answer: Answer) -> str:
    try:
        kind: Any = msgspec.json.decode(answer.body, type=Refusal).kind
    except msgspec.DecodeError:
        return ""
    return str(kind).rpartition("#")[2]
