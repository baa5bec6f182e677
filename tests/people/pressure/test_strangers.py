"""Who has no key, or a made-up one, takes nothing from those who have one: the real server with little memory."""

import hashlib
import hmac
import json
import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from accounts.models import ApiKey
from people import openapi, signing
from people.models import Event, WayHour
from tests.people.pressure.wire import Crowd, Got, Server, answer, event, keys, together
from tests.stack import wait_until

pytestmark = pytest.mark.stack
MB, PLACES = 1024 * 1024, 32
LIMITS = {
    "BELFRY_BODY_BYTES": str(2 * MB),
    "BELFRY_BYTES_IN_HAND": str(16 * MB),
    "BELFRY_BODY_SECONDS": "60",
    "BELFRY_KEY_AT_ONCE": "100",
    "BELFRY_INGEST_WAITING": str(PLACES),
}
FULL = (429, 503)
SIZES = (900_000, 90_000, 9_000, 900, 90)
KEYLESS = ["/v1/batch", "/v1/track", "/in/segment/1", "/1/nothing"]
WITH_KEY = [each.path for each in openapi.OPERATIONS if each.body is not None and "{" not in each.path]


def unfinished(server: Server, path: str, size: int, *lines: str) -> socket.socket:
    """A body of which 50 bytes are still to come."""
    head = "\r\n".join([f"POST {path} HTTP/1.1", "Host: a", f"Content-Length: {size + 50}", *lines])
    return server.begin(head.encode() + b"\r\n\r\n" + b"x" * size)


@contextmanager
def burst(server: Server, paths: Sequence[str], key: str = "") -> Iterator[None]:
    """Bodies fill what there is for them, to the last hundred bytes, and stop before their end."""
    with ExitStack() as held:
        for size in SIZES:
            while server.ask("POST", paths[0], b"x" * size, Authorization=f"Bearer {key}").status not in FULL:
                for path in paths:
                    held.enter_context(unfinished(server, path, size, f"Authorization: Bearer {key}"))
        yield


@contextmanager
def crowd(server: Server, paths: Sequence[str]) -> Iterator[None]:
    """Of two addresses: together they fill all that there is."""
    with burst(server.reached_from(2), paths), burst(server.reached_from(3), paths):
        yield


def upload(server: Server, key: str, name: str, **fields: object) -> Got:
    return server.ask("POST", "/1/upload", {"d": [event(name, **fields)]}, **{"X-CleverTap-Passcode": key})


def test_bodies_of_strangers_fill_no_memory_that_senders_with_a_key_or_pages_need(server: Server):
    [key], before = keys(1), Event.objects.count()

    with crowd(server, KEYLESS):
        sent = Counter(upload(server, key, f"calm-{number}").status for number in range(40))
        large = upload(server, key, "large", evtData={"a": "x" * MB}).status
        page = server.ask("POST", "/login", b"username=a").status

    assert (sent, large, page) == ({200: 40}, 200, 403)
    assert Event.objects.count() - before == 40  # the large one's property is too large


def test_one_stranger_fills_his_share_and_leaves_the_rest_to_others(server: Server):
    """Of the memory of requests without a key, and of that of pages."""
    message = {"event": "Opened", "userId": "1", "writeKey": keys(1)[0]}

    with burst(server.reached_from(2), KEYLESS), burst(server.reached_from(2), ["/login"]):
        same = server.reached_from(2).ask("POST", "/v1/track", message)
        other = server.ask("POST", "/v1/track", message).status
        page = server.ask("POST", "/login", b"username=a").status

    assert (same.status, same.headers["retry-after"], same.told["code"]) == (429, "2", "too_many_requests")
    assert (other, page) == (200, 403)


def test_strangers_at_work_take_no_place_or_thread_from_a_key(server: Server):
    """As many as there are places wait for the database, which tells them later that nobody knows their keys."""
    [key], strangers, before = keys(1), Crowd(), Event.objects.count()
    upload(server, key, "known")

    with keys_locked():
        for number in range(PLACES * 2):
            one = server.reached_from(2 + number % 8)
            strangers.sends("any", partial(one.ask, "POST", "/v1/track", {"writeKey": f"bf_unknown_{number}"}))
        wait_until(lambda: len(strangers.answers) == PLACES, "those beyond the places are refused")
        sent = upload(server, key, "known").status
    strangers.wait()

    assert (sent, Event.objects.count() - before) == (200, 2)
    assert (len(strangers.of(503)), len(strangers.of(401))) == (PLACES, PLACES)


@contextmanager
def keys_locked() -> Iterator[None]:
    """Only keys that are remembered are known meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE accounts_apikey IN ACCESS EXCLUSIVE MODE")
        yield


def test_an_unknown_or_missing_key_is_a_401_before_the_body_has_come(server: Server):
    unknown = [unfinished(server, path, 1, "Authorization: Bearer bf_unknown") for path in WITH_KEY]
    missing = [unfinished(server, path, 1) for path in WITH_KEY if not path.startswith("/v1/")]

    answers = [answer(each) for each in unknown + missing]

    assert {each.status for each in answers} == {401}
    assert {each.headers["www-authenticate"] for each in answers} == {"Bearer"}
    for each in unknown + missing:
        each.close()


def test_a_refused_key_is_told_so_in_the_same_words_at_once_or_after_its_body(server: Server):
    """A key in the body is looked at by the view."""
    in_header = upload(server, "bf_unknown", "nobody")
    in_body = server.ask("POST", "/v1/track", {"event": "Opened", "userId": "1", "writeKey": "bf_unknown"})

    assert (in_header.status, in_header.told) == (in_body.status, in_body.told)
    assert (
        in_header.headers.items()
        >= {
            name: in_body.headers[name] for name in ("content-type", "www-authenticate", "access-control-allow-origin")
        }.items()
    )


def test_a_refused_key_is_counted_once_and_a_flood_with_it_is_not(server: Server):
    def turned_away() -> int:
        return int(WayHour.objects.filter(way="eventbridge").aggregate(sum=Sum("turned_away"))["sum"] or 0)

    before = turned_away()

    answers = [server.ask("POST", "/in/eventbridge", {}, **{"X-Api-Key": "bf_flood"}).status for _ in range(5)]

    assert (answers, turned_away() - before) == ([401] * 5, 1)


def test_a_body_whose_headers_name_no_key_has_at_most_a_megabyte_unless_it_is_signed(server: Server):
    [secret] = keys(1)
    key = ApiKey.objects.get(digest=ApiKey.digest_of(secret))
    message = {"type": "track", "event": "Opened", "userId": "1", "properties": {"a": "x" * 250}}
    signed = json.dumps([{**message, "messageId": str(number)} for number in range(4000)]).encode()
    first = json.dumps({**message, "messageId": "0"}).encode()
    signature = hmac.new(signing.secret(key).encode(), first, hashlib.sha1).hexdigest()

    from_browser = server.ask("POST", "/v1/batch", {"batch": [message] * 4000, "writeKey": secret}).status
    by_segment = server.ask("POST", f"/in/segment/{key.pk}", signed, **{"X-Signature": signature})

    assert (len(signed) > MB, from_browser) == (True, 413)
    assert (by_segment.status, by_segment.told) == (200, {"success": True})


def test_one_key_fills_half_of_the_memory_and_leaves_the_other_half(server: Server):
    greedy, *modest = keys(5)

    with burst(server, ["/1/upload"], greedy):
        sent = together([partial(upload, server, key, f"modest-{number}") for number, key in enumerate(modest)])

    assert [each.status for each in sent] == [200] * 4
