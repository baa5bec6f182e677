"""Who speaks through `requests` never so much as connects to an address that is not public."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from aiohttp import web

from connectors.guarded_requests import guard, is_refusal
from connectors.http import ANSWER_BYTES
from tests.connectors.servers import Server, never_stops


@pytest.fixture
def inside() -> Iterator[socket.socket]:
    """A server inside that nobody may connect to; who does is in its queue."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


@contextmanager
def hangs_up(inside: socket.socket) -> Iterator[list[tuple[str, bytes]]]:
    """Whoever comes is hung up on after the first words; fills with where he came from and those words."""
    came: list[tuple[str, bytes]] = []

    def meet() -> None:
        accepted, address = inside.accept()
        with accepted:
            came.append((address[0], accepted.recv(2000)))

    inside.setblocking(True)
    meeting = threading.Thread(target=meet)
    meeting.start()
    yield came
    meeting.join(10)


def session() -> requests.Session:
    made = requests.Session()
    guard(made)
    return made


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{}", "https://127.0.0.1:{}", "http://localhost:{}/", "http://2130706433:{}"]
)
def test_not_even_a_connection_goes_to_an_address_inside(inside: socket.socket, settings: Any, url: str) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = False

    with pytest.raises(requests.ConnectionError) as refused:
        session().post(url.format(inside.getsockname()[1]), data="secret", timeout=5)

    assert is_refusal(refused.value)
    with pytest.raises(BlockingIOError):
        inside.accept()


def test_a_name_whose_addresses_are_mixed_is_called_at_the_public_one_alone(
    inside: socket.socket, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = True  # then loopback is allowed, and the addresses of clouds' metadata are not
    port = inside.getsockname()[1]
    stream = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    found = {"mixed.example.com": [(*stream, ("169.254.169.254", port)), (*stream, ("127.0.0.1", port))]}
    usual = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *rest, **more: found.get(host) or usual(host, *rest, **more)
    )

    with hangs_up(inside) as came, pytest.raises(requests.RequestException):
        session().get(f"http://mixed.example.com:{port}/", timeout=10)

    assert [address for address, _ in came] == ["127.0.0.1"]


def test_where_inside_is_allowed_it_answers_and_its_name_stays_the_one_that_was_asked(server: Server) -> None:
    url = server.url.replace("127.0.0.1", "localhost")

    assert session().get(f"{url}/hook", timeout=5).status_code == 200
    assert server.requests[0].headers["Host"] == url.removeprefix("http://")


def test_a_certificate_is_looked_at_under_the_name(inside: socket.socket) -> None:
    with hangs_up(inside) as came, pytest.raises(requests.RequestException) as error:
        session().get(f"https://localhost:{inside.getsockname()[1]}/", timeout=10)

    ((_, words),) = came
    assert b"localhost" in words
    assert not is_refusal(error.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://nowhere.invalid/"])
def test_who_cannot_be_reached_is_no_refusal(url: str) -> None:
    with pytest.raises(requests.ConnectionError) as error:
        session().get(url, timeout=5)

    assert not is_refusal(error.value)


async def dribbles(request: web.Request) -> web.StreamResponse:
    """A byte now and then, for ever."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"x")
        await asyncio.sleep(0.02)


def test_an_answer_that_never_ends_is_hung_up_on_however_often_a_byte_comes(server: Server) -> None:
    server.default = dribbles

    with pytest.raises(requests.RequestException):
        session().get(server.url, timeout=0.3)


def test_an_answer_without_end_is_read_no_further_than_anybody_needs(server: Server) -> None:
    server.default = never_stops

    assert len(session().get(server.url, timeout=10).content) == ANSWER_BYTES


def test_a_connection_is_used_again_after_an_answer_that_was_read(server: Server) -> None:
    with session() as one:
        answers = [one.post(server.url, data="a", timeout=5) for _ in range(3)]

    assert [answer.json() for answer in answers] == [{"success": True}] * 3
