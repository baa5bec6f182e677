"""Events a second through the ingest API over HTTP, on a database that holds people and a year of events already: as
the official libraries send them, and in large uploads.

`PROFILES=100000 EVENTS=400000 python -m bench.ingest`; a database of its own, made and dropped. EVENTS are those sent
in each of the two ways that have a goal.
"""

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
from datetime import UTC, datetime, timedelta
from itertools import chain, zip_longest
from statistics import median
from typing import TypeVar

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

import orjson  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from accounts.api_keys import issue  # noqa: E402
from bench import report  # noqa: E402
from bench.libraries import LIBRARIES, Happened, Request  # noqa: E402
from operations import scratch  # noqa: E402
from people.generation.events import NAMES, SKEW, properties, zipf_table  # noqa: E402
from people.models import Event, Profile, ProfileEvent  # noqa: E402

PROFILES = int(os.environ.get("PROFILES", "100000"))
EVENTS = int(os.environ.get("EVENTS", "400000"))
ROUNDS = 5  # of the libraries' batches
BEFORE = 10  # events a person that are there already
RECORDS = 1000
SENDERS = 20  # each waits for its answer before it sends again, as the libraries do
GOAL, ANSWER_GOAL = 20_000, 250
START_SECONDS = 60
PATIENCE = 120
Item = TypeVar("Item")


@dataclass(frozen=True)
class Sent:
    """How long all requests took together, and each alone, in seconds."""

    seconds: float
    answers: list[float]

    @property
    def p99(self) -> float:
        return sorted(self.answers)[int(len(self.answers) * 0.99)] * 1000


def main() -> None:
    with scratch.database("bench_ingest") as url:
        call_command("migrate", verbosity=0, skip_checks=True)
        call_command("generate", profiles=PROFILES, events=PROFILES * BEFORE, skip_checks=True)
        key = issue("Benchmark", ["ingest"], None)[1]
        with web(url) as port:
            measure(port, uploads(5 * RECORDS, key, seed=0))  # connections, caches, catalogue
            each = EVENTS // ROUNDS
            python = [
                measure(port, batches(each, key, "Segment Python", "RudderStack Python", seed=10 + number))
                for number in range(ROUNDS)
            ]
            node = measure(port, batches(EVENTS // 8, key, "Segment Node", "RudderStack Node", seed=2))
            native = measure(port, uploads(EVENTS // 2, key, seed=3))
            people = measure(port, newcomers(EVENTS // 4, key))
        check(5 * RECORDS + ROUNDS * each + EVENTS // 8 + EVENTS // 2)
    report.write("ingest", figures(python, node, native, people))


def figures(python: Sequence[Sent], node: Sent, native: Sent, people: Sent) -> list[report.Figure]:
    """The machine's own speed moves a round by a third: what the Python libraries send is the median of ROUNDS, its
    answers are those of all of them."""
    rates = [EVENTS // ROUNDS / each.seconds for each in python]
    answers = Sent(sum(each.seconds for each in python), [answer for each in python for answer in each.answers])
    return [
        report.Figure(
            f"as the Python libraries send, 100 a request, median of {ROUNDS}", median(rates), "events/s", GOAL
        ),
        report.Figure("the slowest of these rounds", min(rates), "events/s"),
        report.Figure("the fastest", max(rates), "events/s"),
        report.Figure("99th percentile of the answers", answers.p99, "ms", ANSWER_GOAL, "lower"),
        report.Figure("as the Node libraries send, 15 or 20 a request", EVENTS // 8 / node.seconds, "events/s"),
        report.Figure("99th percentile of the answers to those", node.p99, "ms", ANSWER_GOAL, "lower"),
        report.Figure("through /1/upload, 1,000 a request", EVENTS // 2 / native.seconds, "events/s", GOAL),
        report.Figure("new people through /1/upload", EVENTS // 4 / people.seconds, "people/s"),
    ]


def check(sent: int) -> None:
    """Every event that was sent is there, and in the summary."""
    expected = PROFILES * BEFORE + sent
    summed = sum(ProfileEvent.objects.values_list("count", flat=True).iterator())
    found = (Event.objects.count(), summed, Profile.objects.count())
    if found != (expected, expected, PROFILES + EVENTS // 4):
        raise SystemExit(f"Lost or doubled: {found}, expected {expected:,} events.")


def uploads(count: int, key: str, *, seed: int) -> list[Request]:
    headers = {"X-CleverTap-Account-Id": "bench", "X-CleverTap-Passcode": key, "Content-Type": "application/json"}
    return [
        Request("/1/upload", orjson.dumps({"d": [native(each) for each in chunk]}), headers)
        for chunk in cut(happened(count, seed), RECORDS)
    ]


def batches(count: int, key: str, *libraries: str, seed: int) -> list[Request]:
    """Of several libraries in turn, half of the events each."""
    events, now = happened(count, seed), datetime.now(UTC)
    shares = [events[place :: len(libraries)] for place in range(len(libraries))]
    requests = (LIBRARIES[name].requests(each, key=key, now=now) for name, each in zip(libraries, shares, strict=True))
    return list(filter(None, chain.from_iterable(zip_longest(*requests))))


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


def happened(count: int, seed: int) -> list[Happened]:
    """Names by Zipf, busy and quiet people, the last 30 days."""
    dice, table, now = random.Random(seed), zipf_table(), datetime.now(UTC)
    first = Profile.objects.order_by("pk").values_list("pk", flat=True)[0]
    sets = {name: [properties(name, dice) for _ in range(500)] for name in NAMES}
    found = []
    for _ in range(count):
        name = NAMES[table[dice.getrandbits(16)]]
        person = first + int(PROFILES * dice.random() ** SKEW)
        at = now - timedelta(seconds=int(dice.random() * 30 * 86_400))
        found.append(Happened(f"user-{person}", name, at, dice.choice(sets[name])))
    return found


def native(event: Happened) -> dict[str, object]:
    return {
        "identity": event.identity, "type": "event", "evtName": event.event, "ts": int(event.at.timestamp()),
        "evtData": event.properties,
    }  # fmt: skip


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
    """The real web server on that database; yields its port. All send with one key, whose share is not measured."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "manage.py", "web", "--host", "127.0.0.1", "--port", str(port)]
    given = {"DATABASE_URL": url, "BELFRY_KEY_REQUESTS_PER_SECOND": "10000", "BELFRY_KEY_AT_ONCE": "100"}
    server = subprocess.Popen(command, cwd=settings.BASE_DIR, env={**os.environ, **given})
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
