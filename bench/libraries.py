"""Requests as the official libraries write them, of events of our own; `tests/people/test_bench_libraries.py` holds
them against what the libraries really send."""

import gzip
import uuid
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

Json = dict[str, object]


@dataclass(frozen=True)
class Happened:
    """What somebody did; `at` is aware."""

    identity: str
    event: str
    at: datetime
    properties: Json


@dataclass(frozen=True)
class Request:
    path: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Library:
    """`batch`: how many messages it puts into one request by itself. `agent` is what it says it is."""

    batch: int
    agent: str
    zipped: bool
    message: Callable[[Happened, datetime], Json]
    envelope: Callable[[Sequence[Json], datetime, str], Json]
    content_type: str = "application/json"

    def requests(self, happened: Sequence[Happened], *, key: str, now: datetime) -> Iterator[Request]:
        """Sent `now`, with message ids that nobody has used."""
        for begin in range(0, len(happened), self.batch):
            messages = [self.message(each, now) for each in happened[begin : begin + self.batch]]
            body = orjson.dumps(self.envelope(messages, now, key))
            yield Request("/v1/batch", gzip.compress(body) if self.zipped else body, self.headers(key))

    def headers(self, key: str) -> dict[str, str]:
        basic = b64encode(f"{key}:".encode()).decode()
        zipped = {"Content-Encoding": "gzip"} if self.zipped else {}
        return {
            "User-Agent": self.agent,
            "Content-Type": self.content_type,
            "Authorization": f"Basic {basic}",
            **zipped,
        }


def from_python(integrations: Mapping[str, bool], version: str, digits: str, **more: str) -> Callable[..., Json]:
    library = {"name": "analytics-python", "version": version}

    def message(each: Happened, now: datetime) -> Json:
        return {
            "integrations": integrations, "anonymousId": None, "properties": each.properties,
            "timestamp": each.at.isoformat(timespec=digits), "context": {"library": library},
            "userId": each.identity, "type": "track", "event": each.event, "messageId": str(uuid.uuid4()), **more,
        }  # fmt: skip

    return message


def segment_node_message(each: Happened, now: datetime) -> Json:
    return {
        "timestamp": in_javascript(each.at), "integrations": {}, "event": each.event, "type": "track",
        "properties": each.properties,
        "context": {"library": {"name": "@segment/analytics-node", "version": "3.1.0"}}, "userId": each.identity,
        "messageId": f"node-next-{now.timestamp() * 1000:.0f}-{uuid.uuid4()}",
        "_metadata": {"nodeVersion": "v24.19.0", "jsRuntime": "node"},
    }  # fmt: skip


def rudder_node_message(each: Happened, now: datetime) -> Json:
    return {
        "userId": each.identity, "event": each.event, "properties": each.properties,
        "originalTimestamp": in_javascript(each.at), "type": "track",
        "context": {"library": {"name": "analytics-node", "version": "3.0.13"}}, "channel": "server",
        "_metadata": {"nodeVersion": "24.19.0"}, "messageId": str(uuid.uuid4()), "sentAt": in_javascript(now),
    }  # fmt: skip


def in_javascript(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


LIBRARIES = {
    "Segment Python": Library(
        100, "analytics-python/2.4.0", False, from_python({}, "2.4.0", "milliseconds"),
        lambda batch, now, key: {"batch": batch, "sentAt": now.isoformat(), "writeKey": key},
    ),
    "RudderStack Python": Library(
        100, "analytics-python/2.1.9", True, from_python({"All": True}, "2.1.9", "microseconds", channel="server"),
        lambda batch, now, key: {"batch": batch, "sentAt": now.isoformat()},
    ),
    "Segment Node": Library(
        15, "analytics-node-next/latest", False, segment_node_message,
        lambda batch, now, key: {"batch": batch, "writeKey": key, "sentAt": in_javascript(now)},
    ),
    "RudderStack Node": Library(
        20, "analytics-node/3.0.13", True, rudder_node_message,
        lambda batch, now, key: {"batch": batch, "timestamp": in_javascript(now), "sentAt": in_javascript(now)},
        "application/x-www-form-urlencoded",
    ),
}  # fmt: skip
