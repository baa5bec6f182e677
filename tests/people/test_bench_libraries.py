"""What the benchmark of ingest replays is what the libraries send: the same addresses, headers and JSON."""

import gzip
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from bench.libraries import LIBRARIES as REPLAYED
from bench.libraries import Happened
from tests.connectors.servers import Server
from tests.people.libraries import LIBRARIES, Story

AT = datetime(2026, 11, 2, 3, 4, 5, 678_000, tzinfo=UTC)
EVENTS = [
    Happened(f"user-{number}", "Viewed", AT, {"sku": "a", "price": 1.5, "left": number}) for number in range(1, 106)
]
STORY: Story = [
    (
        "track",
        {"userId": each.identity, "event": each.event, "timestamp": AT.isoformat(), "properties": each.properties},
    )
    for each in EVENTS
]
HEADERS = ("User-Agent", "Content-Type", "Content-Encoding", "Authorization")
MADE_UP = ("messageId", "sentAt", "timestamp", "originalTimestamp", "version", "nodeVersion")


@pytest.mark.parametrize("name", REPLAYED)
def test_the_benchmark_replays_what_the_library_sends(name: str):
    with Server() as server:
        assert LIBRARIES[name].tell(STORY, host=server.url, key="bf_key") == []

    replayed = list(REPLAYED[name].requests(EVENTS, key="bf_key", now=datetime.now(UTC)))

    assert {described(each) for each in replayed} == {described(each) for each in server.requests}
    assert messages(replayed) == messages(server.requests)
    assert max(len(batch_of(each)) for each in server.requests) == REPLAYED[name].batch


def described(request: Any) -> str:
    """Everything but the messages."""
    agent, *rest = [request.headers.get(name) for name in HEADERS]
    around = {**json_of(request), "batch": []}
    return str((request.path, agent.partition("/")[0], rest, with_lengths(around)))


def messages(requests: Iterable[Any]) -> list[Any]:
    """Of all requests, in the order in which they were told: a library may send several at once."""
    every = [message for request in requests for message in batch_of(request)]
    return [with_lengths(message) for message in sorted(every, key=lambda message: message["properties"]["left"])]


def batch_of(request: Any) -> Any:
    return json_of(request)["batch"]


def json_of(request: Any) -> Any:
    return orjson.loads(gzip.decompress(request.body) if request.body[:2] == b"\x1f\x8b" else request.body)


def with_lengths(value: Any) -> Any:
    """The same JSON, of what differs from one time to the next only the length; its keys in the order they have."""
    if isinstance(value, dict):
        return [(key, made_up(key, each) if key in MADE_UP else with_lengths(each)) for key, each in value.items()]
    return [with_lengths(each) for each in value] if isinstance(value, list) else value


def made_up(key: str, value: Any) -> Any:
    return type(value) if "ersion" in key else len(value)
