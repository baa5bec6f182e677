"""A receiver in trouble is left alone: what of a batch was not tried yet waits with what failed."""

import pytest

from connectors import http
from connectors.base import Fault, Part, Receipt
from connectors.http import Client
from tests.connectors.factories import outgoings
from tests.connectors.servers import Server, says
from tests.connectors.test_webhook import webhook

MANY = 300
FIRST, LATER = Part("campaign-1/run-1", "1", at_once=16), Part("campaign-1/run-1", "1", at_once=16, is_probe=True)
IN_FLIGHT = http.CONNECTIONS_PER_HOST // 16


def many(server: Server, wire: Client, part: Part) -> list[Receipt]:
    return http.run(webhook(server, wire).send(outgoings(MANY), part))


@pytest.mark.parametrize(
    ("status", "more", "fault"),
    [
        (500, 4, Fault.UNAVAILABLE),
        (410, 0, Fault.MISCONFIGURED),
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


def test_where_nobody_knows_whether_it_answers_again_one_request_goes_ahead(server: Server, wire: Client) -> None:
    server.default = says(503, "down")

    receipts = many(server, wire, LATER)
    assert len(server.requests) == 1
    assert {(receipt.state, receipt.fault) for receipt in receipts} == {("retry", Fault.UNAVAILABLE)}

    server.default = says(200)
    assert {receipt.state for receipt in many(server, wire, LATER)} == {"accepted"}
    assert len(server.requests) == 1 + MANY


def test_failures_between_successes_stop_nothing(server: Server, wire: Client) -> None:
    server.answers.extend([says(503), says(503), says(200)] * (MANY // 3))

    receipts = many(server, wire, Part("campaign-1/run-1", "1", at_once=http.CONNECTIONS_PER_HOST))

    assert len(server.requests) == MANY
    assert [receipt.state for receipt in receipts].count("accepted") == MANY // 3
