"""The Segment destination against a real server: every row of its table of answers."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from connectors import http
from connectors.base import Fault, Part, Receipt
from connectors.http import Client
from connectors.segment import Segment
from tests.connectors.factories import WRITE_KEY, outgoing, outgoings
from tests.connectors.servers import (
    Play,
    Server,
    hangs,
    never_stops,
    refuses_if,
    resets,
    says,
    starts_and_hangs,
)
from tests.connectors.test_reaching import REFUSED

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
FIRST, THIRD = Part("campaign-1/run-1", "1"), Part("campaign-1/run-1", "1", attempt=2)


def segment(server: Server, wire: Client, **options: Any) -> Segment:
    return Segment(f"{server.url}/v1", WRITE_KEY, wire, clock=lambda: NOW, **options)


def send_one(server: Server, wire: Client, answer: Play, part: Part = FIRST) -> Receipt:
    server.default = answer
    (receipt,) = http.run(segment(server, wire).send([outgoing()], part))
    return receipt


def test_a_batch_goes_out_as_one_request_of_track_calls(server: Server, wire: Client) -> None:
    batch = outgoings(2)

    receipts = http.run(segment(server, wire).send(batch, FIRST))

    assert receipts == [Receipt(message.id, "accepted") for message in batch]
    (request,) = server.requests
    assert (request.path, request.headers["Authorization"], request.headers["Content-Type"]) == (
        "/v1/batch", "Basic d2tfInMzY3JldCJfa2V5Og==", "application/json",
    )  # fmt: skip
    assert "X-Retry-Count" not in request.headers
    assert request.json == {
        "batch": [
            {
                "type": "track",
                "messageId": f"00000000-0000-0000-0000-00000000000{number}",
                "userId": f"user-{number}",
                "event": "Campaign Sent",
                "timestamp": "2026-11-22T10:00:00.000Z",
                "properties": {"message": "Hey there", "Campaign Id": 7},
                "context": {"traits": {"language": "pt"}},
            }
            for number in (1, 2)
        ],
        "sentAt": "2026-11-22T10:30:00.000Z",
        "writeKey": WRITE_KEY,
        "context": {"library": {"name": "belfry", "version": "1"}},
    }


def test_a_retry_says_which_one_it_is_and_repeats_the_ids(server: Server, wire: Client) -> None:
    send_one(server, wire, says(500))
    send_one(server, wire, says(200), THIRD)

    first, again = server.requests
    assert again.headers["X-Retry-Count"] == "2"
    assert again.ids == first.ids


@pytest.mark.parametrize(("compress", "encoding"), [(True, "gzip"), (False, None)])
def test_large_requests_are_zipped_if_wanted(
    server: Server, wire: Client, compress: bool, encoding: str | None
) -> None:
    http.run(segment(server, wire, compress=compress).send(outgoings(20), FIRST))

    (request,) = server.requests
    assert request.headers.get("Content-Encoding") == encoding
    assert len(request.ids) == 20


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_2xx_is_accepted(server: Server, wire: Client, status: int) -> None:
    assert send_one(server, wire, says(status, "")) == Receipt(outgoing().id, "accepted")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_a_login_page_is_no_success_and_is_not_followed(
    server: Server, wire: Client, status: int
) -> None:
    receipt = send_one(server, wire, says(status, "", Location=f"{server.url}/login"))

    assert (receipt.state, receipt.fault, receipt.uses_attempt) == ("retry", Fault.MISCONFIGURED, False)
    assert [request.path for request in server.requests] == ["/v1/batch"]


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_write_key_blames_the_connection(server: Server, wire: Client, status: int) -> None:
    receipt = send_one(server, wire, says(status, "who are you?"))

    assert (receipt.state, receipt.fault, receipt.uses_attempt) == ("retry", Fault.MISCONFIGURED, False)
    assert receipt.answer == f"The write key was refused. Segment answered {status}: who are you?"


@pytest.mark.parametrize("status", [400, 402, 409, 422, 451, 501, 505, 511])
def test_other_refusals_fail_the_message_for_good(server: Server, wire: Client, status: int) -> None:
    receipt = send_one(server, wire, says(status, "no"))

    assert receipt == Receipt(outgoing().id, "failed", "rejected_by_provider", f"Segment answered {status}: no")


@pytest.mark.parametrize("status", [404, 405])
def test_where_nobody_takes_messages_the_connection_is_to_blame(server: Server, wire: Client, status: int) -> None:
    receipt = send_one(server, wire, says(status, "no"))

    said = f"Nobody takes messages at the address. Segment answered {status}: no"
    assert receipt == Receipt(outgoing().id, "retry", "", said, 0.0, Fault.MISCONFIGURED)


def test_an_outage_with_a_time_of_its_end_costs_no_attempt(server: Server, wire: Client) -> None:
    receipt = send_one(server, wire, says(503, "back soon", Retry_After="17"))

    assert (receipt.fault, receipt.retry_after, receipt.uses_attempt) == (Fault.UNAVAILABLE, 17.0, False)
    assert send_one(server, wire, says(503, "down")).uses_attempt is True


def test_a_single_message_that_is_too_large_for_segment_fails_as_that(server: Server, wire: Client) -> None:
    receipt = send_one(server, wire, says(413, ""))

    assert receipt == Receipt(outgoing().id, "failed", "too_large", "Segment answered 413")


@pytest.mark.parametrize("status", [408, 410, 429, 460])
def test_retry_after_in_seconds_is_waited_exactly_and_costs_no_attempt(
    server: Server, wire: Client, status: int
) -> None:
    receipt = send_one(server, wire, says(status, "slow down", Retry_After="17"))

    assert receipt == Receipt(
        outgoing().id, "retry", "", f"Segment answered {status}: slow down", 17.0, Fault.RATE_LIMITED, is_named=True
    )
    assert receipt.uses_attempt is False


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ({"Retry_After": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90.0),
        ({"Retry_After": format_datetime(NOW - timedelta(seconds=90), usegmt=True)}, 1.0),
        ({"Retry_After": "86400"}, 300.0),
        ({"Retry_After": "-5"}, 1.0),
        ({"Retry_After": "0"}, 1.0),
        ({"X_RateLimit_Reset": "12"}, 12.0),
        ({"X_RateLimit_Reset": f"{NOW.timestamp() + 12:.0f}"}, 12.0),
        ({"X_RateLimit_Reset": f"{(NOW.timestamp() + 12) * 1000:.0f}"}, 12.0),
        ({"X_RateLimit_Reset": f"{NOW.timestamp() - 12:.0f}"}, 1.0),
    ],
)
def test_retry_after_is_understood_as_date_and_kept_between_a_second_and_five_minutes(
    server: Server, wire: Client, header: dict[str, str], seconds: float
) -> None:
    receipt = send_one(server, wire, says(429, "", **header))

    assert (receipt.fault, receipt.retry_after) == (Fault.RATE_LIMITED, seconds)


@pytest.mark.parametrize("header", [{}, {"Retry_After": "soon"}, {"Retry_After": "nan"}])
@pytest.mark.parametrize("status", [408, 410, 429, 460])
def test_without_a_time_to_wait_it_backs_off_and_costs_an_attempt(
    server: Server, wire: Client, status: int, header: dict[str, str]
) -> None:
    receipt = send_one(server, wire, says(status, "", **header), THIRD)

    assert (receipt.state, receipt.fault, receipt.uses_attempt) == ("retry", Fault.BUSY, True)
    assert 2.0 <= receipt.retry_after <= 2.2


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
def test_trouble_at_segment_is_tried_again_at_once_then_later(server: Server, wire: Client, status: int) -> None:
    first, third = send_one(server, wire, says(status)), send_one(server, wire, says(status), THIRD)

    assert (first.state, first.fault, first.retry_after) == ("retry", Fault.UNAVAILABLE, 0.0)
    assert 2.0 <= third.retry_after <= 2.2


def test_when_a_limit_is_reset_is_no_time_to_wait_after_a_failure(server: Server, wire: Client) -> None:
    receipt = send_one(server, wire, says(500, X_RateLimit_Reset="3600"))

    assert (receipt.fault, receipt.retry_after, receipt.is_named) == (Fault.UNAVAILABLE, 0.0, False)


@pytest.mark.parametrize("answer", [hangs, resets, starts_and_hangs])
def test_without_an_answer_it_is_tried_again(server: Server, impatient: Client, answer: Play) -> None:
    receipt = send_one(server, impatient, answer, THIRD)

    assert (receipt.state, receipt.fault) == ("retry", Fault.UNAVAILABLE)
    assert 2.0 <= receipt.retry_after <= 2.2


def test_a_server_that_is_not_there_is_tried_again(server: Server, wire: Client) -> None:
    nowhere = Segment("http://127.0.0.1:1", WRITE_KEY, wire)

    (receipt,) = http.run(nowhere.send([outgoing()], FIRST))

    assert (receipt.state, receipt.fault, receipt.answer) == (
        "retry", Fault.UNAVAILABLE, f"The server could not be reached: {REFUSED}",
    )  # fmt: skip


def test_an_answer_without_end_is_cut(server: Server, wire: Client) -> None:
    assert send_one(server, wire, never_stops).state == "accepted"
    assert len(wire.exchanges[0].answer) == http.ANSWER_BYTES


def test_bad_messages_are_found_by_halving_and_the_others_go_out(server: Server, wire: Client) -> None:
    batch = outgoings(50)
    bad = {batch[7].id, batch[8].id, batch[49].id}
    server.default = refuses_if(lambda ids: bool(bad & set(ids)), 400)

    receipts = http.run(segment(server, wire).send(batch, FIRST))

    assert {receipt.id for receipt in receipts if receipt.state == "failed"} == bad
    assert {receipt.reason for receipt in receipts if receipt.state == "failed"} == {"rejected_by_provider"}
    assert sum(receipt.state == "accepted" for receipt in receipts) == 47
    assert [receipt.id for receipt in receipts] == [message.id for message in batch]


def test_a_request_that_is_too_large_is_halved(server: Server, wire: Client) -> None:
    batch = outgoings(40)
    server.default = refuses_if(lambda ids: len(ids) > 12, 413)

    receipts = http.run(segment(server, wire).send(batch, FIRST))

    assert receipts == [Receipt(message.id, "accepted") for message in batch]
    assert sorted(len(request.ids) for request in server.requests) == [10, 10, 10, 10, 20, 20, 40]


def test_when_everything_is_refused_halving_ends_and_each_try_settles_some(server: Server, wire: Client) -> None:
    server.default = says(400, "no")

    receipts = http.run(segment(server, wire).send(outgoings(1000), FIRST))

    assert len(server.requests) == 201
    assert [receipt.state for receipt in receipts] == ["failed"] * 93 + ["retry"] * 907
    assert {receipt.fault for receipt in receipts} == {None}


def test_one_request_of_a_batch_may_fail_alone(server: Server, wire: Client) -> None:
    batch = [outgoing(number, content={"text": "x" * 30_000}) for number in range(1, 21)]
    server.default = refuses_if(lambda ids: batch[0].id in ids, 503)

    receipts = http.run(segment(server, wire).send(batch, FIRST))

    assert [receipt.state for receipt in receipts] == ["retry"] * 15 + ["accepted"] * 5


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"user_id": None}, "invalid_recipient"),
        ({"user_id": ""}, "invalid_recipient"),
        ({"event": ""}, "rejected_by_provider"),
        ({"id": "x" * 100}, "rejected_by_provider"),
        ({"content": {"text": "x" * 33_000}}, "too_large"),
        ({"content": {f"p{number}": 1 for number in range(10_001)}}, "too_large"),
        ({"content": {"number": 2**70}}, "render_error"),
        ({"content": {"text": "\ud800"}}, "render_error"),
    ],
)
def test_what_segment_would_drop_in_silence_is_never_sent(
    server: Server, wire: Client, changes: dict[str, object], reason: str
) -> None:
    bad = outgoing(1, **changes)

    failed, accepted = http.run(segment(server, wire).send([bad, outgoing(2)], FIRST))

    assert (failed.id, failed.state, failed.reason, bool(failed.answer)) == (bad.id, "failed", reason, True)
    assert accepted.state == "accepted"
    assert [request.ids for request in server.requests] == [[outgoing(2).id]]


def test_receipts_come_in_the_order_of_the_batch(server: Server, wire: Client) -> None:
    batch = [outgoing(1), outgoing(2, event=""), outgoing(3), outgoing(4, user_id=None)]

    receipts = http.run(segment(server, wire).send(batch, FIRST))

    assert [(receipt.id, receipt.state) for receipt in receipts] == [
        (message.id, state) for message, state in zip(batch, ["accepted", "failed"] * 2, strict=True)
    ]


def test_an_anonymous_person_can_be_sent_to(server: Server, wire: Client) -> None:
    http.run(segment(server, wire).send([outgoing(user_id=None, anonymous_id="a-1")], FIRST))

    (item,) = server.requests[0].json["batch"]
    assert (item["anonymousId"], "userId" in item) == ("a-1", False)


def test_an_empty_batch_sends_nothing(server: Server, wire: Client) -> None:
    assert http.run(segment(server, wire).send([], FIRST)) == []
    assert server.requests == []
