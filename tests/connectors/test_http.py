"""One loop and one session per process; what it means when no answer comes."""

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from aiohttp import web

from connectors import http
from connectors.base import Fault
from connectors.http import Client, NoAnswer
from tests.connectors.servers import Play, Server, hangs, resets, says


def post(wire: Client, url: str) -> http.Answer:
    return http.run(wire.post(url, b"{}", {}, messages=1, shown=b"{}"))


def test_all_threads_share_the_session(server: Server) -> None:
    clients: list[Client] = []
    threads = [threading.Thread(target=lambda: clients.append(http.client())) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {id(wire.session) for wire in clients} == {id(http.client().session)}
    assert post(clients[0], server.url).status == 200


def test_requests_of_several_threads_do_not_wait_for_each_other(server: Server, wire: Client) -> None:
    go_on, held = threading.Event(), list[int]()

    async def holds(request: web.Request) -> web.StreamResponse:
        await asyncio.to_thread(go_on.wait, 60)
        return web.Response(status=202)

    server.answers.append(holds)
    waiting = threading.Thread(target=lambda: held.append(post(wire, server.url).status))
    waiting.start()
    assert server.reached(1)
    answered, before = post(Client(wire.session), server.url).status, list(held)
    go_on.set()
    waiting.join()

    assert (before, answered, held) == ([], 200, [202])


@pytest.mark.parametrize("status", [200, 503])
def test_an_answer_whose_text_cannot_be_unzipped_is_an_answer(server: Server, wire: Client, status: int) -> None:
    server.default = says(status, "no zip", Content_Encoding="gzip")

    assert post(wire, server.url).status == status


def test_it_runs_in_a_thread_that_has_a_loop_of_its_own(server: Server, wire: Client) -> None:
    async def inside_a_loop() -> int:
        return post(wire, server.url).status

    with ThreadPoolExecutor() as threads:
        assert threads.submit(lambda: asyncio.run(inside_a_loop())).result() == 200


def test_a_forked_worker_makes_its_own(server: Server) -> None:
    inherited = http.client().session
    reading, writing = os.pipe()

    child = os.fork()
    if child == 0:
        own = http.client()
        worked = own.session is not inherited and post(own, server.url).status == 200
        os.write(writing, b"yes" if worked else b"no")
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reading, 10) == b"yes"
    assert http.client().session is inherited
    assert post(http.client(), server.url).status == 200
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize(("act", "maybe_taken"), [(hangs, True), (resets, True)])
def test_a_request_that_went_out_may_have_been_taken(
    server: Server, impatient: Client, act: Play, maybe_taken: bool
) -> None:
    server.default = act

    with pytest.raises(NoAnswer) as silence:
        post(impatient, server.url)

    assert silence.value.maybe_taken is maybe_taken


def test_a_request_that_never_left_was_not_taken(wire: Client) -> None:
    with pytest.raises(NoAnswer) as silence:
        post(wire, "http://127.0.0.1:1/")

    assert silence.value.maybe_taken is False


@pytest.mark.parametrize(("host", "headers"), [("", {"X-A": "b\r\nX-B: c"}), ("http://a..b", {})])
def test_a_request_that_cannot_be_written_is_no_answer(
    server: Server, wire: Client, host: str, headers: dict[str, str]
) -> None:
    with pytest.raises(NoAnswer) as silence:
        http.run(wire.post(host or server.url, b"{}", headers, messages=1, shown=b"{}"))

    assert (silence.value.fault, silence.value.maybe_taken) == (Fault.MISCONFIGURED, False)
    assert (server.requests, [each.status for each in wire.exchanges]) == ([], ["no answer"])


def test_cookies_are_not_kept(server: Server, wire: Client) -> None:
    async def sets_a_cookie(request):
        response = web.Response()
        response.set_cookie("session", "1")
        return response

    server.default = sets_a_cookie
    post(wire, server.url)
    post(wire, server.url)

    assert "Cookie" not in server.requests[1].headers
