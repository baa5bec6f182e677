"""Messages a second through each connector into a sink, dispatch only: encoded, packed, sent, receipts read.

One sending process, one sink. Beside each the ceiling: bare requests of the same size and number at once, by sockets
that encode, sign and parse nothing. `MESSAGES=40000 python -m bench.dispatch`.
"""

import asyncio
import os
import time
import urllib.request
import uuid
from collections.abc import Mapping
from urllib.parse import urlsplit

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("BELFRY_ALLOW_PRIVATE_ADDRESSES", "1")
django.setup()

import orjson  # noqa: E402
import uvloop  # noqa: E402

from bench import report  # noqa: E402
from bench.send import sink  # noqa: E402
from connectors import http, registry  # noqa: E402
from connectors.base import Destination, Outgoing, Part  # noqa: E402

MESSAGES = int(os.environ.get("MESSAGES", "40000"))
BATCH = 1_000
TOGETHER = 4  # batches of one claim
CONNECTIONS = 64
# kind → (goal a second, of what; its settings; its secrets)
KINDS: Mapping[str, tuple[int, str, dict[str, object], dict[str, str]]] = {
    "segment": (150_000, "events/s", {"compress": False}, {"write_key": "benchmark"}),
    "mparticle": (10_000, "people/s", {}, {"key": "benchmark", "secret": "benchmark"}),
    "eventbridge": (
        5_000, "entries/s", {"region": "eu-west-1"}, {"access_key_id": "benchmark", "secret_access_key": "benchmark"},
    ),
    "webhook": (8_000, "requests/s", {}, {"signing_secret": "whsec_" + "YmVuY2htYXJrLWJlbmNobWFyay1iZW5jaG1hcms="}),
}  # fmt: skip


def main() -> None:
    figures: list[report.Figure] = []
    for kind, (goal, unit, config, secrets) in KINDS.items():
        with sink() as address:
            rate = sent(registry.DESTINATIONS[kind].make({"url": address, **config}, secrets, http.client()))
            requests, size = counted(address)
            per_request = rounded(kind) / requests
            bare = uvloop.run(ceiling(address, requests, size // requests)) * per_request
        figures.append(report.Figure(f"{kind}, {per_request:.0f} a request", rate, unit, goal, "higher"))
        figures.append(report.Figure(f"{kind}: the sink's ceiling", bare, unit, None, "higher"))
    report.write("dispatch", figures)


def rounded(kind: str) -> int:
    return MESSAGES // (10 if kind == "webhook" else 1)


def sent(destination: Destination) -> float:
    """Messages a second; the first claim warms up and is not counted."""
    kind = type(destination).__name__.lower()
    claims = rounded(kind) // (BATCH * TOGETHER) or 1
    batches = [messages(number * BATCH) for number in range(TOGETHER)]
    http.run(claim(destination, batches[:1]))
    started = time.perf_counter()
    for _ in range(claims):
        http.run(claim(destination, batches))
    return claims * TOGETHER * BATCH / (time.perf_counter() - started)


async def claim(destination: Destination, batches: list[list[Outgoing]]) -> None:
    part = Part("campaign-1/run-1", "1")
    for receipts in await asyncio.gather(*(destination.send(batch, part) for batch in batches)):
        assert all(receipt.state == "accepted" for receipt in receipts), receipts[0]


def messages(first: int) -> list[Outgoing]:
    """Of the size that a campaign with two texts has."""
    campaign: dict[str, object] = {
        "Campaign Id": 12, "Campaign name": "Autumn offer", "Campaign type": "by_property",
        "Campaign labels": ["autumn"], "Run": 2, "Copy": "pt",
    }  # fmt: skip
    return [
        Outgoing(
            id=str(uuid.UUID(int=number)),
            profile_id=number,
            user_id=f"user-{number}",
            anonymous_id=None,
            event="Campaign Sent",
            at="2026-11-22T10:00:00.000Z",
            content={"product": "Casaco de inverno", "message": f"Oi Maria {number}, seu casaco espera por você"},
            campaign=campaign,
            traits={"email": f"maria.{number}@example.com", "country": "BR"},
        )
        for number in range(first, first + BATCH)
    ]


def counted(address: str) -> tuple[int, int]:
    """What the sink took: requests and bytes."""
    counts = orjson.loads(urllib.request.urlopen(address).read())
    return counts["requests"], counts["bytes"]


async def ceiling(address: str, requests: int, size: int) -> float:
    """Bare requests a second over as many connections."""
    port = urlsplit(address).port
    wire = b"POST / HTTP/1.1\r\nHost: sink\r\nContent-Length: %d\r\n\r\n%b" % (size, b"x" * size)
    left = iter(range(requests))

    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in left:
            writer.write(wire)
            await reader.readuntil(b'{"success":true}')
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(min(CONNECTIONS, requests))))
    return requests / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
