"""The *mParticle* destination: one batch a person through the Events API's `/bulkevents`."""

import base64
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

import orjson

from connectors.addresses import server_of
from connectors.answers import Provider, refusal
from connectors.base import BACKOFF_CAP, ConnectorError, Fault, Outgoing, Pace, Part, Receipt, Token
from connectors.http import Answer, Client
from connectors.packing import Item, Problem, Sending, checked, pack, with_comma

REGIONS = {
    "us1": "https://s2s.us1.mparticle.com/v2",
    "us2": "https://s2s.us2.mparticle.com/v2",
    "eu1": "https://s2s.eu1.mparticle.com/v2",
    "au1": "https://s2s.au1.mparticle.com/v2",
}

# mParticle takes less than 256 KB a request, 100 batches in it, and 128 KB a batch (its documented limits).
MAX_REQUEST_BYTES = 240_000
MAX_REQUEST_BATCHES = 100
MAX_MESSAGE_BYTES = 128_000
MAX_NAME_LENGTH = 256
MAX_VALUE_LENGTH = 4_096
MAX_ATTRIBUTES = 100  # of an event, and of a person
MAX_LIST_ITEMS = 1_000
MAX_LIST_ITEM_LENGTH = 512

EXCEEDED, USED = "X-mp-rate-limit-exceeded", "X-mp-rate-limit-percentage-used"
PERCENTAGE, NEARLY_ALL = re.compile(r"\s*(\d{1,4})\b", re.ASCII), 80

PLATFORMS = {"android": "Android", "ios": "iOS", "web": "web"}
MPARTICLE = Provider("mParticle", "The key or the secret was refused.", slows=frozenset({429}))
ENVIRONMENTS = ("production", "development")


def payload(message: Outgoing, environment: str = "production") -> dict[str, object]:
    """One batch, version 1 (`connectors/schemas/mparticle.v1.json`); its event's id and its own are our id."""
    batch: dict[str, object] = {
        "environment": environment,
        "source_request_id": message.id,
        "user_identities": identities(message),
        "user_attributes": {name: attribute(value) for name, value in people_attributes(message).items()},
        "events": [event(message)],
    }
    if message.tokens:
        batch["device_info"] = device(message.tokens[0])
    return batch


def event(message: Outgoing) -> dict[str, object]:
    return {
        "event_type": "custom_event",
        "data": {
            "event_name": message.event,
            "custom_event_type": "other",
            "timestamp_unixtime_ms": milliseconds(message.at),
            "source_message_id": message.id,
            "custom_attributes": {name: text(value) for name, value in flattened(message.properties())},
        },
    }


def identities(message: Outgoing) -> dict[str, object]:
    """The e-mail address is an identity too, where it is chosen for the payload."""
    found = {"customer_id": message.user_id, "other": message.anonymous_id, "email": message.traits.get("email")}
    return {kind: value for kind, value in found.items() if value}


def people_attributes(message: Outgoing) -> dict[str, object]:
    attributes = {name: value for name, value in message.traits.items() if name != "email"}
    tokens = [f"{token['platform']}:{token['token']}" for token in message.tokens]
    return {**attributes, "push_tokens": tokens} if tokens else attributes


def device(token: Token) -> dict[str, object]:
    """Of the device seen last; the others are in the attribute `push_tokens`."""
    return {"platform": PLATFORMS.get(token["platform"], "out_of_band"), "push_token": token["token"]}


def flattened(properties: Mapping[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    """An object's keys stand behind its own: `Event properties.sku`."""
    for name, value in properties.items():
        if isinstance(value, dict) and value:
            yield from flattened(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def text(value: object) -> str | None:
    """An event's attributes are texts."""
    match value:
        case None | str():
            return value
        case bool() | dict():
            return orjson.dumps(value).decode()
        case _:
            return str(scalar(value))


def attribute(value: object) -> object:
    """A person's attribute may be a list of texts."""
    return [str(scalar(each)) for each in value] if isinstance(value, list | tuple) else scalar(value)


def scalar(value: object) -> object:
    """Lists of plain values are joined by commas, everything else becomes JSON."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list() | tuple() if all(isinstance(each, str | int | float) for each in value):
            return ", ".join(str(each) for each in value)
        case _:
            return orjson.dumps(value).decode()


def milliseconds(at: str) -> int:
    return round(datetime.fromisoformat(at).timestamp() * 1000)


def taken(items: Sequence[Item], answer: Answer) -> list[Receipt]:
    """Where most of what mParticle takes is used up, no more a second than now."""
    used = PERCENTAGE.match(answer.headers.get(USED, ""))
    pace: Pace = "hold" if used and int(used[1]) >= NEARLY_ALL else ""
    return [Receipt(item.id, "accepted", pace=pace) for item in items]


def jittered(attempt: int) -> float:
    """Seconds, where a 429 names none: any up to 2ⁿ, at most 60, so that workers do not come back together."""
    return random.uniform(0, min(BACKOFF_CAP, 2.0 ** min(attempt, 10)))  # noqa: S311 jitter is no secret


def scope(config: Mapping[str, object], secrets: Mapping[str, str]) -> tuple[str, ...]:
    """What mParticle counts together: an input's key in a region."""
    return server_of(str(config.get("url") or REGIONS["us1"])), secrets.get("key", "")


def make(config: Mapping[str, object], secrets: Mapping[str, str], client: Client) -> "MParticle":
    return MParticle(
        url=str(config.get("url") or REGIONS["us1"]).rstrip("/"),
        key=secrets.get("key", ""),
        secret=secrets.get("secret", ""),
        environment=str(config.get("environment") or ENVIRONMENTS[0]),
        client=client,
    )


@dataclass(frozen=True, slots=True)
class MParticle:
    """`url` ends before `/bulkevents`.

    mParticle is told our id twice, but does not promise to drop what it has seen: what may have arrived is unknown.
    """

    url: str
    key: str
    secret: str
    environment: str
    client: Client
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    deduplicates: ClassVar[bool] = False

    async def send(self, batch: Sequence[Outgoing], part: Part) -> list[Receipt]:
        items, receipts = checked(batch, self.encoded, rule_broken, with_comma)
        sending = Sending(
            post=self.post,
            refusal=lambda answer: self.refusal(answer, part.attempt),
            part=part,
            deduplicates=self.deduplicates,
            accepted=taken,
        )
        # two brackets, and the first item has no comma
        requests = pack(items, most_bytes=MAX_REQUEST_BYTES, most_items=MAX_REQUEST_BATCHES, overhead=1)
        receipts |= await sending.all(requests)
        return [receipts[message.id] for message in batch]

    def refusal(self, answer: Answer, attempt: int) -> ConnectorError:
        """Of a 429 it says whether we send too much, or only more and more of it."""
        error = refusal(answer, MPARTICLE, attempt, self.clock())
        if answer.status == 429:
            if "acceleration" in f"{answer.headers.get(EXCEEDED, '')} {answer.body}".lower():
                error.pace = "hold"
            if error.fault == Fault.BUSY:
                error.retry_after = jittered(attempt)
        return error

    async def finish(self, folder: str, parts: Sequence[str]) -> str:
        return ""

    async def post(self, items: Sequence[Item]) -> Answer:
        body = b"[" + b",".join([item.body for item in items]) + b"]"
        headers = {"Authorization": self.authorization, "Content-Type": "application/json"}
        return await self.client.post(f"{self.url}/bulkevents", body, headers, messages=len(items), shown=body)

    def encoded(self, message: Outgoing) -> bytes:
        return orjson.dumps(payload(message, self.environment))

    @property
    def authorization(self) -> str:
        return "Basic " + base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()


def rule_broken(message: Outgoing, body: bytes) -> Problem | None:
    """mParticle answers 202 to a request whose batches it drops, so its rules are applied here."""
    if not identities(message):
        return "invalid_recipient", "Neither an identity nor an anonymous id."
    if len(body) > MAX_MESSAGE_BYTES:
        return "too_large", f"{len(body):,} bytes; mParticle takes up to {MAX_MESSAGE_BYTES:,} for one person."
    if not message.event or len(message.event) > MAX_NAME_LENGTH:
        return "rejected_by_provider", f"The event's name must have 1 to {MAX_NAME_LENGTH} characters."
    of_event = dict(flattened(message.properties()))
    for what, attributes in (("the event", of_event), ("the person", people_attributes(message))):
        if problem := attributes_broken(attributes, what):
            return "too_large", problem
    return None


def attributes_broken(attributes: Mapping[str, object], what: str) -> str:
    if len(attributes) > MAX_ATTRIBUTES:
        return f"{len(attributes)} attributes of {what}; mParticle takes up to {MAX_ATTRIBUTES}."
    for name, value in attributes.items():
        if not name or len(name) > MAX_NAME_LENGTH:
            return f"An attribute's name must have 1 to {MAX_NAME_LENGTH} characters: “{name[:40]}”."
        if is_long(value) or (what == "the event" and len(str(scalar(value))) > MAX_VALUE_LENGTH):
            return f"“{name}” is too long: mParticle takes up to {MAX_VALUE_LENGTH:,} characters."
    return ""


def is_long(value: object) -> bool:
    if isinstance(value, list | tuple):
        return len(value) > MAX_LIST_ITEMS or any(len(str(scalar(each))) > MAX_LIST_ITEM_LENGTH for each in value)
    return len(str(scalar(value))) > MAX_VALUE_LENGTH
