"""Webhooks of several people a request: what shares one, and by which ids a receiver knows what it has seen."""

from connectors.http import Client
from tests.connectors.factories import outgoings
from tests.connectors.servers import Server
from tests.connectors.test_webhook import sent


def test_people_share_a_request_where_the_receiver_takes_arrays(server: Server, wire: Client) -> None:
    receipts = sent(server, wire, *outgoings(7), batch_size=3)

    assert {receipt.state for receipt in receipts} == {"accepted"}
    assert sorted(len(request.json) for request in server.requests) == [1, 3, 3]
    assert len({request.headers["webhook-id"] for request in server.requests}) == 3


def test_the_same_messages_together_have_the_same_id_again(server: Server, wire: Client) -> None:
    sent(server, wire, *outgoings(3), batch_size=3)
    sent(server, wire, *outgoings(3), batch_size=3)

    first, again = server.requests
    assert first.headers["webhook-id"] == again.headers["webhook-id"]


def test_a_retry_of_a_list_that_somebody_dropped_out_of_repeats_each_message_under_its_own_id(
    server: Server, wire: Client
) -> None:
    first, *others = outgoings(3)
    sent(server, wire, first, *others, batch_size=3)
    sent(server, wire, *others, batch_size=3)

    before, after = ([item["data"]["message_id"] for item in request.json] for request in server.requests)
    assert before == [first.id, *after]
    assert len({request.headers["webhook-id"] for request in server.requests}) == 2
