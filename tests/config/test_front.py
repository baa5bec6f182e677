"""The web server's front over a small application: what it hands on, what it streams, what it never waits for."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from hashlib import sha256

from config.front.asking import Asked
from config.front.keys import REMEMBERED
from tests.config.fronts import Told, answered, asked, echo, front, keyed, ran, scope, while_stalled


class Pieces:
    """A streaming answer, as Django's file responses are."""

    streaming = True

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces = pieces
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        return self.pieces

    def close(self) -> None:
        self.closed.set()


def test_a_request_is_handed_on_as_it_came():
    headers = (
        (b"x-forwarded-for", b"203.0.113.9"), (b"x-forwarded-for", b"198.51.100.1"), (b"cookie", b"a=1"),
        (b"cookie", b"b=2"), (b"x_forwarded_for", b"evil"), (b"transfer-encoding", b"chunked"),
    )  # fmt: skip

    status, body = answered(ran(asked(front(echo), scope("/caf%C3%A9", headers=headers), b"so", b"me")))

    lines = body.decode().split("\n")
    assert (status, lines[-1]) == (200, "some")
    assert {"HTTP_X_FORWARDED_FOR=203.0.113.9,198.51.100.1", "HTTP_COOKIE=a=1; b=2", "CONTENT_LENGTH=4"} <= set(lines)
    assert {"PATH_INFO=/cafÃ©", "QUERY_STRING=a=1", "REMOTE_ADDR=192.0.2.1", "HTTP_HOST=belfry"} <= set(lines)
    assert "HTTP_TRANSFER_ENCODING=chunked" not in lines


def test_a_streamed_answer_comes_piece_by_piece_and_is_closed():
    streamed = Pieces(iter([b"one", b"two"]))

    def application(environ: Told, start: Callable[..., object]) -> Pieces:
        start("200 OK", [("Content-Type", "text/csv")])
        return streamed

    sent = ran(asked(front(application), scope(), b""))

    assert [each.get("body") for each in sent[1:]] == [b"one", b"two", b""]
    assert [each.get("more_body", False) for each in sent[1:]] == [True, True, False]
    assert streamed.closed.is_set()


def test_a_client_that_takes_its_time_keeps_no_thread():
    """One thread; while one answer's client takes nothing, another request is answered by it."""
    streamed = Pieces(iter([b"one", b"two"]))

    def application(environ: Told, start: Callable[..., object]) -> object:
        start("200 OK", [])
        return streamed if environ["PATH_INFO"] == "/slow" else [b"quick"]

    async def both() -> tuple[int, bytes]:
        made, go_on = front(application, threads=1), asyncio.Event()

        async def receive() -> Told:
            return {"type": "http.request", "body": b""}

        async def send(told: Told) -> None:
            if told.get("body"):
                await go_on.wait()

        slow = asyncio.create_task(made(scope("/slow"), receive, send))
        quick = answered(await asked(made, scope("/quick"), b""))
        go_on.set()
        await slow
        return quick

    assert ran(both()) == (200, b"quick")
    assert streamed.closed.is_set()


def test_a_silent_client_is_told_it_took_too_long_and_its_memory_is_given_back():
    made = front(echo)

    status, body = answered(ran(asked(made, scope("/1/upload"), b"12345", ends=False)))

    assert (status, b'"code": "request_timeout"' in body, made.memories.keyless.held) == (408, True, 0)


def test_a_client_that_leaves_gets_nothing_and_its_memory_is_given_back():
    made = front(echo)

    async def leave() -> list[Told]:
        sent: list[Told] = []
        told: Iterator[Told] = iter(
            [{"type": "http.request", "body": b"12345", "more_body": True}, {"type": "http.disconnect"}]
        )

        async def receive() -> Told:
            return next(told)

        async def send(each: Told) -> None:
            sent.append(each)

        await made(scope(), receive, send)
        return sent

    assert (ran(leave()), made.memories.pages.held) == ([], 0)


def test_bodies_that_do_not_fit_together_are_told_to_come_back():
    made = front(echo, memory=50)

    status, _ = answered(ran(asked(made, scope("/1/upload"), b"x" * 60)))

    assert (status, made.memories.keyless.held) == (503, 0)
    assert answered(ran(asked(made, scope("/1/upload"), b"x" * 40)))[0] == 200


def test_a_refusal_has_the_shape_of_its_door():
    made = front(echo, waiting=0)

    page, ingest = (ran(asked(made, scope(path), b"")) for path in ("/people/", "/1/upload"))

    assert dict(page[0]["headers"])[b"Content-Type"] == b"text/plain; charset=utf-8"
    assert dict(ingest[0]["headers"]).items() >= {
        b"Content-Type": b"application/json", b"Retry-After": b"1", b"X-Shared": b"1",
    }.items()  # fmt: skip
    assert (page[0]["status"], ingest[0]["status"]) == (503, 503)


def test_an_application_that_fails_is_a_500_and_not_the_end():
    def application(environ: Told, start: Callable[..., object]) -> list[bytes]:
        raise ZeroDivisionError

    made = front(application)

    assert [answered(ran(asked(made, scope(path), b"")))[0] for path in ("/", "/1/upload")] == [500, 500]


def test_a_file_larger_than_a_body_may_be_is_read_while_it_comes():
    form = (b"content-type", b"multipart/form-data; boundary=x"), (b"content-length", b"300")

    def application(environ: Told, start: Callable[..., object]) -> list[bytes]:
        start("200 OK", [])
        return [b"".join(iter(lambda: environ["wsgi.input"].read(64), b""))]

    sent = ran(asked(front(application), scope(headers=form), b"a" * 100, b"b" * 100, b"c" * 100))

    assert answered(sent) == (200, b"a" * 100 + b"b" * 100 + b"c" * 100)
    assert answered(ran(asked(front(application), scope("/1/upload", headers=form), b"")))[0] == 413


def test_an_unknown_key_is_refused_before_its_body_is_held_and_a_flood_with_it_is_looked_up_once():
    looked_up: list[str] = []

    def is_good(_: Asked, key: str) -> bool:
        looked_up.append(key)
        return key == "good"

    made = front(echo, is_good=is_good)

    async def flood() -> list[list[Told]]:
        both = [asked(made, keyed(key), b"x" * 10) for key in (b"bad", b"good") for _ in range(2)]
        return [*await asyncio.gather(*both), *[await asked(made, keyed(b"bad"), b"x" * 10) for _ in range(3)]]

    answers = ran(flood())

    assert [answered(each)[0] for each in answers] == [401, 401, 200, 200, 401, 401, 401]
    assert dict(answers[0][0]["headers"])[b"WWW-Authenticate"] == b"Bearer"
    assert sorted(looked_up) == ["bad", "good"]


def test_what_is_remembered_of_made_up_keys_is_bounded_and_pushes_out_no_good_one():
    looked_up: list[str] = []

    def is_good(_: Asked, key: str) -> bool:
        looked_up.append(key)
        return key == "good"

    made = front(echo, is_good=is_good)

    async def flood() -> int:
        await asked(made, keyed(b"good"), b"")
        for number in range(REMEMBERED + 1):
            await asked(made, keyed(f"bad-{number}".encode()), b"")
        return answered(await asked(made, keyed(b"good"), b""))[0]

    assert ran(flood()) == 200
    assert (len(made.keys.bad), looked_up.count("good")) == (1, 1)


def test_a_key_that_is_remembered_needs_no_thread():
    """While somebody else's look-up takes its time, it is let in."""
    looked_up: list[str] = []
    go_on = threading.Event()

    def is_good(_: Asked, key: str) -> bool:
        looked_up.append(key)
        return key == "good" or go_on.wait(10)

    async def remembered() -> int:
        made = front(echo, is_good=is_good)
        await asked(made, keyed(b"good"), b"")
        held_up = asyncio.create_task(asked(made, keyed(b"slow"), b""))
        await asyncio.sleep(0)
        status, _ = answered(await asked(made, keyed(b"good"), b""))
        go_on.set()
        await held_up
        return status

    assert (ran(remembered()), looked_up) == (200, ["good", "slow"])


def test_bodies_without_a_key_leave_the_memory_of_keys_and_pages_alone_and_are_small():
    strangers = [(scope("/1/upload"), 50), (scope("/1/signed/1"), 50)]

    def beside(given: Told, size: int) -> int:
        made = front(echo, memory=100)
        for key in (b"good", b"good-2"):
            made.keys.good[sha256(key).digest()] = float("inf")
        return ran(while_stalled(made, strangers, given, b"x" * size))

    assert [beside(keyed(b"good"), 50), beside(scope("/page"), 100), beside(scope("/1/upload"), 1)] == [200, 200, 503]
    sizes = {"/1/upload": (60, 61), "/1/signed/1": (100, 101)}
    assert {
        path: [answered(ran(asked(front(echo), scope(path), b"x" * size)))[0] for size in each]
        for path, each in sizes.items()
    } == {"/1/upload": [200, 413], "/1/signed/1": [200, 413]}


def test_one_key_holds_half_of_the_memory_of_keys_at_most():
    def beside(key: bytes, size: int) -> int:
        made = front(echo, memory=100)
        for known in (b"good", b"good-2"):
            made.keys.good[sha256(known).digest()] = float("inf")
        return ran(while_stalled(made, [(keyed(b"good"), 40)], keyed(key), b"x" * size))

    assert [beside(b"good", 10), beside(b"good", 11), beside(b"good-2", 50)] == [200, 429, 200]
