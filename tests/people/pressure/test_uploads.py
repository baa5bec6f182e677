"""Large files of users on the real server: nobody holds the places for them by being slow, or by sending many."""

import select
import socket
from contextlib import ExitStack
from functools import partial

import pytest

from people.models import Import
from tests.people.pressure.test_wire import form_with_file, signed_in, stored
from tests.people.pressure.wire import Got, Server, answer, together
from tests.stack import wait_until

pytestmark = pytest.mark.stack
MB = 1024 * 1024
LIMITS = {"BELFRY_BODY_BYTES": str(MB), "BELFRY_BODY_SECONDS": "1", "BELFRY_UPLOAD_PACE": "4000"}
CONTENT = b"identity\n" + b"ann\n" * (MB // 2)
OF_ONE, PLACES = 2, 4


def upload(server: Server, cookies: dict[str, str]) -> Got:
    body, headers = form_with_file(CONTENT)
    return server.ask("POST", "/people/imports/new", body, **headers, **cookies)


def begun(server: Server, cookies: dict[str, str]) -> socket.socket:
    """A large file of which the first bytes have come."""
    body, headers = form_with_file(CONTENT)
    lines = "".join(f"{name}: {value}\r\n" for name, value in {**headers, **cookies}.items())
    head = f"POST /people/imports/new HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n{lines}\r\n"
    return server.begin(head.encode() + body[:600])


def goes_on_slowly(connection: socket.socket) -> Got:
    """A byte now and then until there is an answer."""
    while not select.select([connection], [], [], 0.05)[0]:
        connection.sendall(b"a")
    return answer(connection)


def forget() -> None:
    for each in Import.objects.all():
        stored(each).unlink()
    Import.objects.all().delete()


def test_a_file_that_comes_byte_by_byte_is_told_that_it_is_too_slow(server: Server):
    slow = [signed_in(f"slow-{number}") for number in range(PLACES)]

    with ExitStack() as open_ones:
        held = [open_ones.enter_context(begun(server, each)) for each in slow]
        answers = together([partial(goes_on_slowly, each) for each in held])

    assert {(each.status, each.body) for each in answers} == {
        (408, b"The file came too slowly. Upload it again over a faster line.")
    }
    assert (len(answers), upload(server, signed_in("after")).status) == (PLACES, 302)
    forget()


def test_one_user_has_two_files_under_way_and_leaves_the_other_places_to_others(server: Server):
    greedy, other = signed_in("greedy"), signed_in("other")

    with ExitStack() as open_ones:
        begins = [open_ones.enter_context(begun(server, greedy)) for _ in range(PLACES)]
        wait_until(lambda: len(answered(begins)) == PLACES - OF_ONE, "two have come to their places")
        over = answered(begins)
        refused = [answer(each) for each in over]
        others = upload(server, other).status
        slow = together([partial(goes_on_slowly, each) for each in begins if each not in over])

    assert {(each.status, each.headers["retry-after"], each.body) for each in refused} == {
        (429, "10", b"2 of your files are being uploaded. Upload this one when one of them is there.")
    }
    assert (others, [each.status for each in slow]) == (302, [408] * OF_ONE)
    assert upload(server, greedy).status == 302
    forget()


def answered(begins: list[socket.socket]) -> list[socket.socket]:
    return select.select(begins, [], [], 0)[0]


def test_a_stranger_who_sends_a_large_file_can_read_that_he_should_sign_in(server: Server):
    body, headers = form_with_file(CONTENT)

    told = server.ask("POST", "/people/imports/new", body, **headers)

    assert (told.status, told.body) == (413, b"Sign in first, then upload the file.")
