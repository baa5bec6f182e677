"""The web server's front: what one address may have of it, and how fast a file has to come."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from config.front import asking
from config.front.app import Front
from config.front.bodies import Pace
from config.front.clients import client
from tests.config.fronts import LIMITS, Told, answered, asked, echo, front, keyed, ran, scope, while_stalled

FORM = (b"content-type", b"multipart/form-data; boundary=x"), (b"content-length", b"300")


def halting(halted: threading.Event, go_on: threading.Event) -> Callable[..., list[bytes]]:
    """Answers `echo`, but for requests whose path ends in /halt: those wait."""

    def application(environ: Told, start: Callable[..., object]) -> list[bytes]:
        if environ["PATH_INFO"].endswith("/halt"):
            halted.set()
            go_on.wait(10)
        return echo(environ, start)

    return application


async def while_halted(halts: list[Told], given: Told, **limits: int) -> int:
    """The status of a request while others are worked at."""
    halted, go_on = threading.Event(), threading.Event()
    made = front(halting(halted, go_on), **limits)  # type: ignore[arg-type]  # whatever front takes
    at_work = [asyncio.create_task(asked(made, each, b"")) for each in halts]
    await asyncio.to_thread(halted.wait, 10)
    status, _ = answered(await asked(made, given, b""))
    go_on.set()
    await asyncio.gather(*at_work)
    return status


@pytest.mark.parametrize(
    ("address", "forwarded", "behind_proxy", "other"),
    [
        ("192.0.2.1", b"", False, ("192.0.2.1", b"")),
        ("192.0.2.1", b"203.0.113.9", False, ("192.0.2.1", b"")),
        ("192.0.2.1", b"203.0.113.9", True, ("203.0.113.9", b"")),
        ("192.0.2.1", b"198.51.100.7, 203.0.113.9", True, ("203.0.113.9", b"")),
        ("192.0.2.1", b"198.51.100.7:1, 203.0.113.9:5678", True, ("203.0.113.9", b"")),
        ("192.0.2.1", b"[2001:db8:1:2::1]:5678", True, ("2001:db8:1:2::2", b"")),
        ("192.0.2.1", b"rubbish", True, ("192.0.2.1", b"")),
        ("192.0.2.1", b"", True, ("192.0.2.1", b"")),
        ("2001:db8:1:2:3::4", b"", False, ("2001:db8:1:2:ffff::1", b"")),
        ("::ffff:192.0.2.1", b"", False, ("192.0.2.1", b"")),
        ("", b"", False, ("unix", b"")),
    ],
)
def test_a_client_is_its_address_or_its_half_of_one_behind_a_trusted_proxy_too(
    address: str, forwarded: bytes, behind_proxy: bool, other: tuple[str, bytes]
):
    def found(address: str, forwarded: bytes) -> bytes:
        headers = ((b"x-forwarded-for", forwarded),) if forwarded else ()
        return client(asking.asked(scope(headers=headers, address=address)), behind_proxy=behind_proxy)

    assert found(address, forwarded) == found(*other)


def test_other_networks_are_other_clients():
    addresses = ["192.0.2.1", "192.0.2.2", "2001:db8:1:2::1", "2001:db8:1:3::1", "::1"]
    found = {client(asking.asked(scope(address=each)), behind_proxy=False) for each in addresses}

    assert len(found) == len(addresses)


@pytest.mark.parametrize("path", ["/page", "/1/upload"])
def test_one_address_fills_no_more_than_its_share_of_the_memory(path: str):
    def beside(address: str, size: int) -> int:
        made = front(echo, memory=100, of_address=50)
        return ran(while_stalled(made, [(scope(path), 40)], scope(path, address=address), b"x" * size))

    assert [beside("192.0.2.1", 10), beside("192.0.2.1", 11), beside("192.0.2.9", 50)] == [200, 429, 200]


@pytest.mark.parametrize("door", ["/page", "/1/upload"])
def test_one_address_has_no_more_than_its_share_of_requests_in_hand(door: str):
    halts = [scope(f"{door}/halt")]

    def beside(address: str) -> int:
        return ran(while_halted(halts, scope(door, address=address), waiting=2, of_address=1))

    assert [beside("192.0.2.1"), beside("192.0.2.9")] == [429, 200]


def test_who_has_a_key_waits_for_nobody_who_has_none():
    """All places and threads of those without are taken."""
    halts = [scope("/1/halt", address=f"192.0.2.{number}") for number in range(3)]

    assert ran(while_halted(halts, keyed(b"good"), waiting=2, threads=1)) == 200


def test_one_address_has_no_more_than_its_share_of_keys_looked_up():
    looking, go_on = threading.Event(), threading.Event()

    def is_good(_: asking.Asked, key: str) -> bool:
        looking.set()
        return key == "good" or (go_on.wait(10) and False)

    async def beside() -> list[int]:
        made = front(echo, is_good=is_good, waiting=3, of_address=1)
        first = asyncio.create_task(asked(made, keyed(b"bad"), b""))
        await asyncio.to_thread(looking.wait, 10)
        same, _ = answered(await asked(made, keyed(b"bad-2"), b""))
        other = asyncio.create_task(asked(made, {**keyed(b"good"), "client": ("192.0.2.9", 1)}, b""))
        await asyncio.sleep(0)
        go_on.set()
        return [same, answered(await first)[0], answered(await other)[0]]

    assert ran(beside()) == [429, 401, 200]


def test_all_who_come_with_one_key_take_one_place_to_be_looked_up_even_if_the_first_leaves():
    looking, go_on = threading.Event(), threading.Event()

    def is_good(_: asking.Asked, key: str) -> bool:
        looking.set()
        return go_on.wait(10)

    async def all_of_them() -> list[int]:
        made = front(echo, is_good=is_good, waiting=2, of_address=1)
        first, second = (asyncio.create_task(asked(made, keyed(b"good"), b"")) for _ in range(2))
        await asyncio.to_thread(looking.wait, 10)
        first.cancel()
        await asyncio.sleep(0)
        go_on.set()
        return [answered(await second)[0], len(made.keys.under_way)]

    assert ran(all_of_them()) == [200, 0]


def with_pace(made: Front, a_second: float) -> Front:
    return replace(made, limits=replace(LIMITS, upload_pace=a_second))


def read_all(environ: Told, start: Callable[..., object]) -> list[bytes]:
    """As Django does it: what cannot be read is an error of the client's."""
    try:
        body = b"".join(iter(lambda: environ["wsgi.input"].read(64), b""))
    except OSError:
        start("403 Forbidden", [])
        return [b"no form"]
    start("200 OK", [])
    return [body]


async def drop_by_drop(made: Front, given: Told, pieces: int) -> list[Told]:
    """A piece each time the loop has nothing else to do for a moment, and no end."""
    sent: list[Told] = []
    left = iter(range(pieces))

    async def receive() -> Told:
        await asyncio.sleep(0.01)
        next(left)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def send(told: Told) -> None:
        sent.append(told)

    await made(given, receive, send)
    return sent


def test_a_file_that_comes_too_slowly_is_told_so_whatever_django_makes_of_it():
    status, body = answered(ran(drop_by_drop(front(read_all), scope(headers=FORM), 250)))

    assert (status, body) == (408, b"The file came too slowly. Upload it again over a faster line.")


def test_a_file_that_keeps_its_pace_is_read_to_its_end():
    made = with_pace(front(read_all), 1.0)

    assert answered(ran(asked(made, scope(headers=FORM), *[b"x"] * 150))) == (200, b"x" * 150)


def test_who_is_answered_before_his_file_has_come_can_read_the_answer():
    """What is still on its way is read and thrown away."""
    waiting: list[Told] = [{"type": "http.request", "body": b"x" * 90, "more_body": number < 2} for number in range(3)]
    sent: list[Told] = []

    def application(environ: Told, start: Callable[..., object]) -> list[bytes]:
        start("413 Content Too Large", [])
        return [b"no"]

    async def receive() -> Told:
        return waiting.pop(0)

    async def send(told: Told) -> None:
        sent.append({**told, "left": len(waiting)})

    ran(front(application)(scope(headers=FORM), receive, send))

    assert (answered(sent), sent[0]["left"]) == ((413, b"no"), 0)


@pytest.mark.parametrize(
    ("steps", "kept"),
    [
        ([(9.9, 0)], [True]),  # not a whole stretch yet
        ([(10, 249)], [False]),
        ([(10, 250)], [True]),
        ([(1, 5000), (9, 0), (10, 0)], [True, True, False]),  # much at first is no leave to stop
        ([(10, 250)] * 11, [True] * 11),  # 10 s and 10,000 bytes at 100 a second: 110 s in all
        ([(10, 250)] * 11 + [(0.1, 250)], [True] * 11 + [False]),
        ([(0, 0)] * 1000 + [(10, 250)], [True] * 1001),  # what we take ourselves does not count
    ],
)
def test_a_pace_is_kept_in_each_stretch_and_on_the_whole(steps: list[tuple[float, int]], kept: list[bool]):
    pace = Pace.of(10_000, 100, 10)

    assert [pace.is_kept(seconds, came) for seconds, came in steps] == kept
