"""Clients that send slowly or fall silent hold no thread and are told so in the end."""

import gzip
import json

import pytest

from people.models import Event
from tests.people.pressure.wire import Server, answer, event, keys
from tests.stack import wait_until

pytestmark = pytest.mark.stack
STALLED = 100


@pytest.mark.parametrize("path", ["/1/upload", "/v1/batch", "/login"])
def test_a_hundred_stalled_bodies_hold_up_nobody_and_get_a_408(server: Server, path: str):
    key, *slow = keys(11)
    begun = [
        server.begin(
            f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\nAuthorization: Bearer {by}\r\n\r\n{{".encode()
        )
        for by in slow * (STALLED // len(slow))
    ]
    before = Event.objects.count()

    page = server.ask("GET", "/login").status
    sent = server.ask("POST", "/1/upload", {"d": [event("swift")]}, **{"X-CleverTap-Passcode": key}).status
    ends = [answer(each) for each in begun]

    assert (page, sent, Event.objects.count() - before) == (200, 200, 1)
    assert {each.status for each in ends} == {408}
    assert {each.recv(1) for each in begun} == {b""}  # closed from the other side
    for each in begun:
        each.close()


def test_a_client_that_leaves_in_the_middle_leaves_nothing_behind(server: Server):
    [key] = keys(1)
    for _ in range(40):  # more than may be in hand at once
        server.begin(
            f"POST /1/upload HTTP/1.1\r\nHost: a\r\nX-CleverTap-Passcode: {key}\r\nContent-Length: 9\r\n\r\n{{".encode()
        ).close()

    def is_taken() -> bool:
        told = server.ask("POST", "/1/upload", {"d": [event("after")]}, **{"X-CleverTap-Passcode": key})
        return told.status == 200

    wait_until(is_taken, "the places of those who left are free")


@pytest.mark.parametrize("length", [b"5", b"4000"])
def test_a_length_that_lies_keeps_nothing(server: Server, length: bytes):
    """Too short: what follows is no request. Too long: the client leaves before its body is whole."""
    [key], before = keys(1), Event.objects.count()
    body = json.dumps({"d": [event("liar")]}).encode()
    head = f"POST /1/upload HTTP/1.1\r\nHost: localhost\r\nX-CleverTap-Passcode: {key}\r\nContent-Length: ".encode()

    told = server.say(head + length + b"\r\n\r\n" + body)

    assert (told.status, Event.objects.count() - before) == (400 if length == b"5" else 408, 0)


@pytest.mark.parametrize("length", [b"-1", b"x", b"5\r\nContent-Length: 6", b"99999999999999999999999"])
def test_a_length_that_is_none_is_refused(server: Server, length: bytes):
    assert server.say(b"POST /1/upload HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + b"\r\n\r\n{}").status in (
        400,
        413,
    )


@pytest.mark.parametrize("zipped", [False, True])
def test_a_chunked_body_is_read(server: Server, zipped: bool):
    [key], before = keys(1), Event.objects.count()
    body = json.dumps({"d": [event("piecemeal")]}).encode()
    pieces = gzip.compress(body) if zipped else body

    told = server.ask("POST", "/1/upload", iter([pieces[:20], pieces[20:]]), **{"X-CleverTap-Passcode": key})

    assert (told.status, told.told["processed"], Event.objects.count() - before) == (200, 1, 1)


def test_a_chunked_body_that_never_ends_is_a_413(server: Server):
    [key], endless = keys(1), iter([b"x" * 1024 * 1024] * 12)

    assert server.ask("POST", "/1/upload", endless, Authorization=f"Bearer {key}").status == 413


def test_a_length_beside_chunks_is_refused_or_counts_for_nothing(server: Server):
    both = b"POST /1/upload HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"

    assert server.say(both + b"0\r\n\r\n").status in (400, 401)
