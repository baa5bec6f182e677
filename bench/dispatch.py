"""Messages a second through each connector into a sink, dispatch only: encoded, packed, sent, receipts read.

One sending process, one sink; the webhook, where a message is a request, also from two processes, as many as workers
are by default. Beside each the ceiling: bare requests of the same size and number at once, by sockets that encode, sign
and parse nothing. EventBridge also into ministack, where the tests' programs are installed.
`MESSAGES=40000 python -m bench.dispatch`.
"""

import asyncio
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("BELFRY_ALLOW_PRIVATE_ADDRESSES", "1")
django.setup()

import orjson  # noqa: E402
import uvloop  # noqa: E402
from django.conf import settings  # noqa: E402

from bench import report  # noqa: E402
from bench.send import sink  # noqa: E402
from config import garbage  # noqa: E402
from connectors import http, registry  # noqa: E402
from connectors.base import Destination, Outgoing, Part  # noqa: E402

MESSAGES = int(os.environ.get("MESSAGES", "40000"))
TOGETHER = 4  # batches of one claim
CONNECTIONS = 64
SENDERS = 2
WEBHOOK = "requests/s", 8_000
MINISTACK = settings.BASE_DIR / ".venv" / "ministack" / "bin" / "ministack"
START_SECONDS = 60
# kind → (goal a second, of what; its settings; its secrets)
KINDS: Mapping[str, tuple[int, str, dict[str, object], dict[str, str]]] = {
    "segment": (150_000, "events/s", {}, {"write_key": "benchmark"}),
    "mparticle": (10_000, "people/s", {}, {"key": "benchmark", "secret": "benchmark"}),
    "eventbridge": (
        5_000, "entries/s", {"region": "eu-west-1"}, {"access_key_id": "benchmark", "secret_access_key": "benchmark"},
    ),
    "webhook": (8_000, "requests/s", {}, {"signing_secret": "whsec_" + "YmVuY2htYXJrLWJlbmNobWFyay1iZW5jaG1hcms="}),
}  # fmt: skip


def main() -> None:
    figures: list[report.Figure] = []
    for kind, (goal, unit, _, _) in KINDS.items():
        with sink() as address:
            rate = sent_to(address, kind)
            requests, size = counted(address)
            per_request = (rounded(kind) + batch_size(kind)) / requests
            bare = uvloop.run(ceiling(address, requests, size // requests)) * per_request
        alone = None if kind == "webhook" else goal
        figures.append(report.Figure(f"{kind}, {per_request:.0f} a request", rate, unit, alone, "higher"))
        figures.append(report.Figure(f"{kind}: the sink's ceiling", bare, unit, None, "higher"))
    with sink() as address:
        rate = sent_by_processes(address, "webhook")
    figures.append(report.Figure(f"webhook, from {SENDERS} processes", rate, *WEBHOOK, "higher"))
    if MINISTACK.exists():
        with ministack() as address:
            rate = sent_to(address, "eventbridge")
        figures.append(
            report.Figure("eventbridge, into ministack", rate, "entries/s", KINDS["eventbridge"][0], "higher")
        )
    report.write("dispatch", figures)


def rounded(kind: str) -> int:
    return MESSAGES // (4 if kind == "webhook" else 1)


def batch_size(kind: str) -> int:
    """As runs are planned."""
    return min(settings.BATCH_SIZE, registry.DESTINATIONS[kind].most_in_doubt({}) or settings.BATCH_SIZE)


def sent_to(address: str, kind: str) -> float:
    """Messages a second."""
    send = ready(address, kind)
    return rounded(kind) / send()


def ready(address: str, kind: str) -> Callable[[], float]:
    """Warmed up as a worker is; what it returns sends all messages and says how many seconds that took."""
    garbage.settle()
    _, _, config, secrets = KINDS[kind]
    destination = registry.DESTINATIONS[kind].make({"url": address, **config}, secrets, http.client())
    size = batch_size(kind)
    batches = [messages(first, size) for first in range(0, rounded(kind), size)]
    http.run(claim(destination, batches[:1]))

    def send() -> float:
        started = time.perf_counter()
        for first in range(0, len(batches), TOGETHER):
            http.run(claim(destination, batches[first : first + TOGETHER]))
        return time.perf_counter() - started

    return send


def sent_by_processes(address: str, kind: str) -> float:
    """Messages a second of several processes that begin at one moment, until the last has ended."""
    command = [sys.executable, "-m", "bench.dispatch", kind, address]
    senders = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(SENDERS)
    ]
    for sender in senders:
        assert sender.stdout
        assert sender.stdout.readline() == "ready\n"
    started = time.perf_counter()
    for sender in senders:
        assert sender.stdin
        sender.stdin.write("go\n")
        sender.stdin.close()
    for sender in senders:
        assert sender.stdout
        assert sender.stdout.readline() == "sent\n"
    seconds = time.perf_counter() - started
    for sender in senders:
        sender.wait(timeout=30)
    return SENDERS * rounded(kind) / seconds


def one_of_several(kind: str, address: str) -> None:
    send = ready(address, kind)
    print("ready", flush=True)
    sys.stdin.readline()
    send()
    print("sent", flush=True)


async def claim(destination: Destination, batches: list[list[Outgoing]]) -> None:
    part = Part("campaign-1/run-1", "1", at_once=len(batches))
    for receipts in await asyncio.gather(*(destination.send(batch, part) for batch in batches)):
        assert all(receipt.state == "accepted" for receipt in receipts), receipts[0]


def messages(first: int, size: int) -> list[Outgoing]:
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
        for number in range(first, first + size)
    ]


@contextmanager
def ministack() -> Iterator[str]:
    """EventBridge as others have written it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port)}
    process = subprocess.Popen(
        [MINISTACK], env={**os.environ, **place}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_for(address: str) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(address, timeout=5)
            return
        except urllib.error.HTTPError:
            return  # it answers
        except OSError:
            time.sleep(0.1)
    raise SystemExit("ministack did not start.")


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
    one_of_several(*sys.argv[1:]) if sys.argv[1:] else main()
