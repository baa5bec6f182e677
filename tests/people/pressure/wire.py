"""A client of the real web server: plain sockets, many of them at once."""

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from accounts import api_keys

PATIENCE = 60
Result = TypeVar("Result")
JSON = dict[str, object]


@dataclass(frozen=True)
class Got:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> JSON:
        found: JSON = json.loads(self.body)
        return found


@dataclass(frozen=True)
class Server:
    """A running server: its port and the process that started it. `source` is where its clients connect from."""

    port: int
    pid: int
    source: str = "127.0.0.1"

    def reached_from(self, number: int) -> "Server":
        """By another client: all of 127.0.0.0/8 is this machine."""
        return replace(self, source=f"127.0.0.{number}")

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Got:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=PATIENCE, source_address=(self.source, 0)
        )
        try:
            given = json.dumps(body) if isinstance(body, (dict, list)) else body
            connection.request(method, path, given, headers)  # type: ignore[arg-type]  # whatever http.client takes
            return got(connection.getresponse())
        finally:
            connection.close()

    def begin(self, sent: bytes) -> socket.socket:
        """A connection on which so much is sent, and no more."""
        begun = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE, source_address=(self.source, 0))
        begun.sendall(sent)
        return begun

    def say(self, sent: bytes) -> Got:
        """The answer to raw bytes of HTTP."""
        with self.begin(sent) as connection:
            return answer(connection)

    def most_memory(self) -> int:
        """The most bytes that any of its processes ever held."""
        return max(peak(pid) for pid in [self.pid, *descendants(self.pid)])


@dataclass
class Crowd:
    """Requests under way, each in a thread of its own; `answers` in the order in which they came."""

    threads: list[threading.Thread] = field(default_factory=list)
    answers: list[tuple[str, Got]] = field(default_factory=list)

    def sends(self, name: str, request: Callable[[], Got]) -> None:
        def send() -> None:
            self.answers.append((name, request()))

        self.threads.append(threading.Thread(target=send, daemon=True))
        self.threads[-1].start()

    def wait(self) -> None:
        for thread in self.threads:
            thread.join(PATIENCE)

    def of(self, status: int) -> list[str]:
        return sorted(name for name, each in list(self.answers) if each.status == status)


def got(response: http.client.HTTPResponse) -> Got:
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Got(response.status, headers, response.read())


def answer(connection: socket.socket) -> Got:
    response = http.client.HTTPResponse(connection)
    response.begin()
    return got(response)


def keys(count: int) -> list[str]:
    return [api_keys.issue(f"Key {number}", ["ingest"], None)[1] for number in range(count)]


def event(name: str, **fields: object) -> JSON:
    return {"type": "event", "identity": f"person-{name}", "evtName": f"Did {name}", **fields}


def descendants(pid: int) -> Iterable[int]:
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, path.read_text().split()):
            yield child
            yield from descendants(child)


def peak(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [line] = [each for each in lines if each.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


def together(works: Sequence[Callable[[], Result]]) -> list[Result]:
    """The results of all, done at once, in no order."""
    results: list[Result] = []
    threads = [threading.Thread(target=lambda work=work: results.append(work()), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return results
