"""A receiver in trouble is left alone: what of a batch was not tried yet waits with what failed. One message that it
does not take is no trouble of the receiver's."""

from typing import Any

import msgspec
import pytest

from connectors import http
from connectors.base import Fault, Part, Receipt
from connectors.http import Client
from tests.connectors.factories import outgoing, outgoings
from tests.connectors.servers import Server, refuses_if, says
from tests.connectors.test_webhook import webhook

MANY = 300
FIRST, LATER = Part("campaign-1/run-1", "1", at_once=16), Part("campaign-1/run-1", "1", at_once=16, one_ahead=True)
ONE_BY_ONE = Part("campaign-1/run-1", "1", at_once=http.CONNECTIONS_PER_HOST)
IN_FLIGHT = http.CONNECTIONS_PER_HOST // 16


def many(server: Server, wire: Client, part: Part) -> list[Receipt]:
    return http.run(webhook(server, wire).send(outgoings(MANY), part))


@pytest.mark.parametrize(
    ("status", "more", "fault"),
    [
        (500, 4, Fault.UNAVAILABLE),
        (403, 4, Fault.MISCONFIGURED),
        (410, 4, Fault.MISCONFIGURED),
        (401, 0, Fault.MISCONFIGURED),
    ],
)
def test_a_receiver_in_trouble_is_left_alone_after_a_few_requests_of_a_batch(
    server: Server, wire: Client, status: int, more: int, fault: Fault
) -> None:
    server.default = says(status, "down")

    receipts = many(server, wire, FIRST)

    assert len(server.requests) <= IN_FLIGHT + more
    assert [receipt.id for receipt in receipts] == [message.id for message in outgoings(MANY)]
    assert {(receipt.state, receipt.fault) for receipt in receipts} == {("retry", fault)}
    assert [receipt.is_untried for receipt in receipts].count(False) == len(server.requests)


def test_a_receiver_that_names_a_time_to_wait_is_left_alone_until_then(server: Server, wire: Client) -> None:
    server.default = says(429, "slow", Retry_After="7")

    receipts = many(server, wire, FIRST)

    assert len(server.requests) <= IN_FLIGHT
    assert {(receipt.fault, receipt.retry_after) for receipt in receipts} == {(Fault.RATE_LIMITED, 7.0)}


def test_where_the_last_batch_failed_one_request_goes_ahead_alone(server: Server, wire: Client) -> None:
    server.default = says(503, "down")

    receipts = many(server, wire, LATER)
    assert len(server.requests) == 1
    assert {(receipt.state, receipt.fault) for receipt in receipts} == {("retry", Fault.UNAVAILABLE)}

    server.default = says(200)
    assert {receipt.state for receipt in many(server, wire, LATER)} == {"accepted"}
    assert len(server.requests) == 1 + MANY


def test_failures_between_successes_stop_nothing(server: Server, wire: Client) -> None:
    server.answers.extend([says(503), says(503), says(200)] * (MANY // 3))

    receipts = many(server, wire, ONE_BY_ONE)

    assert len(server.requests) == MANY
    assert [receipt.state for receipt in receipts].count("accepted") == MANY // 3


def ids_of(sent: Any) -> list[str]:
    return [sent["data"]["message_id"]]


@pytest.mark.parametrize("status", [403, 404, 405, 410])
@pytest.mark.parametrize("number", [1, 10, 20])
def test_one_message_that_a_receiver_does_not_take_fails_alone(
    server: Server, wire: Client, status: int, number: int
) -> None:
    refused = outgoing(number).id
    server.default = refuses_if(lambda ids: ids == [refused], status, ids_of)

    for part in (ONE_BY_ONE, msgspec.structs.replace(ONE_BY_ONE, one_ahead=True)):
        receipts = http.run(webhook(server, wire).send(outgoings(20), part))

        assert [receipt.id for receipt in receipts if receipt.state != "accepted"] == [refused]
        failed = receipts[number - 1]
        assert (failed.state, failed.reason, failed.fault) == ("failed", "rejected_by_provider", None)
        assert failed.answer.startswith(f"The receiver answered {status}")


@pytest.mark.parametrize("status", [302, 401])
def test_a_refused_credential_and_a_redirect_are_never_one_message_s_own(
    server: Server, wire: Client, status: int
) -> None:
    refused = outgoing(20).id
    server.default = refuses_if(lambda ids: ids == [refused], status, ids_of)

    *others, last = http.run(webhook(server, wire).send(outgoings(20), ONE_BY_ONE))

    assert {receipt.state for receipt in others} == {"accepted"}
    assert (last.state, last.fault) == ("retry", Fault.MISCONFIGURED)


def test_a_receiver_that_ends_in_the_middle_loses_nobody(server: Server, wire: Client) -> None:
    server.answers.extend([says(200), says(404), *[says(200)] * 8])
    server.default = says(404, "gone")

    receipts = http.run(webhook(server, wire).send(outgoings(30), ONE_BY_ONE))

    assert len(server.requests) == 15
    assert [receipt.state for receipt in receipts[:10]] == ["accepted", "failed", *["accepted"] * 8]
    assert {(receipt.state, receipt.fault) for receipt in receipts[10:]} == {("retry", Fault.MISCONFIGURED)}
    assert [receipt.is_untried for receipt in receipts[10:]] == [False] * 5 + [True] * 15


def test_a_request_for_several_is_never_held_against_all_of_them(server: Server, wire: Client) -> None:
    server.answers.append(says(403))

    receipts = http.run(webhook(server, wire, batch_size=5).send(outgoings(10), ONE_BY_ONE))

    assert {(receipt.state, receipt.fault) for receipt in receipts[:5]} == {("retry", Fault.MISCONFIGURED)}
