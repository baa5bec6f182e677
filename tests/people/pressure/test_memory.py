"""Large bodies and bombs, many at once: each is answered, and the process stays small."""

import gzip
import json
import zlib
from collections.abc import Callable
from functools import partial

import pytest

from people.models import Event
from tests.people.pressure.wire import Got, Server, event, keys, together

pytestmark = pytest.mark.stack
MOST = 800 * 1024 * 1024  # bytes that the process may ever hold; an idle one takes about 120 MB
TEN_MB = 10 * 1024 * 1024
AT_ONCE = 12
LIMITS = {"BELFRY_BODY_SECONDS": "60", "BELFRY_INGEST_THREADS": "8"}


def in_a_record(value: bytes) -> bytes:
    return b'{"d": [{"evtData": {"a": ' + value + b"}}]}"


def bomb() -> bytes:
    """A gigabyte of zeros."""
    zip = zlib.compressobj(1, wbits=31)
    pieces = [zip.compress(b"0" * (1 << 20)) for _ in range(1 << 10)]
    return b"".join([*pieces, zip.flush()])


def zipped(body: bytes) -> bytes:
    """Small when it comes: what holds large ones back as they arrive does not see it."""
    return gzip.compress(body, 1, mtime=0)


BODIES: dict[str, Callable[[], bytes]] = {
    "long text": lambda: in_a_record(b'"' + b"\xe2\x98\x83" * 3_000_000 + b'"'),
    "texts": lambda: in_a_record(b"[" + b'"some text or other of some length",' * 250_000 + b"0]"),
    "values": lambda: in_a_record(b"[" + b"{}," * 3_000_000 + b"0]"),
    "records": lambda: b'{"d": [' + b"{}," * 240_000 + b"0]}",
    "no utf-8": lambda: in_a_record(b'"\xff' + b"\xe2\x98\x83" * 3_000_000 + b'"'),
    "bomb": bomb,
    "zipped texts": lambda: zipped(in_a_record(b"[" + b'"some text or other of some length",' * 290_000 + b"0]")),
    "zipped values": lambda: zipped(in_a_record(b"[" + b'{"a":"0123456789"},' * 240_000 + b"0]")),
    "zipped records": lambda: zipped(b'{"d": [' + b'{"a":"0123456789"},' * 240_000 + b"0]}"),
    "members": lambda: gzip.compress(b"", mtime=0) * 500_000,
}


def sent(server: Server, key: str, body: bytes, path: str = "/1/upload") -> Callable[[], Got]:
    return partial(server.ask, "POST", path, body, Authorization=f"Bearer {key}")


@pytest.mark.parametrize("kind", BODIES)
def test_ten_megabytes_by_twelve_at_once_stay_within_the_memory(server: Server, kind: str):
    body = BODIES[kind]()
    senders, before = keys(AT_ONCE), Event.objects.count()

    answers = together([sent(server, key, body[:TEN_MB]) for key in senders])

    assert len(answers) == AT_ONCE
    assert {each.status for each in answers} <= {200, 400, 413, 503}
    assert all("retry-after" in each.headers for each in answers if each.status == 503)
    assert Event.objects.count() - before == sum(int(str(each.told.get("processed", 0))) for each in answers)
    assert server.most_memory() < MOST


def test_what_was_read_is_forgotten(server: Server):
    """After all of that an ordinary request finds room."""
    [key] = keys(1)

    assert sent(server, key, json.dumps({"d": [event("after")]}).encode())().status == 200
