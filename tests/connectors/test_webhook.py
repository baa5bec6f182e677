"""The webhook destination against a real server: what is sent, how it is signed, what every answer means."""

import asyncio
import base64
from datetime import UTC, datetime
from typing import Any

import aiohttp
import orjson
import pytest
import standardwebhooks
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connectors import http, oauth
from connectors.base import Fault, Outgoing, Part, Receipt
from connectors.http import Client
from connectors.webhook import Auth, Webhook, public_key
from tests.connectors.factories import outgoing, outgoings
from tests.connectors.servers import Play, Server, hangs, resets, says

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
PART = Part("campaign-1/run-1", "1")
SECRET, OLD = "whsec_" + "c2VjcmV0LW9mLTI0LWJ5dGVzLS0t", "whsec_" + "b2xkLXNlY3JldC1vZi0yNC1ieXRl"


def webhook(server: Server, wire: Client, **changes: Any) -> Webhook:
    return Webhook(**{"url": f"{server.url}/hook", "client": wire, "clock": lambda: NOW, **changes})


def sent(server: Server, wire: Client, *batch: Outgoing, **changes: Any) -> list[Receipt]:
    return http.run(webhook(server, wire, **changes).send(batch, PART))


def fields(**texts: str) -> dict[str, Any]:
    return {"fields": texts}


def test_each_person_is_one_request_with_the_documented_body(server: Server, wire: Client) -> None:
    receipts = sent(server, wire, *outgoings(3))

    assert receipts == [Receipt(message.id, "accepted") for message in outgoings(3)]
    assert sorted(request.json["data"]["message_id"] for request in server.requests) == [
        each.id for each in outgoings(3)
    ]
    first = min(server.requests, key=lambda request: str(request.json["data"]["message_id"]))
    assert (first.method, first.path, first.headers["Content-Type"]) == ("POST", "/hook", "application/json")
    assert first.headers["webhook-id"] == outgoing().id
    assert first.json == {
        "type": "campaign.message",
        "timestamp": "2026-11-22T10:00:00.000Z",
        "data": {
            "message_id": outgoing().id,
            "event": "Campaign Sent",
            "time": "2026-11-22T10:00:00.000Z",
            "campaign": {"id": 7},
            "user": {"identity": "user-1", "properties": {"language": "pt"}},
            "content": {"message": "Hey there"},
        },
    }


def test_a_receiver_with_either_secret_believes_the_signature(server: Server, wire: Client) -> None:
    now = datetime.now(UTC)
    sent(server, wire, outgoing(content={"message": "Olá 🧥"}), signing=(SECRET, OLD), clock=lambda: now)

    (request,) = server.requests
    headers = {name.lower(): value for name, value in request.headers.items()}
    for secret in (SECRET, OLD):
        assert standardwebhooks.Webhook(secret).verify(request.body, headers)["data"]["content"] == {
            "message": "Olá 🧥"
        }
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(SECRET).verify(request.body + b" ", headers)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "GET"])
def test_method_path_headers_and_body_are_the_marketers(server: Server, wire: Client, method: str) -> None:
    own = fields(method=method, path="/people/1?a=b", headers="X-Team: growth\nX-Empty:", body='{"hello": "Ann"}')

    sent(server, wire, outgoing(**own))

    (request,) = server.requests
    assert (request.method, request.path) == (method, "/hook/people/1?a=b")
    assert (request.headers["X-Team"], request.headers["X-Empty"]) == ("growth", "")
    assert request.body == (b"" if method == "GET" else b'{"hello": "Ann"}')


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ({"method": "TRACE"}, "render_error"),
        ({"path": "people"}, "render_error"),
        ({"path": "@evil.example.com/"}, "render_error"),
        ({"path": "/people/.."}, "render_error"),
        ({"path": "/./people"}, "render_error"),
        ({"path": "/people/%2E%2e/admin?a=b"}, "render_error"),
        ({"path": "/people/.%2e%2fadmin"}, "render_error"),
        ({"path": "/people/..\\admin"}, "render_error"),
        ({"path": "/people#1"}, "render_error"),
        ({"path": "/peo\tple"}, "render_error"),
        ({"path": "/people/\ud800"}, "render_error"),
        ({"headers": "no header"}, "render_error"),
        ({"headers": "Authorization: Bearer x"}, "render_error"),
        ({"headers": "webhook-signature: v1,x"}, "render_error"),
        ({"headers": "Host: example.com"}, "render_error"),
        ({"headers": "Expect: 100-continue"}, "render_error"),
        ({"headers": "Upgrade: h2c"}, "render_error"),
        ({"headers": "TE: trailers"}, "render_error"),
        ({"headers": "Trailer: X-A"}, "render_error"),
        ({"headers": "Keep-Alive: timeout=5"}, "render_error"),
        ({"headers": "Proxy-Authorization: Basic x"}, "render_error"),
        ({"headers": "Content-Encoding: gzip"}, "render_error"),
        ({"headers": "X-A: b\rX-B: c"}, "render_error"),
        ({"headers": "X-A: \ud800"}, "render_error"),
        ({"body": "{broken"}, "render_error"),
        ({"body": '"' + "x" * 256_000 + '"'}, "too_large"),
    ],
)
def test_what_cannot_be_sent_fails_alone_and_says_why(
    server: Server, wire: Client, texts: dict[str, str], reason: str
) -> None:
    failed, accepted = sent(server, wire, outgoing(1, **fields(**texts)), outgoing(2))

    assert (failed.state, failed.reason, bool(failed.answer)) == ("failed", reason, True)
    assert accepted.state == "accepted"
    assert len(server.requests) == 1


def test_a_body_of_another_kind_need_not_be_json(server: Server, wire: Client) -> None:
    (receipt,) = sent(server, wire, outgoing(**fields(headers="Content-Type: text/plain", body="Hey")))

    assert (receipt.state, server.requests[0].body) == ("accepted", b"Hey")


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        (Auth("basic", "ann", "pässword"), "Basic YW5uOnDDpHNzd29yZA=="),
        (Auth("bearer", secret="t0ken"), "Bearer t0ken"),
        (Auth(), None),
    ],
)
def test_the_receiver_knows_us(server: Server, wire: Client, auth: Auth, header: str | None) -> None:
    sent(server, wire, outgoing(), auth=auth)

    assert server.requests[0].headers.get("Authorization") == header


def test_an_access_token_is_fetched_once_and_again_when_it_is_refused(server: Server, wire: Client) -> None:
    credentials = oauth.Credentials(f"{server.url}/token", "us", "s3cret", "send")
    oauth.forget(credentials)
    given = iter(["first", "second"])
    server.default = by_token(given, good={"first"})
    auth = Auth("oauth", client=credentials)

    receipts = sent(server, wire, *outgoings(2), auth=auth)
    server.default = by_token(given, good={"second"})
    receipts += sent(server, wire, outgoing(3), auth=auth)

    assert {receipt.state for receipt in receipts} == {"accepted"}
    asked = [request for request in server.requests if request.path == "/token"]
    assert [request.body for request in asked][-1] == b"grant_type=client_credentials&scope=send"
    assert asked[0].headers["Authorization"] == "Basic dXM6czNjcmV0"
    assert not any("first" in exchange.answer or "second" in exchange.answer for exchange in wire.exchanges)


def test_without_an_access_token_the_connection_is_paused(server: Server, wire: Client) -> None:
    credentials = oauth.Credentials(f"{server.url}/nothing", "us", "s3cret")
    server.default = says(400, '{"error":"invalid_client"}')

    (receipt,) = sent(server, wire, outgoing(), auth=Auth("oauth", client=credentials))

    assert (receipt.state, receipt.fault) == ("retry", Fault.MISCONFIGURED)
    assert "client secret" in receipt.answer


@pytest.mark.parametrize("given", ["to\nken", ""])
def test_an_access_token_that_no_header_can_carry_pauses_the_connection(
    server: Server, wire: Client, given: str
) -> None:
    credentials = oauth.Credentials(f"{server.url}/token", "us", "s3cret", "odd")
    server.default = by_token(iter([given]), good=set())

    (receipt,) = sent(server, wire, outgoing(), auth=Auth("oauth", client=credentials))

    assert (receipt.state, receipt.fault) == ("retry", Fault.MISCONFIGURED)
    assert [request.path for request in server.requests] == ["/token"]


@pytest.mark.parametrize(
    ("answer", "state", "reason", "fault", "wait"),
    [
        (says(204, ""), "accepted", "", None, 0),
        (says(302, Location="/login"), "retry", "", Fault.MISCONFIGURED, 0),
        (says(400), "failed", "rejected_by_provider", None, 0),
        (says(401), "retry", "", Fault.MISCONFIGURED, 0),
        (says(404), "retry", "", Fault.MISCONFIGURED, 0),
        (says(410), "retry", "", Fault.MISCONFIGURED, 0),
        (says(413), "failed", "too_large", None, 0),
        (says(422), "failed", "rejected_by_provider", None, 0),
        (says(429, Retry_After="7"), "retry", "", Fault.RATE_LIMITED, 7),
        (says(429, Retry_After="Fri, 31 Dec 99999999999 23:59:59 GMT"), "retry", "", Fault.BUSY, 0),
        (says(429), "retry", "", Fault.BUSY, 0),
        (says(500), "retry", "", Fault.UNAVAILABLE, 0),
        (says(502), "retry", "", Fault.UNAVAILABLE, 0),
        (says(504), "retry", "", Fault.UNAVAILABLE, 0),
    ],
)
def test_every_answer_has_its_meaning(
    server: Server, wire: Client, answer: Play, state: str, reason: str, fault: Fault | None, wait: float
) -> None:
    server.default = answer

    (receipt,) = sent(server, wire, outgoing())

    assert (receipt.state, receipt.reason, receipt.fault, receipt.retry_after) == (state, reason, fault, wait)


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        (Auth(), "The receiver refused the request. The receiver answered 403: no"),
        (Auth("bearer", secret="s"), "The receiver refused our credentials. The receiver answered 403: no"),
    ],
)
def test_only_who_was_shown_credentials_is_said_to_refuse_them(
    server: Server, wire: Client, auth: Auth, said: str
) -> None:
    server.default = says(403, "no")

    (receipt,) = sent(server, wire, outgoing(), auth=auth)

    assert receipt.answer == said


def test_a_person_the_receiver_does_not_know_fails_alone(server: Server, wire: Client) -> None:
    server.default = says(404)

    (receipt,) = sent(server, wire, outgoing(**fields(path="/people/1")))

    assert (receipt.state, receipt.reason) == ("failed", "rejected_by_provider")


@pytest.mark.parametrize("answer", [hangs, resets])
@pytest.mark.parametrize(("deduplicates", "state"), [(False, "unknown"), (True, "retry")])
def test_what_may_have_arrived_is_sent_again_only_where_ids_are_known(
    server: Server, impatient: Client, answer: Play, deduplicates: bool, state: str
) -> None:
    server.default = answer

    (receipt,) = sent(server, impatient, outgoing(), deduplicates=deduplicates)

    assert (receipt.state, receipt.fault) == (state, Fault.UNAVAILABLE)


def test_waiting_for_a_free_connection_is_not_waiting_for_an_answer(server: Server) -> None:
    """200 requests over 64 connections, a second each: the last end after four, and patience ends at 3.5."""
    server.default = takes_a_second
    patient = Client(http.client().session, timeout=aiohttp.ClientTimeout(total=3.5))
    batches = [outgoings(200)[at : at + 50] for at in range(0, 200, 50)]
    destination = webhook(server, patient)

    async def all_at_once() -> list[list[Receipt]]:
        return await asyncio.gather(*(destination.send(batch, PART) for batch in batches))

    receipts = [receipt for batch in http.run(all_at_once()) for receipt in batch]

    assert {receipt.state for receipt in receipts} == {"accepted"}
    assert len(receipts) == 200


def test_what_there_is_no_time_for_is_left_for_the_next_try(server: Server, wire: Client) -> None:
    server.default = takes_two_seconds

    receipts = http.run(webhook(server, wire).send(outgoings(200), Part("campaign-1/run-1", "1", seconds=2)))

    assert [receipt.state for receipt in receipts] == ["accepted"] * 64 + ["retry"] * 136
    assert {receipt.uses_attempt for receipt in receipts[64:]} == {False}
    assert len(server.requests) == 64


def test_an_error_of_ours_is_told_when_nothing_is_under_way_any_more(server: Server, wire: Client) -> None:
    times = iter([NOW])

    with pytest.raises(RuntimeError):
        sent(server, wire, *outgoings(3), signing=(SECRET,), clock=lambda: next(times))

    assert [(each.status, each.messages) for each in wire.exchanges] == [("200", 1)]


def test_people_with_addresses_of_their_own_do_not_wait_for_each_other(server: Server, wire: Client) -> None:
    server.default, seen = answers_when(3)
    batch = [outgoing(number, **fields(path=f"/people/{number}")) for number in range(1, 4)]

    receipts = sent(server, wire, *batch)

    assert ({receipt.state for receipt in receipts}, max(seen)) == ({"accepted"}, 3)


def test_batches_sent_at_once_share_the_connections(server: Server, wire: Client) -> None:
    server.default = takes_a_second

    http.run(webhook(server, wire).send(outgoings(40), Part("campaign-1/run-1", "1", seconds=0.5, at_once=16)))

    assert len(server.requests) == 4


def test_a_secret_without_its_padding_signs_as_with_it(server: Server, wire: Client) -> None:
    secret = "whsec_" + "b2xkLXNlY3JldC1vZi0yNS1ieXRlcw=="
    sent(server, wire, outgoing(), signing=(secret.rstrip("="),), clock=lambda: datetime.now(UTC))

    (request,) = server.requests
    assert standardwebhooks.Webhook(secret).verify(request.body, dict(request.headers)) == request.json


def answers_when(many: int) -> tuple[Play, list[int]]:
    """Nobody is answered before so many requests are under way; how many were, at each request."""
    seen: list[int] = []
    reached, under_way = asyncio.Event(), list[Any]()

    async def answer(request: Any) -> Any:
        under_way.append(request)
        seen.append(len(under_way))
        if len(under_way) >= many:
            reached.set()
        await reached.wait()
        under_way.remove(request)
        return await says(200)(request)

    return answer, seen


async def takes_a_second(request: Any) -> Any:
    await asyncio.sleep(1)
    return await says(200)(request)


async def takes_two_seconds(request: Any) -> Any:
    await asyncio.sleep(2)
    return await says(200)(request)


def by_token(given: Any, good: set[str]) -> Play:
    """/token gives the next token; everything else wants a good one."""

    async def answer(request: Any) -> Any:
        if request.path == "/token":
            token = orjson.dumps({"access_token": next(given), "token_type": "Bearer", "expires_in": 3600})
            return await says(200, token.decode())(request)
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return await says(200 if bearer in good else 401)(request)

    return answer


def test_a_private_key_signs_so_that_its_public_key_alone_can_check(server: Server, wire: Client) -> None:
    seed = bytes(range(32))
    key = Ed25519PrivateKey.from_private_bytes(seed)
    short = "whsk_" + base64.b64encode(seed).decode()
    long = "whsk_" + base64.b64encode(seed + key.public_key().public_bytes_raw()).decode()

    sent(server, wire, outgoing(), signing=(short, long, SECRET))

    (request,) = server.requests
    first, second, third = request.headers["webhook-signature"].split(" ")
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    assert first == second
    key.public_key().verify(base64.b64decode(first.removeprefix("v1a,")), signed)
    assert third.startswith("v1,")
    assert (
        public_key(short)
        == public_key(long)
        == "whpk_" + base64.b64encode(key.public_key().public_bytes_raw()).decode()
    )
