"""Events a second through the ingest API over HTTP, on a database that holds people and a year of events already.

`PROFILES=100000 EVENTS=400000 python -m bench.ingest`; a database of its own, made and dropped. EVENTS are those sent.
"""

import gzip
import http.client
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

import orjson  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from accounts.api_keys import issue  # noqa: E402
from bench import report  # noqa: E402
from operations import scratch  # noqa: E402
from people.generation.events import NAMES, SKEW, properties, zipf_table  # noqa: E402
from people.models import Event, Profile, ProfileEvent  # noqa: E402

PROFILES = int(os.environ.get("PROFILES", "100000"))
EVENTS = int(os.environ.get("EVENTS", "400000"))
BEFORE = 10  # events a person that are there already
RECORDS = 1000
SENDERS = 4
GOAL = 20_000
START_SECONDS = 60
PATIENCE = 120
Item = TypeVar("Item")


@dataclass(frozen=True)
class Request:
    path: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Sent:
    """How long all requests took together, and each alone, in seconds."""

    seconds: float
    answers: list[float]

    @property
    def p95(self) -> float:
        return sorted(self.answers)[int(len(self.answers) * 0.95)] * 1000


def main() -> None:
    with scratch.database("bench_ingest") as url:
        call_command("migrate", verbosity=0, skip_checks=True)
        call_command("generate", profiles=PROFILES, events=PROFILES * BEFORE, skip_checks=True)
        key = issue("Benchmark", ["ingest"], None)[1]
        with web(url) as port:
            measure(port, uploads(5 * RECORDS, key, seed=0))  # connections, caches, catalogue
            native = measure(port, uploads(EVENTS, key, seed=1))
            segment = measure(port, batches(EVENTS // 2, key, seed=2))
            people = measure(port, newcomers(EVENTS // 4, key))
        check()
    report.write("ingest", figures(native, segment, people))


def figures(native: Sent, segment: Sent, people: Sent) -> list[report.Figure]:
    return [
        report.Figure("events through /1/upload", EVENTS / native.seconds, "events/s", GOAL),
        report.Figure("95th percentile of a request of 1,000", native.p95, "ms", None, "lower"),
        report.Figure("events through /v1/batch, zipped, with message ids", EVENTS // 2 / segment.seconds, "events/s"),
        report.Figure("new people through /1/upload", EVENTS // 4 / people.seconds, "people/s"),
    ]


def check() -> None:
    """Every event that was sent is there, and in the summary."""
    expected = PROFILES * BEFORE + 5 * RECORDS + EVENTS + EVENTS // 2
    summed = sum(ProfileEvent.objects.values_list("count", flat=True).iterator())
    found = (Event.objects.count(), summed, Profile.objects.count())
    if found != (expected, expected, PROFILES + EVENTS // 4):
        raise SystemExit(f"Lost or doubled: {found}, expected {expected:,} events.")


def uploads(count: int, key: str, *, seed: int) -> list[Request]:
    headers = {"X-CleverTap-Account-Id": "bench", "X-CleverTap-Passcode": key, "Content-Type": "application/json"}
    records = happened(count, seed)
    return [
        Request("/1/upload", orjson.dumps({"d": [native(each) for each in chunk]}), headers)
        for chunk in cut(records, RECORDS)
    ]


def batches(count: int, key: str, *, seed: int) -> list[Request]:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    return [
        Request("/v1/batch", gzip.compress(orjson.dumps({"batch": chunk, "writeKey": key}), 1), headers)
        for chunk in cut([message(each, seed, place) for place, each in enumerate(happened(count, seed))], RECORDS)
    ]


def newcomers(count: int, key: str) -> list[Request]:
    headers = {"X-CleverTap-Passcode": key, "Content-Type": "application/json"}
    records = [
        {
            "identity": f"new-{number}",
            "type": "profile",
            "profileData": {
                "Name": f"Person {number}",
                "Email": f"new{number}@example.com",
                "plan": "gold",
                "n": number,
            },
        }
        for number in range(count)
    ]
    return [Request("/1/upload", orjson.dumps({"d": chunk}), headers) for chunk in cut(records, RECORDS)]


def happened(count: int, seed: int) -> list[tuple[str, str, int, dict[str, object]]]:
    """(identity, event, seconds, properties): names by Zipf, busy and quiet people, the last 30 days."""
    dice, table, now = random.Random(seed), zipf_table(), int(time.time())
    first = Profile.objects.order_by("pk").values_list("pk", flat=True)[0]
    sets = {name: [properties(name, dice) for _ in range(500)] for name in NAMES}
    found = []
    for _ in range(count):
        name = NAMES[table[dice.getrandbits(16)]]
        person = first + int(PROFILES * dice.random() ** SKEW)
        found.append((f"user-{person}", name, now - int(dice.random() * 30 * 86_400), dice.choice(sets[name])))
    return found


def native(event: tuple[str, str, int, dict[str, object]]) -> dict[str, object]:
    identity, name, seconds, data = event
    return {"identity": identity, "type": "event", "evtName": name, "ts": seconds, "evtData": data}


def message(event: tuple[str, str, int, dict[str, object]], seed: int, place: int) -> dict[str, object]:
    identity, name, seconds, data = event
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
    return {"type": "track", "userId": identity, "event": name, "timestamp": at, "properties": data,
            "messageId": f"bench-{seed}-{place}-4f1d"}  # fmt: skip


def cut(records: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    return (records[begin : begin + size] for begin in range(0, len(records), size))


def measure(port: int, requests: Sequence[Request]) -> Sent:
    """Send all requests by SENDERS connections at once."""
    waiting, answers = iter(requests), list[float]()
    lock, failures = threading.Lock(), list[str]()

    def send() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        while request := take(waiting, lock):
            begun = time.perf_counter()
            connection.request("POST", request.path, request.body, request.headers)
            response = connection.getresponse()
            answer = orjson.loads(response.read())
            answers.append(time.perf_counter() - begun)
            if response.status != 200 or answer.get("unprocessed") or answer.get("rejected"):
                failures.append(str(answer)[:500])
        connection.close()

    begun = time.perf_counter()
    together([send] * SENDERS)
    if failures:
        raise SystemExit(f"{len(failures)} requests failed: {failures[0]}")
    return Sent(time.perf_counter() - begun, answers)


def take(waiting: Iterator[Request], lock: threading.Lock) -> Request | None:
    with lock:
        return next(waiting, None)


def together(works: Sequence[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def web(url: str) -> Iterator[int]:
    """The real web server on that database; yields its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "manage.py", "web", "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(command, cwd=settings.BASE_DIR, env={**os.environ, "DATABASE_URL": url})
    try:
        wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for(port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("The web server did not start.")


if __name__ == "__main__":
    main()
