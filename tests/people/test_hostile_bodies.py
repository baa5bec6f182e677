"""Bodies that no client should send: each is a 4xx in words, or costs only its own records."""

import gzip
import json
import zlib
from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import ApiKey
from people import bodies, pressure
from people.models import Event
from tests.people.facts import counts
from tests.people.hostile import batch, codes, event, post, track, upload

pytestmark = pytest.mark.django_db
GOOD = json.dumps({"d": [event()]}).encode()
MEMBERS = bodies.GZIP_MEMBERS


def zipped(*parts: bytes) -> bytes:
    return b"".join(gzip.compress(part, mtime=0) for part in parts)


def deep(levels: int, opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    return opening * levels + closing * levels


@pytest.mark.parametrize(
    "body",
    [
        zipped(GOOD),
        zipped(GOOD[:10], GOOD[10:]),
        zipped(b"", GOOD, b""),
        b"\xef\xbb\xbf" + GOOD,
        zipped(b"\xef\xbb\xbf" + GOOD),
        b" \n\t" + GOOD + b"\n",
    ],
    ids=["gzip", "two members", "empty members", "byte order mark", "zipped mark", "space around"],
)
def test_unusual_but_right_bodies_are_read(ingest_key: str, body: bytes):
    answer = post(ingest_key, body)

    assert (answer.status_code, answer.json()["processed"], counts()) == (200, 1, (1, 1))


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (zipped(GOOD)[:-1], 400, "The gzip data is broken."),
        (zipped(GOOD)[:20], 400, "The gzip data is broken."),
        (zipped(GOOD) + b"rubbish", 400, "The gzip data is broken."),
        (zipped(GOOD) + b"\0" * 8, 400, "The gzip data is broken."),
        (zipped(zipped(GOOD)), 400, "The request is no JSON in UTF-8."),
        (zipped(*[b" "] * (MEMBERS + 1)), 413, "The request is too large."),
        (GOOD.decode().encode("utf-16"), 400, "The request is no JSON in UTF-8."),
        (GOOD.decode().encode("utf-16-be"), 400, "The request is no JSON in UTF-8."),
        (GOOD.decode().encode("utf-32"), 400, "The request is no JSON in UTF-8."),
        (b"\xff" + GOOD, 400, "The request is no JSON in UTF-8."),
        (GOOD + b"\0", 400, "The request is no JSON in UTF-8."),
        (GOOD + GOOD, 400, "The request is no JSON in UTF-8."),
        (b'{"d": [NaN]}', 400, "The request is no JSON in UTF-8."),
        (b'{"d": [Infinity, -Infinity]}', 400, "The request is no JSON in UTF-8."),
        (b'{"d": [{"evtData": ' + deep(100_000) + b"}]}", 400, "The request is nested too deeply."),
        (b'{"d": ' + deep(100_000, b'{"a":', b"}") + b"}", 400, "The request is nested too deeply."),
        (deep(100_000), 400, "The request is nested too deeply."),
        (b"null", 400, "The request must be a JSON object."),
        (b"5", 400, "The request must be a JSON object."),
        (b'"d"', 400, "The request must be a JSON object."),
        (b'{"d": {"0": {}}}', 400, "The request has no list “d”."),
        (b'{"d": null}', 400, "The request has no list “d”."),
        (b"{}", 400, "The request has no list “d”."),
    ],
    ids=lambda each: str(each)[:30] if isinstance(each, bytes) else "",
)
def test_a_body_that_cannot_be_read_is_refused_in_words_and_keeps_nothing(
    ingest_key: str, body: bytes, status: int, reason: str
):
    answer = post(ingest_key, body)

    assert (answer.status_code, answer.json()["error"], counts()) == (status, reason, (0, 0))


@pytest.mark.parametrize("encoding", ["deflate", "br", "zstd", "gzip, gzip", "compress"])
def test_an_encoding_that_is_not_read_is_a_415_that_names_the_one_that_is(ingest_key: str, encoding: str):
    answer = post(ingest_key, zlib.compress(GOOD), **{"Content-Encoding": encoding})

    assert (answer.status_code, answer["Accept-Encoding"], answer.json()["code"]) == (
        415,
        "gzip",
        "unsupported_media_type",
    )


@pytest.mark.parametrize("encoding", ["deflate", "br", "gzip", "GZIP", "x-gzip", "identity", ""])
@pytest.mark.parametrize("body", [GOOD, zipped(GOOD)], ids=["plain", "zipped"])
def test_what_can_be_read_is_read_whatever_its_encoding_is_called(ingest_key: str, encoding: str, body: bytes):
    """A proxy may have unzipped it and left the header."""
    assert post(ingest_key, body, **{"Content-Encoding": encoding}).status_code == 200


def test_a_request_is_as_large_unzipped_as_it_may_be_plain(ingest_key: str, settings: Settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 5000
    full = GOOD + b" " * (5000 - len(GOOD))

    sent = [full, full + b" ", zipped(full), zipped(full + b" "), zipped(full, b" "), zipped(full, b"")]

    assert [post(ingest_key, body).status_code for body in sent] == [200, 413, 200, 413, 413, 200]


@pytest.mark.parametrize("piece", [b"[],", b"{},", b"0,", b'{"a":0},'])
def test_many_small_values_are_refused_before_they_take_memory(ingest_key: str, piece: bytes):
    many = b'{"d": [{"evtData": {"a": [' + piece * (bodies.VALUES + 1) + b"0]}}]}"

    answer = post(ingest_key, zipped(many))

    assert (answer.status_code, answer.json()["error"]) == (413, "A request holds at most 500,000 values.")


@pytest.mark.parametrize("levels", [9, 100, 500])
def test_deep_properties_cost_their_own_record(ingest_key: str, levels: int):
    bad = json.loads(deep(levels))

    answer = upload(ingest_key, event(), event(evtData={"a": bad}), {"type": "profile", "identity": "b",
                                                                     "profileData": {"a": bad}})  # fmt: skip

    assert (answer.status_code, codes(answer), Event.objects.count()) == (200, [555, 555], 1)


def test_100_000_events_in_one_request_are_a_413_by_either_door(ingest_key: str):
    small = zipped(json.dumps({"d": [{"type": "event"}] * 100_000}).encode())
    messages = zipped(json.dumps({"batch": [{"type": "track"}] * 100_000}).encode())

    assert [post(ingest_key, small).status_code, post(ingest_key, messages, "/v1/batch").status_code] == [413, 413]


def test_an_empty_batch_is_no_problem(ingest_key: str):
    assert upload(ingest_key).json() == {"status": "success", "processed": 0, "unprocessed": []}
    assert batch(ingest_key).json() == {"success": True}


def test_of_two_equal_keys_the_last_counts(ingest_key: str):
    twice = b'{"d": 5, "d": [{"identity": "a", "identity": "b", "type": "x", "type": "event", "evtName": "Did"}]}'

    answer = post(ingest_key, twice)

    assert (answer.json()["processed"], Event.objects.get().profile.identity) == (1, "b")


def test_bytes_that_are_no_utf8_cost_their_own_message(ingest_key: str):
    body = json.dumps({"batch": [track(properties={"a": "here"}), track()]}).encode().replace(b"here", b"\xc0\xaf")

    answer = post(ingest_key, body, "/v1/batch")

    assert (codes(answer), counts()) == ([(0, "bad_text")], (1, 1))


def test_integers_of_thousands_of_digits_cost_their_own_record(ingest_key: str):
    huge = b"9" * 5000
    body = json.dumps({"d": [event(), event(evtData={"n": 5})]}).encode().replace(b'"n": 5', b'"n": ' + huge)

    answer = post(ingest_key, body)

    assert (codes(answer), counts()) == ([555], (1, 1))
    assert answer.json()["unprocessed"][0]["record"]["evtData"]["n"] == huge.decode()


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1" + "0" * 400])
def test_a_record_is_given_back_as_json_that_every_client_reads(ingest_key: str, number: str):
    body = json.dumps({"d": [event(evtData={"n": 5})]}).replace('"n": 5', f'"n": {number}')

    answer = post(ingest_key, body.encode())

    assert b"Infinity" not in answer.content
    assert str(answer.json()["unprocessed"][0]["record"]["evtData"]["n"]).startswith(number[:4])


def test_the_records_given_back_stay_below_a_megabyte(ingest_key: str):
    answer = upload(ingest_key, *[event(evtName="", evtData={"a": "\u2603" * 10_000})] * 100)

    given_back = [each["record"] for each in answer.json()["unprocessed"]]
    assert (len(given_back), given_back[0]["identity"], given_back[-1]) == (100, "ann", None)
    assert len(answer.content) < 1_100_000


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/1/upload", "/v1/batch", "/in/segment"])
def test_other_methods_are_a_405(path: str, method: str):
    answer = Client().generic(method, path)

    assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/1/upload", "/v1/batch", "/v1/projects/x/settings", "/in/segment", "/1/nothing"])
def test_options_is_answered_for_browsers(path: str):
    assert (Client().options(path).status_code, Client().options(path).content) == (204, b"")


LARGE = {
    "long": b'"' + b"x" * pressure.LARGE + b'"',
    "many": b"[" + b"0," * pressure.MANY + b"0]",
}


@pytest.fixture
def no_turn_is_free() -> Iterator[None]:
    for _ in range(pressure.LARGE_AT_ONCE):
        pressure.large_bodies.acquire()
    yield
    for _ in range(pressure.LARGE_AT_ONCE):
        pressure.large_bodies.release()


@pytest.mark.timeout(30, func_only=True)
@pytest.mark.parametrize("kind", LARGE)
def test_who_is_not_known_yet_takes_no_turn_with_a_large_body(no_turn_is_free: None, ingest_key: str, kind: str):
    """Zipped it is small when it comes."""
    secret = json.dumps(ingest_key).encode()
    body = zipped(b'{"writeKey": ' + secret + b', "batch": [{"properties": ' + LARGE[kind] + b"}]}")
    pk = ApiKey.objects.get().pk

    by_browser = Client().post("/v1/batch", body, content_type="application/json")
    unsigned = Client().post(f"/in/segment/{pk}", body, content_type="application/json")

    assert (by_browser.status_code, unsigned.status_code) == (413, 401)
    assert by_browser.json()["error"] == "Without a key in its headers a request holds at most 1 MB and 50,000 values."


@pytest.mark.parametrize("kind", LARGE)
def test_who_is_known_has_large_bodies_read(ingest_key: str, kind: str):
    body = zipped(b'{"d": [{"evtData": ' + LARGE[kind] + b"}]}")

    answer = post(ingest_key, body)

    assert (answer.status_code, answer.json()["status"]) == (200, "fail")
